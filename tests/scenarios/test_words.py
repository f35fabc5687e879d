"""What people type, in the forms help shows, does what help says."""

import json

import pytest

from tests.scenarios.building import saved
from tests.scenarios.reading import walk

NOTES = "Weekly\nAsha: We freeze the scope."


def given(raw):
    """What the one run was given."""
    return json.loads(raw["executionlogs"].find_one()["inputs"])


def button(message, **wanted):
    """Find a button of a card by a field of it, or of its data."""
    for element in walk(message.card("asha")):
        held = {**element, **(element.get("data") or {})} if "data" in element else {}
        if wanted and all(held.get(name) == value for name, value in wanted.items()):
            return element
    raise AssertionError(f"There is no button with {wanted}.")


async def test_help_shows_all_and_one_topic_and_names_the_topics_it_has(stage):
    shown = stage.text(await stage.say("asha", "help"))
    assert "run <workflow>" in shown
    topic = stage.text(await stage.say("asha", "help RUN"))
    assert "run <workflow> with <notes>" in topic
    assert "Topics: " in stage.text(await stage.say("asha", "help flying"))


@pytest.mark.parametrize("words", ["run", "show", "edit", "delete"])
async def test_without_a_name_the_question_is_which(stage, words):
    assert "You have no workflows yet" in stage.text(await stage.say("asha", words))
    await saved(stage)
    asked = await stage.say("asha", words)
    assert "which workflow?" in stage.text(asked)
    await stage.press("asha", asked, "Choose")


async def test_run_takes_the_notes_after_with_and_asks_for_them_without(stage, raw):
    await saved(stage)
    asked = await stage.say("asha", "run weekly")
    assert "Meeting notes" in stage.text(asked)
    refused = await stage.press("asha", asked, button(asked, title="Run"))
    assert "Meeting notes are required" in refused
    await stage.say("asha", f"run weekly with {NOTES}")
    await stage.until("Completed")
    assert given(raw)["notes"] == NOTES


@pytest.mark.parametrize(
    "name, typed, notes",
    [
        ("Deal with Acme", "run deal with acme with Asha: hi", "Asha: hi"),
        ("Weekly", "run weekly\nAsha: hi\nBen: yo", "Asha: hi\nBen: yo"),
        ("Weekly", "run weekly WITH Asha: go on with it", "Asha: go on with it"),
        ("Weekly", "run weekly\nAsha: deal with it", "Asha: deal with it"),
        ("Weekly", "run wekly\nAsha: deal with it", "Asha: deal with it"),
        ("Weekly minutes", "run weekly with\nAsha: hi", "Asha: hi"),
        ("Deal with Acme", "run deal with ac\nAsha: hi", "Asha: hi"),
        ("Deal with Acme", 'run "deal with acme" with Asha: hi', "Asha: hi"),
    ],
)
async def test_a_with_in_the_name_and_in_the_notes_is_no_trouble(stage, raw, name, typed, notes):
    await saved(stage, name)
    await stage.say("asha", typed)
    assert given(raw)["notes"] == notes


async def test_a_name_with_a_with_in_it_is_not_taken_for_notes(stage, raw):
    await saved(stage, "Deal with Acme")
    for typed in ("run deal with acme", 'run "Deal with Acme"', "run deal with a"):
        assert "Meeting notes" in stage.text(await stage.say("asha", typed))
    assert raw["executionlogs"].count_documents({}) == 0


async def test_a_run_can_be_retried_repeated_and_cancelled_by_its_short_id(stage, raw):
    await saved(stage)
    await stage.say("asha", f"run weekly with {NOTES}")
    await stage.until("Completed")
    short = raw["executionlogs"].find_one()["shortId"]
    assert "Nothing failed" in stage.text(await stage.say("asha", f"retry {short}"))
    assert "has ended already" in stage.text(await stage.say("asha", f"cancel {short}"))
    assert short in stage.text(await stage.say("asha", f"log {short.lower()}"))
    await stage.say("asha", f"retry {short} all")
    assert raw["executionlogs"].count_documents({}) == 2
    assert "Say which run" in stage.text(await stage.say("asha", "retry"))
    assert "Nothing failed" in stage.text(await stage.say("asha", f"retry {short} failed current"))


async def test_cancel_without_anything_open_says_so(stage):
    assert "Nothing is open here" in stage.text(await stage.say("asha", "cancel"))


async def test_workflows_are_listed_a_page_at_a_time_and_found_by_their_text(stage, storage, raw):
    await saved(stage)
    stored = raw["workflows"].find_one()
    for number in range(11):
        copy = {**stored, "name": f"Copy {number:02}"}
        raw["workflows"].insert_one({k: v for k, v in copy.items() if k not in ("_id", "key")})
    assert "12 workflows" in stage.text(await stage.say("asha", "workflows"))
    assert "There are only 2 pages" in stage.text(await stage.say("asha", "workflows page 3"))
    listed = await stage.say("asha", "workflows copy page 2")
    assert "Copy" in stage.text(listed)
    assert "There is only 1 page" in stage.text(await stage.say("asha", "workflows weekly page 2"))


async def test_minutes_of_a_kept_draft_run_a_workflow_once(stage, raw):
    drafted = await stage.say("asha", f"minutes {NOTES}")
    assert "no workflow" in await stage.press("asha", drafted, "Use in a workflow")
    await saved(stage)
    drafted = await stage.say("asha", f"minutes {NOTES}")
    await stage.press("asha", drafted, "Use in a workflow")
    run = button(drafted, verb="minutes.run")
    await stage.press("asha", drafted, run)
    await stage.press("asha", drafted, run)
    assert raw["executionlogs"].count_documents({}) == 1


async def test_minutes_may_be_edited_and_blank_notes_are_asked_for_again(stage):
    assert "Meeting notes are required" in stage.text(await stage.say("asha", "minutes"))
    drafted = await stage.say("asha", f"minutes {NOTES}")
    await stage.press("asha", drafted, "Edit notes")
    assert "We freeze the scope" in str(drafted.card("asha"))
    blank = button(drafted, title="Make minutes")
    assert "Meeting notes are required" in await stage.press("asha", drafted, blank)


async def test_a_file_is_read_and_one_that_cannot_be_is_said(stage):
    assert await stage.teams.send_file("asha", "notes.txt", NOTES.encode(), "minutes") in (200, 202)
    assert "We freeze the scope" in stage.text(stage.teams.messages("personal")[-1])
    await stage.teams.send_file("asha", "notes.exe", b"MZ", "minutes")
    last = stage.teams.messages("personal")[-1]
    assert "Something went wrong" not in stage.text(last)
    assert last.sender == "bot"


async def test_notes_are_kept_while_it_is_asked_which_workflow_was_meant(stage, raw):
    for name in ("Weekly Report", "Weekly Review"):
        await saved(stage, name=name)
    asked = await stage.say("asha", "run weekly r with Acme Weekly\nAsha: We froze the scope.")
    assert "Run which workflow?" in stage.text(asked)
    await stage.press("asha", asked, "Choose")
    await stage.until("Completed")
    assert raw["executionlogs"].count_documents({"status": "completed"}) == 1
