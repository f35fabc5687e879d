"""A run is accepted once, held by one worker at a time, and written by nobody else."""

import asyncio
from datetime import timedelta

import pytest

from storage.errors import LeaseLostError, NotFoundError, RefusedError, StaleError
from storage.execution_logs import run_id, short_id
from storage.models import (
    Conversation,
    ConversationKind,
    RunStatus,
    StatusDetail,
    StepStatus,
)
from tests.storage.runs import LEASE, OTHER_USER, USER, WHEN, WORKFLOW, a_run

CHAT = Conversation("19:a", ConversationKind.PERSONAL, "t", "https://s.example/", "28:bot", "Asha")


async def claimed(storage, key="k1", **changes):
    await storage.runs.accept(a_run(key, **changes))
    run = await storage.runs.claim(now=WHEN, lease=LEASE)
    assert run is not None
    return run


async def test_a_run_comes_back_as_it_was_accepted(storage):
    odd = {"a.b": 1, "$set": {"": None}, "__proto__": [1.5, True], "$ref": "x", "$id": 2}
    run = a_run(inputs=odd, carried={"s.1": odd}, conversation=CHAT, retry_of="R-1234")
    accepted, new = await storage.runs.accept(run)
    assert (accepted, new) == (run, True)
    assert await storage.runs.get(USER, run.id) == run


async def test_twenty_acceptances_of_one_key_at_once_make_one_run(storage, raw):
    results = await asyncio.gather(*(storage.runs.accept(a_run()) for _ in range(20)))
    assert sum(new for _, new in results) == 1
    assert {run.id for run, _ in results} == {run_id(WORKFLOW, "k1")}
    assert raw.executionlogs.count_documents({}) == 1


async def test_the_same_key_of_another_workflow_is_another_run(storage):
    _, first = await storage.runs.accept(a_run())
    _, second = await storage.runs.accept(a_run(workflow_id="d" * 24))
    assert first
    assert second


async def test_a_short_id_that_is_taken_grows_by_a_digit(storage, raw):
    run = a_run()
    raw.executionlogs.insert_one({"shortId": short_id(run.id, 4)})
    raw.executionlogs.insert_one({"shortId": short_id(run.id, 5)})
    accepted, new = await storage.runs.accept(run)
    assert new
    assert accepted.short_id == short_id(run.id, 6)
    assert (await storage.runs.accept(run)) == (accepted, False)


async def test_inputs_that_do_not_fit_are_refused_with_a_sentence(storage, raw):
    with pytest.raises(RefusedError, match="too large"):
        await storage.runs.accept(a_run(inputs={"notes": "x" * 9_000_000}))
    with pytest.raises(NotFoundError):
        await storage.runs.accept(a_run(user_id="nobody"))
    assert raw.executionlogs.count_documents({}) == 0


async def test_claiming_takes_the_longest_due_first_and_each_once(storage):
    for n in range(30):
        await storage.runs.accept(a_run(f"k{n}", due_at=WHEN - timedelta(minutes=n)))
    oldest = await storage.runs.claim(now=WHEN, lease=LEASE)
    assert oldest.key == "k29"
    rest = await asyncio.gather(*(storage.runs.claim(now=WHEN, lease=LEASE) for _ in range(40)))
    assert sorted(run.key for run in rest if run) == sorted(f"k{n}" for n in range(29))


async def test_what_is_not_due_or_waits_for_a_person_is_not_claimed(storage):
    await storage.runs.accept(a_run("later", due_at=WHEN + timedelta(seconds=1)))
    await storage.runs.accept(a_run("asked", due_at=None))
    assert await storage.runs.claim(now=WHEN, lease=LEASE) is None
    assert await storage.runs.next_due(WHEN) == WHEN + timedelta(seconds=1)
    assert await storage.runs.due_count(WHEN) == 0
    assert await storage.runs.due_count(WHEN + timedelta(seconds=1)) == 1


