"""A run is a promise: it ends, it repeats nothing that was done, it says what happened."""

import asyncio
from datetime import timedelta

import pytest

from bot.workflows.action import Repeat
from bot.workflows.trigger import Signal
from storage.errors import NotFoundError, RefusedError
from storage.models import RunStatus, StatusDetail, StepStatus
from tests.fakes.crash import Crash, CrashAt

CHAIN = ("generate_mom", "save_data", "api_call")


async def test_the_actions_run_in_order_and_the_log_says_so(bench):
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, *CHAIN))
    assert run.status is RunStatus.RUNNING
    assert run.executed_at is None
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert ended.actions_executed == CHAIN
    assert ended.error is None
    assert ended.executed_at >= ended.created_at
    assert [step.status for step in ended.steps] == [StepStatus.DONE] * 3


async def test_the_same_signal_twice_is_one_run(bench):
    user = await bench.user()
    workflow = await bench.workflow(user, "save_data")
    first, second = await asyncio.gather(bench.start(user, workflow), bench.start(user, workflow))
    assert first.id == second.id
    worker = bench.worker()
    assert await worker.work_once() is not None
    assert await worker.work_once() is None
    assert len(bench.marks.done) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, 5))
async def test_each_effect_once_whenever_it_dies(bench, nth, after):
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, *CHAIN))
    with pytest.raises(Crash):
        await bench.dying(CrashAt(bench.storage.runs, nth, after=after)).work_once()
    assert await bench.worker().work_once() is None or after  # still leased, or ended already
    bench.clock.pass_(3600)
    await bench.worker().work_once()
    ended = await bench.runs.get(user, run.id)
    assert ended.status is RunStatus.COMPLETED
    assert ended.actions_executed == CHAIN
    assert set(bench.marks.done) == {f"{run.id}:{action}" for action in CHAIN}
    assert len(bench.marks.done) <= 4  # at most the interrupted one again, under the same key


async def test_a_step_that_cannot_be_repeated_is_asked_about_and_never_repeated(bench):
    bench.actions["api_call"] = bench.marks.toy("api_call", Repeat.ASK)
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, "api_call", "save_data"))
    with pytest.raises(Crash):
        await bench.dying(CrashAt(bench.storage.runs, 2, after=False)).work_once()
    bench.clock.pass_(3600)
    asking = await bench.worker().work_once()
    assert asking.status is RunStatus.RUNNING
    assert asking.detail is StatusDetail.WAITING_ANSWER
    assert asking.steps[0].status is StepStatus.ASKING
    assert "can't tell whether it was done" in asking.steps[0].error
    assert await bench.worker().work_once() is None
    await bench.runs.answer(user, asking, "api_call", done=True)
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert ended.actions_executed == ("api_call", "save_data")
    assert bench.marks.done.count(f"{run.id}:api_call") == 1
    with pytest.raises(RefusedError, match="answered already"):
        await bench.runs.answer(user, ended, "api_call", done=False)


async def test_answering_that_it_was_not_done_does_it_again(bench):
    bench.actions["api_call"] = bench.marks.toy("api_call", Repeat.ASK)
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, "api_call"))
    with pytest.raises(Crash):
        await bench.dying(CrashAt(bench.storage.runs, 1, after=True)).work_once()
    bench.clock.pass_(3600)
    asking = await bench.worker().work_once()
    await bench.runs.answer(user, asking, "api_call", done=False)
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert bench.marks.done == [f"{run.id}:api_call"]


async def test_a_step_that_keeps_killing_the_process_is_given_up(bench):
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, "save_data"))
    for _death in range(3):
        with pytest.raises(Crash):
            await bench.dying(CrashAt(bench.storage.runs, 1, after=True)).work_once()
        bench.clock.pass_(3600)
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.FAILED
    assert "stopped the program 3 times" in ended.error
    assert (await bench.runs.get(user, run.id)).detail is None


async def test_what_waits_for_a_failed_step_is_skipped_and_the_log_says_why(bench):
    bench.marks.fail_at = "save_data"
    user = await bench.user()
    await bench.start(user, await bench.workflow(user, *CHAIN))
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.FAILED
    assert ended.detail is StatusDetail.PARTIAL
    assert ended.error == "The printer is on fire."
    assert ended.actions_executed == ("generate_mom",)
    assert [s.status for s in ended.steps] == [
        StepStatus.DONE,
        StepStatus.FAILED,
        StepStatus.SKIPPED,
    ]


async def test_a_bug_fails_its_run_with_a_reference_and_not_the_worker(bench):
    bench.marks.bug_at = "save_data"
    user = await bench.user()
    workflow = await bench.workflow(user, "save_data")
    run = await bench.start(user, workflow)
    worker = bench.worker()
    ended = await worker.work_once()
    assert ended.status is RunStatus.FAILED
    assert run.short_id in ended.error
    assert "a bug of ours" not in ended.error
    bench.marks.bug_at = None
    await bench.start(user, workflow, key="k2")
    assert (await worker.work_once()).status is RunStatus.COMPLETED


async def test_retry_does_only_what_failed_once_with_what_was_there(bench):
    bench.marks.fail_at = "save_data"
    user = await bench.user()
    configs = {
        "generate_mom": {"says": "Acme"},
        "api_call": {"says": "{{ steps.generate_mom.said }}"},
    }
    workflow = await bench.workflow(user, *CHAIN, configs=configs)
    failed = await bench.start(user, workflow)
    await bench.worker().work_once()
    failed = await bench.runs.get(user, failed.id)
    bench.marks.fail_at = None
    retried = await bench.runs.retry(user, failed)
    assert retried.retry_of == failed.short_id
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert ended.actions_executed == ("save_data", "api_call")
    assert ended.steps[1].output == {"said": "Acme"}
    assert bench.marks.done.count(f"{failed.id}:generate_mom") == 1
    with pytest.raises(RefusedError, match=f"Already retried as {retried.short_id}"):
        await bench.runs.retry(user, failed)
    assert (await bench.runs.get(user, failed.id)).actions_executed == ("generate_mom",)


