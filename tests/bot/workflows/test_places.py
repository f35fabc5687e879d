"""Nobody's runs keep everybody else's from going on, and a full house says so."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.workflows.service import Room
from bot.workflows.trigger import Signal
from bot.workflows.worker import Places
from storage.errors import RefusedError
from storage.models import RunStatus

LEASE = timedelta(seconds=30)


@pytest.fixture
async def many(bench):
    """Accept runs of people's workflows, in order; gives each a name of its own."""

    async def accept(*of):
        runs = []
        for number, (who, name) in enumerate(of):
            user = await bench.user(who)
            there = {one.name: one for one in await bench.service.of_user(user)}
            workflow = there.get(name) or await bench.workflow(user, "save_data", name=name)
            signal = Signal(f"k{number}", {}, who)
            runs.append(await bench.service.start(user, workflow.id, signal))
            bench.clock.pass_(1)
        return runs

    return accept


async def claimed(bench, places):
    now, runs = bench.clock.now(), bench.storage.runs
    full = await runs.full(now=now, of_user=places.of_user, of_workflow=places.of_workflow)
    return await runs.claim(now=now, lease=LEASE, full=full)


async def test_the_oldest_goes_first_but_nobody_takes_more_than_their_places(bench, many):
    asha = [("Asha", "One"), ("Asha", "Two"), ("Asha", "Three")]
    first, second, third, bens = await many(*asha, ("Ben", "His"))
    places = Places(of_user=2)
    order = [await claimed(bench, places) for _ in range(4)]
    assert [run and run.id for run in order] == [first.id, second.id, bens.id, None]
    bench.clock.pass_(31)  # the leases are over: who held them is gone
    assert (await claimed(bench, places)).id == first.id
    assert third.status is RunStatus.RUNNING


async def test_one_workflow_takes_no_more_than_its_places(bench, many):
    first, _second, other = await many(("Asha", "One"), ("Asha", "One"), ("Asha", "Other"))
    places = Places(of_workflow=1)
    order = [await claimed(bench, places) for _ in range(3)]
    assert [run and run.id for run in order] == [first.id, other.id, None]


async def test_a_run_that_waits_for_a_person_takes_no_place(bench, many):
    bench.actions["send_email"] = bench.marks.letter("send_email", {"to": "ben@contoso.example"})
    user = await bench.user()
    await bench.start(user, await bench.workflow(user, "send_email", name="Waits"))
    await bench.worker().work_once()
    (run,) = await many(("Asha", "Goes"))
    assert (await claimed(bench, Places(of_user=1))).id == run.id


async def test_with_too_many_waiting_the_next_is_refused_in_words_and_a_repeat_is_not(bench, many):
    bench.service = replace(bench.service, room=Room(of_user=2, in_all=3))
    first, _ = await many(("Asha", "One"), ("Asha", "Two"))
    with pytest.raises(RefusedError, match="2 of your runs are waiting for their turn"):
        await many(("Ben", "His"), ("Asha", "One"), ("Asha", "Three"))  # the middle one is there
    user = await bench.user("Asha")
    again = await bench.service.start(user, first.workflow_id, Signal("k0", {}, "Asha"))
    assert again.id == first.id
    with pytest.raises(RefusedError, match="Too many runs are waiting"):
        await many(("Chen", "Hers"))


async def test_of_many_told_of_at_once_nobody_takes_more_than_their_places(bench, many):
    runs = await many(*(("Asha", f"W{number}") for number in range(6)))
    go = asyncio.Event()
    toy = bench.actions["save_data"]

    async def slow(config, context):
        await go.wait()
        return await toy.run(config, context)

    bench.actions["save_data"] = replace(toy, run=slow)
    worker = bench.worker(places=Places(here=6, of_user=2))
    told = [asyncio.create_task(worker.take(run.id)) for run in runs]
    async with asyncio.timeout(10):
        while sum(one.done() for one in told) < 4:  # they found no place
            await asyncio.sleep(0)
    user = await bench.user("Asha")
    fences = [(await bench.runs.get(user, run.id)).fence for run in runs]
    assert sorted(fences) == [0, 0, 0, 0, 1, 1]
    go.set()
    await asyncio.gather(*told)
