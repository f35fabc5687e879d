"""A dialog that counts, and turns to talk to it with, on a real database."""

from dataclasses import dataclass, replace

import pytest

from bot.dialogs.dialog import Ended, Going
from bot.dialogs.runner import DialogRunner
from bot.turn import Turn
from cards.elements import Card, text
from storage.errors import RefusedError, StaleError
from storage.models import Conversation, ConversationKind
from tests.fakes.contexts import OWNER

PLACE = Conversation("a:1", ConversationKind.PERSONAL, "tenant", "https://s.example/", "28:b")


@dataclass(frozen=True)
class Counting:
    """Counts what it is told; ends when told so; keeps nothing but JSON."""

    name: str = "counting"
    title: str = "counting"

    async def begin(self, options, turn):
        if options.get("refuse"):
            raise RefusedError("Not today.")
        return Ended("Nothing to count.") if options.get("nothing") else Going({"n": 0})

    async def hear(self, state, words):
        return Going({"n": state["n"] + 1, "said": words})

    async def choose(self, state, choice, answers, turn):
        if choice == "stale":
            raise StaleError("It was changed elsewhere.")
        return Ended(f"Counted {state['n']}.") if choice == "end" else Going({"n": state["n"] + 1})

    def card(self, state, place):
        return Card((text(f"{state['n']} at {place.rev}"),), f"{state['n']}")


@pytest.fixture
def runner(storage):
    return DialogRunner({"counting": Counting()}, storage.bot_state)


@pytest.fixture
def turn(clock):
    """Make a turn of Asha's; what is given differs."""

    def make(words="", **more):
        made = Turn(user=OWNER, conversation=PLACE, key="1:a/b", now=clock.now(), text=words)
        return replace(made, **more)

    return make
