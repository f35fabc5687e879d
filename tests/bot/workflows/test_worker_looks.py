"""The worker looks for what is due when that may find something, and ends what it has begun."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.workflows.engine import Engine
from bot.workflows.stepper import Stepper
from bot.workflows.worker import Places
from storage.models import RunStatus, StepStatus
from tests.fakes.toys import Instead

NO_SWEEP = 3600.0


class Claims:
    """The runs' repository, which counts the claims of whatever is due."""

    def __init__(self, storage):
        self.of_any = 0
        self._claim = storage.runs.claim
        self.storage = replace(storage, runs=Instead(storage.runs, claim=self.claim))

    async def claim(self, *, run_id=None, **given):
        self.of_any += run_id is None
        return await self._claim(run_id=run_id, **given)


async def start_some(bench, count):
    """Accept runs of workflows of their own, so that nobody's places are full."""
    runs = []
    for number in range(count):
        user = await bench.user(f"Person {number}")
        runs.append(await bench.start(user, await bench.workflow(user, "save_data")))
    return runs


async def all_ended(bench):
    async with asyncio.timeout(20):
        while await bench.storage.runs.due_count(bench.clock.now()):
            await asyncio.sleep(0)


async def test_a_run_that_found_no_place_begins_as_soon_as_there_is_one(bench):
    runs = await start_some(bench, 3)
    worker = bench.worker(places=Places(here=1), sweep_seconds=NO_SWEEP)
    first, *others = (asyncio.create_task(worker.take(run.id)) for run in runs)
    await asyncio.gather(*others)  # turned away at once
    worker.start()
    await all_ended(bench)
    await first
    await worker.stop()
    assert len(bench.marks.done) == 3


async def test_a_worker_that_turned_nothing_away_does_not_look_after_each_run(bench):
    claims = Claims(bench.storage)
    worker = bench.worker(claims.storage, sweep_seconds=NO_SWEEP)
    worker.start()
    while not claims.of_any:
        await asyncio.sleep(0)
    for run in await start_some(bench, 12):
        await worker.take(run.id)
    await worker.stop()
    assert len(bench.marks.done) == 12
    assert claims.of_any == 1


async def test_what_was_begun_is_done_also_when_the_bot_is_asked_to_stop_just_then(bench):
    user = await bench.user()
    actions = ("generate_mom", "save_data", "api_call")
    run = await bench.start(user, await bench.workflow(user, *actions))
    stopping = []

    async def end_step(*given, **named):
        ended = await bench.storage.runs.end_step(*given, **named)
        stopping.append(True)  # after the write that begins the second step
        return ended

    storage = replace(bench.storage, runs=Instead(bench.storage.runs, end_step=end_step))
    stepper = Stepper(storage, bench.actions, {}, bench.vault, bench.clock, bench._watch)
    now = bench.clock.now()
    claimed = await bench.storage.runs.claim(now=now, lease=timedelta(seconds=30))
    left = await Engine(stepper).execute(claimed, pause=lambda: bool(stopping))
    assert [step.status for step in left.steps] == [
        StepStatus.DONE,
        StepStatus.DONE,
        StepStatus.WAITING,
    ]
    assert len(bench.marks.done) == 2
    assert left.status is RunStatus.RUNNING
    assert left.leased_until is None
    assert left.id == run.id
