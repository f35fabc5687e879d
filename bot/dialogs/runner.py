"""Keeps one dialog a person and conversation, over restarts and machines, by compare-and-swap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.dialogs.dialog import Dialog, Ended, Going, Place, Step
from bot.turn import Begin, Turn
from cards.elements import Card
from cards.verbs import DialogAnswer
from storage.bot_state import BotState
from storage.errors import StaleError

_DONE = "That is done already."
_KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Open:
    """A dialog as it lies in storage."""

    dialog: Dialog
    id: str
    rev: int
    state: dict[str, Any]
    version: int

    @property
    def place(self) -> Place:
        """Say where its card stands."""
        return Place(self.id, self.rev)

    @property
    def doing(self) -> str:
        """Say what is stopped when it is left: its state may know better than its title."""
        return str(self.state.get("doing", self.dialog.title))


class DialogRunner:
    """Begins, continues and drops dialogs."""

    def __init__(self, dialogs: Mapping[str, Dialog], bot_state: BotState) -> None:
        self._dialogs = dialogs
        self._bot_state = bot_state

    async def open_for(self, turn: Turn) -> Open | None:
        """Give the dialog that is open for this person in this conversation, if any."""
        kept, version = await self._bot_state.load(_key(turn))
        dialog = self._dialogs.get(kept["dialog"]) if kept else None
        if kept is None or dialog is None:
            return None
        return Open(dialog, kept["id"], kept["rev"], kept["state"], version)

    async def begin(self, begin: Begin, turn: Turn) -> Card | str:
        """Open a dialog in place of any that was open. Errors: what the dialog refuses with."""
        dialog = self._dialogs[begin.dialog]
        step = await dialog.begin(begin.options, turn)
        if isinstance(step, Ended):
            return step.reply
        _kept, version = await self._bot_state.load(_key(turn))
        fresh = Open(dialog, _id_of(turn), 0, step.state, version)
        return await self._keep(fresh, step, turn)

    async def hear(self, now_open: Open, turn: Turn) -> Card | str:
        """Give words to the open dialog."""
        step = await now_open.dialog.hear(now_open.state, turn.text)
        return await self._go(now_open, step, turn)

    async def choose(self, now_open: Open, answer: DialogAnswer, turn: Turn) -> Card | str:
        """Give a button to the open dialog; one of an older card only draws the present one."""
        if (answer.dialog, answer.rev) != (now_open.id, now_open.rev):
            return self.card(now_open)
        try:
            step = await now_open.dialog.choose(now_open.state, answer.choice, turn.answers, turn)
        except StaleError:
            if await self.open_for(turn) is None:
                return _DONE
            raise
        return await self._go(now_open, step, turn)

    def card(self, now_open: Open) -> Card:
        """Draw the open dialog's present step."""
        return now_open.dialog.card(now_open.state, now_open.place)

    async def drop(self, now_open: Open, turn: Turn) -> None:
        """Forget the dialog. Errors: StaleError when it went on meanwhile."""
        await self._bot_state.drop(_key(turn), expected=now_open.version)

    async def _go(self, now_open: Open, step: Step, turn: Turn) -> Card | str:
        try:
            if isinstance(step, Ended):
                await self.drop(now_open, turn)
                return step.reply
            return await self._keep(now_open, step, turn)
        except StaleError:
            # Two answers at once: the other one was first, so this one only shows where it led.
            again = await self.open_for(turn)
            return _DONE if again is None else self.card(again)

    async def _keep(self, now_open: Open, step: Going, turn: Turn) -> Card:
        rev = now_open.rev + 1
        kept = {
            "dialog": now_open.dialog.name,
            "id": now_open.id,
            "rev": rev,
            "state": step.state,
        }
        await self._bot_state.save(
            _key(turn), kept, expected=now_open.version, expires_at=turn.now + _KEPT
        )
        return now_open.dialog.card(step.state, Place(now_open.id, rev))


def _key(turn: Turn) -> str:
    return f"{turn.conversation.tenant_id}|{turn.conversation.id}|{turn.user.id}"


def _id_of(turn: Turn) -> str:
    """Name a new dialog after the turn that opened it: the same turn told twice opens the same."""
    return "".join(letter if letter.isalnum() else "-" for letter in turn.key)[-64:]
