"""Story S9's deck, where people work: offered in their own chat, or put into a channel's files."""

import asyncio
import io
import itertools
import re
from datetime import timedelta

import pytest
from pptx import Presentation

from bot.local.people import PEOPLE, TEAM_GROUP_ID
from bot.local.world import CONSENT, SAVED
from storage.models import TriggerName
from tests.fakes.canvases import lay_out
from tests.scenarios.test_story_minutes import FX1

NAME = "Client deck"
ACTIONS = ("generate_mom", "create_ppt")
DECK = {"template": "meeting", "maxSlides": 6}


async def hers(stage, message, where):
    """Read a run's card as its runner does: in company others see less of it."""
    await stage.teams.see("asha", where)
    return stage.text(message, "asha")


async def make_workflow(stage, raw, now, **settings):
    """Give Asha the story's workflow, with the deck kept where the settings say."""
    await stage.say("asha", "help")
    asha = raw["users"].find_one({"email": "asha.rao@contoso.example"})
    await stage.storage.workflows.add(
        user_id=str(asha["_id"]),
        name=NAME,
        trigger=TriggerName.MANUAL,
        actions=ACTIONS,
        action_configs={"create_ppt": {**DECK, **settings}},
        canvas=lay_out(TriggerName.MANUAL, [[one] for one in ACTIONS], {}, {}),
        now=now,
    )


def kind_of(message):
    return next((part["contentType"] for part in message.attachments), None)


def of_kind(stage, kind, where="personal"):
    return [one for one in stage.teams.messages(where) if kind_of(one) == kind]


async def offered(stage):
    """Run it in Asha's own chat; gives the message that asks for consent."""
    await stage.say("asha", f"run {NAME} with {FX1}")
    message = await stage.teams.wait_for("personal", lambda one: kind_of(one) == CONSENT)
    await stage.until("Completed")
    return message


def decks(stage):
    return list(stage.teams.drive.root.rglob("*.pptx"))


@pytest.fixture
async def deck(stage, raw, stage_clock):
    await make_workflow(stage, raw, stage_clock.now())
    return await offered(stage)


async def test_in_one_to_one_the_deck_is_offered_and_accept_uploads_it_once(stage, raw, deck):
    (card,) = deck.attachments
    assert re.fullmatch(r"Acme Rollout Weekly R-[0-9A-F]{4,}\.pptx", card["name"])
    assert set(card["content"]["acceptContext"]) == {"file"}
    assert "Offered in the 1:1 chat" in stage.text(await stage.until("Completed"))
    assert decks(stage) == []
    answer = await stage.teams.consents.accept("asha", deck)
    assert answer.status == 200
    assert len(stage.teams.consents.taken) == 1
    (kept,) = decks(stage)
    slides = Presentation(io.BytesIO(kept.read_bytes())).slides
    assert 1 <= len(slides) <= 6
    assert slides[0].shapes.title.text == "Acme Rollout Weekly"
    (table,) = [shape.table for slide in slides for shape in slide.shapes if shape.has_table]
    assert len(table.rows) == 1 + 3
    (shown,) = of_kind(stage, SAVED)
    (link,) = shown.attachments
    assert link["content"]["fileType"] == "pptx"
    assert link["content"]["uniqueId"]
    assert link["name"] == kept.name
    assert deck.deleted
    (left,) = raw["handovers"].find()
    assert (left["state"], "content" in left) == ("saved", False)


async def test_decline_says_not_saved_and_drops_the_file(stage, raw, deck):
    assert (await stage.teams.consents.decline("asha", deck)).status == 200
    assert stage.teams.messages("personal")[-1].text == "Not saved."
    assert deck.deleted
    assert stage.teams.consents.taken == decks(stage) == []
    (left,) = raw["handovers"].find()
    assert (left["state"], "content" in left) == ("declined", False)


