"""How the nouns are called on cards: actions, triggers, states, times and durations."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cards.elements import Color
from storage.models import ActionName, Run, RunStatus, StatusDetail, Step, StepStatus, TriggerName

_ACTIONS = {
    ActionName.GENERATE_MOM: "Generate MOM",
    ActionName.SEND_EMAIL: "Send Email",
    ActionName.CREATE_CALENDAR: "Calendar Event",
    ActionName.TEAMS_POST: "Teams Post",
    ActionName.CREATE_PPT: "Create PPT",
    ActionName.AI_PROCESS: "AI Process",
    ActionName.SAVE_DATA: "Save Data",
    ActionName.API_CALL: "API Call",
}
_MARKS = {
    StepStatus.WAITING: "○",
    StepStatus.RUNNING: "◐",
    StepStatus.DONE: "✓",
    StepStatus.FAILED: "✕",
    StepStatus.SKIPPED: "–",  # noqa: RUF001 - the dash the product names
    StepStatus.ASKING: "⏸",
    StepStatus.REVIEW: "⏸",
    StepStatus.SIGN_IN: "⏸",
    StepStatus.LATER: "○",
}
# No good, no warning: Teams' green and yellow cannot be read on its white.
_COLORS: dict[str, Color] = {
    StepStatus.RUNNING: "accent",
    StepStatus.FAILED: "attention",
    StepStatus.ASKING: "accent",
    StepStatus.REVIEW: "accent",
    StepStatus.SIGN_IN: "accent",
}
_DETAILS = {
    StatusDetail.WAITING_REVIEW: "waiting for your review",
    StatusDetail.WAITING_APPROVAL: "waiting for approval",
    StatusDetail.WAITING_ANSWER: "needs your answer",
    StatusDetail.WAITING_SIGN_IN: "waiting for you to sign in",
    StatusDetail.WAITING_RETRY: "trying again soon",
    StatusDetail.PARTIAL: "failed in part",
}
_DETAILS_TO_OTHERS = {
    **_DETAILS,
    StatusDetail.WAITING_REVIEW: "waiting for a review",
    StatusDetail.WAITING_ANSWER: "needs an answer",
    StatusDetail.WAITING_SIGN_IN: "waiting for a sign-in",
}
_GOES_ON = (None, StatusDetail.WAITING_RETRY)  # by itself: nobody is waited for
_STATE_MARKS: dict[RunStatus, tuple[str, Color]] = {
    RunStatus.RUNNING: ("◐", "accent"),
    RunStatus.COMPLETED: ("✓", "default"),
    RunStatus.FAILED: ("✕", "attention"),
}

_SHORTEST = timedelta(seconds=0.05)  # less would read as 0.0 s


def action_title(action: str) -> str:
    """Name an action for its reader; `send_email#2` is the second of its kind."""
    name, _mark, number = action.partition("#")
    title = _ACTIONS[ActionName(name)] if name in set(ActionName) else _titled(name)
    return f"{title} {number}" if number else title


def trigger_title(trigger: str) -> str:
    """Name a trigger for its reader."""
    return _titled(trigger)


def _titled(name: str) -> str:
    return name.replace("_", " ").strip().capitalize() or "Step"


def actions_line(actions: Sequence[str], trigger: TriggerName) -> str:
    """Say how many actions a workflow has and what starts it."""
    return f"{len(actions)} action(s) • {trigger} trigger"


def step_mark(step: Step) -> tuple[str, Color | None]:
    """Give a step's mark and its colour."""
    return _MARKS[step.status], _COLORS.get(step.status)


def run_state(run: Run, *, to_runner: bool = True) -> tuple[str, str, Color]:
    """Give a run's mark, its state in words for its runner or for others, and its colour."""
    mark, color = _STATE_MARKS[run.status]
    if run.status is RunStatus.RUNNING and run.detail not in _GOES_ON:
        mark = "⏸"
    details = _DETAILS if to_runner else _DETAILS_TO_OTHERS
    words = details.get(run.detail, run.detail.value) if run.detail else run.status.value
    return mark, words, color


def logged_name(run: Run) -> str:
    """Name the workflow of a run read with its workflow joined: a deleted one says so."""
    return run.joined_name if run.joined_name is not None else f"{run.workflow_name} (deleted)"


def when(instant: datetime | None, zone: str) -> str:
    """Tell an instant in an IANA zone, as `4 Mar 2026, 14:00`; an unknown zone is taken as UTC."""
    if instant is None:
        return "–"  # noqa: RUF001 - a dash for "no time"
    local = instant.astimezone(_zone(zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


def again_at(step: Step, zone: str, *, seen: datetime) -> str | None:
    """Tell when a step is tried again by itself: `14:05`, with the day unless `seen` is on it."""
    at = (step.hold or {}).get("at") if step.status is StepStatus.LATER else None
    try:
        instant = datetime.fromisoformat(str(at))
    except ValueError:
        return None
    local = instant.astimezone(_zone(zone))
    same_day = local.date() == seen.astimezone(_zone(zone)).date()
    return f"{local:%H:%M}" if same_day else when(instant, zone)


def _zone(name: str) -> ZoneInfo:
    if not re.fullmatch(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", name):
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return ZoneInfo("UTC")


def duration(taken: timedelta) -> str:
    """Tell a duration in the two largest units that say something, unbroken at a line's end."""
    return _told(max(taken.total_seconds(), 0.0)).replace(" ", "\u00a0")


def _told(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def taken(step_or_run: Step | Run) -> str | None:
    """Tell how long a step or a run took, once it has ended."""
    if isinstance(step_or_run, Run):
        return _between(step_or_run.created_at, step_or_run.executed_at)
    return _between(step_or_run.started_at, step_or_run.finished_at)


def _between(begun: datetime | None, ended: datetime | None) -> str | None:
    if begun is None or ended is None or ended - begun < _SHORTEST:
        return None
    return duration(ended - begun)
