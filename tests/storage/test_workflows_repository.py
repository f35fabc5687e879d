"""Workflows: the owner's only, never overwritten unseen, and whole for the web application too."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from bson import ObjectId

from storage.errors import NotFoundError, RefusedError, StaleError
from storage.models import TriggerName
from tests.storage.runs import OTHER_USER, USER, WHEN

ODD = {"a.b": {"$set": 1}, "$where": "x", "": [], "__proto__": {"$ref": "r", "$id": "i"}, "$ref": 1}
CANVAS = {"nodes": [{"id": "trigger-1", "data": {"config": ODD, "colour": "#123"}}], "edges": []}


def content(**changes):
    return {
        "user_id": USER,
        "name": "Weekly Report",
        "trigger": TriggerName.MANUAL,
        "actions": ["generate_mom", "save_data"],
        "action_configs": {"save_data": {"name": "minutes"}, "save_data#2": ODD},
        "canvas": CANVAS,
        "now": WHEN,
        **changes,
    }


async def test_a_workflow_comes_back_as_it_was_saved(storage, raw):
    made = await storage.workflows.add(**content())
    assert made.version == 1
    assert made.action_configs == content()["action_configs"]
    assert made.canvas == CANVAS
    assert await storage.workflows.get(USER, made.id) == made
    document = raw.workflows.find_one({}, {"actionConfigs": 0, "canvasData": 0})
    assert (document["userId"], document["createdAt"]) == (ObjectId(USER), WHEN)


async def test_one_press_makes_one_workflow_however_often_it_arrives(storage):
    made = await asyncio.gather(
        *(storage.workflows.add(**content(key="press-1")) for _ in range(10)),
        storage.workflows.add(**content(key="press-1", name="Changed")),
    )
    assert len({workflow.id for workflow in made}) == 1
    assert await storage.workflows.count(USER) == 1
    other = await storage.workflows.add(**content(key="press-1", user_id=OTHER_USER))
    odd = await storage.workflows.add(**content(key="press-\ud800"))
    assert len({other.id, odd.id, made[0].id}) == 3


async def test_a_document_without_dates_or_trigger_is_still_shown(storage, raw):
    raw.workflows.insert_one({"userId": ObjectId(USER), "name": "Old", "trigger": "none of ours"})
    (found,) = await storage.workflows.of_user(USER)
    assert (found.name, found.trigger, found.actions) == ("Old", TriggerName.MANUAL, ())
    assert found.created_at.tzinfo is not None


async def test_saving_makes_the_next_version_and_replaces_what_was_there(storage):
    made = await storage.workflows.add(**content())
    later = WHEN + timedelta(hours=1)
    changed = replace(made, name="Steering", action_configs={"$inc": ODD}, canvas=None)
    saved = await storage.workflows.save(changed, expected_version=1, now=later)
    assert saved == replace(changed, version=2, updated_at=later)
    assert await storage.workflows.get(USER, made.id) == saved


async def test_of_ten_savers_at_once_one_wins_and_nine_are_told(storage):
    made = await storage.workflows.add(**content())
    results = await asyncio.gather(
        *(
            storage.workflows.save(replace(made, name=f"n{n}"), expected_version=1, now=WHEN)
            for n in range(10)
        ),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["StaleError"] * 9 + ["Workflow"]
    assert (await storage.workflows.get(USER, made.id)).version == 2


async def test_what_the_web_application_wrote_is_read_and_its_own_fields_survive(storage, raw):
    theirs = raw.workflows.insert_one(
        {
            "userId": ObjectId(USER),
            "name": "From the web",
            "trigger": "schedule",
            "actions": ["send_email"],
            "canvasData": None,
            "createdAt": WHEN,
            "updatedAt": WHEN,
            "__v": 0,
            "favourite": True,
        }
    )
    (found,) = await storage.workflows.of_user(USER)
    assert (found.version, found.action_configs, found.canvas) == (1, {}, None)
    await storage.workflows.save(replace(found, name="Renamed"), expected_version=1, now=WHEN)
    document = raw.workflows.find_one({"_id": theirs.inserted_id})
    assert (document["favourite"], document["__v"], document["name"]) == (True, 0, "Renamed")
    with pytest.raises(StaleError):
        await storage.workflows.save(found, expected_version=1, now=WHEN)


async def test_what_the_web_application_wrote_since_it_was_read_is_not_written_over(storage, raw):
    made = await storage.workflows.add(**content())
    moved = {"$set": {"canvasData": None, "updatedAt": WHEN + timedelta(seconds=1)}}
    raw.workflows.update_one({"_id": ObjectId(made.id)}, moved)  # no version: it keeps none
    with pytest.raises(StaleError, match="changed in the meantime"):
        await storage.workflows.save(replace(made, name="Ours"), expected_version=1, now=WHEN)
    found = await storage.workflows.get(USER, made.id)
    assert (found.name, found.canvas) == ("Weekly Report", None)


async def test_dates_and_ids_in_a_canvas_are_still_dates_and_ids_after_a_change(storage, raw):
    made = await storage.workflows.add(**content())
    theirs = {"at": WHEN, "by": ObjectId(USER)}
    nodes = [{"id": "n1", "data": {"config": {}}, **theirs}, {"id": "n2", **theirs}, WHEN]
    stored = {"nodes": nodes, "edges": [], "saved": theirs}
    raw.workflows.update_one({"_id": ObjectId(made.id)}, {"$set": {"canvasData": stored}})
    found = await storage.workflows.get(USER, made.id)
    assert found.canvas["saved"] == {"at": WHEN.isoformat(), "by": USER}
    first = {**found.canvas["nodes"][0], "data": {"config": {"to": "x"}}}
    changed = {**found.canvas, "nodes": [first, found.canvas["nodes"][1]]}
    await storage.workflows.save(replace(found, canvas=changed), expected_version=1, now=WHEN)
    document = raw.workflows.find_one({"_id": ObjectId(made.id)})["canvasData"]
    assert document["nodes"] == [{**nodes[0], "data": {"config": {"to": "x"}}}, nodes[1]]
    assert document["saved"] == theirs


@pytest.mark.parametrize(
    "odd", [{"actions": 7}, {"actions": {"a": 1}}, {"actionConfigs": [1]}, {"canvasData": "x"}]
)
async def test_a_document_of_odd_shapes_is_still_listed(storage, raw, odd):
    raw.workflows.insert_one({"userId": ObjectId(USER), "name": "Odd", **odd})
    (found,) = await storage.workflows.of_user(USER)
    assert (found.name, found.actions, found.action_configs) == ("Odd", (), {})


async def test_the_list_is_newest_first_and_counts_only_ones_own(storage):
    for n in range(3):
        await storage.workflows.add(**content(name=f"w{n}", now=WHEN + timedelta(hours=n)))
    await storage.workflows.add(**content(user_id=OTHER_USER))
    assert [w.name for w in await storage.workflows.of_user(USER)] == ["w2", "w1", "w0"]
    assert await storage.workflows.count(USER) == 3
    assert await storage.workflows.count("odd") == 0


async def test_nobody_else_can_read_change_or_delete_it(storage):
    made = await storage.workflows.add(**content())
    for user in (OTHER_USER, "", "odd", None, {"$ne": None}):
        assert await storage.workflows.get(user, made.id) is None
        assert not await storage.workflows.delete(user, made.id)
        with pytest.raises(NotFoundError):
            await storage.workflows.save(replace(made, user_id=user), expected_version=1, now=WHEN)
    assert await storage.workflows.get(USER, made.id) == made
    assert await storage.workflows.delete(USER, made.id)
    assert await storage.workflows.get(USER, made.id) is None


async def test_what_cannot_be_kept_is_refused_with_a_sentence(storage):
    with pytest.raises(RefusedError, match="The canvas is too large"):
        await storage.workflows.add(**content(canvas={"nodes": "x" * 1_100_000}))
    with pytest.raises(RefusedError, match="not finite"):
        await storage.workflows.add(**content(action_configs={"x": float("nan")}))
    with pytest.raises(NotFoundError):
        await storage.workflows.add(**content(user_id="odd"))
    assert await storage.workflows.count(USER) == 0
