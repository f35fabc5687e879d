"""One message that shows a run, as far as this process knows it."""

from typing import Any, Protocol

from bot.teams.messages import seen_by_all
from bot.workflows.new_run import retry_id
from cards.elements import Card
from storage.errors import NotFoundError
from storage.execution_logs import ExecutionLogs
from storage.models import Conversation, Run, RunStatus


class Draw(Protocol):
    """Draws a run for its runner, and in company for everybody."""

    def __call__(self, run: Run, *, retried_as: str | None) -> Card:
        """Draw it. `retried_as` is the short id of the run that repeats what failed in it."""
        ...


class Face:
    """Draws the newest state of a run at the last moment, and notes what was delivered."""

    def __init__(self, run: Run, runs: ExecutionLogs, draw: Draw) -> None:
        self.newest = run
        self.is_gone = False  # Teams said that the message takes no more
        self._runs = runs
        self._draw = draw
        self._drawn = run
        self._sent: Card | None = None  # on its way, or what the message shows already
        self._shows: Card | None = None
        self._typed_into: frozenset[str] = frozenset()
        self._times_painted = self._times_then = 0

    async def card(self) -> Card | None:
        """Draw the run as it is now; None when the message shows that, or shows it no more."""
        self._sent, self._times_then = None, self._times_painted
        try:
            read = await self._runs.anybodys(self.newest.id)
        except NotFoundError:
            return None  # deleted, with everything of its owner's
        newest = max(read, self.newest, key=lambda run: run.revision)
        self._drawn = self.newest
        if not _same_message(newest, self.newest):
            return None  # shown by another message meanwhile, whose business it is now
        self._drawn = newest
        again, place = await self._again(newest), newest.conversation
        taken = again is not None and _same_message(again, newest)
        if self.is_gone or taken or place is None:
            return None
        card = self._draw(newest, retried_as=again.short_id if again else None)
        return self._news(card, place)

    def _news(self, card: Card, place: Conversation) -> Card | None:
        """Give the card to send, if it tells something new and takes nobody's words away."""
        inputs = frozenset(_inputs(card.body))
        typing = self._shows is not None and inputs and inputs == self._typed_into
        seen = seen_by_all(card, place)
        if seen == self._shows or (typing and not rests(self._drawn)):
            return None
        self._typed_into = inputs
        self._sent = seen if isinstance(seen, Card) else card
        return self._sent

    async def delivered(self) -> bool:
        """Note what the message shows; True when the run has moved since it was drawn."""
        run = self._drawn
        if rests(run):
            await self._runs.shown(run.id, run.revision)
        if self._sent is None:
            return False
        if self._times_then == self._times_painted:
            self._shows = self._sent
        try:
            read = await self._runs.anybodys(run.id)
        except NotFoundError:
            return False
        return read.revision > run.revision

    async def refused(self) -> None:
        """Note that the message is gone, so that nobody tries to bring it up to date again."""
        self.is_gone = True
        await self.let_go(self._drawn)

    async def let_go(self, run: Run) -> None:
        """Note that there is no message any more to bring a run's state to."""
        if rests(run):
            await self._runs.shown(run.id, run.revision)

    def painted_over(self) -> None:
        """Note that somebody else changed the message: what it shows is not known."""
        self.is_gone = False
        self._shows = None
        self._times_painted += 1

    async def _again(self, run: Run) -> Run | None:
        """Give the run that repeats what failed in this one."""
        if run.status is not RunStatus.FAILED:
            return None
        return await self._runs.get(run.user_id, retry_id(run))


def rests(run: Run) -> bool:
    """Say whether a run stays as it is for now: it ended, or waits with nobody at work on it."""
    if run.status is not RunStatus.RUNNING:
        return True
    return run.detail is not None and run.leased_until is None


def _same_message(one: Run, other: Run) -> bool:
    places = [run.conversation.id if run.conversation else None for run in (one, other)]
    return places[0] == places[1] and one.card_activity_id == other.card_activity_id


def _inputs(drawn: Any) -> list[str]:
    """Name the inputs of what is drawn."""
    if isinstance(drawn, (list, tuple)):
        return [name for each in drawn for name in _inputs(each)]
    if not isinstance(drawn, dict):
        return []
    own = [str(drawn.get("id"))] if str(drawn.get("type", "")).startswith("Input.") else []
    return own + [name for each in drawn.values() for name in _inputs(each)]
