"""Where others read along: the bot speaks when spoken to, in the thread, and obeys the owner."""

from urllib.parse import unquote

import pytest

from bot.local.people import PEOPLE
from bot.local.world import BOT, Message
from tests.scenarios.building import choice, saved
from tests.scenarios.reading import walk

BOTH = pytest.mark.parametrize("where", ["group", "channel"])
NOTES = "Weekly\nAsha: We froze the scope."


def said_by_bot(stage, where):
    return [message for message in stage.teams.messages(where) if message.sender == BOT]


def verb(card, name):
    """Give a card's button by its verb."""
    return next(e for e in walk(card) if (e.get("data") or {}).get("verb") == name)


def verbs(card):
    return {e["data"]["verb"] for e in walk(card) if "verb" in (e.get("data") or {})}


@pytest.fixture
async def start_run(stage):
    """Have Asha run her workflow in a conversation and look at it; gives the run's message."""

    async def start(where):
        await saved(stage)
        message = await stage.say("asha", f"run weekly with {NOTES}", where)
        shown = await stage.teams.wait_for(
            where, lambda m: m.id == message.id and "Completed" in stage.text(m)
        )
        await stage.teams.see("asha", where)
        return shown

    return start


@BOTH
async def test_people_may_talk_without_the_bot_joining_in(stage, where):
    assert await stage.teams.say("asha", where, "help", mention=False) == 0
    assert said_by_bot(stage, where) == []
    assert "What I can do" in stage.text(await stage.say("asha", "help", where))


@BOTH
async def test_a_mention_with_nothing_else_is_not_answered_with_a_guess(stage, where):
    assert await stage.say("asha", "", where) is None


async def test_an_answer_stays_in_the_thread_it_was_asked_in(stage):
    asked = await stage.say("asha", "help", "channel")
    first = stage.teams.messages("channel")[0]
    assert asked.thread == first.id
    assert await stage.teams.say("ben", "channel", "home", thread=first.id) in (200, 201, 202)
    assert {message.thread for message in said_by_bot(stage, "channel")} == {first.id}


async def test_a_runs_card_moves_in_the_thread_it_was_started_in(stage, start_run):
    shown = await start_run("channel")
    assert shown.thread is not None
    assert len(said_by_bot(stage, "channel")) == 1


@BOTH
async def test_everybody_sees_the_run_and_only_its_owner_can_do_anything_with_it(
    stage, raw, start_run, where
):
    shown = await start_run(where)
    for person in ("asha", "ben", "chen"):
        assert "Completed" in stage.text(shown, person)
    before = list(raw["executionlogs"].find())
    for name in ("run.again", "log.show"):
        button = verb(shown.card("asha"), name)
        assert await stage.press("ben", shown, button) == "Log not found"
    assert list(raw["executionlogs"].find()) == before
    assert "Completed" in stage.text(shown, "ben")
    assert "Generate MOM" in await stage.press("asha", shown, verb(shown.card("asha"), "log.show"))


@BOTH
async def test_only_the_runner_has_buttons_that_change_something(stage, start_run, where):
    shown = await start_run(where)
    await stage.teams.see("ben", where)
    assert verb(shown.card("asha"), "run.again")
    for person in ("ben", "chen"):
        assert verbs(shown.card(person)) == {"run.refresh"}  # its client's own


@BOTH
async def test_no_message_there_ever_holds_the_runners_buttons(stage, start_run, where):
    before = len(stage.wire.exchanges)
    shown = await start_run(where)
    await stage.press("asha", shown, verb(shown.card("asha"), "run.again"))
    await stage.teams.wait_for(where, lambda m: m.id == shown.id and "Completed" in stage.text(m))
    room = stage.teams.client.room(where, "asha").id
    sent = [
        each["body"]
        for each in stage.wire.exchanges[before:]
        if room in unquote(each["url"]) and (each.get("body") or {}).get("attachments")
    ]
    assert len(sent) > 1
    assert {name for body in sent for name in verbs(body)} == {"run.refresh"}


@BOTH
async def test_what_a_press_shows_is_seen_by_whoever_pressed_and_by_nobody_else(
    stage, start_run, where
):
    shown = await start_run(where)
    messages = len(stage.teams.messages(where))
    card = shown.card("ben")
    await stage.press("asha", shown, verb(shown.card("asha"), "log.show"))
    assert shown.card("asha") != card
    assert shown.card("ben") == shown.card("chen") == card
    assert len(stage.teams.messages(where)) == messages


@BOTH
async def test_a_form_in_company_is_filled_in_by_whoever_opened_it_only(stage, raw, where):
    ashas = await stage.say("asha", "new", where)
    assert "closed" in await stage.press("ben", ashas, choice(ashas, "asha", "next"))
    assert "closed" in await stage.press("ben", ashas, choice(ashas, "asha", "cancel"))
    assert "Steps" in await stage.press("asha", ashas, "Next", trigger="manual")


async def test_threads_of_a_channel_have_a_form_each(stage, raw):
    await stage.say("asha", "new", "channel")
    await stage.say("asha", "new", "channel")
    assert raw["dialogstate"].count_documents({}) == 2


async def test_a_run_started_in_company_by_a_button_moves_there_for_everybody(stage):
    await saved(stage)
    home = await stage.say("asha", "home", "group")
    asked = await stage.press("asha", home, verb(home.card("asha"), "workflow.run"))
    assert "Meeting notes" in asked
    await stage.press("asha", home, verb(home.card("asha"), "run.start") | _notes(home))
    moved = await stage.until("Completed", "group")
    assert "Completed" in stage.text(moved, "ben")


def _notes(message):
    start = verb(message.card("asha"), "run.start")
    return {"data": {**start["data"], "in.notes": NOTES}}


@BOTH
async def test_what_is_said_to_others_is_not_answered_even_where_the_bot_reads_along(stage, where):
    client = stage.teams.client
    room = client.room(where, "asha")
    before = len(stage.teams.messages(where))
    message = Message(stage.teams.ids.message(), room.key, "asha", stage.teams.clock.now(), "help")
    activity = client._composer.message(room, PEOPLE["asha"], message, mention=False)
    assert (await client.deliver(activity)).status == 200
    assert len(stage.teams.messages(where)) == before
