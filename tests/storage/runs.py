"""Runs for tests: a valid one, and its life in one call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.execution_logs import run_id, short_id
from storage.models import PlanStep, Run, RunStatus, Step, TriggerName

WHEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
USER, OTHER_USER = "a" * 24, "b" * 24
WORKFLOW = "c" * 24


def a_run(key="k1", *, user_id=USER, workflow_id=WORKFLOW, at=WHEN, **changes):
    """A run of two steps, due at once."""
    made = run_id(workflow_id, key)
    run = Run(
        id=made,
        short_id=short_id(made),
        user_id=user_id,
        workflow_id=workflow_id,
        workflow_name="Weekly Report",
        workflow_version=3,
        trigger=TriggerName.MANUAL,
        key=key,
        plan=(
            PlanStep("generate_mom", "generate_mom", {"tone": "plain"}),
            PlanStep("save_data", "save_data", {"a.b": {"$set": 1}}, ("generate_mom",)),
        ),
        steps=(Step("generate_mom", "generate_mom"), Step("save_data", "save_data")),
        inputs={"notes": "Asha: hello"},
        created_at=at,
        updated_at=at,
        due_at=at,
        started_by="Asha Rao",
    )
    return replace(run, **changes)


async def ended(runs, run, *, now, status=RunStatus.COMPLETED, error=None, detail=None):
    """Accept a run and end it with the given status."""
    run, _ = await runs.accept(replace(run, due_at=now))
    held = await runs.claim(now=now, lease=LEASE)
    assert held.id == run.id, "only the run under test may be due"
    return await runs.finish(run.id, held.fence, status=status, detail=detail, error=error, now=now)
