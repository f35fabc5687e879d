"""Greeted, asked, mistyped to or interrupted, the bot answers to the point and shows a way on."""

from datetime import timedelta

import pytest

from tests.scenarios.building import build_to_name, saved


@pytest.mark.parametrize(
    "typed, first",
    [
        ("Hello", "Hello Asha, good to see you."),
        ("hi there!", "Hello Asha, good to see you."),
        ("hey ConsultFlow", "Hello Asha, good to see you."),
        ("good morning", "Hello Asha, good to see you."),
        ("Thanks a lot!", "You are welcome."),
        ("what can you do?", "What I can do"),
    ],
)
async def test_a_greeting_is_returned_with_what_the_bot_can_do(stage, typed, first):
    said = stage.text(await stage.say("asha", typed))
    assert said.splitlines()[0] == first
    assert "What I can do" in said


@pytest.mark.parametrize(
    "typed, hint",
    [
        ("lgos", "Did you mean: logs"),
        ("what is data", "Did you mean: data?"),
        ("please make minutes", "Did you mean: minutes?"),
        ("where is my money", "Did you mean: help?"),
        ("hello " + "!" * 20_000 + " a b", "Did you mean: help?"),
    ],
)
async def test_only_what_is_near_is_suggested(stage, typed, hint):
    said = stage.text(await stage.say("asha", typed))
    assert said.startswith("I don't know ")
    assert hint in said


async def test_leaving_an_edit_says_what_was_left(stage):
    await saved(stage, "Weekly")
    card = await stage.say("asha", "edit weekly")
    await stage.press("asha", card, "Rename")
    await stage.press("asha", card, "Next", name="Other")
    stopped = "I stopped changing Weekly. Nothing was saved."
    assert stopped in stage.text(await stage.say("asha", "cancel"))
    card = await stage.say("asha", "edit weekly")
    assert stopped in await stage.press("asha", card, "Cancel")


async def test_a_name_that_is_taken_is_refused_on_the_same_card(stage, raw):
    await saved(stage, "Weekly")
    card = await build_to_name(stage)
    await stage.press("asha", card, "Next", name="WEEKLY")
    refused = await stage.press("asha", card, "Save")
    assert "You have a workflow of that name. Choose another." in refused
    await stage.press("asha", card, "Rename")
    await stage.press("asha", card, "Next", name="Weekly 2")
    assert "Saved" in await stage.press("asha", card, "Save")
    assert raw["workflows"].count_documents({}) == 2


async def test_two_that_another_program_named_alike_are_told_apart_by_their_last_change(stage, raw):
    await saved(stage, "Weekly")
    (first,) = raw["workflows"].find()
    changed = first["updatedAt"] - timedelta(days=3)
    raw["workflows"].insert_one({**first, "_id": first["userId"], "updatedAt": changed})
    asked = stage.text(await stage.say("asha", "show weekly"))
    assert f"changed {first['updatedAt'].day} Mar 2026" in asked
    assert f"changed {changed.day} Mar 2026" in asked


async def test_a_log_that_is_not_there_leads_to_all_of_them(stage):
    said = await stage.say("asha", "log R-0000")
    assert stage.text(said) == "Log not found\n[All logs]"
    assert "Nothing has run yet." in await stage.press("asha", said, "All logs")
