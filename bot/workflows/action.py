"""What an action is: its settings, its result, what a repeat of it does, and one function."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from bot.clients.reply import OutboundReply
from storage.errors import ConsultFlowError
from storage.models import Conversation, Json, User


class ActionConfig(BaseModel):
    """An action's settings. Unknown fields are refused; text may hold `{{ slots }}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ActionResult(BaseModel):
    """What an action came to; later steps read it by path."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Repeat(StrEnum):
    """What doing it a second time does, when nobody knows whether the first time worked."""

    SAFE = "safe"  # reads, or overwrites with the same
    KEYED = "keyed"  # the service drops a second call with our key
    ASK = "ask"  # nobody can know: the owner is asked


class UnknownOutcomeError(ConsultFlowError):
    """It may or may not have been done, and nobody but the owner can tell: never repeated."""


class Post(Protocol):
    """Speaking in Teams as the bot."""

    async def places(self, *, owner: User) -> Sequence[Conversation]:
        """List the channels and group chats the bot is in and this person is a member of."""
        ...

    async def post(self, *, target: str, text: str, owner: User, key: str) -> str:
        """Post Markdown to a conversation id; gives the message's id.

        Errors: RefusedError where the bot is not; UnknownOutcomeError when no answer came.
        """
        ...


class Records(Protocol):
    """Where save_data keeps what it is given."""

    async def save(
        self,
        *,
        user_id: str,
        name: str,
        key: str | None,
        value: Any,
        run_id: str,
        step_id: str,
        now: datetime,
    ) -> None:
        """Keep the value; a repeat by the same run and step changes nothing."""
        ...


class Shelf(StrEnum):
    """Where a document we make can be put."""

    ONE_DRIVE = "onedrive"  # the owner's own
    CHANNEL = "channel"  # the files of the channel the run was started in
    CHAT = "chat"  # offered to the owner in their own chat with the bot: they say where


class Drive(Protocol):
    """Where documents we make are put."""

    async def put(
        self,
        *,
        owner: User,
        name: str,
        content: bytes,
        key: str,
        where: Shelf,
        at: Conversation | None,
    ) -> str:
        """Write the file, replacing one written with the same key; give the address it opens at.

        `at` is where the run was started. "" comes back where the file was offered in a chat.
        Errors: RefusedError where there is no such place, saying what to do instead.
        """
        ...


class Outbound(Protocol):
    """HTTP to addresses users gave us."""

    async def send(
        self, *, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> OutboundReply:
        """Make one call. Errors: RefusedError for a forbidden address, RemoteError otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class ActionContext:
    """What an action may use. Services are None where the program runs without them."""

    owner: User
    run_id: str
    step_id: str
    workflow_name: str
    now: datetime
    inputs: Json  # {"notes": ...} as the runner gave them
    outputs: Mapping[str, Json]  # step id -> result of an earlier step
    records: Records | None = None
    drive: Drive | None = None
    outbound: Outbound | None = None
    graph: Any | None = None  # bot.clients.graph.Graph, as the run's owner
    post: Post | None = None  # speaks as the bot
    conversation: Conversation | None = None  # where the run was started
    repeated: bool = False  # it was begun before, and nobody knows how that ended
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name this step of this run: the idempotency key of whatever it does outside."""
        return f"{self.run_id}:{self.step_id}"

    def output_of(self, action: str) -> Json | None:
        """Give the result of the nearest earlier step of that action, or None."""
        found = [output for step, output in self.outputs.items() if step.split("#")[0] == action]
        return found[-1] if found else None


Propose = Callable[[Json, ActionContext], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Action:
    """A plugin: found by app.py in bot/actions, known by its file's name."""

    name: str
    title: str
    summary: str
    config: type[ActionConfig]
    result: type[ActionResult]
    repeat: Repeat
    example: ActionConfig
    run: Callable[[Any, ActionContext], Awaitable[ActionResult]]
    scopes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # names of ActionContext services it cannot work without
    repeat_for: Callable[[Json], Repeat] | None = None  # where it depends on the raw settings
    reads_notes: bool = False  # works on the notes a run is given, unless its settings hold some
    # Which permissions it needs with these raw settings, where that depends on them.
    scopes_for: Callable[[Json], tuple[str, ...]] | None = None
    # Something leaves: fill what the settings leave empty, for the owner to see, edit and send.
    # Shape: settings as JSON in, settings as JSON out; what could not be found stays blank.
    propose: Propose | None = None
    # The addresses such settings send to, for the question who is outside.
    audience: Callable[[Json], list[str]] | None = None

    def repeats(self, settings: Json) -> Repeat:
        """Say what a second time does, with these settings as stored."""
        return self.repeat if self.repeat_for is None else self.repeat_for(settings)

    def scopes_with(self, settings: Json) -> tuple[str, ...]:
        """Name the permissions of Graph it needs with these settings as stored."""
        return self.scopes if self.scopes_for is None else self.scopes_for(settings)


def action(
    *,
    title: str,
    repeat: Repeat,
    example: ActionConfig,
    result: type[ActionResult],
    scopes: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    repeat_for: Callable[[Json], Repeat] | None = None,
    reads_notes: bool = False,
    scopes_for: Callable[[Json], tuple[str, ...]] | None = None,
    propose: Propose | None = None,
    audience: Callable[[Json], list[str]] | None = None,
) -> Callable[[Callable[[Any, ActionContext], Awaitable[ActionResult]]], Action]:
    """Turn a function into an Action; its name is the function's, its summary the docstring's."""

    def make(function: Callable[[Any, ActionContext], Awaitable[ActionResult]]) -> Action:
        summary = (function.__doc__ or "").strip().splitlines()[0]
        return Action(
            name=function.__name__,
            title=title,
            summary=summary,
            config=type(example),
            result=result,
            repeat=repeat,
            example=example,
            run=function,
            scopes=scopes,
            needs=needs,
            repeat_for=repeat_for,
            reads_notes=reads_notes,
            scopes_for=scopes_for,
            propose=propose,
            audience=audience,
        )

    return make
