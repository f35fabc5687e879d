"""What people do in the local Teams reaches the bot, and what the bot says reaches them."""

import pytest

from bot.local.teams import LocalTeams
from storage.errors import NotFoundError, RefusedError, SettingsError
from tests.fakes.echo_bot import EchoBot


def said(words):
    return lambda message: message.sender == "bot" and message.text == words


def has_card(message):
    return message.card() is not None


async def test_what_a_person_says_is_answered_in_the_same_chat(teams, bot):
    assert await teams.say("asha", "personal", "hello") == 200
    answer = await teams.wait_for("personal", said("You said: hello"))
    assert [m.text for m in teams.messages("personal")] == ["hello", answer.text]
    assert teams.messages("personal", "ben") == []


async def test_lines_of_pasted_notes_stay_lines(teams, bot):
    await teams.say("asha", "personal", "Acme\n- one\n- two")
    assert bot.activities[0]["text"] == "Acme\n- one\n- two"


async def test_in_a_group_the_bot_hears_only_what_mentions_it(teams, bot):
    assert await teams.say("ben", "group", "lunch?", mention=False) == 0
    assert bot.activities == []
    assert await teams.say("ben", "group", "help") == 200
    activity = bot.activities[0]
    assert activity["text"] == "<at>ConsultFlow</at> help"
    mention = activity["entities"][0]
    assert mention["mentioned"]["id"] == activity["recipient"]["id"]
    assert mention["text"] in activity["text"]


async def test_an_answer_in_a_channel_stands_in_the_thread_of_the_question(teams, bot):
    await teams.say("ben", "channel", "hello")
    question, answer = teams.messages("channel", "ben")
    assert answer.thread == question.id
    await teams.say("chen", "channel", "again", thread=question.id)
    assert bot.activities[1]["conversation"]["id"].endswith(f";messageid={question.id}")
    assert {m.thread for m in teams.messages("channel")} == {None, question.id}


async def test_a_pressed_button_replaces_the_card_for_its_presser_only(teams, bot):
    await teams.say("asha", "group", "card")
    sent = await teams.wait_for("group", has_card)
    pressed = await teams.press("asha", sent.id, "Run", {"Notes": "milk"})
    assert pressed.body["statusCode"] == 200
    assert sent.card("asha")["body"][0]["text"] == "Ran with milk"
    assert sent.card("ben")["body"][0]["text"] == "Order"


async def test_a_card_the_bot_updates_is_new_for_everybody(teams, bot):
    await teams.say("asha", "group", "card")
    sent = await teams.wait_for("group", has_card)
    await teams.press("asha", sent.id, "Run")
    path = f"/v3/conversations/{teams.world.rooms['group'].id}/activities/{sent.id}"
    assert (await bot.call("PUT", path, {"type": "message", "text": "Done"}))[0] == 200
    assert sent.card("asha") is sent.card("ben") is None
    assert (sent.text, sent.edited) == ("Done", True)
    assert (await bot.call("DELETE", path))[0] == 200
    assert sent.deleted


async def test_a_submit_arrives_as_a_message_with_a_value(teams, bot):
    await teams.say("asha", "personal", "card")
    sent = await teams.wait_for("personal", has_card)
    assert (await teams.press("asha", sent.id, "Submit", {"in.notes": "x"})).status == 200
    activity = bot.activities[-1]
    assert activity["value"] == {"go": 1, "in.notes": "x"}
    assert activity["replyToId"] == sent.id
    assert "text" not in activity


async def test_a_card_refreshes_itself_for_those_it_lists_once_a_minute(teams, bot, clock):
    await teams.say("asha", "group", "status")
    sent = await teams.wait_for("group", has_card)
    await teams.see("ben", "group")
    assert sent.card("ben")["body"][0]["text"] == "Everybody sees this"
    await teams.see("asha", "group")
    assert bot.activities[-1]["value"]["trigger"] == "automatic"
    assert sent.card("asha")["body"][0]["text"] == "Only Asha Rao sees this"
    sent.views.clear()
    await teams.see("asha", "group")
    assert sent.card("asha")["body"][0]["text"] == "Everybody sees this"
    clock.pass_(61)
    await teams.see("asha", "group")
    assert sent.card("asha")["body"][0]["text"] == "Only Asha Rao sees this"


