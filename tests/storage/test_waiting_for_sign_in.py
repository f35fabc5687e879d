"""Runs that wait for a sign-in: woken all at once, and only their owner's."""

from datetime import timedelta

import pytest

from storage.errors import LeaseLostError
from storage.models import RunStatus, StatusDetail, StepStatus, User
from tests.storage.runs import LEASE, OTHER_USER, USER, WHEN, a_run

LATER = WHEN + timedelta(hours=24)


async def held_up(storage, key, *, user_id=USER):
    """Accept a run, and have its first step wait for a sign-in, still under its lease."""
    await storage.runs.accept(a_run(key, user_id=user_id))
    run = await storage.runs.claim(now=WHEN, lease=LEASE)
    hold = {"by": "sign_in", "scopes": ["Mail.Send"], "since": WHEN.isoformat()}
    return await storage.runs.hold_step(
        run.id, run.fence, 0, status=StepStatus.SIGN_IN, hold=hold, error="Sign in.", now=WHEN
    )


async def waits(storage, run):
    return await storage.runs.wait(
        run.id, run.fence, [0], detail=StatusDetail.WAITING_SIGN_IN, until=LATER, now=WHEN
    )


async def test_a_sign_in_wakes_every_run_of_its_person_and_nobody_elses(storage):
    mine = [await held_up(storage, key) for key in ("one", "two")]
    other = await held_up(storage, "three", user_id=OTHER_USER)
    for run in (*mine, other):
        await waits(storage, run)
    assert await storage.runs.claim(now=WHEN, lease=LEASE) is None
    assert await storage.runs.wake_signed_in(USER, now=WHEN) == 2
    assert await storage.runs.wake_signed_in(USER, now=WHEN) == 0
    claimed = {(await storage.runs.claim(now=WHEN, lease=LEASE)).id for _ in mine}
    assert claimed == {run.id for run in mine}
    assert await storage.runs.claim(now=WHEN, lease=LEASE) is None
    woken = await storage.runs.get(USER, mine[0].id)
    assert woken.detail is None
    assert woken.steps[0].status is StepStatus.WAITING
    assert woken.steps[0].error is None
    assert woken.steps[0].hold["scopes"] == ["Mail.Send"]


async def test_a_sign_in_while_the_worker_lets_go_is_not_lost(storage):
    run = await held_up(storage, "one")
    assert await storage.runs.wake_signed_in(USER, now=WHEN) == 1
    _, let_go = await waits(storage, run)
    assert not let_go  # the worker goes on instead of waiting a day


async def test_what_has_ended_is_not_woken(storage):
    run = await held_up(storage, "one")
    await storage.runs.cancel(USER, run.id, now=WHEN)
    assert await storage.runs.wake_signed_in(USER, now=WHEN) == 0
    assert (await storage.runs.get(USER, run.id)).status is RunStatus.FAILED


async def test_deleting_everything_stops_a_worker_before_its_next_write(storage):
    await storage.runs.accept(a_run("mine"))
    run = await storage.runs.claim(now=WHEN, lease=LEASE)
    await storage.runs.accept(a_run("theirs", user_id=OTHER_USER, workflow_id="d" * 24))
    user = User(USER, "oid.tenant", "a@contoso.example", "A", WHEN, WHEN)
    removed = await storage.erasure.erase(user, now=WHEN)
    assert removed["executionlogs"] == 1
    with pytest.raises(LeaseLostError):
        await storage.runs.begin_step(run.id, run.fence, 0, now=WHEN)
    assert await storage.runs.claim(now=WHEN, lease=LEASE) is not None  # the other's goes on
    assert not any((await storage.erasure.erase(user, now=WHEN)).values())
