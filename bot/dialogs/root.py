"""The first to hear a turn: a command, an answer to the open dialog, a button, or neither."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.dialogs.runner import DialogRunner, Open
from bot.turn import Begin, Command, Press, Reply, Turn
from bot.workflows.naming import nearest
from bot.workflows.services import Services
from cards.elements import Card
from cards.elements import text as paragraph
from cards.form import keep_discard_card
from cards.verbs import DialogAnswer, DiscardDialog, KeepDialog, Verb
from storage.errors import ConsultFlowError, SignInNeededError, UnavailableError

Said = Card | str
_LONGEST_ECHO = 60
_ALIKE = 65.0  # of 100: "lgos" is near logs, "what" is not near data
_MANNERS = re.compile(
    r"(?:(?P<asks>(?:what|how) (?:can|do) (?:you|i) (?:do|start|begin)(?: here)?)"
    r"|(?P<thanks>thanks|thank you|thx|cheers)(?: \S+){0,4}"
    r"|(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|greetings)(?: there| all| \S+)?"
    r")[ ?!.,:)]*",
    re.IGNORECASE,
)


class Root:
    """Routes turns. Knows no command, button or dialog by name: they are handed to it."""

    def __init__(
        self,
        *,
        commands: Sequence[Command],
        presses: Sequence[Press],
        runner: DialogRunner,
        services: Services,
    ) -> None:
        self._commands = {word: command for command in commands for word in command.words}
        self._presses: Mapping[type[Verb], Press] = {press.verb: press for press in presses}
        self._runner = runner
        self._services = services
        self._longest = max(len(word.split()) for word in self._commands)

    async def answer(self, turn: Turn) -> list[Said]:
        """Answer one turn; a refusal is an answer too.

        Errors: UnavailableError and SignInNeededError, for the edge to say; any bug.
        """
        try:
            said = await (self._pressed(turn) if turn.pressed else self._heard(turn))
        except (UnavailableError, SignInNeededError):
            raise
        except ConsultFlowError as error:
            return [str(error)]
        return [said]

    async def _heard(self, turn: Turn) -> Said:
        command, rest = self._find(turn.text)
        if turn.files and command is None:
            command, rest = self._commands["minutes"], turn.text
        if command is not None and command.interrupts:
            return await self._handled(command.handler(rest, turn, self._services), turn)
        now_open = await self._runner.open_for(turn)
        if now_open is not None:
            return await self._heard_in_dialog(now_open, command, turn)
        if command is None:
            return await self._met(turn)
        return await self._handled(command.handler(rest, turn, self._services), turn)

    async def _heard_in_dialog(self, now_open: Open, command: Command | None, turn: Turn) -> Said:
        if turn.text.strip().casefold() == "cancel":
            await self._runner.drop(now_open, turn)
            return f"I stopped {now_open.doing}. Nothing was saved."
        if command is not None:
            return keep_discard_card(turn.text)
        return await self._runner.hear(now_open, turn)

    async def _pressed(self, turn: Turn) -> Said:
        verb = turn.pressed
        if isinstance(verb, DialogAnswer | KeepDialog | DiscardDialog):
            return await self._pressed_in_dialog(verb, turn)
        press = self._presses.get(type(verb)) if verb is not None else None
        if press is None:
            return 'I don\'t know that button. Type "help" to see what I can do.'
        return await self._handled(press.handler(verb, turn, self._services), turn)

    async def _pressed_in_dialog(
        self, verb: DialogAnswer | KeepDialog | DiscardDialog, turn: Turn
    ) -> Said:
        now_open = await self._runner.open_for(turn)
        if isinstance(verb, DiscardDialog):
            if now_open is not None:
                await self._runner.drop(now_open, turn)
            return await self._heard(_saying(turn, verb.words))
        if now_open is None:
            return 'That form is closed. Type "new" to start again, or "help".'
        if isinstance(verb, KeepDialog):
            return self._runner.card(now_open)
        return await self._runner.choose(now_open, verb, turn)

    async def _handled(self, handler: Awaitable[Reply], turn: Turn) -> Said:
        reply = await handler
        return await self._begun(reply, turn) if isinstance(reply, Begin) else reply

    async def _begun(self, begin: Begin, turn: Turn) -> Said:
        now_open = await self._runner.open_for(turn)
        if now_open is not None and not begin.options.get("anew"):
            return keep_discard_card(turn.text or begin.words)
        return await self._runner.begin(begin, turn)

    def _find(self, text: str) -> tuple[Command | None, str]:
        """Find the command that the first words name; the longest name wins."""
        words = text.split(None, self._longest)
        for count in range(min(self._longest, len(words)), 0, -1):
            name = " ".join(words[:count]).casefold()
            if name in self._commands:
                return self._commands[name], _after(text, count)
        return None, text

    async def _met(self, turn: Turn) -> Said:
        """Answer words that name no command: a greeting or a question gets help."""
        kind = _MANNERS.fullmatch(" ".join(turn.text[:_LONGEST_ECHO].split()))
        if kind is None or len(turn.text) > _LONGEST_ECHO:
            return self._unknown(turn.text)
        said = await self._handled(self._commands["help"].handler("", turn, self._services), turn)
        if isinstance(said, str) or kind["asks"]:
            return said
        name = turn.user.name.split(" ", 1)[0]
        line = "You are welcome." if kind["thanks"] else f"Hello {name}, good to see you."
        return replace(said, body=(paragraph(line), *said.body), summary=f"{line} {said.summary}")

    def _unknown(self, text: str) -> str:
        first = text.split(None, 1)[0] if text.split() else ""
        if not first:
            return 'Type "help" to see what I can do.'
        shown = text.strip()
        shown = shown if len(shown) <= _LONGEST_ECHO else f"{shown[: _LONGEST_ECHO - 1]}…"
        named = [word for word in text.casefold().split()[:20] if word in self._commands]
        near = nearest(first, list(self._commands), alike=_ALIKE) or named[:1] or ["help"]
        hint = ", ".join(near)
        return f'I don\'t know "{shown}". Did you mean: {hint}? Type "help" to see everything.'


Answer = Callable[[Turn], Awaitable[list[Said]]]


def _after(text: str, count: int) -> str:
    """Give what follows the first words, line breaks kept as typed."""
    parts: list[Any] = text.split(None, count)
    return parts[count] if len(parts) > count else ""


def _saying(turn: Turn, words: str) -> Turn:
    return replace(turn, text=words, pressed=None)
