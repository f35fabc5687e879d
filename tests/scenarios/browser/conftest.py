"""A real chromium, and pages in it; a test that asks for one is a browser test."""

import shutil

import pytest
from playwright.async_api import async_playwright

from bot.local.page_files import PAGE, PageFiles

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
async def new_page(browser):
    """Open a page of a width and colour scheme; what its console complains of fails the test."""
    complaints = []
    contexts = []

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
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture
async def page(new_page):
    return await new_page()
