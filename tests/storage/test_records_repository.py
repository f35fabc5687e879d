"""Saved data: any JSON comes back as it was, to its owner only."""

import asyncio
from datetime import timedelta

import pytest

from storage.errors import NotFoundError, RefusedError
from tests.storage.runs import OTHER_USER, USER, WHEN


async def save(storage, value, **changes):
    given = {"user_id": USER, "name": "notes", "key": None, "run_id": "r1", "step_id": "s1"}
    await storage.records.save(value=value, now=WHEN, **{**given, **changes})


async def values(storage, name="notes"):
    return [record.value for record in await storage.records.of(USER, name, limit=50)]


@pytest.mark.parametrize(
    "value",
    [
        {"a.b": 1, "a": {"b": 2}},
        {"$set": {"name": "x"}, "$where": "1"},
        {"__proto__": {"admin": True}, "": None},
        [1, 2.5, True, None, "ünï", {}],
        "text",
        0,
        None,
        {"$ref": "users", "$id": 1, "$oid": "a" * 24, "$date": 0},
    ],
)
async def test_any_json_comes_back_as_it_was_and_touches_nothing_else(storage, value):
    await save(storage, "sibling", step_id="s0")
    await save(storage, value, key="k")
    assert sorted(map(repr, await values(storage))) == sorted([repr("sibling"), repr(value)])


async def test_a_repeat_of_the_same_step_changes_nothing(storage):
    for _ in range(3):
        await save(storage, "first")
    await save(storage, "second", step_id="s2")
    assert sorted(await values(storage)) == ["first", "second"]


async def test_with_a_key_the_last_value_counts_however_many_write_at_once(storage):
    await asyncio.gather(*(save(storage, n, key="latest", run_id=f"r{n}") for n in range(20)))
    assert len(await values(storage)) == 1
    await save(storage, "last", key="latest", run_id="r99")
    assert await values(storage) == ["last"]


async def test_with_a_key_a_late_repeat_does_not_undo_what_another_run_saved_since(storage):
    await save(storage, "ours", key="latest", run_id="r1")
    await save(storage, "newer", key="latest", run_id="r2")
    await save(storage, "ours", key="latest", run_id="r1")  # as after a crash
    assert await values(storage) == ["newer"]
    await save(storage, "next step", key="latest", run_id="r1", step_id="s2")
    assert await values(storage) == ["next step"]


async def test_64_kb_are_kept_and_more_is_refused_with_a_sentence(storage):
    await save(storage, "x" * (64 * 1024 - 2))
    with pytest.raises(RefusedError, match=r"The value to save is too large: 64 KB of at most"):
        await save(storage, "x" * (64 * 1024), step_id="s2")
    assert len(await values(storage)) == 1


@pytest.mark.parametrize(
    "changes", [{"name": " "}, {"name": "n" * 201}, {"key": "k" * 201}], ids=repr
)
async def test_a_name_that_is_none_is_refused(storage, changes):
    with pytest.raises(RefusedError):
        await save(storage, 1, **changes)


async def test_names_are_listed_with_how_many_latest_first(storage):
    await save(storage, 1, name="older")
    await storage.records.save(
        user_id=USER,
        name="newer",
        key=None,
        value=2,
        run_id="r2",
        step_id="s",
        now=WHEN + timedelta(hours=1),
    )
    await save(storage, 3, name="older", step_id="s2")
    assert await storage.records.names(USER) == [("newer", 1), ("older", 2)]


async def test_saved_data_is_its_owners_only(storage):
    await save(storage, "CANARY", key="k")
    await save(storage, "theirs", key="k", user_id=OTHER_USER)
    assert await values(storage) == ["CANARY"]
    for user in ("", "odd", "f" * 24):
        assert await storage.records.of(user, "notes", limit=5) == []
        assert await storage.records.names(user) == []
    with pytest.raises(NotFoundError):
        await save(storage, 1, user_id="odd")
