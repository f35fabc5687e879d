"""The one message of a run: whatever happens to whom, it ends on the run's last state."""

import itertools
from dataclasses import replace

import pytest

from bot.teams.living_card import LivingCard
from storage.execution_logs import run_id
from storage.models import RunStatus, StatusDetail, StepStatus
from tests.bot.teams.card_process import LEASE, Process, behind, drawn, readings, shown, state
from tests.cards import record_samples
from tests.fakes.connector import Fault

HOLD = {"by": "review", "settings": {}, "external": [], "since": "2026-03-04T09:00:00+00:00"}


async def test_a_run_shows_its_end_whatever_the_order_its_readings_arrive_in(
    runs, clock, process, accepted, connector
):
    seen = await readings(runs, clock, await accepted())
    for order in itertools.islice(itertools.permutations(seen), 0, 720, 37):
        one = process()
        for run in order:
            await one.living.moved(run)
        await one.settle()
        assert "Completed" in shown(connector)[-1]


async def test_a_reading_older_than_what_was_drawn_is_not_drawn(
    runs, clock, process, accepted, connector
):
    seen = await readings(runs, clock, await accepted())
    one = process()
    await one.living.moved(seen[-1])
    await one.settle()
    for run in seen[:-1]:
        await one.living.moved(run)
    await one.settle()
    assert len(connector.said) == 1


async def test_of_many_moves_few_are_shown_and_the_last_always(
    runs, clock, process, accepted, connector
):
    one = process()
    for run in await readings(runs, clock, await accepted()):
        await one.living.moved(run)
    await one.settle()
    assert len(connector.said) <= 2
    assert "✓ Completed" in state(shown(connector)[-1])
    assert {call.kind for call in connector.said} == {"update"}
    assert await behind(runs, clock) == []


async def test_when_two_processes_draw_the_slower_one_does_not_leave_its_older_state(
    runs, clock, process, accepted, connector
):
    run = await accepted()
    slow, quick = process(), process()
    begun = await runs.claim(now=clock.now(), lease=LEASE, run_id=run.id)
    connector.fail(Fault("hold", kinds=("update",)))
    await slow.living.moved(begun)
    await connector.until(lambda c: len(c.calls) == 1)
    end = await runs.finish(
        run.id, begun.fence, status=RunStatus.COMPLETED, detail=None, error=None, now=clock.now()
    )
    await quick.living.moved(end)
    await quick.settle()
    connector.never.set()
    await slow.settle()
    assert "◐ Running" in shown(connector)[2]  # it landed late, over the end
    assert "✓ Completed" in state(shown(connector)[-1])


async def test_a_card_that_says_nothing_new_is_not_sent_again(
    runs, clock, process, accepted, connector
):
    run = await accepted()
    one = process()
    begun = await runs.claim(now=clock.now(), lease=LEASE, run_id=run.id)
    await one.living.moved(begun)
    await one.settle()
    await runs.extend(run.id, begun.fence, clock.now() + LEASE)
    await one.living.moved(await runs.anybodys(run.id))
    await one.settle()
    assert len(connector.said) == 1


async def test_a_card_somebody_else_drew_over_is_drawn_again(
    runs, clock, process, accepted, connector, card_place
):
    *_, end = await readings(runs, clock, await accepted())
    one = process()
    await one.living.moved(end)
    await one.settle()
    # As the answer to a button does, which was read before the end.
    await one.living.shown(end.id, card_place, "17")
    await one.settle()
    assert [state(each)[:11] for each in shown(connector)] == ["✓ Completed"] * 2


async def test_a_card_drawn_over_while_it_was_on_its_way_is_drawn_again(
    runs, clock, process, accepted, connector, card_place
):
    *_, end = await readings(runs, clock, await accepted())
    one = process()
    connector.fail(Fault("hold", kinds=("update",)))
    await one.living.moved(end)
    await connector.until(lambda c: len(c.calls) == 1)
    await one.living.shown(end.id, card_place, "17")
    connector.never.set()
    await one.settle()
    assert len(connector.calls) == 3  # it was heard, it landed, and it was drawn again


