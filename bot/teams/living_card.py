"""Keeps a run's one card in step with the run, wherever it is shown."""

from collections import OrderedDict
from collections.abc import Callable

from bot.clock import Clock
from bot.teams.notifier import Notifier
from cards.elements import Card
from storage.execution_logs import ExecutionLogs
from storage.models import Conversation, ConversationKind, Run, RunStatus, StepStatus

_MOST = 1024
_FAR = {
    StepStatus.WAITING: 0,
    StepStatus.REVIEW: 0,
    StepStatus.RUNNING: 1,
    StepStatus.ASKING: 2,
    StepStatus.SIGN_IN: 2,
}
_SETTLED = 3


class LivingCard:
    """Redraws the message that shows a run each time the run moves."""

    def __init__(
        self, notifier: Notifier, runs: ExecutionLogs, clock: Clock, draw: Callable[[Run], Card]
    ) -> None:
        self._notifier = notifier
        self._runs = runs
        self._clock = clock
        self._draw = draw
        self._drawn: OrderedDict[tuple[str, str], tuple[bool, int, int]] = OrderedDict()

    async def moved(self, run: Run) -> None:
        """Have the run's card, if it has one, show where the run stands now. Returns at once.

        A state that comes after a later one, having been read before it, is not drawn.
        """
        if run.conversation is None or run.card_activity_id is None:
            return
        key, reached = (run.id, run.card_activity_id), _reached(run)
        if reached < self._drawn.get(key, reached):
            return
        self._drawn[key] = reached
        self._drawn.move_to_end(key)
        if len(self._drawn) > _MOST:
            self._drawn.popitem(last=False)
        drawn = self._draw(run)
        personal = run.conversation.kind is ConversationKind.PERSONAL
        card = drawn if personal else drawn.in_company or drawn
        await self._notifier.update(run.conversation, run.card_activity_id, card)

    async def shown(self, run_id: str, conversation: Conversation, activity_id: str) -> None:
        """Note which message shows the run, and draw it again: it may have moved meanwhile."""
        run = await self._runs.show_at(run_id, conversation, activity_id, now=self._clock.now())
        await self.moved(run)


def _reached(run: Run) -> tuple[bool, int, int]:
    """Say how far a run is, so that two readings of it can be put in order."""
    steps = sum(_FAR.get(step.status, _SETTLED) for step in run.steps)
    return run.status is not RunStatus.RUNNING, run.fence, steps