async def test_accept_pressed_three_times_at_once_uploads_it_once(stage, deck):
    answers = await asyncio.gather(*(stage.teams.consents.accept("asha", deck) for _ in range(3)))
    assert {one.status for one in answers} == {200}
    assert len(stage.teams.consents.taken) == 1
    assert len(decks(stage)) == 1
    assert len(of_kind(stage, SAVED)) == 1


async def test_what_was_answered_is_not_done_again(stage, deck):
    (offer,) = deck.attachments
    await stage.teams.consents.decline("asha", deck)
    deck.attachments = [offer]  # as in a client that has not heard yet
    await stage.teams.consents.accept("asha", deck)
    assert stage.teams.messages("personal")[-1].text.startswith("You declined that file.")
    assert stage.teams.consents.taken == []


async def test_a_file_is_kept_for_a_day(stage, raw, deck, stage_clock):
    past = stage_clock.now() - timedelta(seconds=1)
    raw["handovers"].update_one({}, {"$set": {"expiresAt": past}})
    for move in (stage.teams.consents.accept, stage.teams.consents.decline):
        assert (await move("asha", deck)).status == 200
        assert "does not wait for you any more" in stage.teams.messages("personal")[-1].text
    assert stage.teams.consents.taken == []


async def test_nobody_else_takes_or_declines_it(stage, raw, deck):
    await stage.say("ben", "help")
    (offer,) = deck.attachments
    for where, action in itertools.product(("personal", "group"), ("accept", "decline")):
        room = stage.teams.client.room(where, "ben")
        info = {"uploadUrl": f"{stage.teams.url}/consents/x", "contentUrl": stage.teams.url}
        context = offer["content"]["acceptContext"]
        value = {"type": "fileUpload", "action": action, "context": context, "uploadInfo": info}
        answer = await stage.teams.client.invoke("ben", room, "fileConsent/invoke", value)
        assert answer.status == 200
        said = stage.teams.messages(where, "ben")[-1].text
        assert "does not wait for you any more" in said
    assert raw["handovers"].find_one()["state"] == "waiting"
    await stage.teams.consents.accept("asha", deck)
    assert len(stage.teams.consents.taken) == 1


async def test_it_can_be_accepted_again_when_the_upload_failed(stage, deck):
    stage.teams.consents._open.clear()  # Teams forgot where it was to go
    room = stage.teams.client.room("personal", "asha")
    context = deck.attachments[0]["content"]["acceptContext"]
    info = {"uploadUrl": f"{stage.teams.url}/consents/over", "contentUrl": stage.teams.url}
    value = {"type": "fileUpload", "action": "accept", "context": context, "uploadInfo": info}
    await stage.teams.client.invoke("asha", room, "fileConsent/invoke", value)
    assert "It is not lost: accept it again below." in str(
        [one.text for one in stage.teams.messages("personal")]
    )
    assert deck.deleted
    (again,) = of_kind(stage, CONSENT)
    await stage.teams.consents.accept("asha", again)
    assert len(stage.teams.consents.taken) == len(decks(stage)) == 1


async def test_delete_my_data_takes_what_waits_along(stage, raw, deck):
    await stage.press("asha", await stage.say("asha", "delete my data"), "Delete everything")
    assert raw["handovers"].count_documents({}) == 0
    await stage.teams.consents.accept("asha", deck)
    assert "does not wait for you any more" in stage.teams.messages("personal")[-1].text


async def test_from_a_group_it_is_offered_in_their_own_chat_where_that_was_chosen(
    stage, raw, stage_clock
):
    await make_workflow(stage, raw, stage_clock.now(), place="chat")
    await stage.say("asha", f"run {NAME} with {FX1}", "group")
    message = await stage.teams.wait_for("personal", lambda one: kind_of(one) == CONSENT)
    assert of_kind(stage, CONSENT, "group") == []
    await stage.teams.consents.accept("asha", message)
    assert len(decks(stage)) == 1


