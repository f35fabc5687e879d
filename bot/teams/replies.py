"""Replies on their way out: sent, or put in the place of the card that was pressed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from botbuilder.schema import InvokeResponse

from bot.teams.connector import ConnectorError
from bot.teams.context import LeanTurnContext
from bot.teams.messages import Said, activity_of, answer_of, seen_by_all
from bot.turn import Turn
from cards.elements import Card
from storage.models import Conversation

Shown = Callable[[str, Conversation, str], Awaitable[None]]
# An invoke has a few seconds in all; the presser has the card in the answer meanwhile.
_UPDATE_SECONDS = 3.0


class Replies:
    """Carries replies out and tells which message shows a run's card: shown(run_id, where, id)."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    async def send(self, context: LeanTurnContext, replies: Sequence[Said]) -> None:
        """Send each reply as a message of its own. Errors: ConnectorError."""
        for reply in replies:
            sent = await context.send_activity(activity_of(seen_by_all(reply, context.place)))
            await self._note(context, reply, sent.id if sent else "")

    async def replace(self, context: LeanTurnContext, turn: Turn, replies: Sequence[Said]) -> None:
        """Put the first card in the place of the pressed one, where it still is; send the rest."""
        card = next((reply for reply in replies if isinstance(reply, Card)), None)
        replaced = card is not None and await self._update(context, turn, card)
        await self.send(context, [r for r in replies if not (replaced and r is card)])

    async def answer(
        self, context: LeanTurnContext, turn: Turn, replies: Sequence[Said]
    ) -> InvokeResponse:
        """Answer the button with the first card, else the first sentence; send the rest.

        In a personal chat the card also takes the message's place, to be there tomorrow; where
        others read along only a run's card does, since the answer is for whoever pressed.
        """
        first = next((r for r in replies if isinstance(r, Card)), replies[0] if replies else "")
        lasting = isinstance(first, Card) and bool(turn.personal or first.run_id)
        kept = False
        if isinstance(first, Card) and lasting and not turn.refresh:
            kept = await self._update(context, turn, first)
        others = [reply for reply in replies if reply is not first]
        if context.late and first and not kept and not turn.refresh:
            others.insert(0, first)  # the answer goes nowhere any more
        await self.send(context, others)
        return answer_of(first)

    async def _update(self, context: LeanTurnContext, turn: Turn, card: Card) -> bool:
        """Replace the pressed card; False when it is gone or Teams is slow to do it."""
        if not turn.card_activity_id:
            return False
        activity = activity_of(seen_by_all(card, context.place))
        activity.id = turn.card_activity_id
        try:
            async with asyncio.timeout(_UPDATE_SECONDS):
                await context.update_activity(activity)
        except (ConnectorError, TimeoutError):
            return False
        await self._note(context, card, turn.card_activity_id)
        return True

    async def _note(self, context: LeanTurnContext, reply: Said, activity_id: str) -> None:
        if isinstance(reply, Card) and reply.run_id and activity_id:
            await self._shown(reply.run_id, context.place, activity_id)
