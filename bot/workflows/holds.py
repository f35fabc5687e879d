"""When a step has to wait for its owner: to see what will leave, or to sign in. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.errors import SignInNeededError
from storage.models import Json, Run, SendPolicy, StatusDetail, Step, StepStatus

REVIEW_FOR = timedelta(hours=72)
SIGN_IN_FOR = timedelta(hours=24)


def review_hold(
    settings: Json, external: Sequence[str], *, now: datetime, approved: bool = False
) -> Json:
    """Say what the owner is shown before a step; `approved` comes with their press."""
    return {
        "by": "review",
        "settings": dict(settings),
        "external": list(external),
        "since": now.isoformat(),
        "approved": approved,
    }


def sign_in_hold(step: Step, error: SignInNeededError, *, now: datetime) -> Json:
    """Say what the owner has to sign in for; the wait counts from the first time it was asked."""
    since = (step.hold or {}).get("since") if (step.hold or {}).get("by") == "sign_in" else None
    return {
        "by": "sign_in",
        "scopes": list(error.scopes),
        "since": since or now.isoformat(),
        "approved": (step.hold or {}).get("approved", False),
        "settings": (step.hold or {}).get("settings"),
    }


def must_ask(policy: SendPolicy, audience: Sequence[str], external: Sequence[str]) -> bool:
    """Say whether the owner has to see it first; whatever leaves the organisation, always."""
    if policy is SendPolicy.ASK or external:
        return True
    return policy is SendPolicy.INTERNAL_AUTO and not audience


def looked_at(step: Step) -> bool:
    """Say whether what the step sends was seen by its owner, or passed by the policy."""
    return bool((step.hold or {}).get("approved"))


def approved_settings(step: Step) -> Json | None:
    """Give the very settings the owner pressed Send on; None where nothing was reviewed."""
    hold = step.hold or {}
    return hold.get("settings") if hold.get("approved") else None


def until(step: Step) -> datetime | None:
    """Say when a waiting step gives up; a question about an outcome waits for good."""
    hold = step.hold or {}
    lengths = {StepStatus.REVIEW: REVIEW_FOR, StepStatus.SIGN_IN: SIGN_IN_FOR}
    if step.status not in lengths or "since" not in hold:
        return None
    return datetime.fromisoformat(hold["since"]) + lengths[step.status]


def waiting(run: Run) -> list[int]:
    """Give the places of the steps that wait for their owner."""
    held = (StepStatus.REVIEW, StepStatus.SIGN_IN, StepStatus.ASKING)
    return [place for place, step in enumerate(run.steps) if step.status in held]


def detail_of(run: Run, places: Sequence[int]) -> StatusDetail:
    """Name what a run waits for: a question before a review, a review before a sign-in."""
    found = {run.steps[place].status for place in places}
    if StepStatus.ASKING in found:
        return StatusDetail.WAITING_ANSWER
    if StepStatus.REVIEW in found:
        return StatusDetail.WAITING_REVIEW
    return StatusDetail.WAITING_SIGN_IN


def next_place(run: Run, tried: set[int]) -> int | None:
    """Give the first step that can go on: nobody waits for it, and nothing before it is open."""
    status = {step.id: step.status for step in run.steps}
    settled = (StepStatus.DONE, StepStatus.FAILED, StepStatus.SKIPPED)
    movable = (StepStatus.WAITING, StepStatus.RUNNING, StepStatus.SIGN_IN)
    for place, (plan, step) in enumerate(zip(run.plan, run.steps, strict=True)):
        if step.status in movable and place not in tried:
            before = [status.get(other, StepStatus.DONE) for other in plan.after]
            if all(one in settled for one in before):
                return place
    return None


def blocked(run: Run, place: int) -> bool:
    """Say whether a step cannot run because one before it failed, or was skipped for that."""
    steps = {step.id: step for step in run.steps}
    before = [steps[other] for other in run.plan[place].after if other in steps]
    return any(
        step.status is StepStatus.FAILED
        or (step.status is StepStatus.SKIPPED and not left_out(step))
        for step in before
    )


def left_out(step: Step) -> bool:
    """Say whether its owner left the step out, which stops nothing after it."""
    return step.status is StepStatus.SKIPPED and (step.hold or {}).get("by") == "review"
