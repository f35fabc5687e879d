"""The chat page works for somebody who clicks and types, in a real browser."""

import json

import pytest
from playwright.async_api import expect

from tests.fakes.echo_bot import attached, card, text
from tests.scenarios.browser.visiting import arrive


def heard(teams):
    return [a for a in teams.bot.activities if a["type"] == "message"]


async def send(page, words):
    await page.get_by_label("Message", exact=True).fill(words)
    await page.keyboard.press("Enter")


async def test_what_is_typed_is_said_and_the_answer_appears(page, teams):
    await arrive(page, teams)
    box = page.get_by_label("Message", exact=True)
    await box.press_sequentially("minutes")
    await page.keyboard.press("Shift+Enter")
    await box.press_sequentially("Asha: <b>hi</b>")
    await page.keyboard.press("Enter")
    answer = page.locator("[data-sender=bot]").last
    await expect(answer).to_contain_text("You said: minutes")
    await expect(answer).to_contain_text("<b>hi</b>")
    assert teams.messages("personal")[0].text == "minutes\nAsha: <b>hi</b>"
    await expect(page.locator(".message.mine .words")).to_have_text("minutes\nAsha: <b>hi</b>")


async def test_a_pressed_button_shows_the_new_card_in_place(page, teams):
    await arrive(page, teams)
    await send(page, "card")
    card = page.locator("[data-sender=bot] .card")
    await card.get_by_label("Notes").fill("milk")
    await card.get_by_role("button", name="Tell").click()
    await expect(card.locator(".outcome")).to_have_text("Told you.")
    await card.get_by_role("button", name="Break").click()
    await expect(card.locator(".outcome")).to_have_text("Unable to reach app. Please try again.")
    await card.get_by_role("button", name="Run").click()
    await expect(card).to_contain_text("Ran with milk")
    await expect(page.locator("[data-sender=bot] .card")).to_have_count(1)
    await page.reload()
    await expect(page.locator("[data-sender=bot] .card")).to_contain_text("Order")


async def test_an_updated_and_a_deleted_message_change_where_they_stand(page, teams):
    await arrive(page, teams)
    await send(page, "hello")
    answer = page.locator("[data-sender=bot]").last
    await expect(answer).to_contain_text("You said: hello")
    sent = teams.messages("personal")[-1]
    path = f"/v3/conversations/{teams.world.rooms['asha'].id}/activities/{sent.id}"
    await teams.bot.call("PUT", path, {"type": "message", "text": "**Better**"})
    await expect(answer.locator("strong")).to_have_text("Better")
    await expect(answer).to_contain_text("Edited")
    await teams.bot.call("DELETE", path)
    await expect(answer).to_contain_text("This message has been deleted.")


async def test_an_error_and_typing_are_shown(page, teams):
    await arrive(page, teams)
    await send(page, "fail")
    await expect(page.locator(".failure")).to_have_text("Something went wrong. Please try again.")
    await send(page, "typing")
    await expect(page.locator("#typing")).to_have_text("ConsultFlow is typing…")
    await send(page, "hello")
    await expect(page.locator("#typing")).to_have_text("")


async def test_in_a_group_the_mention_is_put_in_front_and_can_be_left_out(page, teams):
    await arrive(page, teams, "group", "ben")
    await send(page, "hello")
    await expect(page.locator("[data-sender=bot]").last).to_contain_text("You said: hello")
    await page.get_by_role("button", name="@ConsultFlow").click()
    await send(page, "lunch?")
    await expect(page.locator(".message.mine .words").last).to_have_text("lunch?")
    assert [a["text"] for a in heard(teams)] == ["<at>ConsultFlow</at> hello"]


async def test_a_reply_in_a_channel_joins_its_thread(page, teams):
    await arrive(page, teams, "channel")
    await send(page, "first")
    thread = page.locator(".thread").first
    await expect(thread).to_contain_text("You said: first")
    await thread.get_by_role("button", name="Reply").click()
    await expect(page.locator("#replying")).to_contain_text("Replying to your post")
    await send(page, "second")
    await expect(thread).to_contain_text("You said: second")
    await expect(page.locator(".thread")).to_have_count(1)


async def test_a_card_for_somebody_refreshes_when_they_see_it(page, teams):
    await teams.say("asha", "group", "status")
    await arrive(page, teams, "group")
    await expect(page.locator(".card").last).to_contain_text("Only Asha Rao sees this")
    await page.get_by_label("You are").select_option("ben")
    await expect(page.locator(".card").last).to_contain_text("Everybody sees this")


async def test_commands_are_suggested_and_taken_by_keyboard(page, teams):
    await arrive(page, teams)
    box = page.get_by_label("Message", exact=True)
    await box.press_sequentially("h")
    await expect(page.locator("#commands [role=option]")).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("home ")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-sender=bot]")).to_contain_text("You said: home")