async def test_retry_with_the_workflow_as_it_is_now_uses_the_mended_settings(bench):
    user = await bench.user()
    workflow = await bench.workflow(user, "save_data", configs={"save_data": {"wrong": 1}})
    failed = await bench.start(user, workflow)
    ended = await bench.worker().work_once()
    assert ended.error.startswith("Save data: the setting wrong can't be used")
    await bench.storage.workflows.save(
        workflow.__class__(**{**_fields(workflow), "action_configs": {"save_data": {"says": "x"}}}),
        expected_version=1,
        now=bench.clock.now(),
    )
    await bench.runs.retry(user, await bench.runs.get(user, failed.id), current=True)
    assert (await bench.worker().work_once()).status is RunStatus.COMPLETED


def _fields(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


async def test_nothing_to_retry_and_still_running_are_said_in_words(bench):
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, "save_data"))
    with pytest.raises(RefusedError, match="still running"):
        await bench.runs.retry(user, run)
    ended = await bench.worker().work_once()
    with pytest.raises(RefusedError, match="Nothing failed"):
        await bench.runs.retry(user, ended)


async def test_cancel_stops_what_was_not_done_and_keeps_what_was(bench):
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, *CHAIN))
    with pytest.raises(Crash):
        await bench.dying(CrashAt(bench.storage.runs, 3, after=False)).work_once()
    cancelled = await bench.runs.cancel(user, run)
    assert (cancelled.status, cancelled.detail) == (RunStatus.FAILED, StatusDetail.CANCELLED)
    assert cancelled.actions_executed == ("generate_mom",)
    bench.clock.pass_(3600)
    assert await bench.worker().work_once() is None
    with pytest.raises(RefusedError, match="ended already"):
        await bench.runs.cancel(user, cancelled)


async def test_a_run_and_a_workflow_of_somebody_else_are_not_found(bench):
    asha, ben = await bench.user(), await bench.user("Ben")
    workflow = await bench.workflow(asha, "save_data")
    run = await bench.start(asha, workflow)
    with pytest.raises(NotFoundError):
        await bench.start(ben, workflow)
    with pytest.raises(NotFoundError, match="Log not found"):
        await bench.runs.get(ben, run.id)
    with pytest.raises(NotFoundError, match="Log not found"):
        await bench.runs.by_short_id(ben, run.short_id)


async def test_a_workflow_edited_while_it_runs_runs_on_as_it_was(bench):
    user = await bench.user()
    workflow = await bench.workflow(user, *CHAIN)
    run = await bench.start(user, workflow)
    await bench.storage.workflows.delete(user.id, workflow.id)
    ended = await bench.worker().work_once()
    assert ended.actions_executed == CHAIN
    assert ended.workflow_name == "Weekly"
    assert run.workflow_id == workflow.id


async def test_the_watcher_sees_every_move_in_order(bench):
    user = await bench.user()
    await bench.start(user, await bench.workflow(user, "generate_mom", "save_data"))
    await bench.worker().work_once()
    seen = [tuple(str(step.status) for step in run.steps) for run in bench.moves]
    assert seen == [
        ("running", "waiting"),
        ("done", "running"),
        ("done", "done"),
    ]
    assert bench.moves[-1].status is RunStatus.COMPLETED


async def test_an_action_that_is_not_there_is_refused_before_anything_starts(bench):
    user = await bench.user()
    workflow = await bench.workflow(user, "send_email")
    with pytest.raises(RefusedError, match="can't do send_email"):
        await bench.start(user, workflow)


async def test_a_worker_told_to_stop_hands_the_rest_to_the_next(bench):
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, *CHAIN))

    async def stop_in_the_first(seen):
        if seen.steps[0].status is StepStatus.RUNNING:
            worker._stopping = True

    worker = bench.worker(watch=stop_in_the_first)
    await worker.work_once()
    handed = await bench.runs.get(user, run.id)
    assert handed.status is RunStatus.RUNNING
    assert handed.leased_until is None
    ended = await bench.worker().work_once()  # at once: no lease to wait for
    assert ended.actions_executed == CHAIN
    assert len(bench.marks.done) == 3


async def test_a_started_worker_is_woken_and_works_until_stopped(bench):
    user = await bench.user()
    workflow = await bench.workflow(user, "save_data")
    ended = asyncio.Event()

    async def watch(run):
        if run.status is RunStatus.COMPLETED:
            ended.set()

    worker = bench.worker(watch=watch)
    worker.start()
    await bench.service.start(user, workflow.id, Signal("k9", {}, user.name))
    worker.wake()
    async with asyncio.timeout(10):
        await ended.wait()
    await worker.stop()


async def test_a_holder_that_lost_its_lease_stops_without_another_effect(bench):
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, "generate_mom", "save_data"))

    async def taken_over(seen):
        if seen.steps[0].status is StepStatus.RUNNING:
            bench.clock.pass_(3600)
            assert await bench.storage.runs.claim(
                now=bench.clock.now(), lease=timedelta(seconds=30)
            )

    worker = bench.worker(watch=taken_over)
    assert await worker.work_once() is None
    assert bench.marks.done == [f"{run.id}:generate_mom"]
