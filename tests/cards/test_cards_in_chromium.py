"""What Microsoft's own renderer makes of the cards, in a real browser."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

import bot.local
from tests.cards.card_samples import EMPTY, every_card

PARTS = Path(bot.local.__file__).parent / "page" / "node_modules"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--host-resolver-rules=MAP * ~NOTFOUND")  # fmt: skip
DRAW = """([json, config]) => {
  const { AdaptiveCards, markdownit } = window;
  const markdown = markdownit({ html: false, breaks: true, linkify: false });
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, out) => {
    out.outputHtml = markdown.render(text);
    out.didProcess = true;
  };
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig(config);
  const context = new AdaptiveCards.SerializationContext();
  card.parse(json, context);
  const drawn = card.render();
  document.body.replaceChildren(drawn);
  const said = [];
  for (let i = 0; i < context.eventCount; i++) said.push(context.getEventAt(i).message);
  said.push(...card.validateProperties().validationEvents.map((event) => event.message));
  const right = document.body.getBoundingClientRect().right;
  const all = [...document.body.querySelectorAll("*")];
  return {
    said,
    text: document.body.innerText,
    made: all.map((each) => each.localName).filter((name) =>
      ["a", "img", "b", "strong", "em", "i", "code", "ul", "ol", "h1", "h2", "hr", "table",
       "script", "iframe", "svg"].includes(name)),
    wide: all.filter((each) => each.getBoundingClientRect().right > right + 1).length,
  };
}"""
HOSTILE = (
    "[Sign in](https://evil.example) <at>Ben</at> **x** _y_ `z` ~~w~~",
    "# Title",
    "- item",
    "1. item",
    "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;",
    "![x](https://evil.example/x.png) <https://evil.example>",
    "ثم نفس سقطت وبالتحديد 会議 🚀",
)

pytestmark = pytest.mark.browser


@pytest.fixture
async def draw():
    """Draw cards 320 pixels wide, the way the Teams host config has it."""
    chromium = shutil.which("chromium")
    if chromium is None or not (PARTS / "adaptivecards").is_dir():
        pytest.fail(
            "Chromium or the page's npm parts are missing. Run `make setup`.", pytrace=False
        )
    config = PARTS / "adaptivecards-designer" / "lib" / "hostConfigs" / "microsoft-teams-light.json"
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await launched.new_page(viewport={"width": 336, "height": 600})
        await page.set_content("<!doctype html><meta charset=utf-8><body>")
        await page.add_style_tag(content=".ac-actionSet { flex-wrap: wrap !important }")
        await page.add_script_tag(path=PARTS / "adaptivecards" / "dist" / "adaptivecards.min.js")
        await page.add_script_tag(path=PARTS / "markdown-it" / "dist" / "markdown-it.min.js")
        host = json.loads(config.read_text(encoding="utf-8"))

        async def on_page(card):
            return await page.evaluate(DRAW, [card.to_json(), host])

        yield on_page
        await launched.close()


async def test_every_card_is_drawn_without_complaint_on_a_narrow_screen(draw):
    for name, card in [*every_card("Weekly minutes").items(), *EMPTY.items()]:
        drawn = await draw(card())
        assert drawn["said"] == [], name
        assert drawn["wide"] == 0, name


async def test_what_somebody_typed_shows_as_typed_and_makes_nothing(draw):
    for typed in HOSTILE:
        for name, card in every_card(typed).items():
            drawn = await draw(card())
            assert set(drawn["made"]) <= {"table"}, (name, typed)
            if name in ("home", "workflow", "delete", "run_failed", "log", "data", "problem"):
                assert typed in drawn["text"], name
