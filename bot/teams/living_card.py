"""Keeps a run's one card in step with the run, wherever it is shown.

What a message shows is read at the last moment before it is sent and once more after: whoever of
several processes draws last draws the newest state, so that no older one stays over it. Runs that
ended or wait note in their log that their card is behind until it was delivered (`catch_up`).
"""

from collections import OrderedDict
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.teams.notifier import Notifier
from bot.teams.run_face import Draw, Face, rests
from storage.execution_logs import ExecutionLogs
from storage.models import Conversation, Run

log = structlog.get_logger(__name__)

_MOST = 1024
# Whoever moved a run draws it; after so long nobody does, and it is drawn again by anybody.
_GRACE = timedelta(seconds=10)
_MOST_BEHIND = 200
_FIRST_AGAIN_SECONDS = 30.0
_LONGEST_AGAIN_SECONDS = 3600.0
_MOST_ROUNDS = 12  # some seven hours
_LOOK_AGAIN = timedelta(seconds=10)


class LivingCard:
    """Redraws the message that shows a run each time the run moves."""

    def __init__(self, notifier: Notifier, runs: ExecutionLogs, clock: Clock, draw: Draw) -> None:
        self._notifier = notifier
        self._runs = runs
        self._clock = clock
        self._draw = draw
        self._faces: OrderedDict[tuple[str, str], Face] = OrderedDict()
        self._rounds: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._look_at: datetime | None = None

    async def moved(self, run: Run) -> None:
        """Have the run's card, if it has one, show where the run stands now. Returns at once.

        A reading older than one seen before is not drawn, nor is a run whose message has come to
        show a later run.
        """
        if run.conversation is None or run.card_activity_id is None:
            return
        face = self._face(run.conversation, run.card_activity_id, run)
        if face.is_gone or face.newest.id != run.id:
            await face.let_go(run)
        elif run.revision >= face.newest.revision:
            face.newest = run
            await self._notifier.update(
                run.conversation, run.card_activity_id, face, resting=rests(run)
            )

    async def shown(self, run_id: str, conversation: Conversation, activity_id: str) -> None:
        """Note which message shows the run, and draw it again: it may have moved meanwhile.

        The card of a run that it repeats is drawn again too, to say so.
        """
        run = await self._runs.show_at(run_id, conversation, activity_id, now=self._clock.now())
        self._face(conversation, activity_id, run).painted_over()
        await self.moved(run)
        if run.retry_of is not None:
            first = await self._runs.by_short_id(run.user_id, run.retry_of)
            if first is not None and first.card_activity_id != activity_id:
                await self.moved(first)

    async def catch_up(self) -> int:
        """Draw runs that ended or wait, whose card does not show it, though nobody draws them.

        Gives how many are drawn again. One that does not get through is tried less and less often,
        and given up after some hours; a new process begins anew.
        """
        now = self._clock.now()
        if self._look_at is not None and now < self._look_at:
            return 0
        found = await self._runs.behind(before=now - _GRACE, limit=_MOST_BEHIND)
        due = [run for run in found if self._is_due(run, now)]
        for run in due:
            if self._rounds[run.id][0] > _MOST_ROUNDS:
                log.warning("card given up", run_id=run.id)
                await self._runs.shown(run.id, run.revision)
            else:
                await self.moved(run)
        self._look_at = now + _LOOK_AGAIN if found and not due else None
        return len(due)

    def _is_due(self, run: Run, now: datetime) -> bool:
        """Say whether a run is to be tried in this round, and when the next one is."""
        rounds, at = self._rounds.get(run.id, (0, now))
        if now < at:
            return False
        seconds = min(_FIRST_AGAIN_SECONDS * float(2 ** min(rounds, 10)), _LONGEST_AGAIN_SECONDS)
        self._rounds[run.id] = rounds + 1, now + timedelta(seconds=seconds)
        self._rounds.move_to_end(run.id)
        if len(self._rounds) > _MOST:
            self._rounds.popitem(last=False)
        return True

    def _face(self, conversation: Conversation, activity_id: str, run: Run) -> Face:
        """Give what is known of a message; a run accepted later takes it over."""
        key = conversation.id, activity_id
        face = self._faces.get(key)
        if face is None or _is_later(run, face.newest):
            face = self._faces[key] = Face(run, self._runs, self._draw)
        self._faces.move_to_end(key)
        if len(self._faces) > _MOST:
            self._faces.popitem(last=False)
        return face


def _is_later(run: Run, other: Run) -> bool:
    return run.id != other.id and (run.created_at, run.id) > (other.created_at, other.id)
