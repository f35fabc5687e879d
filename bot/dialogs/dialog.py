"""What a dialog is: steps that each ask one thing, and keep JSON only.

A dialog never sends, stores or starts anything before its last step, so that a step can be told
twice and a dialog dropped at any point without a trace.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.turn import Turn
from cards.elements import Card

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands in its dialog; its buttons bring this back."""

    dialog: str  # the id of this very dialog
    rev: int


@dataclass(frozen=True, slots=True)
class Going:
    """The dialog goes on with this state."""

    state: State


@dataclass(frozen=True, slots=True)
class Ended:
    """The dialog is over, and this is its last word."""

    reply: Card | str


Step = Going | Ended


class Dialog(Protocol):
    """A conversation of several turns."""

    @property
    def name(self) -> str:
        """Name the kind of dialog."""
        ...

    @property
    def title(self) -> str:
        """Say what is open, in words: "building a workflow"; `doing` in the state goes before."""
        ...

    async def begin(self, options: Mapping[str, Any], turn: Turn) -> Step:
        """Open the dialog. Errors: RefusedError, NotFoundError."""
        ...

    async def hear(self, state: State, text: str) -> Step:
        """Take words as the answer to the step that is open."""
        ...

    async def choose(
        self, state: State, choice: str, answers: Mapping[str, str], turn: Turn
    ) -> Step:
        """Take a button, and what the card's inputs held."""
        ...

    def card(self, state: State, place: Place) -> Card:
        """Draw the step that is open."""
        ...
