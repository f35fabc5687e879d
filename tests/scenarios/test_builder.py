"""Build a workflow through the dialog: step by step, interrupted, twice at once, over a restart."""

import asyncio

import pytest

from bot.local.card_buttons import find_button
from tests.scenarios.building import build_to_name, choice


async def test_a_workflow_built_step_by_step_is_stored_as_the_web_application_reads_it(stage, raw):
    card = await build_to_name(stage)
    shown = await stage.press("asha", card, "Next", name="Meeting Follow-up Automation")
    assert "Meeting Follow-up Automation" in shown
    shown = await stage.press("asha", card, "Save")
    assert 'Saved "Meeting Follow-up Automation" (v1).' in shown
    (stored,) = raw["workflows"].find()
    assert stored["trigger"] == "manual"
    assert stored["actions"] == ["generate_mom", "save_data", "save_data"]
    assert stored["version"] == 1
    assert len(stored["canvasData"]["nodes"]) == 4
    assert [e["id"] for e in stored["canvasData"]["edges"]] == [
        "trigger-1>action-1",
        "action-1>action-2",
        "action-1>action-3",
    ]
    assert set(stored["actionConfigs"]) >= {"save_data", "save_data#2"}
    listed = stage.text(await stage.say("asha", "workflows"))
    assert "3 action(s) • manual trigger" in listed
    assert "Meeting Follow-up" not in stage.text(await stage.say("ben", "workflows"))


async def test_a_blank_name_is_refused_on_the_same_card_and_nothing_is_stored(stage, raw):
    card = await build_to_name(stage)
    shown = await stage.press("asha", card, button(card, "Next", {"in.name": "   "}))
    assert "Workflow name is required" in shown
    assert raw["workflows"].count_documents({}) == 0
    assert "Weekly" in await stage.press("asha", card, "Next", name="Weekly")


def button(card, title, data=()):
    """Give a button's action, its data changed on the way as no client would."""
    found = find_button(card.card(), title)
    return {**found, "data": {**found["data"], **dict(data)}}


async def test_no_action_is_refused_on_the_same_card(stage):
    card = await stage.say("asha", "new")
    await stage.press("asha", card, "Next", trigger="manual")
    assert "Please add at least one action node" in await stage.press("asha", card, "Next")


@pytest.mark.parametrize("way", ["word", "button"])
async def test_cancel_leaves_nothing_behind_at_any_step(stage, raw, way):
    card = await build_to_name(stage)
    if way == "word":
        assert "Nothing was saved" in stage.text(await stage.say("asha", "cancel"))
    else:
        assert "Nothing was saved" in await stage.press("asha", card, "Cancel")
    assert raw["workflows"].count_documents({}) == 0
    assert raw["dialogstate"].count_documents({}) == 0


async def test_help_answers_in_the_middle_and_the_form_stays_open(stage):
    card = await build_to_name(stage)
    assert "What I can do" in stage.text(await stage.say("asha", "help"))
    assert "Weekly" in await stage.press("asha", card, "Next", name="Weekly")


async def test_another_command_in_the_middle_asks_and_keeps_or_drops(stage):
    card = await build_to_name(stage)
    asked = await stage.say("asha", "workflows")
    assert "in the middle of a form" in stage.text(asked)
    assert "Name it" in await stage.press("asha", asked, "Keep")
    asked = await stage.say("asha", "workflows")
    assert "no workflows yet" in await stage.press("asha", asked, "Discard")
    assert "closed" in await stage.press("asha", card, "Next", name="Weekly")


async def test_a_restart_goes_on_at_the_same_step(start_bot):
    stage = await start_bot()
    card = await build_to_name(stage)
    stage = await start_bot()
    assert "Weekly" in await stage.press("asha", card, "Next", name="Weekly")
    assert 'Saved "Weekly" (v1).' in await stage.press("asha", card, "Save")


async def test_two_people_in_one_group_chat_never_share_a_form(stage, raw):
    ashas = await build_to_name(stage, "asha", "group")
    bens = await stage.say("ben", "new", "group")
    assert "What starts it" in stage.text(bens)
    await stage.press("asha", ashas, "Next", name="Asha's")
    assert "closed" not in await stage.press("ben", bens, "Next", trigger="manual")
    await stage.press("asha", ashas, "Save")
    (stored,) = raw["workflows"].find()
    assert stored["name"] == "Asha's"


async def test_somebody_elses_form_does_nothing_for_them(stage, raw):
    ashas = await build_to_name(stage, "asha", "group")
    theirs = choice(ashas, "asha", "next")
    theirs = {**theirs, "data": {**theirs["data"], "in.name": "Mine now"}}
    assert "closed" in await stage.press("ben", ashas, theirs)
    assert raw["workflows"].count_documents({}) == 0


async def test_save_pressed_three_times_at_once_saves_once(stage, raw):
    card = await build_to_name(stage)
    await stage.press("asha", card, "Next", name="Weekly")
    save = button(card, "Save")
    await asyncio.gather(*(stage.press("asha", card, save) for _ in range(3)))
    assert raw["workflows"].count_documents({}) == 1


async def test_a_card_of_an_earlier_step_only_draws_the_present_one(stage):
    card = await stage.say("asha", "new")
    stale = button(card, "Next", {"in.trigger": "manual"})
    await stage.press("asha", card, "Next", trigger="manual")
    await stage.press("asha", card, "Add", action="save_data")
    assert "1. Save Data" in await stage.press("asha", card, stale)


async def test_a_setting_that_cannot_be_used_is_named_and_what_was_typed_stays(stage):
    card = await stage.say("asha", "new")
    await stage.press("asha", card, "Next", trigger="manual")
    await stage.press("asha", card, "Add", action="save_data")
    await stage.press("asha", card, "Next")
    shown = await stage.press("asha", card, "Next", name="two words", value="kept as typed")
    assert "up to 100 letters" in shown
    assert "kept as typed" in shown
    shown = await stage.press("asha", card, "Next", name="ok", value="{{ steps.nobody.x }}")
    assert "nobody" in shown


async def test_editing_saves_the_next_version_and_refuses_over_a_newer_one(stage, raw):
    card = await build_to_name(stage)
    await stage.press("asha", card, "Next", name="Weekly")
    await stage.press("asha", card, "Save")
    first = await stage.say("asha", "edit weekly")
    await stage.press("asha", first, "Rename")
    await stage.press("asha", first, "Next", name="Weekly report")
    raw["workflows"].update_one({}, {"$set": {"version": 5}})
    assert "changed" in await stage.press("asha", first, "Save")
    raw["workflows"].update_one({}, {"$set": {"version": 1}})
    assert 'Saved "Weekly report" (v2).' in await stage.press("asha", first, "Save")


async def test_delete_asks_first_and_keeps_the_logs(stage, raw):
    card = await build_to_name(stage)
    await stage.press("asha", card, "Next", name="Weekly")
    await stage.press("asha", card, "Save")
    asked = await stage.say("asha", "delete weekly")
    assert raw["workflows"].count_documents({}) == 1
    assert 'Deleted "Weekly"' in await stage.press("asha", asked, "Delete")
    assert raw["workflows"].count_documents({}) == 0
