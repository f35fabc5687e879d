"""The nouns: users, workflows, runs, and where people talk. Frozen, and free of any driver.

Ids are 24 hexadecimal digits, instants are aware UTC cut to the millisecond.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from storage.rights import Share

Json = Mapping[str, Any]


class ActionName(StrEnum):
    """The eight actions of the stored contract."""

    GENERATE_MOM = "generate_mom"
    SEND_EMAIL = "send_email"
    CREATE_CALENDAR = "create_calendar"
    TEAMS_POST = "teams_post"
    CREATE_PPT = "create_ppt"
    AI_PROCESS = "ai_process"
    SAVE_DATA = "save_data"
    API_CALL = "api_call"


class TriggerName(StrEnum):
    """The four ways a workflow starts."""

    MANUAL = "manual"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    TRANSCRIPT = "transcript"


class RunStatus(StrEnum):
    """What the stored contract knows of a run; anything finer is a StatusDetail."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class StatusDetail(StrEnum):
    """The finer state of a run, kept beside its status."""

    WAITING_REVIEW = "waiting_review"
    WAITING_APPROVAL = "waiting_approval"
    WAITING_ANSWER = "waiting_answer"
    WAITING_SIGN_IN = "waiting_sign_in"
    WAITING_RETRY = "waiting_retry"
    PARTIAL = "partial"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    SKIPPED = "skipped"


class StepStatus(StrEnum):
    """Where one step of a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    ASKING = "asking"  # nobody knows whether it was done
    REVIEW = "review"  # its owner has yet to see what will leave
    SIGN_IN = "sign_in"  # its owner has to sign in or consent first
    LATER = "later"  # it will be tried again by itself


class SendPolicy(StrEnum):
    """When a workflow asks before something leaves."""

    ASK = "ask"
    INTERNAL_AUTO = "internal-auto"
    AUTO = "auto"


class ConversationKind(StrEnum):
    """Where a turn is spoken, in Teams' words."""

    PERSONAL = "personal"
    GROUP = "groupChat"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who has talked to the bot. Tokens are never part of it."""

    id: str
    microsoft_id: str  # <aadObjectId>.<tenantId>
    email: str  # lower-case
    name: str
    created_at: datetime
    updated_at: datetime
    token_expires_at: datetime | None = None
    # The address Teams reports when another user already holds it in `email`.
    clashing_email: str | None = None
    teams_id: str | None = None  # what Teams calls them towards this bot; known while they speak


@dataclass(frozen=True, slots=True)
class Tokens:
    """A user's tokens in the clear; asked for by name, never returned with the user."""

    access_token: str | None
    refresh_token: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where the bot can speak: enough to send a message there later."""

    id: str
    kind: ConversationKind
    tenant_id: str
    service_url: str
    bot_id: str
    name: str | None = None
    team_id: str | None = None  # of a channel: its team's id in the directory, where Teams told it


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step as it was when the run was accepted: later edits do not reach a running run."""

    id: str
    action: str
    config: Json = field(default_factory=dict)
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A trigger and the actions it starts. `canvas` keeps also what we do not know in it."""

    id: str
    user_id: str
    name: str
    trigger: TriggerName
    actions: tuple[str, ...]
    action_configs: Json
    canvas: Json | None
    created_at: datetime
    updated_at: datetime
    version: int = 1
    send_policy: SendPolicy = SendPolicy.ASK
    shared_with: tuple[Share, ...] = ()
    shared_by: str | None = None  # its owner's name, where somebody else looks at it


@dataclass(frozen=True, slots=True)
class Step:
    """One action in one run."""

    id: str
    action: str
    status: StepStatus = StepStatus.WAITING
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
    output: Json | None = None
    attempts: int = 0
    interruptions: int = 0  # how often the program ended in the middle of it
    # What holds it up, or held it up; bot/workflows/holds.py says how it looks.
    hold: Json | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a workflow: the execution log, whole."""

    id: str
    short_id: str  # R-7F3A
    user_id: str
    workflow_id: str
    workflow_name: str
    workflow_version: int
    trigger: TriggerName
    key: str  # a repeat of the same key for the same workflow is the same run
    plan: tuple[PlanStep, ...]
    steps: tuple[Step, ...]
    inputs: Json  # what the runner gave: {"notes": ...}
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    status: RunStatus = RunStatus.RUNNING
    detail: StatusDetail | None = None
    actions_executed: tuple[str, ...] = ()
    error: str | None = None
    executed_at: datetime | None = None
    retry_of: str | None = None  # short id of the run it repeats
    carried: Json = field(default_factory=dict)  # step id -> output, from the run it repeats
    started_by: str = ""
    conversation: Conversation | None = None
    card_activity_id: str | None = None
    fence: int = 0
    revision: int = 0  # raised by every write: of two readings the higher one is newer
    leased_until: datetime | None = None
    send_policy: SendPolicy = SendPolicy.ASK
    workflow_owner_id: str | None = None  # where the runner runs what another shared with them
    runner_teams_id: str | None = None  # whose client may draw the buttons in company
    # Joined from `workflows` by the canonical query; None when the workflow was deleted.
    joined_name: str | None = None
    joined_actions: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which runs a list of logs shows; None means any. `since` is inclusive, `until` exclusive."""

    status: RunStatus | None = None
    since: datetime | None = None
    until: datetime | None = None
    workflow_ids: tuple[str, ...] | None = None
    workflow_name: str | None = None  # matches runs of deleted workflows too, part of the name
    trigger: TriggerName | None = None
    # Literal, case-blind: in the error, the workflow's name, a step's error.
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RunPage:
    """A slice of a list of runs, newest first, and how many there are in all."""

    runs: tuple[Run, ...]
    total: int
    limit: int
    skip: int


@dataclass(frozen=True, slots=True)
class Record:
    """Something a workflow saved by name."""

    user_id: str
    name: str
    key: str | None
    value: Any
    run_id: str
    step_id: str
    saved_at: datetime