async def test_a_lease_that_ran_out_passes_the_run_on_and_locks_the_old_worker_out(storage):
    old = await claimed(storage)
    assert await storage.runs.next_due(WHEN) == WHEN + LEASE
    await storage.runs.extend(old.id, old.fence, WHEN + 2 * LEASE)
    assert await storage.runs.claim(now=WHEN + LEASE, lease=LEASE) is None
    now = WHEN + 2 * LEASE
    new = await storage.runs.claim(now=now, lease=LEASE)
    assert new.fence == old.fence + 1
    end = {"status": RunStatus.COMPLETED, "detail": None, "error": None, "now": now}
    for write in (
        storage.runs.extend(old.id, old.fence, now + LEASE),
        storage.runs.begin_step(old.id, old.fence, 0, now=now),
        storage.runs.end_step(old.id, old.fence, 0, action="generate_mom", output={}, now=now),
        storage.runs.fail_step(old.id, old.fence, 0, error="x", now=now),
        storage.runs.skip_steps(old.id, old.fence, [0, 1], now=now),
        storage.runs.hand_back(old.id, old.fence, due_at=now, now=now),
        storage.runs.finish(old.id, old.fence, **end),
    ):
        with pytest.raises(LeaseLostError):
            await write
    assert await storage.runs.get(USER, old.id) == new


async def test_a_step_is_intended_before_and_counted_after(storage):
    run = await claimed(storage)
    begun = await storage.runs.begin_step(run.id, run.fence, 0, now=WHEN)
    assert (begun.steps[0].status, begun.steps[0].attempts) == (StepStatus.RUNNING, 1)
    assert begun.actions_executed == ()
    now = WHEN + timedelta(seconds=5)
    output = {"a.b": {"$inc": 1}, "": "x", "__proto__": None}
    for _ in range(2):  # told twice, counted once
        done = await storage.runs.end_step(
            run.id, run.fence, 0, action="generate_mom", output=output, now=now
        )
    step = done.steps[0]
    assert (step.status, step.output, step.finished_at) == (StepStatus.DONE, output, now)
    assert done.actions_executed == ("generate_mom",)
    assert done.updated_at == now
    assert done.steps[1] == run.steps[1]
    with pytest.raises(LeaseLostError):  # a step that is done is never begun again
        await storage.runs.begin_step(run.id, run.fence, 0, now=now)


async def test_a_step_that_is_not_there_is_never_written(storage, raw):
    run = await claimed(storage)
    for position in (2, 99):
        with pytest.raises(LeaseLostError):
            await storage.runs.begin_step(run.id, run.fence, position, now=WHEN)
    with pytest.raises(RefusedError):
        await storage.runs.begin_step(run.id, run.fence, -1, now=WHEN)
    assert len(raw.executionlogs.find_one()["steps"]) == 2


async def test_an_output_that_does_not_fit_fails_that_step_only(storage):
    run = await claimed(storage)
    with pytest.raises(RefusedError, match="What the step made is too large"):
        await storage.runs.end_step(
            run.id, run.fence, 0, action="x", output={"t": "x" * 1_100_000}, now=WHEN
        )
    failed = await storage.runs.fail_step(run.id, run.fence, 0, error="Too \ud83d large", now=WHEN)
    assert (failed.steps[0].status, failed.steps[0].error) == (
        StepStatus.FAILED,
        "Too \ufffd large",
    )


async def test_ending_a_run_dates_it_and_lets_it_go(storage, raw):
    run = await claimed(storage)
    assert "executedAt" not in raw.executionlogs.find_one()
    await storage.runs.fail_step(run.id, run.fence, 0, error="No notes", now=WHEN)
    await storage.runs.skip_steps(run.id, run.fence, [1], now=WHEN)
    now = WHEN + timedelta(seconds=9)
    over = await storage.runs.finish(
        run.id,
        run.fence,
        status=RunStatus.FAILED,
        detail=StatusDetail.PARTIAL,
        error="No notes",
        now=now,
    )
    assert (over.status, over.detail, over.executed_at) == ("failed", "partial", now)
    assert (over.due_at, over.leased_until) == (None, None)
    assert [step.status for step in over.steps] == ["failed", "skipped"]
    assert await storage.runs.claim(now=now + 9 * LEASE, lease=LEASE) is None
    assert await storage.runs.next_due(now) is None


