"""The worker sees runs through: it holds on while they last, lets go when it must, and stops."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clients.lease import check_lease
from bot.workflows.engine import Engine
from bot.workflows.stepper import Stepper
from bot.workflows.worker import Places, Worker
from storage.errors import LeaseLostError, UnavailableError
from storage.models import RunStatus, StepStatus
from tests.fakes.toys import Instead

SHORT = timedelta(seconds=0.06)  # a heartbeat every 20 ms


@pytest.fixture
def work(bench):
    """A worker on the bench's actions; its steps wait until `bench.go` is set."""
    bench.go, bench.begun = asyncio.Event(), asyncio.Event()
    toy = bench.actions["save_data"]

    async def slow(config, context):
        bench.begun.set()
        await bench.go.wait()
        return await toy.run(config, context)

    bench.actions["save_data"] = replace(toy, run=slow)

    def make(lease=SHORT, **instead):
        storage = replace(bench.storage, runs=Instead(bench.storage.runs, **instead))
        engine = Engine(Stepper(storage, bench.actions, {}, bench.vault, bench.clock, bench._watch))
        return Worker(
            storage=storage,
            engine=engine,
            clock=bench.clock,
            lease=lease,
            sweep_seconds=0.01,
            places=Places(here=1),
        )

    return make


@pytest.fixture
async def begun(bench):
    """Accept a run of one step; gives a way to read it."""
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, "save_data"))

    async def read():
        return await bench.runs.get(user, run.id)

    return read


async def test_a_long_step_keeps_its_lease_for_as_long_as_it_takes(bench, work, begun):
    beats = asyncio.Queue()

    async def extend(*given):
        beats.put_nowait(given)
        return await bench.storage.runs.extend(*given)

    working = asyncio.create_task(work(extend=extend).work_once())
    for _ in range(3):
        await beats.get()
    bench.go.set()
    assert (await working).status is RunStatus.COMPLETED
    assert len(bench.marks.done) == 1


async def test_a_heartbeat_that_comes_as_the_run_ends_cuts_nothing_off(bench, work, begun):
    ended, beaten, shown = asyncio.Event(), asyncio.Event(), []

    async def end_step(*args, **kwargs):
        run = await bench.storage.runs.end_step(*args, **kwargs)
        ended.set()
        await beaten.wait()
        return run

    async def extend(*args):
        await ended.wait()
        try:
            await bench.storage.runs.extend(*args)
        finally:
            asyncio.get_running_loop().call_later(0.05, beaten.set)

    async def watch(run):
        shown.append(run.status)

    bench._watch = watch
    bench.go.set()
    run = await work(end_step=end_step, extend=extend).work_once()
    assert run is not None
    assert (run.status, shown[-1]) == (RunStatus.COMPLETED, RunStatus.COMPLETED)


async def test_a_heartbeat_that_is_missed_once_does_no_harm(bench, work, begun):
    beats = asyncio.Queue()

    async def away(*given):
        beats.put_nowait(given)
        raise UnavailableError

    working = asyncio.create_task(work(extend=away).work_once())
    await beats.get()
    await beats.get()
    bench.go.set()
    assert (await working).status is RunStatus.COMPLETED


async def test_a_run_that_another_took_over_is_let_go_without_another_effect(bench, work, begun):
    async def lost(*_given):
        raise LeaseLostError("Another worker holds this run now.")

    assert await work(extend=lost).work_once() is None
    assert bench.marks.done == []
    assert (await begun()).status is RunStatus.RUNNING


async def test_the_loop_finds_what_is_due_and_goes_on_after_an_outage(bench, work, begun):
    bench.go.set()
    failures = iter((True, True))

    async def claim(**given):
        if next(failures, False):
            raise UnavailableError
        return await bench.storage.runs.claim(**given)

    worker = work(claim=claim)
    worker.start()
    while (await begun()).status is RunStatus.RUNNING:
        await asyncio.sleep(0)
    await worker.stop()
    assert (await begun()).status is RunStatus.COMPLETED


async def test_an_outage_in_the_middle_of_a_run_ends_neither_the_worker_nor_the_run(
    bench, work, begun
):
    bench.go.set()
    failed = asyncio.Event()

    async def begin_step(*given, **named):
        if not failed.is_set():
            failed.set()
            raise UnavailableError
        return await bench.storage.runs.begin_step(*given, **named)

    worker = work(begin_step=begin_step)
    worker.start()
    await failed.wait()
    bench.clock.pass_(60)  # the lease runs out; the sweep finds the run again
    while (await begun()).status is RunStatus.RUNNING:
        await asyncio.sleep(0)
    await worker.stop()
    assert len(bench.marks.done) == 1