async def test_a_run_that_shows_nowhere_is_drawn_nowhere(runs, clock, process, connector):
    run, _new = await runs.accept(replace(record_samples.running(), due_at=clock.now()))
    one = process()
    await one.living.moved(run)
    await one.settle()
    assert connector.calls == []


async def test_a_run_deleted_with_its_owners_data_is_drawn_no_more(
    runs, raw, process, accepted, connector
):
    run = await accepted()
    raw["executionlogs"].delete_many({})
    one = process()
    await one.living.moved(run)
    await one.settle()
    assert connector.calls == []


async def test_the_cards_of_a_busy_day_do_not_fill_the_memory(runs, clock, process, card_place):
    one, run = process(), record_samples.running()
    for number in range(3000):
        one.living._face(card_place, f"{number}", run)
    assert len(one.living._faces) <= 1024


async def failed_and_retried(runs, clock, accepted, activity):
    """Fail a run and accept its retry, shown by the message `activity`."""
    run = await accepted()
    run = await runs.claim(now=clock.now(), lease=LEASE, run_id=run.id)
    end = {"status": RunStatus.FAILED, "detail": None, "error": "No.", "now": clock.now()}
    failed = await runs.finish(run.id, run.fence, **end)
    clock.pass_(60)
    retry = await accepted(f"retry:{run.id}", activity, retry_of=failed.short_id)
    assert retry.id == run_id(run.workflow_id, f"retry:{run.id}")
    return failed, retry


async def test_the_card_of_a_retried_run_says_as_which_and_offers_no_second_retry(
    runs, clock, process, accepted, connector, card_place
):
    failed, retry = await failed_and_retried(runs, clock, accepted, "18")
    one = process()
    await one.living.shown(retry.id, card_place, "18")
    await one.settle()
    first = shown(connector, "17")[-1]
    assert f"retried as {retry.short_id}" in first
    assert "Retry failed" not in first
    assert f"retry of {failed.short_id}" in shown(connector, "18")[-1]


@pytest.mark.parametrize("known", [True, False])
async def test_a_retry_in_the_message_of_the_first_run_is_not_drawn_over(
    runs, clock, process, accepted, connector, known
):
    failed, retry = await failed_and_retried(runs, clock, accepted, "17")
    one = process()
    if known:
        await one.living.moved(retry)
    await one.living.moved(failed)
    await one.settle()
    assert not [each for each in shown(connector) if "Failed" in each]
    assert [run.id for run in await behind(runs, clock)] == []


async def test_what_somebody_is_typing_is_not_taken_away_by_another_branch(
    runs, clock, edge, accepted, connector
):
    def form(run, *, retried_as):
        return replace(drawn(run, retried_as=retried_as), in_company=None, body=(
            {"type": "Input.Text", "id": "in.0.subject"},
            *drawn(run, retried_as=retried_as).body,
        ))  # fmt: skip

    one = Process(edge, runs)
    one.living = LivingCard(one.notifier, runs, clock, form)
    run = await accepted()
    run = await runs.claim(now=clock.now(), lease=LEASE, run_id=run.id)
    held = {"status": StepStatus.REVIEW, "hold": HOLD, "error": None, "now": clock.now()}
    run = await runs.hold_step(run.id, run.fence, 0, **held)
    await one.living.moved(run)
    await one.settle()
    run = await runs.begin_step(run.id, run.fence, 1, now=clock.now())
    await one.living.moved(run)
    await one.settle()
    assert len(connector.said) == 1
    await runs.wait(
        run.id, run.fence, [0], detail=StatusDetail.WAITING_REVIEW, until=None, now=clock.now()
    )
    await one.living.moved(await runs.anybodys(run.id))
    await one.settle()
    assert len(connector.said) == 2
