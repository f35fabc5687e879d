"""Story S9's deck by clicking: it is offered in the chat, taken, and opened; or left."""

import io

import pytest
from playwright.async_api import expect
from pptx import Presentation

from tests.scenarios.browser.test_first_run import FX1, picture, send
from tests.scenarios.browser.visiting import arrive
from tests.scenarios.test_story_files import NAME, make_workflow


@pytest.fixture
async def offering(stage, raw, stage_clock):
    await make_workflow(stage, raw, stage_clock.now())
    return stage


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_accept_saves_the_deck_and_its_link_opens_it(offering, new_page, scheme):
    page = await new_page(scheme=scheme)
    await arrive(page, offering.teams)
    await send(page, f"run {NAME} with {FX1}")
    offer = page.locator(".card.offer")
    await expect(offer).to_contain_text("Acme Rollout Weekly")
    await expect(offer).to_contain_text("KB")
    await expect(page.get_by_text("Offered in the 1:1 chat")).to_be_visible()
    await picture(page, f"file-offer-{scheme}")
    await offer.get_by_role("button", name="Accept").click()
    await expect(offer).to_have_count(0)
    link = page.locator("[data-sender=bot] a.file").last
    await expect(link).to_contain_text(".pptx")
    await picture(page, f"file-saved-{scheme}")
    async with page.expect_download() as begun:
        await link.click()
    saved = await begun.value
    assert saved.suggested_filename.startswith("Acme Rollout Weekly")
    content = io.BytesIO((offering.teams.drive.root / await saved.path()).read_bytes())
    assert len(Presentation(content).slides) > 1
    assert len(offering.teams.consents.taken) == 1


async def test_decline_leaves_not_saved(offering, page):
    await arrive(page, offering.teams)
    await send(page, f"run {NAME} with {FX1}")
    await page.locator(".card.offer").get_by_role("button", name="Decline").click()
    await expect(page.get_by_role("log").get_by_text("Not saved.")).to_be_visible()
    await expect(page.locator(".card.offer")).to_have_count(0)
    assert offering.teams.consents.taken == []


async def test_a_bot_that_cannot_be_reached_is_said_under_the_offer(offering, page):
    await arrive(page, offering.teams)
    await send(page, f"run {NAME} with {FX1}")
    offer = page.locator(".card.offer")
    await expect(offer).to_be_visible()
    await offering.teams.connect("http://127.0.0.1:9/api/messages")
    await offer.get_by_role("button", name="Accept").click()
    await expect(offer.get_by_role("status")).to_have_text("Unable to reach app. Please try again.")
