"""Each arrow of the picture of a run in docs/architecture.md, by its letter, against a database."""

import asyncio
from datetime import timedelta

import pytest

from bot.workflows.action import Repeat
from storage.errors import LeaseLostError, RefusedError, RemoteError
from storage.models import RunStatus, StatusDetail, StepStatus
from tests.fakes.crash import Crash, CrashAt

LEASE = timedelta(seconds=30)


@pytest.fixture
async def asha(bench):
    return await bench.user()


@pytest.fixture
async def run(bench, asha):
    """Accept a run of two steps, one after the other."""
    bench.actions["api_call"] = bench.marks.toy("api_call", Repeat.ASK)
    return await bench.start(asha, await bench.workflow(asha, "api_call", "save_data"))


async def claim(bench):
    return await bench.storage.runs.claim(now=bench.clock.now(), lease=LEASE)


async def crashed(bench, nth=2, *, after=False):
    """Let the program end at its n-th write, and its lease with it."""
    with pytest.raises(Crash):
        await bench.dying(CrashAt(bench.storage.runs, nth, after=after)).work_once()
    bench.clock.pass_(31)


async def test_arrow_a_accepted_is_due_and_once_a_key(bench, run, asha):
    assert (run.status, run.due_at, run.leased_until) == (RunStatus.RUNNING, run.created_at, None)
    workflow = await bench.service.get(asha, run.workflow_id)
    assert (await bench.start(asha, workflow)).id == run.id


async def test_arrow_b_claimed_is_leased_and_the_fence_is_higher(bench, run):
    held = await claim(bench)
    assert (held.id, held.fence, held.leased_until) == (run.id, 1, bench.clock.now() + LEASE)
    assert await claim(bench) is None


async def test_arrow_c_the_intent_is_written_before_the_effect(bench, run, asha):
    await crashed(bench, 1, after=True)
    left = await bench.runs.get(asha, run.id)
    assert left.steps[0].status is StepStatus.RUNNING
    assert bench.marks.done == []


async def test_arrow_d_the_outcome_and_what_was_executed_are_one_write(bench, run, asha):
    await crashed(bench, 2, after=True)
    left = await bench.runs.get(asha, run.id)
    assert (left.steps[0].status, left.actions_executed) == (StepStatus.DONE, ("api_call",))


async def test_arrow_e_the_outcome_is_the_intent_of_the_next_step(bench, run, asha):
    await crashed(bench, 2, after=True)
    left = await bench.runs.get(asha, run.id)
    assert left.steps[1].status is StepStatus.RUNNING


async def test_arrow_f_a_lease_that_is_over_passes_the_run_on(bench, run):
    held = await claim(bench)
    bench.clock.pass_(31)
    assert (await claim(bench)).fence == 2
    with pytest.raises(LeaseLostError):
        await bench.storage.runs.begin_step(run.id, held.fence, 0, now=bench.clock.now())


async def test_arrow_g_the_last_outcome_ends_the_run(bench, run):
    ended = await bench.worker().work_once()
    assert (ended.status, ended.error, ended.due_at) == (RunStatus.COMPLETED, None, None)
    assert ended.executed_at == bench.clock.now()


async def test_arrow_h_a_run_waits_for_its_owner_and_nobody_holds_it(bench, run):
    await crashed(bench)
    asking = await bench.worker().work_once()
    assert (asking.detail, asking.due_at) == (StatusDetail.WAITING_ANSWER, None)
    assert asking.leased_until is None


async def test_arrow_i_its_owner_decides_and_it_is_due_again(bench, run, asha):
    await crashed(bench)
    asking = await bench.worker().work_once()
    answered = await bench.runs.answer(asha, asking, "api_call", done=True)
    assert answered.due_at == bench.clock.now()
    assert (await bench.worker().work_once()).status is RunStatus.COMPLETED


async def test_arrow_j_a_cancelled_run_has_ended_and_its_holder_lost_it(bench, run, asha):
    held = await claim(bench)
    cancelled = await bench.runs.cancel(asha, run)
    assert (cancelled.status, cancelled.detail) == (RunStatus.FAILED, StatusDetail.CANCELLED)
    with pytest.raises(LeaseLostError):
        await bench.storage.runs.begin_step(run.id, held.fence, 0, now=bench.clock.now())


async def test_arrow_k_what_nobody_looks_at_expires(bench, asha):
    bench.actions["send_email"] = bench.marks.letter("send_email", {"to": "ben@contoso.example"})
    await bench.start(asha, await bench.workflow(asha, "send_email"))
    await bench.worker().work_once()
    bench.clock.pass_(72 * 3600)
    assert (await bench.worker().work_once()).detail is StatusDetail.EXPIRED


async def test_arrow_l_what_was_too_busy_is_due_again_by_itself(bench, run):
    bench.marks.refusals["api_call"] = [RemoteError("Busy.", retryable=True)]
    later = await bench.worker().work_once()
    assert (later.detail, later.leased_until) == (StatusDetail.WAITING_RETRY, None)
    assert later.due_at == bench.clock.now() + timedelta(seconds=7.5)
    bench.clock.pass_(7.5)
    assert (await bench.worker().work_once()).status is RunStatus.COMPLETED


async def test_arrow_m_a_failed_step_skips_what_waits_for_it_and_fails_the_run(bench, run):
    bench.marks.fail_at = "api_call"
    ended = await bench.worker().work_once()
    assert [step.status for step in ended.steps] == [StepStatus.FAILED, StepStatus.SKIPPED]
    assert (ended.status, ended.error) == (RunStatus.FAILED, "The printer is on fire.")


async def test_arrow_n_a_worker_that_stops_hands_the_run_back(bench, run):
    held = await claim(bench)
    now = bench.clock.now()
    await bench.storage.runs.hand_back(run.id, held.fence, due_at=now, now=now)
    assert (await claim(bench)).fence == 2  # at once, with no lease to wait for


async def test_arrow_o_an_interrupted_step_is_repeated_or_asked_about(bench, run, asha):
    await crashed(bench)
    asking = await bench.worker().work_once()
    assert asking.steps[0].status is StepStatus.ASKING
    await bench.runs.answer(asha, asking, "api_call", done=True)
    await crashed(bench, 1)  # in the middle of save_data, which may be done again
    ended = await bench.worker().work_once()
    assert (ended.status, ended.steps[1].interruptions) == (RunStatus.COMPLETED, 0)


async def test_arrow_p_a_retry_is_a_run_of_its_own_and_made_once(bench, run, asha):
    bench.marks.fail_at = "save_data"
    failed = await bench.worker().work_once()
    tries = [bench.runs.retry(asha, failed) for _ in range(3)]
    made = await asyncio.gather(*tries, return_exceptions=True)
    (retried,) = [one for one in made if not isinstance(one, RefusedError)]
    assert (retried.retry_of, [step.id for step in retried.plan]) == (
        failed.short_id,
        ["save_data"],
    )
    assert (await bench.runs.get(asha, failed.id)).status is RunStatus.FAILED
