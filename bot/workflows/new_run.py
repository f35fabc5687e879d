"""A run as it is accepted: of a workflow, or of a run before it. Pure."""

from dataclasses import replace
from datetime import datetime

from bot.workflows.trigger import Signal
from storage.execution_logs import run_id, short_id
from storage.models import Json, PlanStep, Run, RunStatus, Step, User, Workflow

Plan = tuple[PlanStep, ...]


def run_of_workflow(
    user: User, workflow: Workflow, plan: Plan, signal: Signal, now: datetime
) -> Run:
    """Give the run that a signal makes of a workflow for whoever it is to run for."""
    theirs = workflow.user_id == user.id
    # Two people press the same button of a shared list: that makes two runs.
    key = signal.key if theirs else f"{user.id}:{signal.key}"
    new_id = run_id(workflow.id, key)
    return Run(
        id=new_id,
        short_id=short_id(new_id),
        user_id=user.id,
        workflow_id=workflow.id,
        workflow_name=workflow.name,
        workflow_version=workflow.version,
        trigger=workflow.trigger,
        key=key,
        plan=plan,
        steps=steps_of(plan),
        inputs=dict(signal.inputs),
        created_at=now,
        updated_at=now,
        due_at=now,
        retry_of=signal.repeats,
        started_by=signal.started_by,
        conversation=signal.conversation,
        send_policy=workflow.send_policy,
        workflow_owner_id=None if theirs else workflow.user_id,
        runner_teams_id=user.teams_id,
    )


def run_of_run(run: Run, plan: Plan, *, key: str, carried: Json, now: datetime) -> Run:
    """Give the run that does again what of `plan` is to be done, with what is `carried` over.

    Shape: `carried` is step id -> output.
    """
    new_id = run_id(run.workflow_id, key)
    return replace(
        run,
        id=new_id,
        short_id=short_id(new_id),
        key=key,
        plan=plan,
        steps=steps_of(plan),
        carried=carried,
        retry_of=run.short_id,
        created_at=now,
        updated_at=now,
        due_at=now,
        status=RunStatus.RUNNING,
        detail=None,
        actions_executed=(),
        error=None,
        executed_at=None,
        card_activity_id=None,
        fence=0,
        revision=0,
        leased_until=None,
    )


def retry_key(run: Run) -> str:
    """Name the retry of a run: it is made once."""
    return f"retry:{run.id}"


def retry_id(run: Run) -> str:
    """Give the id the retry of a run has, if there is one."""
    return run_id(run.workflow_id, retry_key(run))


def left_of(plan: Plan, done: set[str]) -> Plan:
    """Leave out of a plan what is done; what waited for it waits no more."""
    left = {step.id for step in plan if step.id not in done}
    return tuple(
        replace(step, after=tuple(other for other in step.after if other in left))
        for step in plan
        if step.id in left
    )


def mixed_up(old: Plan, new: Plan) -> bool:
    """Say whether steps of one action may have changed places, so that their ids tell nothing."""
    twice = {one.action for one in old + new if "#" in one.id}
    before = {one.id: one.config for one in old if one.action in twice}
    return any(one.id in before and before[one.id] != one.config for one in new)


def steps_of(plan: Plan) -> tuple[Step, ...]:
    """Give the steps of a plan before anything was done."""
    return tuple(Step(id=step.id, action=step.action) for step in plan)
