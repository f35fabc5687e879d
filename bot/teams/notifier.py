"""Speaking without being asked: messages, and a run's card as it moves."""

import asyncio

import structlog

from bot.teams import wire
from bot.teams.connector import Connector, ConnectorError, Pause
from bot.teams.limiter import Limiter
from bot.teams.messages import Sent, activity_of
from cards.elements import Card
from storage.models import Conversation

log = structlog.get_logger(__name__)

APART_SECONDS = 1.0
AGAIN_SECONDS = 10.0
_MOST_TRIES = 30  # five minutes: by then the next state, or the log, tells it
_CLOSING_SECONDS = 5.0

_Key = tuple[str, str]


class Notifier:
    """Sends and updates within Teams' limits; of a card's states in between, the last wins."""

    def __init__(self, connector: Connector, limiter: Limiter, pause: Pause) -> None:
        self._connector = connector
        self._limiter = limiter
        self._pause = pause
        self._waiting: dict[_Key, Card] = {}
        self._couriers: dict[_Key, asyncio.Task[None]] = {}

    async def send(self, conversation: Conversation, said: Sent) -> str:
        """Post a message; give its id. Errors: ConnectorError."""
        await self._limiter.wait_for(conversation)
        return await self._connector.send(conversation, _message(conversation, said))

    async def update(self, conversation: Conversation, activity_id: str, card: Card) -> None:
        """Have a message show a card, soon: at most once a second, and the last state always.

        Returns at once. What Teams refuses for good is logged: the run does not wait for it.
        """
        key = (conversation.id, activity_id)
        self._waiting[key] = card
        if key not in self._couriers:
            task = asyncio.create_task(self._carry(conversation, activity_id), name="run card")
            self._couriers[key] = task

    async def settle(self) -> None:
        """Wait until every update handed over so far is shown, or given up."""
        while self._couriers:
            await asyncio.wait(set(self._couriers.values()))

    async def close(self) -> None:
        """Bring what is waiting, for a few seconds, then stop."""
        couriers = set(self._couriers.values())
        if couriers:
            _, late = await asyncio.wait(couriers, timeout=_CLOSING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _carry(self, conversation: Conversation, activity_id: str) -> None:
        key = (conversation.id, activity_id)
        tries = 0
        try:
            while key in self._waiting:
                await self._limiter.wait_for(conversation)
                card = self._waiting.pop(key)
                again = not await self._show(conversation, activity_id, card)
                tries = tries + 1 if again else 0
                if again and tries < _MOST_TRIES:
                    self._waiting.setdefault(key, card)  # unless a newer one came meanwhile
                await self._pause(AGAIN_SECONDS if again else APART_SECONDS)
        finally:
            del self._couriers[key]

    async def _show(self, conversation: Conversation, activity_id: str, card: Card) -> bool:
        """Update once; False when it is worth another try."""
        try:
            message = _message(conversation, card)
            await self._connector.update(conversation, activity_id, message)
        except ConnectorError as error:
            log.warning("card not updated", status=error.status, code=error.code)
            return not error.retryable
        return True


def _message(conversation: Conversation, said: Sent) -> dict[str, object]:
    return {
        **wire.dump(activity_of(said)),
        "from": {"id": conversation.bot_id},
        "conversation": {"id": conversation.id},
    }
