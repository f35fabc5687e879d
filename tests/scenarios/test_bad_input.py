"""Whatever somebody types or sends: stored and shown as typed, or refused with a sentence."""

import json

import pytest

from tests.scenarios.building import build_to_name, choice
from tests.scenarios.reading import walk

COMMANDS = ("help", "home", "new", "workflows", "logs", "minutes", "data", "cancel")


@pytest.fixture(scope="session")
def naughty(suite):
    """The strings of the big list that Teams could deliver as a text."""
    strings = json.loads((suite("blns") / "blns.json").read_text("utf-8"))
    assert len(strings) > 500
    return strings


def first_word(text):
    return text.split()[0].casefold() if text.split() else ""


def kept(text):
    """A text as storage keeps it: only what no database holds is replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "�")


async def test_any_text_as_a_command_gets_one_answer_and_starts_nothing(stage, raw, naughty):
    for text in naughty:
        before = len(stage.teams.messages("personal"))
        said = await stage.say("asha", text)
        answered = len(stage.teams.messages("personal")) - before - 1
        assert answered == (1 if said else 0), text
        if said is None:
            assert not text.strip(" \t\r\n\u00a0\u200b\ufeff\u0085"), text
        elif first_word(text) not in COMMANDS:
            assert said.text_format == "plain", text  # a typed link must not come back as one
            assert "I don't know" in stage.text(said) or "Type" in stage.text(said), text
    assert raw["workflows"].count_documents({}) == 0
    assert raw["executionlogs"].count_documents({}) == 0


async def test_any_text_as_a_workflow_name_is_stored_and_shown_as_typed_or_refused(
    stage, raw, naughty
):
    card = await build_to_name(stage)
    named = 0
    for text in naughty:
        press = choice(card, "asha", "next")
        shown = await stage.press(
            "asha", card, {**press, "data": {**press["data"], "in.name": text}}
        )
        if "Name it" in shown:
            assert "Workflow name is required" in shown or "at most 100" in shown, text
        else:
            named += 1
            heading = next(e for e in walk(card.card("asha")) if e.get("type") == "TextBlock")
            assert " ".join(kept(text).split()) == kept_state(raw)["name"], (text, heading)
            await stage.press("asha", card, "Rename")
    assert named > 400
    assert raw["workflows"].count_documents({}) == 0


def kept_state(raw):
    return json.loads(raw["dialogstate"].find_one()["data"])["state"]


async def test_any_text_typed_into_a_form_is_saved_and_shown_as_typed(stage, raw, naughty):
    card = await stage.say("asha", "new")
    await stage.press("asha", card, "Next", trigger="manual")
    await stage.press("asha", card, "Add", action="save_data")
    await stage.press("asha", card, "Next")
    await stage.press("asha", card, "Next", name="thing", value="first")
    await stage.press("asha", card, "Next", name="Weekly")
    for text in naughty:
        await stage.press("asha", card, choice(card, "asha", "config:0"))
        press = choice(card, "asha", "next")
        data = {**press["data"], "in.name": "thing", "in.value": text}
        await stage.press("asha", card, {**press, "data": data})
        state = kept_state(raw)
        if state["at"] == "review":
            assert state["steps"][0]["config"]["value"] == kept(text), text
        else:
            assert state["errors"], text
            assert state["typed"]["value"] == kept(text), text
            await stage.press("asha", card, "Next", name="thing", value="again")


async def test_any_text_as_notes_becomes_minutes_or_a_sentence(stage, raw, naughty):
    for text in naughty:
        said = await stage.say("asha", f"minutes {text}")
        shown = stage.text(said)
        assert "Made by rules" in shown or "Meeting notes are required" in shown, text
    assert raw["executionlogs"].count_documents({}) == 0


@pytest.mark.parametrize("text", ["x" * 100_000, "run " * 25_000, "minutes " + "a " * 50_000])
async def test_a_hundred_kilobytes_of_text_get_an_answer_that_fits_a_message(stage, text):
    said = await stage.say("asha", text)
    assert said is not None
    assert len(json.dumps(said.attachments)) < 28_000


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "workflow.explode"},
        {"verb": 7},
        {"cf": 2},
        {"wf": {"$ne": None}},
        {"wf": "../../etc"},
        {"extra": "field"},
        {"key": "k" * 5000},
        {"wf": ["a"]},
    ],
)
async def test_a_button_changed_on_its_way_is_refused_and_does_nothing(stage, raw, change):
    card = await build_to_name(stage)
    await stage.press("asha", card, "Next", name="Weekly")
    await stage.press("asha", card, "Save")
    shown = await stage.say("asha", "show weekly")
    run = next(e for e in walk(shown.card()) if e.get("data", {}).get("verb") == "workflow.run")
    pressed = await stage.teams.press(
        "asha", shown.id, {**run, "data": {**run["data"], **change}}, {}
    )
    assert pressed.status == 200
    assert raw["executionlogs"].count_documents({}) == 0
    assert pressed.body["type"] in (
        "application/vnd.microsoft.error",
        "application/vnd.microsoft.activity.message",
    )


async def test_ids_of_others_and_of_nothing_are_not_found(stage, raw):
    card = await build_to_name(stage)
    await stage.press("asha", card, "Next", name="Weekly")
    await stage.press("asha", card, "Save")
    shown = await stage.say("asha", "show weekly")
    bens = await stage.say("ben", "home")
    for verb in ("workflow.run", "workflow.edit", "workflow.delete"):
        theirs = next(e for e in walk(shown.card()) if e.get("data", {}).get("verb") == verb)
        assert "can't find that workflow" in await stage.press("ben", bens, theirs)
        nothing = {**theirs, "data": {**theirs["data"], "wf": "f" * 24}}
        assert "can't find that workflow" in await stage.press("asha", shown, nothing)
    assert raw["executionlogs"].count_documents({}) == 0
    assert raw["workflows"].count_documents({}) == 1
    assert raw["dialogstate"].count_documents({}) == 0


async def test_a_delete_card_from_before_an_edit_deletes_nothing(stage, raw):
    card = await build_to_name(stage)
    await stage.press("asha", card, "Next", name="Weekly")
    await stage.press("asha", card, "Save")
    asked = await stage.say("asha", "delete weekly")
    raw["workflows"].update_one({}, {"$inc": {"version": 1}})
    assert "was changed since you asked" in await stage.press("asha", asked, "Delete")
    assert raw["workflows"].count_documents({}) == 1
