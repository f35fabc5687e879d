"""Nobody sees, changes or starts what is somebody else's, whichever button they make up (T8)."""

import pytest

from cards.verbs import VERBS
from tests.scenarios.building import saved

IDS = {"wf", "run", "minutes"}
# What a made-up button fills its other fields with; a verb with a new field needs a row here.
OTHERS = {
    "key": "made-up",
    "rev": 1,
    "step": "save_data",
    "done": True,
}
NAMING = {name: verb for name, verb in VERBS.items() if IDS & set(verb.model_fields)}
NOTES = "CANARY-title\nAsha: CANARY-notes\nAction Items:\nBen Ortiz: CANARY-task by 03/06"
COLLECTIONS = ("workflows", "executionlogs", "records", "meetings")


@pytest.fixture
async def ashas(stage, raw, storage):
    """Asha's workflow, a run of it that ended, one that failed, one that asks, and her minutes."""
    card = await saved(stage, name="CANARY-name")
    await stage.press("asha", card, "Run")
    await stage.press("asha", card, "Run", notes=NOTES)
    await stage.until("Completed")
    await stage.say("asha", f"minutes {NOTES}")
    done = raw["executionlogs"].find_one()
    ids = {
        "wf": str(raw["workflows"].find_one()["_id"]),
        "run": str(done["_id"]),
        "minutes": str(raw["meetings"].find_one()["_id"]),
    }
    return ids


def everything(raw):
    """All that is stored of anybody's work, as it stands."""
    return {name: list(raw[name].find().sort("_id")) for name in COLLECTIONS}


def made_up(verb, ids):
    """A button nobody drew: the verb, with Asha's ids in it."""
    fields = {name: {**OTHERS, **ids}[name] for name in verb.model_fields}
    data = {**verb(**fields).to_data(), "in.notes": "mine", "in.name": "mine"}
    return {"type": "Action.Execute", "verb": verb.name, "data": data}


@pytest.mark.parametrize("state", ["completed", "failed", "asking"])
@pytest.mark.parametrize("name", NAMING)
async def test_a_made_up_button_shows_changes_and_starts_nothing(stage, raw, ashas, name, state):
    if state != "completed" and "run" not in NAMING[name].model_fields:
        state = "completed"
    put_into(raw, ashas["run"], state)
    before = everything(raw)
    for person in ("ben", "chen"):  # a colleague of the same tenant, and a guest
        for where in ("personal", "group"):
            said = await stage.say(person, "home", where)
            shown = await stage.press(person, said, made_up(NAMING[name], ashas))
            assert "find" in shown or "not found" in shown or "not kept" in shown
            seen = [stage.text(message, person) for message in stage.teams.messages(where, person)]
            assert "CANARY" not in shown + "".join(seen)
    assert everything(raw) == before
    assert raw["dialogstate"].count_documents({}) == 0


def put_into(raw, run, state):
    """Leave the run as it would be had it failed, or stopped at a question."""
    changes = {
        "completed": {},
        "failed": {"status": "failed", "steps.0.status": "failed", "error": "CANARY-error"},
        "asking": {
            "status": "running",
            "statusDetail": "waiting_answer",
            "steps.1.status": "asking",
        },
    }[state]
    if changes:
        raw["executionlogs"].update_one({}, {"$set": changes})


@pytest.mark.parametrize("name", NAMING)
async def test_the_same_button_does_work_for_whose_it_is(stage, raw, ashas, name):
    """Without this the test above could be green because the buttons are made up wrongly."""
    put_into(
        raw, ashas["run"], {"run.answer": "asking", "run.cancel": "asking"}.get(name, "failed")
    )
    said = await stage.say("asha", "home")
    shown = await stage.press("asha", said, made_up(NAMING[name], ashas))
    assert "find" not in shown
    assert "not found" not in shown
    assert "not kept" not in shown


@pytest.mark.parametrize("words", ["show CANARY-name", "run CANARY-name", "edit CANARY-name"])
async def test_names_and_ids_typed_by_others_find_nothing(stage, raw, ashas, words):
    short = raw["executionlogs"].find_one()["shortId"]
    before = everything(raw)
    typed = [words, f"log {short}", f"retry {short}", f"cancel {short}", f"retry {short} all"]
    for text in [*typed, "logs CANARY", 'logs "CANARY"', "workflows CANARY", "data title"]:
        for person in ("ben", "chen"):
            shown = stage.text(await stage.say(person, text)).replace(text.split(None, 1)[1], "")
            assert "CANARY" not in shown, text
    assert everything(raw) == before
