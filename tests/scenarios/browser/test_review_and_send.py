"""Story S3 by clicking: sign in, run, look at what would leave, change it, send it."""

import pytest
from playwright.async_api import expect

from storage.models import TriggerName
from tests.fakes.canvases import lay_out
from tests.scenarios.browser.test_first_run import FX1, picture, send
from tests.scenarios.signing import sign_in_settings
from tests.scenarios.test_story_send import ACTIONS, NAME, TITLES


@pytest.fixture
async def connected(start_bot, storage, raw, stage_clock):
    """A bot and a local Microsoft 365 that a browser reaches; Asha has the workflow of S2."""
    where = []

    def sign_in(microsoft):
        return sign_in_settings(
            microsoft,
            where,
            visited=lambda address: address.replace(microsoft.entra_url, microsoft.url, 1),
        )

    stage = await start_bot(sign_in_with=sign_in)
    where.append(stage.teams.client.courier._url.removesuffix("/api/messages"))
    stage.teams.microsoft.redirect_uris.add(f"{where[0]}/auth/end")
    await stage.say("asha", "home")
    user = raw["users"].find_one()
    await storage.workflows.add(
        user_id=str(user["_id"]),
        name=NAME,
        trigger=TriggerName.MANUAL,
        actions=ACTIONS,
        action_configs={},
        canvas=lay_out(
            TriggerName.MANUAL, [["generate_mom"], ["send_email", "create_calendar"]], {}, TITLES
        ),
        now=stage_clock.now(),
    )
    return stage


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_from_the_sign_in_button_to_the_sent_mail(connected, new_page, scheme):
    stage, m365 = connected, connected.teams.microsoft
    page = await new_page(scheme=scheme)
    await page.goto(f"{stage.teams.url}/#as=asha&room=asha")
    await page.wait_for_selector("body[data-ready]")

    await send(page, "connect")
    link = page.locator(".signin").last.get_by_role("link", name="Sign in")
    async with page.context.expect_page() as opened:
        await link.click()
    window = await opened.value
    await picture(window, f"entra-{scheme}")
    await window.get_by_role("button", name="Asha Rao").click()
    await window.get_by_role("button", name="Accept").click()
    await expect(window.get_by_text("You are signed in, Asha Rao.")).to_be_visible()
    await picture(window, f"signed-in-{scheme}")
    m365.consent("asha", "Mail.Send", "Calendars.ReadWrite")

    last = page.locator("[data-sender=bot] .card").last
    await send(page, f"run meeting follow with {FX1}")
    await expect(last).to_contain_text("Nothing leaves before you press Send.")
    await expect(last).to_contain_text("External chen.li@acme.example")
    await picture(page, f"review-{scheme}")
    await last.get_by_label("Subject").fill("Acme minutes 4 Mar")
    await last.scroll_into_view_if_needed()
    await last.get_by_role("button", name="Send all").click()
    await expect(last).to_contain_text("Completed")
    await picture(page, f"sent-{scheme}")
    (mail,) = m365.outbox("asha")
    assert mail["subject"] == "Acme minutes 4 Mar"
    assert len(m365.events("asha")) == 1
