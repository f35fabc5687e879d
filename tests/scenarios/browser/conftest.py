"""A real chromium, and pages in it; a test that asks for one is a browser test."""

import shutil

import pytest
from playwright.async_api import async_playwright

from bot.local.page_files import PAGE, PageFiles
from bot.local.teams import LocalTeams
from tests.fakes.echo_bot import EchoBot

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
COMMANDS = [("help", "What I can do"), ("home", "Your start page"), ("minutes", "Make minutes")]


def pytest_collection_modifyitems(items):
    for item in items:
        if "page" in getattr(item, "fixturenames", ()) or "new_page" in item.fixturenames:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
async def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("There is no chromium on the PATH. Run `make setup`.", pytrace=False)
    if not PageFiles(PAGE / "node_modules").complete():
        pytest.fail("The chat page's npm parts are missing. Run `make setup`.", pytrace=False)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield launched
        await launched.close()


@pytest.fixture
def contexts():
    """What is open in the browser: it is left before the server it talks to."""
    return []


async def leave(contexts):
    while contexts:
        await contexts.pop().close()


@pytest.fixture
async def new_page(browser, contexts):
    """Open a page of a width and colour scheme; what its console complains of fails the test."""
    complaints = []

    async def open_page(*, width=1280, height=800, scheme="light"):
        context = await browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("response", lambda r: r.status >= 400 and print(r.status, r.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" else None,
        )
        return page

    yield open_page
    await leave(contexts)
    assert complaints == []


@pytest.fixture
async def page(new_page):
    return await new_page()


@pytest.fixture
async def teams(tmp_path, contexts):
    local = LocalTeams(tmp_path / "drive", commands=COMMANDS, invoke_seconds=2.0)
    await local.start()
    bot = await EchoBot().start(local)
    local.bot = bot
    yield local
    await leave(contexts)
    await bot.close()
    await local.close()
