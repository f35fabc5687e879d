"""Strings written to break things: kept as typed, and never a way to somebody else's data."""

import json
from dataclasses import replace

import pytest

from storage.json_values import clean_text
from storage.models import LogFilter, TriggerName
from tests.storage.runs import OTHER_USER, USER, WHEN, a_run

CANARY = "CANARY-7d1f"


@pytest.fixture
async def canary(storage):
    """Data of somebody else, all of it named CANARY-7d1f."""
    workflow = await storage.workflows.add(
        user_id=OTHER_USER,
        name=CANARY,
        trigger=TriggerName.MANUAL,
        actions=[CANARY],
        action_configs={},
        canvas=None,
        now=WHEN,
    )
    run, _ = await storage.runs.accept(
        a_run(CANARY, user_id=OTHER_USER, workflow_id=workflow.id, workflow_name=CANARY)
    )
    await storage.records.save(
        user_id=OTHER_USER,
        name="notes",
        key=None,
        value=CANARY,
        run_id=run.id,
        step_id="s",
        now=WHEN,
    )
    await storage.bot_state.save(CANARY, {"x": CANARY}, expected=0, expires_at=WHEN)


def injections(folder):
    lines = {
        line.strip()
        for file in folder.glob("*.txt")
        for line in file.read_text("utf-8", "replace").splitlines()
        if line.strip()
    }
    values = list(lines)
    for line in lines:
        try:
            values.append(json.loads(line))
        except ValueError:
            continue
    return [*values, {"$ne": None}, {"$gt": ""}, {"$regex": ".*"}, ["$ne"], {"$where": "1"}]


async def test_no_injection_finds_what_belongs_to_somebody_else(storage, canary, suite):
    for odd in injections(suite("nosql")):
        for read in (
            storage.users.get(odd),
            storage.workflows.get(odd, odd),
            storage.workflows.of_user(odd),
            storage.runs.get(odd, odd),
            storage.runs.latest(odd),
            storage.runs.last_of([odd]),
            storage.records.names(odd),
            storage.drafts.get(odd, odd),
            storage.conversations.personal_of(odd),
        ):
            assert not await read


async def test_no_injected_text_finds_what_belongs_to_somebody_else(storage, canary, suite):
    found = []
    for odd in filter(lambda value: isinstance(value, str), injections(suite("nosql"))):
        found.append(await storage.runs.by_short_id(USER, odd))
        found.append(await storage.records.of(USER, odd, limit=5))
        found.append(await storage.bot_state.load(odd))
        part = odd[:200]
        found.append(await storage.runs.page(USER, LogFilter(text=part), limit=5, skip=0))
        by_name = LogFilter(workflow_name=part)
        found.append((await storage.runs.page(USER, by_name, limit=5, skip=0)).runs)
    assert len(found) > 100
    assert CANARY not in repr(found)


async def test_every_naughty_string_is_kept_as_typed(storage, suite):
    strings = json.loads((suite("blns") / "blns.json").read_text("utf-8"))
    assert len(strings) > 400
    for place, naughty in enumerate(strings):
        made = await storage.workflows.add(
            user_id=USER,
            name=naughty,
            trigger=TriggerName.MANUAL,
            actions=["save_data"],
            action_configs={"save_data": {naughty: naughty}},
            canvas=None,
            now=WHEN,
        )
        kept = clean_text(naughty)
        again = await storage.workflows.save(
            replace(made, name=naughty), expected_version=1, now=WHEN
        )
        assert (made.name, again.name) == (kept, kept)
        assert again.action_configs == {"save_data": {kept: kept}}
        await storage.records.save(
            user_id=USER,
            name=f"n{place}",
            key=naughty[:200],
            value={naughty: naughty},
            run_id="r",
            step_id="s",
            now=WHEN,
        )
        (record,) = await storage.records.of(USER, f"n{place}", limit=5)
        assert (record.key, record.value) == (kept[:200], {kept: kept})


async def test_every_naughty_string_can_be_searched_for(storage, suite):
    strings = json.loads((suite("blns") / "blns.json").read_text("utf-8"))
    for place, naughty in enumerate(strings[::4]):
        await storage.runs.accept(a_run(f"k{place}", workflow_name=naughty))
        page = await storage.runs.page(
            USER, LogFilter(workflow_name=naughty[:200]), limit=1, skip=0
        )
        assert page.total >= 1


@pytest.mark.parametrize("poison", ["\ud800", "x\0y", "\uffff", "a" * 100_000])
async def test_poison_text_is_kept_or_refused_with_a_sentence_everywhere(storage, poison):
    user = await storage.users.seen(microsoft_id=poison, email=poison, name=poison, now=WHEN)
    assert user.name == clean_text(poison)
    assert await storage.deliveries.first(poison, now=WHEN)
    assert not await storage.deliveries.first(poison, now=WHEN)
    await storage.bot_state.save(poison, {poison: poison}, expected=0, expires_at=WHEN)
    assert (await storage.bot_state.load(poison))[1] == 1
    run, new = await storage.runs.accept(a_run(poison, inputs={poison: poison}))
    assert new
    assert (await storage.runs.accept(a_run(poison)))[0].id == run.id
    page = await storage.runs.page(USER, LogFilter(text=poison[:200]), limit=1, skip=0)
    assert page.total == 0