async def test_stopping_waits_for_the_step_that_runs_and_claims_nothing_more(bench, work, begun):
    user = await bench.user()
    second = await bench.start(user, await bench.workflow(user, "save_data"), key="k2")
    worker = work(lease=timedelta(seconds=30))
    worker.start()
    await bench.begun.wait()
    stopping = asyncio.create_task(worker.stop())
    bench.go.set()
    await stopping
    both = [await begun(), await bench.runs.get(user, second.id)]
    assert {run.status for run in both} == {RunStatus.COMPLETED, RunStatus.RUNNING}
    assert sorted(run.fence for run in both) == [0, 1]
    assert len(bench.marks.done) == 1


async def test_a_step_that_will_not_end_is_cut_off_and_left_to_the_next_at_once(bench, work, begun):
    worker = work(lease=timedelta(seconds=30))
    worker.start()
    await bench.begun.wait()
    await worker.stop(seconds=0.01)
    left = await begun()
    assert (left.status, left.leased_until) == (RunStatus.RUNNING, None)
    assert left.steps[0].status is StepStatus.RUNNING  # whether it was done, nobody knows
    bench.go.set()
    assert (await work().work_once()).status is RunStatus.COMPLETED
    assert len(bench.marks.done) == 1


async def test_a_worker_that_never_started_can_be_stopped(work):
    await work().stop()


async def test_a_run_that_is_told_of_is_seen_through_at_once_and_once(bench, work, begun):
    bench.go.set()
    first, second = work(), work()
    run = await begun()
    await asyncio.gather(first.take(run.id), second.take(run.id), first.take(run.id))
    assert (await begun()).status is RunStatus.COMPLETED
    assert len(bench.marks.done) == 1
    await first.take(run.id)  # told of again, when it is over
    await first.take("0" * 24)
    assert len(bench.marks.done) == 1


async def test_with_every_place_taken_what_is_told_of_waits_for_one(bench, work, begun):
    user = await bench.user()
    worker = work(lease=timedelta(seconds=30))
    worker.start()
    await bench.begun.wait()
    second = await bench.start(user, await bench.workflow(user, "save_data", name="Two"), "k2")
    await worker.take(second.id)
    assert (await bench.runs.get(user, second.id)).fence == 0
    bench.go.set()
    async with asyncio.timeout(10):
        while (await bench.runs.get(user, second.id)).status is RunStatus.RUNNING:
            await asyncio.sleep(0)
    await worker.stop()


async def test_a_database_that_is_away_ends_no_worker_that_is_told_of_a_run(work, begun):
    async def away(**_):
        raise UnavailableError

    await work(claim=away).take((await begun()).id)
    assert (await begun()).status is RunStatus.RUNNING


async def test_what_a_worker_is_late_with_leaves_no_more(bench, begun):
    toy, left = bench.actions["save_data"], []

    async def froze_before_it_called(config, context):
        bench.clock.pass_(31)  # as a machine that stands still: no heartbeat came
        check_lease()  # what every call does before it leaves
        left.append(context.key)
        return await toy.run(config, context)

    bench.actions["save_data"] = replace(toy, run=froze_before_it_called)
    assert await bench.worker().work_once() is None
    assert left == []
    assert (await begun()).steps[0].status is StepStatus.RUNNING
    bench.actions["save_data"] = toy
    assert (await bench.worker().work_once()).status is RunStatus.COMPLETED
    check_lease()  # outside of any run there is none


async def test_a_heartbeat_keeps_calls_leaving(bench, work, begun):
    bench.go.set()
    toy, beats = bench.actions["save_data"], asyncio.Event()

    async def long(config, context):
        await beats.wait()
        bench.clock.pass_(0.05)
        check_lease()
        return await toy.run(config, context)

    async def extended(*args):
        await bench.storage.runs.extend(*args)
        beats.set()

    bench.actions["save_data"] = replace(toy, run=long)
    worker = work(extend=extended)
    bench.clock.pass_(0.05)
    assert (await worker.work_once()).status is RunStatus.COMPLETED
