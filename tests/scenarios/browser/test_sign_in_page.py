"""The last page of a sign-in in a real browser: readable, harmless, and silent to strangers."""

import json

import pytest
from aiohttp import web

from bot.auth.flows import SignedIn
from bot.auth.pages import sign_in_routes
from storage.errors import RefusedError
from storage.models import Conversation, ConversationKind, User
from tests.fakes.clock import FakeClock
from tests.fakes.server import Server

EVIL = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>\'"'
CODE = "CANARY-code"
PLACE = Conversation("a:1", ConversationKind.PERSONAL, "t", "https://smba/", "28:b")

# A page that opens the sign-in as Teams does, answers it, and keeps what it hears.
OPENER = """<!doctype html><link rel="icon" href="data:,"><script>
window.heard = [];
window.addEventListener("message", (event) => {
  window.heard.push(event.data);
  event.source.postMessage({id: event.data.id, args: ["authentication", "web"]}, "*");
});
</script><button onclick="window.open('/auth/end?state=good')">Open</button>"""


class Ended:
    """Stands where the flows do: a visit that went well, or did not."""

    async def finish(self, query):
        if query.get("state") != "good":
            raise RefusedError(f"This sign-in is over. {EVIL}")
        now = FakeClock().now()
        return SignedIn(User("1", "o.t", "a@b.example", EVIL, now, now), PLACE, (), CODE)


class Pages(Server):
    def routes(self):
        async def told(_done):
            return None

        async def opener(_request):
            return web.Response(text=OPENER, content_type="text/html")

        return [*sign_in_routes(Ended(), told), web.get("/opener", opener)]


@pytest.fixture
async def pages():
    async with Pages() as server:
        yield server


async def test_what_somebody_is_called_is_shown_and_not_run(pages, page):
    await page.goto(f"{pages.url}/auth/end?state=good")
    assert EVIL in await page.inner_text("main")
    assert await page.evaluate("window.hurt") is None
    assert await page.locator("img").count() == 0
    width = await page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
    assert width == "480px"  # our own style is let in


async def test_the_word_for_teams_is_told_to_no_other_page(pages, page):
    await page.goto(f"{pages.url}/opener")
    async with page.expect_popup() as opened:
        await page.click("button")
    popup = await opened.value
    await popup.wait_for_load_state()
    await page.wait_for_function("window.heard.length > 0")
    # A second round trip: whatever the pop-up would say to our answer has arrived by now.
    await popup.evaluate("new Promise((done) => setTimeout(done, 0))")
    heard = await page.evaluate("window.heard")
    assert [message["func"] for message in heard] == ["initialize"]
    assert CODE not in json.dumps(heard)
    assert not popup.is_closed()


async def test_a_sign_in_that_failed_can_be_read_in_the_dark(pages, browser):
    # A page of its own: that the answer is a 400 is told on the console, and is meant to be.
    context = await browser.new_context(viewport={"width": 400, "height": 800}, color_scheme="dark")
    page = await context.new_page()
    failed = f"{pages.url}/auth/end?state=bad&error_description=%3Cb%3Eno%3C/b%3E"
    answer = await page.goto(failed)
    assert answer.status == 400
    assert await page.inner_text(".said") == "<b>no</b>"
    assert EVIL in await page.inner_text("main")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()