async def test_without_a_chat_of_their_own_it_says_what_to_do(stage, raw, stage_clock):
    await make_workflow(stage, raw, stage_clock.now(), place="chat")
    raw["conversations"].delete_many({"reference.kind": "personal"})
    await stage.say("asha", f"run {NAME} with {FX1}", "group")
    failed = await stage.until("Failed", "group")
    assert "Open a chat with me, say hello, then retry." in await hers(stage, failed, "group")


@pytest.mark.parametrize(
    "place, where, told",
    [
        ("channel", "personal", "was not started in a channel"),
        ("channel", "channel", "I can't reach the channel's files"),
        ("automatic", "channel", "I can't reach the channel's files"),
    ],
)
async def test_a_place_that_cannot_be_had_is_said_with_a_way_on(
    stage, raw, stage_clock, place, where, told
):
    await make_workflow(stage, raw, stage_clock.now(), place=place)
    await stage.say("asha", f"run {NAME} with {FX1}", where)
    failed = await hers(stage, await stage.until("Failed", where), where)
    assert told in failed
    assert "our 1:1 chat" in failed


async def test_in_a_channel_the_deck_lands_in_its_files_once_that_is_allowed(
    signing, raw, stage_clock
):
    stage, microsoft = signing.stage, signing.microsoft
    microsoft.consent("asha", "User.Read")
    await signing.silently("asha", await stage.say("asha", "connect"))
    await make_workflow(stage, raw, stage_clock.now())
    await stage.say("asha", f"run {NAME} with {FX1}", "channel")
    card = await stage.until("needs Asha Rao", "channel")
    log = raw["executionlogs"].find_one()
    assert log["statusDetail"] == "waiting_sign_in"
    assert "files of your channels" in await hers(stage, card, "channel")
    assert microsoft.team_drive(TEAM_GROUP_ID) == {}
    microsoft.consent("asha", "Files.Read.All", "Files.ReadWrite")
    await stage.press("asha", card, "Sign in")
    done = await hers(stage, await stage.until("Completed", "channel"), "channel")
    assert "Acme Rollout Weekly" in done
    ((path, content),) = microsoft.team_drive(TEAM_GROUP_ID).items()
    assert re.fullmatch(r"General/Acme Rollout Weekly R-[0-9A-F]{4,}\.pptx", path)
    assert Presentation(io.BytesIO(content)).slides
    assert of_kind(stage, CONSENT) == []
    assert microsoft.drive("asha") == {}


async def test_in_a_group_and_where_it_was_chosen_the_deck_goes_to_her_one_drive(
    signing, raw, stage_clock
):
    stage, microsoft = signing.stage, signing.microsoft
    microsoft.consent("asha", "User.Read", "Files.ReadWrite")
    await signing.silently("asha", await stage.say("asha", "connect"))
    await make_workflow(stage, raw, stage_clock.now())
    await stage.say("asha", f"run {NAME} with {FX1}", "group")
    await stage.until("Completed", "group")
    assert len(microsoft.drive("asha")) == 1
    assert of_kind(stage, CONSENT) == []


async def test_a_channel_whose_team_is_not_known_is_said(signing, raw, stage_clock):
    stage, client = signing.stage, signing.stage.teams.client
    await make_workflow(stage, raw, stage_clock.now())
    place = client.room("channel", "asha")
    message = client._composer.message
    said = await message_in_channel(stage, f"run {NAME} with {FX1}")
    activity = message(place, PEOPLE["asha"], said, mention=True)
    del activity["channelData"]["team"]["aadGroupId"]
    assert (await client.deliver(activity)).status == 200
    failed = await hers(stage, await stage.until("Failed", "channel"), "channel")
    assert "which team this channel belongs to" in failed


async def message_in_channel(stage, text):
    await stage.teams.say("asha", "channel", text, mention=False)
    return stage.teams.messages("channel")[-1]
