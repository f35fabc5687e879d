"""Records as full as they get, with one text of a user's in every place."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from storage.minutes import ActionItem, Attendee, Decision, Minutes, NextMeeting
from storage.models import (
    PlanStep,
    Run,
    RunStatus,
    StatusDetail,
    Step,
    StepStatus,
    TriggerName,
    Workflow,
)

NOW = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
WF = "65f000000000000000000001"
RUN = "65f0000000000000000000aa"
ZONE = "Asia/Kolkata"
ACTIONS = ("generate_mom", "send_email", "create_calendar")


class Settings(BaseModel):
    """Settings with a field of every kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    to: list[str] = Field(title="To", description="Addresses, separated by commas", min_length=1)
    subject: str = Field(title="Subject", max_length=255)
    body: Annotated[str, "long"] = Field(title="Body", default="")
    points: Annotated[list[str], "long"] = Field(title="Points", default_factory=list)
    template: Literal["default", "executive", "meeting"] = Field(
        title="Template", default="default"
    )
    slides: int = Field(title="Most slides", default=10, ge=1, le=50)
    share: float | None = Field(title="Share", default=None)
    online: bool = Field(
        title="Online meeting", description="Make it a Teams meeting", default=True
    )
    headers: dict[str, str] = Field(title="Headers", default_factory=dict)
    key: SecretStr | None = Field(title="Key", default=None)
    secret_headers: dict[str, SecretStr] = Field(title="Secret headers", default_factory=dict)


def workflow(name: str = "Meeting Follow-up Automation", **changes: object) -> Workflow:
    nodes = [
        {"id": "trigger-1", "type": "trigger", "data": {"label": "Manual"}},
        *(
            {"id": f"action-{n}", "type": "action", "data": {"actionType": action}}
            for n, action in enumerate(ACTIONS, start=1)
        ),
    ]
    pairs = [("trigger-1", "action-1"), ("action-1", "action-2"), ("action-1", "action-3")]
    edges = [{"id": f"{a}>{b}", "source": a, "target": b} for a, b in pairs]
    made = Workflow(
        id=WF, user_id="65f0000000000000000000ff", name=name, trigger=TriggerName.MANUAL,
        actions=ACTIONS,
        action_configs={
            "generate_mom": {},
            "send_email": {"to": ["ana@contoso.example"], "subject": name, "body": name},
            "create_calendar": {"title": name, "api_key": "CANARY-SECRET"},
        },
        canvas={"nodes": nodes, "edges": edges}, created_at=NOW, updated_at=NOW, version=4,
    )  # fmt: skip
    return replace(made, **changes)


def run(name: str = "Weekly minutes", **changes: object) -> Run:
    steps = (
        Step("generate_mom", "generate_mom", StepStatus.DONE, NOW, NOW + timedelta(seconds=1.2),
             output={"title": name, "url": "https://files.contoso.example/minutes.md"}),
        Step("send_email", "send_email", StepStatus.FAILED, NOW, NOW + timedelta(seconds=75),
             error=f"The mail server refused: {name}", attempts=3),
        Step("create_calendar", "create_calendar", StepStatus.SKIPPED),
    )  # fmt: skip
    made = Run(
        id=RUN, short_id="R-7F3A", user_id="65f0000000000000000000ff", workflow_id=WF,
        workflow_name=name, workflow_version=4, trigger=TriggerName.MANUAL, key="k",
        plan=tuple(PlanStep(step.id, step.action) for step in steps), steps=steps,
        inputs={"notes": name, "token": "CANARY-SECRET"},
        created_at=NOW, updated_at=NOW, due_at=None, status=RunStatus.FAILED,
        detail=StatusDetail.PARTIAL, error=steps[1].error, executed_at=NOW + timedelta(seconds=77),
        retry_of="R-11AA", joined_name=name, joined_actions=ACTIONS,
    )  # fmt: skip
    return replace(made, **changes)


def running(name: str = "Weekly minutes") -> Run:
    steps = (
        Step("generate_mom", "generate_mom", StepStatus.DONE, NOW, NOW + timedelta(seconds=1.2)),
        Step("send_email", "send_email", StepStatus.RUNNING, NOW),
        Step("create_calendar", "create_calendar"),
    )
    return run(name, steps=steps, status=RunStatus.RUNNING, detail=None, error=None,
               executed_at=None, retry_of=None)  # fmt: skip


def asking(name: str = "Weekly minutes") -> Run:
    steps = (
        Step("generate_mom", "generate_mom", StepStatus.DONE, NOW, NOW + timedelta(seconds=1.2)),
        Step("send_email", "send_email", StepStatus.ASKING, NOW, error=name),
    )
    return replace(running(name), steps=steps, detail=StatusDetail.WAITING_ANSWER)


def signing_in(name: str = "Weekly minutes") -> Run:
    steps = (
        Step("generate_mom", "generate_mom", StepStatus.DONE, NOW, NOW + timedelta(seconds=1.2)),
        Step("send_email", "send_email", StepStatus.SIGN_IN, NOW, error=name),
    )
    return replace(running(name), steps=steps, detail=StatusDetail.WAITING_SIGN_IN)


def trying_again(name: str = "Weekly minutes") -> Run:
    """A run with a step on the way, one that waits for a better moment, and one for a look."""
    later = {"by": "later", "at": (NOW + timedelta(minutes=5)).isoformat(), "tries": 1}
    steps = (
        Step("generate_mom", "generate_mom", StepStatus.DONE, NOW, NOW + timedelta(seconds=1.2)),
        Step("send_email", "send_email", StepStatus.LATER, NOW, error=name, hold=later),
        Step("create_calendar", "create_calendar", StepStatus.RUNNING, NOW),
        Step("teams_post", "teams_post", StepStatus.RUNNING, NOW),
        Step("save_data", "save_data"),
    )
    return replace(running(name), steps=steps)


def completed(name: str = "Weekly minutes") -> Run:
    steps = tuple(
        Step(action, action, StepStatus.DONE, NOW, NOW + timedelta(seconds=2)) for action in ACTIONS
    )
    return run(name, steps=steps, status=RunStatus.COMPLETED, detail=None, error=None)


def minutes(text: str = "We should freeze scope.", many: int = 3) -> Minutes:
    return Minutes(
        title="Acme Rollout Weekly" if many == 3 else text,
        day=date(2026, 3, 4),
        starts_at=datetime(2026, 3, 4, 14), ends_at=datetime(2026, 3, 4, 14, 45),  # noqa: DTZ001
        zone=ZONE, location="Virtual (Teams)",
        attendees=tuple(Attendee(name) for name in ("Asha Rao", "Ben Ortiz", "Chen Li", text)),
        agenda=(text,) * many, materials=(text,), overview=text,
        discussion={"Asha": (text,) * many, text: (text,)},
        action_items=(
            ActionItem("Send reconciliation report", "Ben Ortiz", date(2026, 3, 6)),
            ActionItem("Return signed DPA", "Chen Li", date(2026, 3, 12)),
            ActionItem("Book load test environment"),
            *(ActionItem(text, text, None) for _ in range(many - 3)),
        ),
        decisions=(Decision("Scope frozen for release 1", "Asha"), *(Decision(text, text),) * many),
        next_meeting=NextMeeting(text, datetime(2026, 3, 11, 14), ZONE, text, (text,)),  # noqa: DTZ001
        progress=(text,) * many, issues=(text,), other=(text,),
    )  # fmt: skip
