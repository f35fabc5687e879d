"""Logs: yours only, running ones in sight, every filter exact."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.errors import RefusedError
from storage.models import LogFilter, RunStatus, TriggerName
from tests.storage.runs import OTHER_USER, USER, WHEN, a_run, ended

HOUR = timedelta(hours=1)


@pytest.fixture
async def workflow(storage):
    return await storage.workflows.add(
        user_id=USER,
        name="Weekly Report",
        trigger=TriggerName.MANUAL,
        actions=["generate_mom", "save_data"],
        action_configs={},
        canvas=None,
        now=WHEN,
    )


@pytest.fixture
async def logs(storage, workflow):
    """Asha's 55 logs, the running ones the oldest of all, and five of Ben's."""
    for n in range(52):
        failed = n < 12
        await ended(
            storage.runs,
            a_run(f"e{n}", at=WHEN + n * HOUR, workflow_id=workflow.id),
            now=WHEN + n * HOUR,
            status=RunStatus.FAILED if failed else RunStatus.COMPLETED,
            error="Permission denied (403): Mail.Send" if failed else None,
        )
    for n in range(3):
        await storage.runs.accept(
            a_run(f"r{n}", at=WHEN - (n + 1) * HOUR, workflow_id=workflow.id, due_at=None)
        )
    for n in range(5):
        await ended(
            storage.runs, a_run(f"b{n}", user_id=OTHER_USER, workflow_id="d" * 24), now=WHEN
        )
    return storage.runs


async def test_page_one_holds_the_running_runs_however_old_then_the_newest(logs):
    page = await logs.page(USER, LogFilter(), limit=10, skip=0)
    assert (page.total, page.limit, page.skip) == (55, 10, 0)
    assert [run.key for run in page.runs] == [
        *("r0", "r1", "r2"),
        *(f"e{n}" for n in range(51, 44, -1)),
    ]


async def test_the_last_page_has_five_and_pages_together_hold_each_run_once(logs):
    pages = [await logs.page(USER, LogFilter(), limit=10, skip=10 * n) for n in range(7)]
    assert [len(page.runs) for page in pages] == [10, 10, 10, 10, 10, 5, 0]
    assert len({run.id for page in pages for run in page.runs}) == 55


async def test_a_list_leaves_out_what_is_large_and_joins_the_workflow(logs, workflow):
    (run,) = (await logs.page(USER, LogFilter(), limit=1, skip=0)).runs
    assert (run.joined_name, run.joined_actions) == (workflow.name, workflow.actions)
    assert (run.plan, run.inputs, run.carried) == ((), {}, {})
    assert [step.action for step in run.steps] == ["generate_mom", "save_data"]


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        (LogFilter(status=RunStatus.RUNNING), 3),
        (LogFilter(status=RunStatus.FAILED), 12),
        (LogFilter(status=RunStatus.FAILED, since=WHEN + 5 * HOUR), 7),
        (LogFilter(since=WHEN, until=WHEN + 2 * HOUR), 2),
        (LogFilter(trigger=TriggerName.MANUAL), 55),
        (LogFilter(trigger=TriggerName.WEBHOOK), 0),
        (LogFilter(text="mail.send"), 12),
        (LogFilter(text="(403)"), 12),
        (LogFilter(text=".*"), 0),
        (LogFilter(text="weekly"), 55),
        (LogFilter(workflow_name="report"), 55),
        (LogFilter(workflow_name="^Weekly"), 0),
        (LogFilter(workflow_ids=()), 0),
        (LogFilter(workflow_ids=("d" * 24,)), 0),
    ],
)
async def test_each_filter_finds_exactly_what_it_says(logs, wanted, total):
    page = await logs.page(USER, wanted, limit=100, skip=0)
    assert (page.total, len(page.runs)) == (total, total)


async def test_a_text_in_a_steps_error_is_found(storage):
    run, _ = await storage.runs.accept(a_run())
    held = await storage.runs.claim(now=WHEN, lease=HOUR)
    await storage.runs.fail_step(run.id, held.fence, 0, error="Ströme [1]", now=WHEN)
    page = await storage.runs.page(USER, LogFilter(text="STRÖME [1]"), limit=5, skip=0)
    assert page.total == 1


async def test_a_search_too_long_to_mean_anything_is_refused(storage):
    with pytest.raises(RefusedError, match="at most 200"):
        await storage.runs.page(USER, LogFilter(text="x" * 201), limit=5, skip=0)


async def test_logs_of_a_deleted_workflow_stay_and_are_found_by_its_name(logs, storage, workflow):
    await storage.workflows.delete(USER, workflow.id)
    page = await logs.page(USER, LogFilter(workflow_name="weekly rep"), limit=10, skip=0)
    assert page.total == 55
    assert {(run.joined_name, run.workflow_name) for run in page.runs} == {(None, "Weekly Report")}


async def test_logs_are_found_by_the_name_a_workflow_has_now(logs, storage, workflow):
    renamed = await storage.workflows.get(USER, workflow.id)
    await storage.workflows.save(replace(renamed, name="Steering"), expected_version=1, now=WHEN)
    assert (await logs.page(USER, LogFilter(workflow_name="steer"), limit=1, skip=0)).total == 55


async def test_the_latest_are_fifty_at_most(logs, workflow):
    latest = await logs.latest(USER)
    assert len(latest) == 50
    assert latest[0].joined_actions == workflow.actions


async def test_the_last_run_of_each_workflow_that_has_one(logs, workflow):
    last = await logs.last_of([workflow.id, "d" * 24, "e" * 24, "odd"])
    assert set(last) == {workflow.id, "d" * 24}
    assert last[workflow.id].key == "e51"


async def test_a_short_id_is_found_however_it_is_typed_but_never_by_others(logs):
    (run,) = (await logs.page(USER, LogFilter(), limit=1, skip=0)).runs
    for typed in (run.short_id, run.short_id.lower(), f" {run.short_id[2:].lower()} "):
        found = await logs.by_short_id(USER, typed)
        assert found.id == run.id
        assert found.plan != ()
    for user in (OTHER_USER, "", "odd"):
        assert await logs.by_short_id(user, run.short_id) is None
        assert await logs.get(user, run.id) is None
    assert await logs.by_short_id(USER, "") is None
