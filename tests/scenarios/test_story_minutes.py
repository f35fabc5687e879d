"""Story S1: minutes from pasted notes."""

import re
from pathlib import Path

import pytest

from bot.local.people import PEOPLE, TENANT_ID
from tests.scenarios.building import build_to_name
from tests.scenarios.reading import walk

FX1 = (Path(__file__).parents[1] / "data" / "fx1.txt").read_text("utf-8")


def rows(card):
    """Give the rows of the card's action table as text, without its head."""
    table = next(e for e in walk(card) if e.get("type") == "Table")
    cells = [
        [" ".join(t.get("text", "") for t in walk(cell) if "text" in t) for cell in row["cells"]]
        for row in table["rows"]
    ]
    return [" | ".join(cell.replace("\\", "").strip() for cell in row) for row in cells[1:]]


async def test_asha_pastes_her_notes_and_gets_exactly_what_they_hold(stage, raw):
    said = await stage.say("asha", f"minutes {FX1}")
    shown = stage.text(said)
    assert shown.splitlines()[0].strip("# ") == "Acme Rollout Weekly"
    assert rows(said.card()) == [
        "Send reconciliation report | Ben Ortiz | 03/06 & Friday",
        "Return signed DPA | Chen Li | 03/12 & Thursday",
        "Book load test environment | Unassigned | TBD",
    ]
    assert "Asha Rao, Ben Ortiz, Chen Li" in shown
    assert "Scope frozen for release 1" in shown
    assert "11 March 2026" in shown
    assert "14:00" in shown
    assert "Asia/Kolkata" in shown
    (user,) = raw["users"].find()
    assert user["email"] == "asha.rao@contoso.example"
    assert user["name"] == "Asha Rao"
    assert user["microsoftId"] == f"{PEOPLE['asha'].object_id}.{TENANT_ID}"
    assert not {"accessToken", "refreshToken", "tokenExpiresAt"} & set(user)
    assert raw["executionlogs"].count_documents({}) == 0
    assert [m.sender for m in stage.teams.messages("personal")].count("bot") == 1


async def test_no_address_and_no_name_is_shown_that_the_notes_do_not_hold(stage):
    shown = stage.text(await stage.say("asha", f"minutes {FX1}"))
    for address in re.findall(r"[\w.]+@[\w.]+", shown):
        assert address in FX1


@pytest.mark.parametrize("nothing", ["minutes", "minutes    ", "MINUTES\n\n"])
async def test_minutes_of_nothing_says_what_is_needed(stage, nothing):
    assert "Meeting notes are required" in stage.text(await stage.say("asha", nothing))


async def test_the_button_for_minutes_asks_without_complaint(stage):
    said = await stage.say("asha", "home")
    opened = await stage.press("asha", said, "Make minutes")
    assert "Paste your notes" in opened
    assert "required" not in opened


async def test_notes_without_a_workflow_to_run_lead_to_the_builder(stage):
    said = await stage.say("asha", f"minutes {FX1}")
    assert "no workflows yet" in await stage.press("asha", said, "Use in a workflow")
    assert "What starts it?" in await stage.press("asha", said, "New workflow")


async def test_notes_without_actions_have_the_one_row_that_says_so(stage):
    said = await stage.say("asha", "minutes Asha: We looked at the weather.\nBen: It was fine.")
    assert any("No action items identified." in row for row in rows(said.card()))


async def test_the_notes_can_be_opened_again_and_changed(stage):
    said = await stage.say("asha", f"minutes {FX1}")
    assert "Book load test environment" in await stage.press("asha", said, "Edit notes")
    changed = FX1.replace("Book load test", "Cancel load test")
    shown = await stage.press("asha", said, "Make minutes", notes=changed)
    assert "Cancel load test environment" in shown


async def test_a_file_is_as_good_as_pasted_notes(stage):
    status = await stage.teams.send_file("asha", "notes.txt", FX1.encode(), "minutes")
    assert status == 200
    said = await stage.until("Return signed DPA")
    assert "Acme Rollout Weekly" in stage.text(said)


async def test_a_file_that_holds_no_notes_is_refused_with_what_works(stage):
    await stage.teams.send_file("asha", "deck.exe", b"MZ\x00\x01", "minutes")
    said = [m for m in stage.teams.messages("personal") if m.sender == "bot"][-1]
    assert ".docx" in stage.text(said)
    await stage.teams.send_file("asha", "big.txt", b"a" * (10 * 1024 * 1024 + 1), "minutes")
    said = [m for m in stage.teams.messages("personal") if m.sender == "bot"][-1]
    assert "10 MB" in stage.text(said)


async def test_the_notes_run_a_workflow_without_being_pasted_again(stage, raw):
    card = await build_to_name(stage)
    await stage.press("asha", card, "Next", name="Weekly")
    await stage.press("asha", card, "Save")
    said = await stage.say("asha", f"minutes {FX1}")
    asked = await stage.press("asha", said, "Use in a workflow")
    assert "Weekly" in asked
    await stage.press("asha", said, "Choose")
    await stage.until("Completed")
    assert raw["records"].find_one({"name": "title"}) is not None