async def test_a_file_goes_along_with_a_message(page, teams):
    await arrive(page, teams)
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Asha: hi"}
    await page.get_by_label("Attach a file").set_input_files(file)
    await expect(page.locator("#attached")).to_contain_text("notes.txt")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.mine .file")).to_contain_text("notes.txt")
    assert heard(teams)[0]["attachments"][0]["name"] == "notes.txt"


async def test_a_meeting_is_scheduled_started_and_ended(page, teams):
    await arrive(page, teams)
    await page.get_by_role("button", name="Meetings").click()
    await page.get_by_label("Title").fill("Acme Rollout Weekly")
    await page.get_by_role("button", name="Schedule").click()
    row = page.locator(".row")
    await row.get_by_role("button", name="Start").click()
    await expect(row).to_contain_text("In progress")
    await row.get_by_role("button", name="End meeting").click()
    await expect(row).to_contain_text("Ended")
    await row.get_by_role("button", name="Open chat").click()
    await expect(page.get_by_role("log")).to_contain_text("Meeting ended")


@pytest.mark.parametrize("width", [1280, 390])
async def test_dark_and_light_follow_the_choice_and_nothing_runs_over(new_page, teams, width):
    page = await new_page(width=width, scheme="dark")
    await teams.say("asha", "personal", "card")
    await teams.say("asha", "personal", "x" * 400)
    await arrive(page, teams)
    ground = "getComputedStyle(document.querySelector('main')).backgroundColor"
    words = "getComputedStyle(document.querySelector('.card .ac-textBlock')).color"
    assert await page.evaluate(ground) == "rgb(41, 41, 41)"
    assert await page.evaluate(words) == "rgb(255, 255, 255)"
    await page.get_by_label("Theme").select_option("light")
    assert await page.evaluate(ground) == "rgb(255, 255, 255)"
    assert await page.evaluate(words) == "rgb(37, 36, 36)"
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await page.evaluate(
        "(l => l.scrollWidth <= l.clientWidth)(document.querySelector('#log'))"
    )


async def test_on_a_phone_one_walks_from_the_list_into_a_chat_and_back(new_page, teams):
    page = await new_page(width=390)
    await arrive(page, teams)
    await expect(page.locator("#rooms")).to_be_hidden()
    await page.get_by_role("button", name="Back to the conversations").click()
    await page.locator("#rooms").get_by_role("button", name="Acme rollout").click()
    await expect(page.locator("#room-name")).to_have_text("Acme rollout")


async def test_the_first_look_into_a_chat_adds_the_bot_there_once(page, teams):
    for _ in range(2):
        await arrive(page, teams)
        await page.reload()
        await page.wait_for_selector("body[data-ready]")
    told = [activity["type"] for activity in teams.bot.activities]
    assert told == ["conversationUpdate", "installationUpdate"]


async def test_everything_can_be_done_from_the_keyboard(page, teams):
    await arrive(page, teams)
    await send(page, "card")
    card = page.locator("[data-sender=bot] .card")
    await card.get_by_label("Notes").focus()
    await page.keyboard.type("milk")
    await page.keyboard.press("Tab")
    await expect(card.get_by_role("button", name="Run")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(card).to_contain_text("Ran with milk")
    await page.locator("[data-room=group]").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#room-name")).to_have_text("Acme rollout")


async def test_a_message_elsewhere_marks_its_chat_unread(page, teams):
    await arrive(page, teams)
    await teams.say("ben", "group", "hello")
    entry = page.locator("[data-room=group]")
    await expect(entry).to_contain_text("unread")
    await entry.click()
    await expect(entry).not_to_contain_text("unread")


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[link](javascript:alert(1))",
    "![picture](http://127.0.0.1/x.png)",
    "<at><img src=x onerror=alert(1)></at>",
    "<svg/onload=alert(1)>",
    '[a](https://a.example"onmouseover=alert(1))',
    "{{constructor.constructor('alert(1)')()}}",
]


async def test_what_people_and_bots_write_is_never_run(page, teams):
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await arrive(page, teams)
    await send(page, "\n\n".join(HOSTILE))
    await expect(page.locator("[data-sender=bot]")).to_have_count(1)
    all_of_them = card(*map(text, HOSTILE))
    await teams.bot.send(attached(all_of_them), teams.world.rooms["asha"].id)
    await expect(page.locator(".card .ac-textBlock")).to_have_count(len(HOSTILE))
    tags = "script, img, iframe, object, form, [onerror], [onmouseover], [href^=javascript]"
    bad = f"#log :is({tags})"
    await expect(page.locator(bad)).to_have_count(0)
    assert dialogs == []


async def test_naughty_strings_are_shown_as_typed(page, teams, suite):
    strings = json.loads((suite("blns") / "blns.json").read_text("utf-8"))
    words = [one for one in strings if one.strip()][::12]
    for one in words:
        await teams.say("ben", "group", one, mention=False)
    await arrive(page, teams, "group")
    shown = await page.locator(".message .words").evaluate_all("all => all.map(e => e.textContent)")
    assert shown == [one.replace("\0", "\ufffd") for one in words]
