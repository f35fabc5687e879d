"""Nobody sees, changes or starts what is somebody else's, whichever button they make up (T8)."""

import itertools
import re

import pytest

from cards.verbs import VERBS
from storage.models import TriggerName
from tests.scenarios.owned import NOTES, seeded_run

IDS = {"wf", "run", "minutes"}
# What a made-up button fills its other fields with; a verb with a new field needs a row here.
OTHERS = {
    "key": "made-up",
    "rev": 1,
    "step": "save_data",
    "done": True,
    "thread": "1",
}
NAMING = {name: verb for name, verb in VERBS.items() if IDS & set(verb.model_fields)}
STRANGERS = ("ben", "chen")  # a colleague of the same tenant, and a guest
REFUSED = re.compile("can't find that workflow|Log not found|not kept any more")
STATES = {
    "running": {"status": "running"},
    "failed": {"status": "failed", "steps.0.status": "failed", "error": "CANARY-error"},
    "asking": {"statusDetail": "waiting_answer", "steps.0.status": "asking"},
}
COLLECTIONS = ("workflows", "executionlogs", "records", "meetings")


@pytest.fixture
async def ashas(stage, raw, storage, stage_clock):
    """Asha's workflow, a run of it, and the notes of her minutes; gives their ids."""
    await stage.say("asha", f"minutes {NOTES}")
    user = raw["users"].find_one()
    asha = await storage.users.seen(
        microsoft_id=user["microsoftId"],
        email=user["email"],
        name=user["name"],
        now=stage_clock.now(),
    )
    workflow = await storage.workflows.add(
        user_id=asha.id,
        name="CANARY-name",
        trigger=TriggerName.MANUAL,
        actions=("save_data", "save_data"),
        action_configs={"save_data": {"name": "title", "value": "CANARY-value"}},
        canvas=None,
        now=stage_clock.now(),
    )
    run = seeded_run(asha, workflow, stage_clock.now())
    await storage.runs.accept(run)
    minutes = raw["meetings"].find_one()
    return {"wf": workflow.id, "run": run.id, "minutes": str(minutes["_id"])}


def everything(raw):
    """All that is stored of anybody's work, as it stands."""
    return {name: list(raw[name].find().sort("_id")) for name in COLLECTIONS}


def made_up(verb, ids):
    """A button nobody drew: the verb, with Asha's ids in it."""
    fields = {name: {**OTHERS, **ids}[name] for name in verb.model_fields}
    data = {**verb(**fields).to_data(), "in.notes": "mine", "in.name": "mine"}
    return {"type": "Action.Execute", "verb": verb.name, "data": data}


@pytest.mark.parametrize("state", STATES)
async def test_a_made_up_button_shows_changes_and_starts_nothing(stage, raw, ashas, state):
    raw["executionlogs"].update_one({}, {"$set": STATES[state]})
    before = everything(raw)
    for person, where in itertools.product(STRANGERS, ("personal", "group")):
        said = await stage.say(person, "home", where)
        for verb in NAMING.values():
            shown = await stage.press(person, said, made_up(verb, ashas))
            assert REFUSED.search(shown), (verb, person, where, shown)
            assert "CANARY" not in shown
        seen = [stage.text(message, person) for message in stage.teams.messages(where, person)]
        assert "CANARY" not in "".join(seen)
    assert everything(raw) == before
    assert raw["dialogstate"].count_documents({}) == 0


@pytest.mark.parametrize("name", NAMING)
async def test_the_same_button_does_work_for_whose_it_is(stage, raw, ashas, name):
    """Without this the test above could be green because the buttons are made up wrongly."""
    state = {"run.answer": "asking", "run.cancel": "running"}.get(name, "failed")
    raw["executionlogs"].update_one({}, {"$set": STATES[state]})
    said = await stage.say("asha", "home")
    assert not REFUSED.search(await stage.press("asha", said, made_up(NAMING[name], ashas)))


async def test_names_and_short_ids_typed_by_others_find_nothing(stage, raw, ashas):
    short = raw["executionlogs"].find_one()["shortId"]
    before = everything(raw)
    words = ["show", "run", "edit", "delete", "workflows", "logs", "logs workflow", "data"]
    typed = [f"{word} CANARY-name" for word in words]
    typed += [f"{word} {short}" for word in ("log", "retry", "cancel")]
    for person, text in itertools.product(STRANGERS, [*typed, f"retry {short} all", "logs"]):
        shown = stage.text(await stage.say(person, text))
        assert "CANARY" not in shown.replace("CANARY-name", "", 1), text
        assert "CANARY-value" not in shown
    assert everything(raw) == before
