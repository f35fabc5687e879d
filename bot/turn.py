"""Conversation in our own words: what was said or pressed, and what is said back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cards.elements import Card
from cards.verbs import Verb
from storage.models import Conversation, ConversationKind, User


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file somebody sent along, fetched already. `content` is at most 10 MB."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody mentioned in a text, not the bot. `id` is what Teams calls them."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message somebody chose something from the menu of. `text` is plain; ids are Teams'."""

    id: str
    text: str
    thread: str | None = None  # the post it stands under; the message's own id where it is one


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing a person did: said `text`, or pressed `pressed` with the card's inputs."""

    user: User
    conversation: Conversation
    key: str  # the activity's id: what makes a repeat of this turn the same
    now: datetime
    text: str = ""  # the bot's mention taken off, otherwise as typed
    pressed: Verb | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    card_activity_id: str | None = None  # the card that was pressed
    files: tuple[SentFile, ...] = ()
    file_problem: str | None = None  # why a file that was sent could not be read, as a sentence
    time_zone: str = "UTC"  # IANA, from the client
    refresh: bool = False  # the client asks on its own, nobody pressed
    mentioned: tuple[Mention, ...] = ()
    message: Message | None = None  # what a message's menu was opened on

    @property
    def personal(self) -> bool:
        """Whether only this user reads along."""
        return self.conversation.kind is ConversationKind.PERSONAL


@dataclass(frozen=True, slots=True)
class Begin:
    """Ask for a dialog by name instead of answering."""

    dialog: str
    words: str  # what would be typed for the same
    options: Mapping[str, Any] = field(default_factory=dict)  # JSON only


Reply = Card | str | Begin
Handler = Callable[..., Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Command:
    """Words that start something. `forms` are what help shows."""

    words: tuple[str, ...]
    forms: tuple[str, ...]
    summary: str
    handler: Handler
    interrupts: bool = False  # may be said in the middle of a dialog without touching it


@dataclass(frozen=True, slots=True)
class Press:
    """A button's handler."""

    verb: type[Verb]
    handler: Handler


def command(
    *words: str, forms: tuple[str, ...], summary: str, interrupts: bool = False
) -> Callable[[Handler], Command]:
    """Make a handler answer to words. It is called with (rest of the words, turn, service)."""
    return lambda handler: Command(words, forms, summary, handler, interrupts)


def press(verb: type[Verb]) -> Callable[[Handler], Press]:
    """Make a handler answer to a button. It is called with (verb, turn, service)."""
    return lambda handler: Press(verb, handler)
