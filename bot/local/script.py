"""Plays a conversation from a file against the running bot: no browser, cards printed as text."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.local.card_text import card_text
from bot.local.people import BOT_NAME, PEOPLE
from bot.local.script_file import Presses, Says, ScriptError, Step, Waits, read_script
from bot.local.teams import LocalTeams
from bot.local.world import CONSENT, SAVED, Message
from storage.errors import ConsultFlowError

WAIT_SECONDS = 30.0


class Player:
    """Does one step after the other, and prints what everybody saw."""

    def __init__(
        self, teams: LocalTeams, show: Callable[[str], None], *, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._teams = teams
        self._show = show
        self._wait_seconds = wait_seconds
        self._shown: dict[str, str] = {}
        self._answered: dict[str, str] = {}  # message id -> what a press on it came to

    async def play(self, steps: list[Step]) -> None:
        """Play the steps.

        Errors: ScriptError for the first step that does not go as it says.
        """
        for step in steps:
            try:
                await self._do(step)
            except ScriptError:
                raise
            except ConsultFlowError as error:
                raise ScriptError(f"Line {step.line}: {error}") from error
            finally:
                self._print_news()

    async def _do(self, step: Step) -> None:
        if isinstance(step, Says):
            status = await self._teams.say(step.person, step.where, step.text)
            self._expect(step, status)
        elif isinstance(step, Presses):
            await self._press(step)
        else:
            await self._wait(step)

    def _expect(self, step: Step, status: int) -> None:
        if not 200 <= status < 300:
            answered = f"answered with status {status}" if status else "did not answer"
            raise ScriptError(f"Line {step.line}: the bot {answered}.")

    async def _press(self, step: Presses) -> None:
        offer = self._offer(step)
        if offer is not None:
            await self._answer(step, offer)
            return
        await self._teams.see(step.person, step.where)
        message = self._card_with(step)
        pressed = await self._teams.press(step.person, message.id, step.button, step.inputs)
        self._show(f'{_first_name(step.person)} presses "{step.button}"')
        if pressed.failure:
            raise ScriptError(f"Line {step.line}: {pressed.failure}")
        view = message.views.get(step.person)
        if view is not None:
            self._answered[message.id] = card_text(view)
            who = f"{BOT_NAME} to {_first_name(step.person)}"
            self._say(message, who, self._answered[message.id])
        if pressed.text:
            self._show(f"    {pressed.text}")

    def _offer(self, step: Presses) -> Message | None:
        """Find the last file that is offered, when the step answers one."""
        if step.button.casefold() not in ("accept", "decline"):
            return None
        messages = self._teams.messages(step.where, step.person)
        return next((one for one in reversed(messages) if _files(one, CONSENT)), None)

    async def _answer(self, step: Presses, offer: Message) -> None:
        consents = self._teams.consents
        move = consents.accept if step.button.casefold() == "accept" else consents.decline
        self._show(f'{_first_name(step.person)} presses "{step.button}"')
        answer = await move(step.person, offer)
        if answer.failure:
            raise ScriptError(f"Line {step.line}: {answer.failure}")

    def _card_with(self, step: Presses) -> Message:
        """Find the last card that has the button; the last card at all when none has it."""
        messages = self._teams.messages(step.where, step.person)
        cards = [message for message in messages if message.card(step.person)]
        if not cards:
            raise ScriptError(f'Line {step.line}: there is no card to press "{step.button}" on.')
        wanted = f"[{step.button}]".casefold()
        fits = [
            message
            for message in cards
            if wanted in card_text(message.card(step.person) or {}).casefold()
        ]
        return (fits or cards)[-1]

    async def _wait(self, step: Waits) -> None:
        try:
            await self._teams.world.feed.until(
                lambda: self._find(step.text), seconds=self._wait_seconds
            )
        except TimeoutError as error:
            raise ScriptError(
                f'Line {step.line}: nothing showed "{step.text}" '
                f"within {self._wait_seconds:g} seconds."
            ) from error

    def _find(self, text: str) -> bool | None:
        self._print_news()
        rooms = self._teams.world.rooms
        seen = (written(m) for key in rooms for m in self._teams.world.messages(key))
        return any(text in words for words in seen) or None

    def _print_news(self) -> None:
        world = self._teams.world
        for message in sorted(
            (message for key in world.rooms for message in world.messages(key)),
            key=lambda message: int(message.id),
        ):
            self._print(message)

    def _print(self, message: Message) -> None:
        words = written(message)
        if self._shown.get(message.id) == words:
            return
        if self._answered.pop(message.id, None) == words:  # printed when it was pressed
            self._shown[message.id] = words
            return
        again = " (updated)" if message.id in self._shown else ""
        self._shown[message.id] = words
        name = BOT_NAME if message.sender not in PEOPLE else _first_name(message.sender)
        room = self._teams.world.rooms[message.room]
        place = "" if room.key in PEOPLE else f"@{room.key}"
        self._say(message, f"{name}{place}{again}", words)

    def _say(self, message: Message, who: str, words: str) -> None:
        lines = words.split("\n")
        if len(lines) == 1 and message.card() is None:
            self._show(f"{who}: {words}")
            return
        self._show(f"{who}:")
        for line in lines:
            self._show(f"    {line}".rstrip())


def written(message: Message) -> str:
    """Give all a message says to everybody, its cards as text."""
    if message.deleted:
        return "(deleted)"
    card = message.card()
    parts = [message.text, card_text(card) if card else ""]
    parts += [f"File: {name}\n[Accept] [Decline]" for name in _files(message, CONSENT)]
    parts += [f"File: {name}" for name in _files(message, SAVED)]
    return "\n".join(part for part in parts if part)


def _files(message: Message, kind: str) -> list[str]:
    """Give the names of the files a message offers, or shows."""
    return [str(one.get("name")) for one in message.attachments if one.get("contentType") == kind]


def _first_name(person: str) -> str:
    return PEOPLE[person].name.split()[0]


async def play_file(
    path: Path,
    teams: LocalTeams,
    show: Callable[[str], None],
    *,
    wait_seconds: float = WAIT_SECONDS,
) -> int:
    """Play a file; gives the exit status: 0, or 1 after one sentence that says what went wrong."""
    try:
        text = await asyncio.to_thread(path.read_text, "utf-8")
        await Player(teams, show, wait_seconds=wait_seconds).play(read_script(text))
    except OSError as error:
        show(f"I can't read {path}: {error.strerror}.")
    except UnicodeDecodeError:
        show(f"{path} is not a text file in UTF-8.")
    except ScriptError as error:
        show(str(error))
    else:
        return 0
    return 1
