"""Story S5: a message's menu in a channel, one submit told thrice, and the wrong person."""

import asyncio

import pytest

from bot.local.people import PEOPLE
from storage.models import TriggerName
from tests.fakes.canvases import lay_out
from tests.scenarios.reading import walk
from tests.scenarios.test_story_minutes import FX1

NAME = "Daily stand-up"
ACTIONS = ("generate_mom", "teams_post")
RUN, MINUTES = "runConsultFlow", "draftMinutes"


@pytest.fixture
async def shared(stage, storage, raw, stage_clock):
    """Asha's workflow, shared with the channel; gives its id."""
    await stage.say("asha", "help", "channel")
    asha = raw["users"].find_one({"email": "asha.rao@contoso.example"})
    workflow = await storage.workflows.add(
        user_id=str(asha["_id"]),
        name=NAME,
        trigger=TriggerName.MANUAL,
        actions=ACTIONS,
        action_configs={},
        canvas=lay_out(TriggerName.MANUAL, [[one] for one in ACTIONS], {}, {}),
        now=stage_clock.now(),
    )
    said = await stage.say("asha", f"share {NAME} with this channel run", "channel")
    assert "Everybody here can run" in stage.text(said)
    return workflow.id


async def message_of(stage, text=FX1, person="asha", where="channel"):
    """Say something the bot is not meant by; gives the message."""
    await stage.teams.say(person, where, text, mention=False)
    return stage.teams.messages(where)[-1]


def choices(window):
    field = next(e for e in walk(window.card) if e.get("type") == "Input.ChoiceSet")
    return {one["title"]: one["value"] for one in field["choices"]}


async def opened(stage, person, message, command=RUN):
    window = await stage.teams.menus.open(person, message, command)
    if window.card is not None:
        stage.wire.card(window.card)
    return window


def in_channel(stage):
    return [m for m in stage.teams.messages("channel") if m.sender == "bot"]


async def started(stage, person="ben"):
    """Have somebody run the shared workflow with Asha's message; gives message and window."""
    message = await message_of(stage)
    window = await opened(stage, person, message)
    ((_title, wf),) = choices(window).items()
    sent = await asyncio.gather(
        *(stage.teams.menus.send(person, window, "Run", {"Workflow": wf}) for _ in range(3))
    )
    return message, sent


def send_button(card):
    return next(e for e in walk(card) if (e.get("data") or {}).get("verb") == "review.send")


async def reviewing(stage, person="ben"):
    """Give the run's message once it waits for its runner, who has looked at it."""
    shown = await stage.until("needs Ben Ortiz", "channel", person)
    await stage.teams.see(person, "channel")
    assert "Nothing leaves before you press Send." in stage.text(shown, person)
    return shown


async def test_a_message_is_run_once_and_sent_once_by_its_runner_only(stage, raw, shared):
    before = len(in_channel(stage))
    message, sent = await started(stage)
    assert sum(window.closed for window in sent) == 1
    assert all(window.closed or "started already" in window.text for window in sent)
    assert raw["executionlogs"].count_documents({}) == 1
    card = await reviewing(stage)
    assert card.thread == message.id
    assert len(in_channel(stage)) == before + 1

    send = send_button(card.card("ben"))
    filled = {**send, "data": {**send["data"], **_inputs(card.card("ben"))}}
    seen = stage.text(card)
    assert await stage.press("chen", card, filled) == "Only Ben Ortiz can send this."
    assert await stage.press("asha", card, filled) == "Only Ben Ortiz can send this."
    assert stage.text(card) == seen
    assert len(in_channel(stage)) == before + 1

    await asyncio.gather(*(stage.press("ben", card, filled) for _ in range(3)))
    done = await stage.until("Completed", "channel")
    assert done.id == card.id
    posts = [m for m in in_channel(stage)[before:] if m.id != card.id]
    (post,) = posts
    assert post.thread is None
    assert "Reconciliation report".casefold() in stage.text(post).casefold()
    (log,) = raw["executionlogs"].find()
    assert (log["status"], log["actionsExecuted"]) == ("completed", list(ACTIONS))
    assert log["userId"] == raw["users"].find_one({"email": "ben.ortiz@contoso.example"})["_id"]
    assert str(log["workflowId"]) == shared
    assert [e["url"] for e in stage.wire.exchanges if "/v1.0/" in e["url"]] == []
    assert not any("oauth" in str(m.attachments) for m in stage.teams.messages("channel"))