async def test_an_error_of_the_bot_shows_where_it_happened(teams, bot):
    assert await teams.say("asha", "personal", "fail") == 500
    assert teams.messages("personal")[0].failure == "Something went wrong. Please try again."
    await teams.say("asha", "personal", "card")
    sent = await teams.wait_for("personal", has_card)
    broken = await teams.press("asha", sent.id, "Break")
    assert broken.failure == "Unable to reach app. Please try again."
    assert (await teams.press("asha", sent.id, "Tell")).text == "Told you."


async def test_a_bot_that_is_not_there_is_said_to_be_unreachable(teams, bot):
    await teams.say("asha", "personal", "card")
    sent = await teams.wait_for("personal", has_card)
    await bot.close()
    pressed = await teams.press("asha", sent.id, "Run")
    assert (pressed.status, pressed.failure) == (0, "Unable to reach app. Please try again.")


async def test_a_sent_file_can_be_fetched_from_where_the_message_says(teams, bot):
    await teams.send_file("asha", "notes ü.txt", b"Asha: hi", "minutes")
    found = bot.activities[0]["attachments"][0]
    assert found["content"]["fileType"] == "txt"
    async with bot._session.get(found["content"]["downloadUrl"]) as reply:
        assert (reply.status, await reply.read()) == (200, b"Asha: hi")


async def test_a_button_or_input_that_is_not_there_is_named(teams, bot):
    await teams.say("asha", "personal", "card")
    sent = await teams.wait_for("personal", has_card)
    with pytest.raises(NotFoundError, match=r'no button "Fly".*"Run"'):
        await teams.press("asha", sent.id, "Fly")
    with pytest.raises(NotFoundError, match=r'no input "wings".*"Notes"'):
        await teams.press("asha", sent.id, "Run", {"wings": "2"})
    with pytest.raises(NotFoundError, match="no message 7"):
        await teams.press("asha", "7", "Run")
    with pytest.raises(NotFoundError, match="no conversation"):
        await teams.say("asha", "ben", "let me in")


async def test_adding_the_bot_is_told_once(teams, bot):
    await teams.install("asha")
    await teams.install("asha")
    await teams.install("ben", "channel")
    assert [a["type"] for a in bot.activities] == ["conversationUpdate", "installationUpdate"] * 2


async def test_a_bot_that_missed_its_being_added_is_told_again(teams, bot):
    await bot.close()
    await teams.install("asha")
    again = await EchoBot().start(teams)
    await teams.install("asha")
    assert len(again.activities) == 2
    await again.close()


async def test_a_meeting_is_told_from_its_scheduling_to_its_end(teams, bot, clock):
    room = await teams.meetings.schedule("asha", " Acme Rollout Weekly ", minutes=45)
    await teams.meetings.start(room.key, "asha")
    clock.pass_(45 * 60)
    await teams.meetings.end(room.key, "asha")
    started, ended = bot.activities[-2:]
    assert started["name"].endswith("meetingStart")
    assert ended["value"]["EndTime"] > started["value"]["StartTime"]
    meeting = ended["channelData"]["meeting"]["id"]
    status, info = await bot.call("GET", f"/v1/meetings/{meeting}")
    assert (status, info["details"]["title"]) == (200, "Acme Rollout Weekly")
    with pytest.raises(RefusedError, match="ended"):
        await teams.meetings.end(room.key, "asha")


async def test_a_taken_port_is_one_sentence(teams, tmp_path):
    other = LocalTeams(tmp_path)
    with pytest.raises(SettingsError, match="is taken"):
        await other.start(port=int(teams.url.rpartition(":")[2]))
