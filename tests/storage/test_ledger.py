"""The run's record as a ledger: one write is one step of its way, and the newest reading wins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.errors import LeaseLostError
from storage.execution_logs import Full
from storage.models import Conversation, ConversationKind, RunStatus, StatusDetail, StepStatus
from tests.storage.runs import LEASE, OTHER_USER, USER, WHEN, a_run

HERE = Conversation("a:1", ConversationKind.PERSONAL, "t", "https://smba.example/", "28:bot")


@pytest.fixture
async def held(storage):
    """Accept a run and claim it."""
    await storage.runs.accept(a_run())
    return await storage.runs.claim(now=WHEN, lease=LEASE)


async def test_every_write_makes_a_newer_reading(storage, held):
    runs, seen = storage.runs, [0, held.revision]
    begun = await runs.begin_step(held.id, held.fence, 0, now=WHEN)
    seen.append(begun.revision)
    await runs.extend(held.id, held.fence, WHEN + LEASE)
    done = await runs.end_step(held.id, held.fence, 0, action="a", output=None, now=WHEN)
    seen.append(done.revision)
    cancelled = await runs.cancel(USER, held.id, now=WHEN)
    seen.append(cancelled.revision)
    assert seen == sorted(set(seen))


async def test_an_outcome_is_the_next_steps_intent_in_the_same_write(storage, held):
    runs = storage.runs
    await runs.begin_step(held.id, held.fence, 0, now=WHEN)
    run = await runs.end_step(
        held.id, held.fence, 0, action="a", output={"n": 1}, now=WHEN, begin=[1]
    )
    assert [step.status for step in run.steps] == [StepStatus.DONE, StepStatus.RUNNING]
    assert (run.steps[1].attempts, run.steps[1].started_at) == (1, WHEN)
    again = await runs.end_step(
        held.id, held.fence, 0, action="a", output={"n": 1}, now=WHEN, begin=[1]
    )
    assert (again.actions_executed, again.steps[1].attempts) == (("a",), 1)


async def test_the_last_outcome_ends_the_run_and_may_be_told_twice(storage, held, raw):
    runs = storage.runs
    await runs.end_step(held.id, held.fence, 0, action="a", output=None, now=WHEN)
    for _ in range(2):
        run = await runs.end_step(
            held.id, held.fence, 1, action="b", output=None, now=WHEN, completes=True
        )
    assert (run.status, run.executed_at, run.actions_executed) == (
        RunStatus.COMPLETED,
        WHEN,
        ("a", "b"),
    )
    document = raw["executionlogs"].find_one()
    assert "dueAt" not in document
    assert "leasedUntil" not in document
    assert document["sortAt"] == WHEN


async def test_who_lost_the_run_can_write_nothing_of_it(storage, held):
    runs = storage.runs
    await runs.claim(now=WHEN + LEASE, lease=LEASE)
    for completes in (False, True):
        with pytest.raises(LeaseLostError):
            await runs.end_step(
                held.id, held.fence, 0, action="a", output=None, now=WHEN, completes=completes
            )


async def test_an_interruption_is_counted_and_an_ordinary_try_is_not(storage, held):
    runs = storage.runs
    await runs.begin_step(held.id, held.fence, 0, now=WHEN)
    run = await runs.begin_step(held.id, held.fence, 0, now=WHEN, interrupted=True)
    assert (run.steps[0].attempts, run.steps[0].interruptions) == (2, 1)


async def test_a_run_is_claimed_by_its_id_when_it_is_free_and_due_and_not_otherwise(storage):
    runs = storage.runs
    run, _ = await runs.accept(a_run())
    other, _ = await runs.accept(a_run("k2", at=WHEN - timedelta(minutes=1)))
    assert (await runs.claim(now=WHEN, lease=LEASE, run_id=run.id)).id == run.id
    assert await runs.claim(now=WHEN, lease=LEASE, run_id=run.id) is None
    assert await runs.claim(now=WHEN, lease=LEASE, run_id="nonsense") is None
    early = WHEN - timedelta(minutes=2)
    assert await runs.claim(now=early, lease=LEASE, run_id=other.id) is None


async def test_those_with_all_their_places_taken_are_named_and_passed_over(storage):
    runs = storage.runs
    for number in range(3):
        await runs.accept(a_run(f"k{number}", at=WHEN + timedelta(seconds=number)))
    theirs, _ = await runs.accept(a_run("k9", user_id=OTHER_USER, workflow_id="d" * 24, at=WHEN))
    now = WHEN + timedelta(seconds=10)
    for _ in range(2):
        await runs.claim(now=now, lease=LEASE, full=Full(users=(OTHER_USER,)))
    full = await runs.full(now=now, of_user=2, of_workflow=9)
    assert full == Full(users=(USER,))
    assert (await runs.full(now=now, of_user=9, of_workflow=2)).workflows == ("c" * 24,)
    assert (await runs.claim(now=now, lease=LEASE, full=full)).id == theirs.id
    assert await runs.claim(now=now, lease=LEASE, full=full) is None
    later = now + LEASE
    assert await runs.full(now=later, of_user=2, of_workflow=9) == Full()


async def test_a_run_counts_as_due_until_it_ends_or_waits(storage, held):
    runs = storage.runs
    assert await runs.due_of(USER, now=WHEN, at_most=9) == 1
    assert await runs.due_of(OTHER_USER, now=WHEN, at_most=9) == 0
    assert await runs.due_count(WHEN) == 1
    await runs.fail_step(held.id, held.fence, 0, error="?", now=WHEN, status=StepStatus.REVIEW)
    detail, until = StatusDetail.WAITING_REVIEW, WHEN + timedelta(hours=72)
    await runs.wait(held.id, held.fence, [0], detail=detail, until=until, now=WHEN)
    assert await runs.due_of(USER, now=WHEN, at_most=9) == 0
    assert await runs.due_count(WHEN) == 0


async def test_a_card_is_behind_from_the_end_of_its_run_until_it_showed_that(storage, held):
    runs = storage.runs
    await runs.show_at(held.id, HERE, "1", now=WHEN)
    late = WHEN + timedelta(minutes=1)
    assert await runs.behind(before=late, limit=9) == []
    ended = await runs.finish(
        held.id, held.fence, status=RunStatus.FAILED, detail=None, error="No.", now=WHEN
    )
    assert await runs.behind(before=WHEN, limit=9) == []  # whoever draws it has had no time
    (behind,) = await runs.behind(before=late, limit=9)
    assert behind.revision == ended.revision
    await runs.shown(held.id, ended.revision - 1)  # an older state: there is a newer one
    assert len(await runs.behind(before=late, limit=9)) == 1
    await runs.shown(held.id, ended.revision)
    assert await runs.behind(before=late, limit=9) == []
    assert (await runs.get(USER, held.id)).revision == ended.revision


async def test_a_run_without_a_card_is_never_behind(storage, held):
    await storage.runs.finish(
        held.id, held.fence, status=RunStatus.COMPLETED, detail=None, error=None, now=WHEN
    )
    assert await storage.runs.behind(before=WHEN + LEASE, limit=9) == []


async def test_what_the_web_application_wrote_reads_as_a_first_reading(storage, raw):
    run, _ = await storage.runs.accept(replace(a_run(), revision=0))
    raw["executionlogs"].update_one({}, {"$unset": {"revision": "", "steps.0.interruptions": ""}})
    read = await storage.runs.get(USER, run.id)
    assert (read.revision, read.steps[0].interruptions) == (0, 0)
    assert (await storage.runs.claim(now=WHEN, lease=LEASE)).revision == 1


async def test_a_message_shows_one_run_the_last_that_was_put_there(storage, held, raw):
    runs = storage.runs
    await runs.show_at(held.id, HERE, "1", now=WHEN)
    other, _ = await runs.accept(a_run("k2"))
    await runs.show_at(other.id, replace(HERE, id="a:2"), "1", now=WHEN)  # another chat's message
    third, _ = await runs.accept(a_run("k3"))
    await runs.show_at(third.id, HERE, "1", now=WHEN)
    shown = {one["_id"]: one.get("cardActivityId") for one in raw["executionlogs"].find()}
    assert list(shown.values()) == [None, "1", "1"]