def _inputs(card):
    """What the card's inputs hold."""
    return {
        e["id"]: e.get("value", "") for e in walk(card) if str(e.get("type")).startswith("Input.")
    }


async def test_the_menu_offers_own_workflows_and_those_shared_here(stage, shared):
    message = await message_of(stage)
    (offered,) = choices(await opened(stage, "ben", message))
    assert offered.startswith(NAME)
    assert "shared by Asha Rao" in offered
    elsewhere = await message_of(stage, where="group")
    assert "none is shared here" in (await opened(stage, "ben", elsewhere)).text
    assert "shared by" not in str(choices(await opened(stage, "asha", elsewhere)))


async def test_minutes_are_drafted_under_the_message_once(stage, shared):
    message = await message_of(stage)
    window = await opened(stage, "ben", message, MINUTES)
    assert "Data migration" in str(window.card)
    sent = await asyncio.gather(
        *(stage.teams.menus.send("ben", window, "Draft minutes") for _ in range(3))
    )
    assert sum(one.closed for one in sent) == 1
    drafted = [m for m in in_channel(stage) if "Scope frozen for release 1" in stage.text(m)]
    assert [m.thread for m in drafted] == [message.id]


async def test_a_message_without_text_and_an_unknown_command_are_answered_in_words(stage, shared):
    nothing = await message_of(stage, text="  ")
    assert "no text" in (await opened(stage, "ben", nothing)).text
    assert "don't know that command" in (await opened(stage, "ben", nothing, "else")).text


async def test_a_window_sent_by_somebody_else_starts_nothing(stage, raw, shared):
    window = await opened(stage, "ben", await message_of(stage))
    ((_title, wf),) = choices(window).items()
    sent = await stage.teams.menus.send("chen", window, "Run", {"Workflow": wf})
    assert "not kept any more" in sent.text
    assert raw["executionlogs"].count_documents({}) == 0


async def test_what_is_shared_is_run_here_and_not_changed_by_others(stage, raw, shared):
    listed = stage.text(await stage.say("ben", "workflows", "channel"))
    assert "shared by Asha Rao" in listed
    for words in (f"edit {NAME}", f"delete {NAME}"):
        said = stage.text(await stage.say("ben", words, "channel"))
        assert said == f'Only Asha Rao can change "{NAME}".'
    assert "You have no workflow" in stage.text(await stage.say("ben", f"run {NAME}"))
    assert "can run" not in stage.text(await stage.say("ben", f"share {NAME} with here", "channel"))
    said = stage.text(await stage.say("asha", f"share {NAME} with this channel edit", "channel"))
    assert "not change it" in said
    await stage.say("asha", f"unshare {NAME}", "channel")
    said = stage.text(await stage.say("ben", f"run {NAME} with x", "channel"))
    assert "You have no workflows" in said
    assert raw["executionlogs"].count_documents({}) == 0


async def test_one_person_is_given_the_right_by_mention(stage, shared):
    ben = PEOPLE["ben"]
    await stage.say("asha", f"unshare {NAME}")
    client = stage.teams.client
    activity = client._composer.message(
        client.room("channel", "asha"),
        PEOPLE["asha"],
        await message_of(stage, text=f"share {NAME} with <at>{ben.name}</at> run"),
        mention=True,
    )
    named = {"id": ben.id, "name": ben.name}
    told = {"type": "mention", "mentioned": named, "text": f"<at>{ben.name}</at>"}
    await client.deliver({**activity, "entities": [*activity["entities"], told]})
    said = stage.text(in_channel(stage)[-1])
    assert said.startswith(f'Ben Ortiz can run "{NAME}" now')
    assert "shared by Asha Rao" in stage.text(await stage.say("ben", "workflows"))
    assert "no workflows" in stage.text(await stage.say("chen", "workflows"))
    said = stage.text(await stage.say("asha", f"share {NAME} with Chen run", "channel"))
    assert "can't tell who" in said
