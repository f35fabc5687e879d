"""When a step has to wait: for its owner to look or to sign in, or for a better moment. Pure.

What holds a step up, or held it up, is `Step.hold`: {"by": "review", "settings", "external",
"since", "approved"}, {"by": "sign_in", "scopes", "since"} or {"by": "later", "at", "tries"}, the
latter two with the approved settings of a review before them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.errors import RemoteError, SignInNeededError
from storage.models import Json, Run, SendPolicy, StatusDetail, Step, StepStatus

REVIEW_FOR = timedelta(hours=72)
SIGN_IN_FOR = timedelta(hours=24)
# A step that may be repeated is tried again by itself so often, after so long.
MOST_TRIES = 4
FIRST_WAIT_SECONDS = 7.5
LONGEST_WAIT_SECONDS = 45.0
_LONGEST_ASKED = timedelta(hours=24)
_JITTER = 0.2


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
        **_looked(step),
    }


def later_hold(step: Step, error: RemoteError, *, now: datetime, chance: float) -> Json | None:
    """Say when a step is tried again by itself; None when it has been tried often enough.

    As late as the service asks, but no later than in a day; otherwise after 7.5 seconds, and
    twice as long each time, 45 at most. `chance` from 0 to 1 keeps many from coming at once.
    """
    hold = step.hold or {}
    tries = hold.get("tries", 0) + 1
    if tries >= MOST_TRIES:
        return None
    wait = min(FIRST_WAIT_SECONDS * float(2 ** (tries - 1)), LONGEST_WAIT_SECONDS)
    asked = error.retry_after_seconds
    seconds = (wait if asked is None else max(asked, 0.1)) * (1 + _JITTER * chance)
    if seconds > _LONGEST_ASKED.total_seconds():
        return None
    at = now + timedelta(seconds=seconds)
    return {"by": "later", "at": at.isoformat(), "tries": tries, **_looked(step)}


def later_at(step: Step) -> datetime | None:
    """Say when a step is tried again by itself; None when it does not wait for that."""
    at = (step.hold or {}).get("at") if step.status is StepStatus.LATER else None
    return datetime.fromisoformat(at) if at else None


def _looked(step: Step) -> Json:
    """Carry what the owner has seen and sent past another wait."""
    hold = step.hold or {}
    return {"approved": hold.get("approved", False), "settings": hold.get("settings")}


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
    """Name what a run waits for: a question before a review, a review before a sign-in.

    Where none of the steps at `places` waits for a person, it waits for a better moment.
    """
    found = {run.steps[place].status for place in places}
    if StepStatus.ASKING in found:
        return StatusDetail.WAITING_ANSWER
    if StepStatus.REVIEW in found:
        return StatusDetail.WAITING_REVIEW
    if StepStatus.SIGN_IN in found:
        return StatusDetail.WAITING_SIGN_IN
    return StatusDetail.WAITING_RETRY
