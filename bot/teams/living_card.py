"""Keeps a run's one card in step with the run, wherever it is shown."""

from collections.abc import Callable

from bot.clock import Clock
from bot.teams.notifier import Notifier
from cards.elements import Card
from storage.execution_logs import ExecutionLogs
from storage.models import Conversation, Run


class LivingCard:
    """Redraws the message that shows a run each time the run moves."""

    def __init__(
        self, notifier: Notifier, runs: ExecutionLogs, clock: Clock, draw: Callable[[Run], Card]
    ) -> None:
        self._notifier = notifier
        self._runs = runs
        self._clock = clock
        self._draw = draw

    async def moved(self, run: Run) -> None:
        """Have the run's card, if it has one, show where the run stands now. Returns at once."""
        if run.conversation is not None and run.card_activity_id is not None:
            card = self._draw(run)
            await self._notifier.update(run.conversation, run.card_activity_id, card)

    async def shown(self, run_id: str, conversation: Conversation, activity_id: str) -> None:
        """Note which message shows the run, and draw it again: it may have moved meanwhile."""
        run = await self._runs.show_at(run_id, conversation, activity_id, now=self._clock.now())
        if run is not None:
            await self.moved(run)
