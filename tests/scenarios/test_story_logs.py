"""Story S10: logs can be questioned, paged, and outlive their workflow."""

from datetime import timedelta

import pytest

from bot.local.people import PEOPLE, TENANT_ID
from storage.execution_logs import run_id, short_id
from storage.models import LogFilter, PlanStep, Run, RunStatus, Step, TriggerName


async def add_log(storage, user, workflow, number, *, status, at, error=None):
    """Write one execution log as the engine would have left it."""
    # Due long after the test, so that the bot's own worker leaves it alone.
    due = at + timedelta(days=1800 if status is RunStatus.RUNNING else 900)
    new_id = run_id(workflow.id, f"seed-{number}")
    run = Run(
        id=new_id,
        short_id=short_id(new_id),
        user_id=user.id,
        workflow_id=workflow.id,
        workflow_name=workflow.name,
        workflow_version=1,
        trigger=TriggerName.MANUAL,
        key=f"seed-{number}",
        plan=(PlanStep("save_data", "save_data"),),
        steps=(Step("save_data", "save_data"),),
        inputs={},
        created_at=at,
        updated_at=at,
        due_at=due,
        started_by=user.name,
    )
    accepted, _ = await storage.runs.accept(run)
    if status is RunStatus.RUNNING:
        return accepted
    held = await storage.runs.claim(now=due, lease=timedelta(seconds=1))
    assert held.id == accepted.id
    if error:
        await storage.runs.fail_step(held.id, held.fence, 0, error=error, now=at)
    else:
        await storage.runs.end_step(
            held.id, held.fence, 0, action="save_data", output={"name": "x"}, now=at
        )
    return await storage.runs.finish(
        held.id, held.fence, status=status, detail=None, error=error, now=at
    )


@pytest.fixture
async def logs(start_bot, storage, stage_clock):
    """Asha has 55 logs (40 completed, 12 failed, 3 running), Ben 5."""
    stage = await start_bot(places=1)
    await stage.say("asha", "home")
    await stage.say("ben", "home")
    people = {
        name: await storage.users.seen(
            microsoft_id=mid, email=f"{name}.x@contoso.example", name=name, now=stage_clock.now()
        )
        for name, mid in _ids()
    }
    workflow = {
        name: await storage.workflows.add(
            user_id=user.id,
            name="Weekly Report",
            trigger=TriggerName.MANUAL,
            actions=("save_data",),
            action_configs={},
            canvas=None,
            now=stage_clock.now(),
        )
        for name, user in people.items()
    }
    now = stage_clock.now()
    for number in range(3):
        at = now - timedelta(days=40, minutes=number)
        await add_log(
            storage, people["asha"], workflow["asha"], number, status=RunStatus.RUNNING, at=at
        )
    for number in range(3, 55):
        failed = number < 15
        at = now - timedelta(days=number - 3, hours=1)
        await add_log(
            storage,
            people["asha"],
            workflow["asha"],
            number,
            status=RunStatus.FAILED if failed else RunStatus.COMPLETED,
            at=at,
            error="Permission denied (403): grant Mail.Send" if failed else None,
        )
    bens = [
        await add_log(
            storage,
            people["ben"],
            workflow["ben"],
            100 + number,
            status=RunStatus.COMPLETED,
            at=now - timedelta(hours=number),
        )
        for number in range(5)
    ]
    stage.people, stage.bens = people, bens
    return stage


def _ids():
    return [(name, f"{PEOPLE[name].object_id}.{TENANT_ID}") for name in ("asha", "ben")]


def log_rows(stage, message):
    return stage.text(message).count("[Log]")


async def test_logs_show_the_newest_ten_with_what_still_runs_on_top(logs):
    said = await logs.say("asha", "logs")
    shown = logs.text(said)
    assert "55 runs" in shown
    assert "Page 1 of 6" in shown
    assert log_rows(logs, said) == 10
    assert shown.count("◐ running") == 3


async def test_the_last_page_has_five_and_there_is_no_ninety_ninth(logs):
    assert log_rows(logs, await logs.say("asha", "logs page 6")) == 5
    assert "There are only 6 pages." in logs.text(await logs.say("asha", "logs page 99"))


async def test_buttons_turn_the_page_and_filter_as_words_do(logs):
    said = await logs.say("asha", "logs")
    assert "Page 2 of 6" in await logs.press("asha", said, "Older")
    assert "12 runs" in await logs.press("asha", said, "Failed")


async def test_failed_in_the_last_week_lists_only_those(logs):
    shown = logs.text(await logs.say("asha", "logs failed last 7 days"))
    assert "7 runs" in shown
    assert "completed" not in shown.lower().replace("completed]", "")


async def test_a_text_is_found_in_the_error(logs):
    assert "12 runs" in logs.text(await logs.say("asha", 'logs "Mail.Send"'))
    assert "No runs match" in logs.text(await logs.say("asha", 'logs ".*"'))


async def test_logs_of_a_deleted_workflow_stay_and_say_so(logs):
    asked = await logs.say("asha", "delete weekly report")
    await logs.press("asha", asked, "Delete")
    said = await logs.say("asha", "logs workflow Weekly Report")
    assert "55 runs" in logs.text(said)
    assert "Weekly Report (deleted)" in logs.text(said)
    assert "Weekly Report (deleted)" in await logs.press("asha", said, "Log")


async def test_one_log_says_what_was_done_and_why_not(logs):
    said = await logs.say("asha", "logs failed")
    shown = await logs.press("asha", said, "Log")
    assert "Permission denied (403): grant Mail.Send" in shown
    assert "✕" in shown


async def test_somebody_elses_log_is_not_found(logs):
    assert "Log not found" in logs.text(await logs.say("asha", f"log {logs.bens[0].short_id}"))
    assert "Log not found" in logs.text(await logs.say("asha", "log R-0000"))
    assert "Log not found" not in logs.text(await logs.say("ben", f"log {logs.bens[0].short_id}"))


async def test_the_service_gives_the_same_page_the_web_application_gets(logs, storage):
    page = await storage.runs.page(logs.people["asha"].id, LogFilter(), limit=10, skip=50)
    assert (len(page.runs), page.total, page.limit, page.skip) == (5, 55, 10, 50)


async def test_what_is_not_understood_is_said_with_examples(logs):
    assert 'I don\'t understand "fialed"' in logs.text(await logs.say("asha", "logs fialed"))
