"""Cards and addresses on the chat page behave as one who looks and points expects."""

import pytest
from playwright.async_api import expect

from tests.fakes.echo_bot import attached, card, execute, text
from tests.scenarios.browser.visiting import arrive

BUTTONS = card(
    text("Choose"),
    {
        "type": "ActionSet",
        "actions": [
            execute("Send it now", "run", style="positive"),
            execute("Look at it again", "run"),
            execute("Leave it as it is", "run"),
        ],
    },
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_main_button_can_be_read_under_the_pointer(new_page, teams, scheme):
    page = await new_page(scheme=scheme)
    await arrive(page, teams)
    await teams.bot.send(attached(BUTTONS), teams.world.rooms["asha"].id)
    main = page.get_by_role("button", name="Send it now")
    colors = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    before = await main.evaluate(colors)
    await main.hover()
    assert await main.evaluate(colors) == before
    assert before[1] == "rgb(255, 255, 255)"
    other = page.get_by_role("button", name="Look at it again")
    before = await other.evaluate(colors)
    await other.hover()
    assert await other.evaluate(colors) != before


async def test_on_a_phone_buttons_that_wrap_begin_at_the_same_edge(new_page, teams):
    page = await new_page(width=390)
    await arrive(page, teams)
    await teams.bot.send(attached(BUTTONS), teams.world.rooms["asha"].id)
    await expect(page.locator(".card .ac-pushButton")).to_have_count(3)
    places = "all => all.map(e => e.getBoundingClientRect()).map(r => [r.left, r.top, r.right])"
    (first, second, third) = await page.locator(".card .ac-pushButton").evaluate_all(places)
    assert first[0] == third[0]
    assert first[1] == second[1] < third[1]
    assert second[0] - first[2] == pytest.approx(8, abs=0.1)


async def test_an_address_changed_in_the_open_page_is_followed(page, teams):
    await arrive(page, teams)
    await page.evaluate("location.hash = 'as=asha&room=group'")
    await expect(page.locator("#room-name")).to_have_text("Acme rollout")
    await page.evaluate("location.hash = 'as=ben&room=channel'")
    await expect(page.get_by_label("You are")).to_have_value("ben")
    await expect(page.locator("[data-room=channel]")).to_have_attribute("aria-current", "true")
    await page.evaluate("location.hash = 'as=ben&room=channel&view=files'")
    await expect(page.get_by_role("heading", name="Files")).to_be_visible()
    await page.evaluate("location.hash = 'as=nobody&room=nowhere'")
    await expect(page.get_by_label("You are")).to_have_value("ben")