async def test_a_run_handed_back_waits_for_its_time_or_its_person(storage):
    run = await claimed(storage)
    later = WHEN + timedelta(minutes=1)
    await storage.runs.hand_back(run.id, run.fence, due_at=later, now=WHEN)
    assert await storage.runs.claim(now=WHEN, lease=LEASE) is None
    run = await storage.runs.claim(now=later, lease=LEASE)
    await storage.runs.hand_back(
        run.id, run.fence, due_at=None, now=later, detail=StatusDetail.WAITING_REVIEW
    )
    assert await storage.runs.claim(now=later + 9 * LEASE, lease=LEASE) is None
    with pytest.raises(NotFoundError):
        await storage.runs.wake(OTHER_USER, run.id, now=later, due_at=later)
    woken = await storage.runs.wake(USER, run.id, now=later, due_at=later)
    assert (woken.due_at, woken.detail) == (later, None)
    with pytest.raises(StaleError):
        await storage.runs.wake(USER, run.id, now=later, due_at=later)


@pytest.mark.parametrize(
    ("done", "status", "counted"),
    [(True, StepStatus.DONE, ("save_data",)), (False, StepStatus.WAITING, ())],
)
async def test_its_owner_settles_a_step_nobody_else_can_judge(storage, done, status, counted):
    run = await claimed(storage)
    await storage.runs.fail_step(
        run.id, run.fence, 1, error="Was it sent?", now=WHEN, status=StepStatus.ASKING
    )
    await storage.runs.hand_back(
        run.id, run.fence, due_at=None, now=WHEN, detail=StatusDetail.WAITING_ANSWER
    )
    answer = {"done": done, "action": "save_data", "now": WHEN}
    with pytest.raises(NotFoundError):
        await storage.runs.answer_step(OTHER_USER, run.id, 1, **answer)
    with pytest.raises(StaleError):
        await storage.runs.answer_step(USER, run.id, 0, **answer)
    settled = await storage.runs.answer_step(USER, run.id, 1, **answer)
    assert (settled.steps[1].status, settled.actions_executed) == (status, counted)
    assert (settled.due_at, settled.detail) == (WHEN, None)
    with pytest.raises(StaleError):  # pressed twice
        await storage.runs.answer_step(USER, run.id, 1, **answer)


async def test_cancelling_keeps_what_is_done_and_locks_the_worker_out(storage):
    run = await claimed(storage)
    await storage.runs.end_step(run.id, run.fence, 0, action="generate_mom", output={}, now=WHEN)
    assert await storage.runs.cancel(OTHER_USER, run.id, now=WHEN) is None
    over = await storage.runs.cancel(USER, run.id, now=WHEN)
    assert (over.status, over.detail, over.executed_at) == ("failed", "cancelled", WHEN)
    assert over.fence == run.fence + 1
    assert [step.status for step in over.steps] == ["done", "skipped"]
    assert over.actions_executed == ("generate_mom",)
    with pytest.raises(LeaseLostError):
        await storage.runs.begin_step(run.id, run.fence, 1, now=WHEN)
    assert await storage.runs.claim(now=WHEN + 9 * LEASE, lease=LEASE) is None
    assert await storage.runs.cancel(USER, run.id, now=WHEN) is None


async def test_where_a_runs_card_stands_is_remembered(storage):
    run = await claimed(storage)
    await storage.runs.show_at(run.id, CHAT, "activity-1", now=WHEN)
    shown = await storage.runs.get(USER, run.id)
    assert (shown.conversation, shown.card_activity_id) == (CHAT, "activity-1")
    with pytest.raises(NotFoundError):
        await storage.runs.show_at("f" * 24, CHAT, "activity-1", now=WHEN)
