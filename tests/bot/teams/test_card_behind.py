"""What a run came to is shown even if the process that did it is gone, and never tried for ever."""

import asyncio
import itertools

import pytest

from storage.models import StatusDetail, StepStatus
from tests.bot.teams.card_process import LEASE, behind, readings, shown, state
from tests.fakes.connector import Fault


async def ended_unseen(runs, clock, connector, process, accepted, **how):
    """End a run whose last state does not get through before its process is gone."""
    run = await accepted(**how)
    one = process()
    *_, end = await readings(runs, clock, run)
    connector.fail(*[Fault(503, kinds=("update",))] * 12)
    await one.living.moved(end)
    await one.settle()
    connector.calls.clear()
    return end


async def test_a_run_that_ended_unseen_is_shown_after_a_restart_and_then_left_alone(
    runs, clock, process, accepted, connector
):
    await ended_unseen(runs, clock, connector, process, accepted)
    again = process()
    assert await again.living.catch_up() == 1
    await again.settle()
    assert "✓ Completed" in state(shown(connector)[-1])
    assert await process().living.catch_up() == 0
    assert len(connector.calls) == 1


async def test_a_run_that_waits_unseen_is_shown_after_a_restart(
    runs, clock, process, accepted, connector
):
    run = await accepted()
    run = await runs.claim(now=clock.now(), lease=LEASE, run_id=run.id)
    run = await runs.begin_step(run.id, run.fence, 0, now=clock.now())
    run = await runs.fail_step(
        run.id, run.fence, 0, error="Was it done?", now=clock.now(), status=StepStatus.ASKING
    )
    await runs.wait(
        run.id, run.fence, [0], detail=StatusDetail.WAITING_ANSWER, until=None, now=clock.now()
    )
    clock.pass_(60)
    again = process()
    assert await again.living.catch_up() == 1
    await again.settle()
    assert "⏸  Save Data  needs its runner" in shown(connector)[-1]


async def test_whoever_moved_a_run_has_the_time_to_draw_it(
    runs, clock, process, accepted, connector
):
    await readings(runs, clock, await accepted())
    clock.pass_(5)
    assert await process().living.catch_up() == 0
    clock.pass_(6)
    assert await process().living.catch_up() == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_a_deleted_message_or_a_removed_bot_is_tried_once_and_never_again(
    runs, clock, process, accepted, connector, status
):
    await ended_unseen(runs, clock, connector, process, accepted)
    connector.fail(status)
    one = process()
    assert await one.living.catch_up() == 1
    await one.settle()
    assert await behind(runs, clock) == []
    for each in (one, process()):
        clock.pass_(3600)
        assert await each.living.catch_up() == 0
    assert len(connector.calls) == 1


async def test_a_message_that_is_gone_is_not_asked_for_at_every_step_that_follows(
    runs, clock, process, accepted, connector
):
    one = process()
    first, *others = await readings(runs, clock, await accepted())
    connector.fail(404)
    await one.living.moved(first)
    await one.settle()
    for run in others:
        await one.living.moved(run)
    await one.settle()
    assert len(connector.calls) == 1
    assert await behind(runs, clock) == []


async def test_a_card_that_never_gets_through_is_tried_less_and_less_and_given_up(
    runs, clock, process, accepted, connector
):
    await ended_unseen(runs, clock, connector, process, accepted)
    one, rounds = process(), []
    for minute in range(60 * 24):
        connector.faults.clear()
        connector.fail(*[Fault(503, kinds=("update",))] * 12)
        if await one.living.catch_up():
            rounds.append(minute)
            one.notifier._pause = asyncio.sleep  # its tries are no matter here
            for task in list(one.notifier._couriers.values()):
                task.cancel()
            await asyncio.sleep(0)
        clock.pass_(60)
    assert len(rounds) == 13
    gaps = [after - before for before, after in itertools.pairwise(rounds)]
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1]) == (1, 60)
    assert await behind(runs, clock) == []


async def test_one_card_that_does_not_get_through_does_not_hold_up_another(
    runs, clock, process, accepted, connector
):
    await ended_unseen(runs, clock, connector, process, accepted, named="a", activity="17")
    await readings(runs, clock, await accepted("b", "18"))
    clock.pass_(60)
    connector.fail(Fault("hang", kinds=("update",)))
    one = process()
    assert await one.living.catch_up() == 2
    await connector.until(lambda c: len(c.calls) == 2)
    connector.never.set()
    await one.settle()
    assert "Completed" in shown(connector, "17")[-1]
    assert "Completed" in shown(connector, "18")[-1]
