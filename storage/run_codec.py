"""Run <-> execution log document."""

from datetime import datetime, timedelta
from typing import Any

from storage.codec import conversation_document, conversation_of, instant, word
from storage.collection import NOBODY, Document, object_id
from storage.errors import NotFoundError
from storage.json_values import clean_text, from_text, to_text
from storage.models import (
    Json,
    PlanStep,
    Run,
    RunStatus,
    SendPolicy,
    StatusDetail,
    Step,
    StepStatus,
    TriggerName,
)

MOST_INPUT_BYTES = 8 * 1024 * 1024
MOST_PLAN_BYTES = 1024 * 1024
MOST_OUTPUT_BYTES = 1024 * 1024
# What a run was given: it never changes, and may be megabytes.
WITHOUT_GIVEN = {"plan": 0, "inputs": 0, "carried": 0}
# A run that has not ended sorts as if it ended in the far future: before all that have.
_NOT_ENDED = timedelta(days=365_000)


def sort_at(created_at: datetime, executed_at: datetime | None) -> datetime:
    """Give a run's place in lists: running ones first, then by when they ended, newest first."""
    return executed_at or created_at + _NOT_ENDED


def run_document(run: Run) -> Document:
    """Write a whole run, as it is accepted. Errors: RefusedError for more than fits."""
    user, workflow = object_id(run.user_id), object_id(run.workflow_id)
    if NOBODY in (user, workflow):
        raise NotFoundError("Workflow not found.")
    document: Document = {
        "_id": object_id(run.id),
        "userId": user,
        "workflowId": workflow,
        "status": run.status.value,
        "actionsExecuted": list(run.actions_executed),
        "error": run.error and clean_text(run.error),
        "createdAt": run.created_at,
        "updatedAt": run.updated_at,
        "shortId": run.short_id,
        "statusDetail": run.detail,
        "trigger": run.trigger.value,
        "workflowName": clean_text(run.workflow_name),
        "workflowVersion": run.workflow_version,
        "steps": [_step_document(step) for step in run.steps],
        "plan": to_text([_plan(s) for s in run.plan], most_bytes=MOST_PLAN_BYTES, what="The plan"),
        "inputs": to_text(run.inputs, most_bytes=MOST_INPUT_BYTES, what="What the run was given"),
        "carried": to_text(
            run.carried, most_bytes=MOST_INPUT_BYTES, what="What earlier steps made"
        ),
        "retryOf": run.retry_of,
        "idempotencyKey": f"{run.workflow_id}:{run.key}",
        "startedBy": clean_text(run.started_by),
        "conversation": conversation_document(run.conversation),
        "cardActivityId": run.card_activity_id,
        "sortAt": sort_at(run.created_at, run.executed_at),
        "fence": run.fence,
        "revision": run.revision,
        "sendPolicy": run.send_policy.value,
    }
    # Absent, not null: the contract has no executedAt while a run runs, our queries no null dueAt.
    optional = {
        "executedAt": run.executed_at,
        "dueAt": run.due_at,
        "leasedUntil": run.leased_until,
        "workflowOwnerId": run.workflow_owner_id,
        "runnerTeamsId": run.runner_teams_id and clean_text(run.runner_teams_id),
    }
    return document | {name: value for name, value in optional.items() if value is not None}


def run_of(document: Document, known: Run | None = None) -> Run:
    """Read a run; one the web application wrote has no steps, and its id for a short id.

    What a run was given is that of an earlier reading, if it is `known`, and else in the document.
    """
    run_id, workflow_id = str(document["_id"]), str(document["workflowId"])
    detail = document.get("statusDetail")
    joined = document.get("workflow")
    return Run(
        id=run_id,
        short_id=document.get("shortId") or short_id(run_id, len(run_id)),
        user_id=str(document["userId"]),
        workflow_id=workflow_id,
        workflow_name=document.get("workflowName") or (joined or {}).get("name") or "",
        workflow_version=document.get("workflowVersion") or 1,
        trigger=word(TriggerName, document.get("trigger"), TriggerName.MANUAL),
        key=(document.get("idempotencyKey") or "").removeprefix(f"{workflow_id}:"),
        plan=_plan_of(document) if known is None else known.plan,
        steps=tuple(_step(step) for step in document.get("steps") or ()),
        inputs=known.inputs if known else from_text(document.get("inputs")) or {},
        created_at=instant(document, "createdAt"),
        updated_at=instant(document, "updatedAt"),
        due_at=document.get("dueAt"),
        status=word(RunStatus, document.get("status"), RunStatus.RUNNING),
        detail=StatusDetail(detail) if detail and detail in list(StatusDetail) else None,
        actions_executed=tuple(document.get("actionsExecuted") or ()),
        error=document.get("error"),
        executed_at=document.get("executedAt"),
        retry_of=document.get("retryOf"),
        carried=known.carried if known else from_text(document.get("carried")) or {},
        started_by=document.get("startedBy") or "",
        conversation=conversation_of(document.get("conversation")),
        card_activity_id=document.get("cardActivityId"),
        fence=document.get("fence") or 0,
        revision=document.get("revision") or 0,
        leased_until=document.get("leasedUntil"),
        send_policy=word(SendPolicy, document.get("sendPolicy"), SendPolicy.ASK),
        workflow_owner_id=document.get("workflowOwnerId"),
        runner_teams_id=document.get("runnerTeamsId"),
        joined_name=None if joined is None else joined.get("name"),
        joined_actions=None if joined is None else tuple(joined.get("actions") or ()),
    )


def output_text(output: Any) -> str | None:
    """Write a step's output. Errors: RefusedError over 1 MB."""
    if output is None:
        return None
    return to_text(output, most_bytes=MOST_OUTPUT_BYTES, what="What the step made")


def hold_text(hold: Json | None) -> str | None:
    """Write what holds a step up. Errors: RefusedError over 1 MB."""
    if hold is None:
        return None
    return to_text(hold, most_bytes=MOST_OUTPUT_BYTES, what="What you are asked about")


def short_id(run_id: str, digits: int = 4) -> str:
    """Give the id people see, such as R-7F3A: the first digits of the run's id."""
    return f"R-{run_id[:digits].upper()}"


def _plan(step: PlanStep) -> Document:
    return {
        "id": step.id,
        "action": step.action,
        "config": step.config,
        "after": list(step.after),
    }


def _plan_of(document: Document) -> tuple[PlanStep, ...]:
    return tuple(_plan_step(step) for step in from_text(document.get("plan")) or ())


def _plan_step(step: Document) -> PlanStep:
    return PlanStep(step["id"], step["action"], step["config"], tuple(step["after"]))


def _step_document(step: Step) -> Document:
    return {
        "id": step.id,
        "action": step.action,
        "status": step.status.value,
        "startedAt": step.started_at,
        "finishedAt": step.finished_at,
        "error": step.error and clean_text(step.error),
        "output": output_text(step.output),
        "attempts": step.attempts,
        "interruptions": step.interruptions,
        "hold": hold_text(step.hold),
    }


def _step(step: Document) -> Step:
    return Step(
        id=step["id"],
        action=step["action"],
        status=word(StepStatus, step.get("status"), StepStatus.WAITING),
        started_at=step.get("startedAt"),
        finished_at=step.get("finishedAt"),
        error=step.get("error"),
        output=from_text(step.get("output")),
        attempts=step.get("attempts") or 0,
        interruptions=step.get("interruptions") or 0,
        hold=from_text(step.get("hold")),
    )
