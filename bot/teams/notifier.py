"""Speaking without being asked: messages, and a run's card as it moves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.clients.lease import check_lease
from bot.teams import wire
from bot.teams.connector import Connector, ConnectorError, Pause
from bot.teams.limiter import Limiter
from bot.teams.messages import Sent, activity_of
from bot.teams.patience import LONGEST_WAIT_SECONDS, TRIES
from cards.elements import Card
from storage.errors import ConsultFlowError, RemoteError, UnavailableError
from storage.models import Conversation

log = structlog.get_logger(__name__)

APART_SECONDS = 1.0
_MOST_TRIES = 12  # some six minutes; whoever keeps what is behind begins anew later
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0
_LONGEST_TOLD_SECONDS = 3600.0
_JITTER = 0.5
_CLOSING_SECONDS = 5.0
# 4xx that say nothing against the message itself: they pass, or an administrator mends them.
_PASSING = frozenset({401, 408, 412, 429})
_BUSY = frozenset({412, 429})

_Key = tuple[str, str]


class Picture(Protocol):
    """What one message is to show, asked at the last moment.

    Errors of each: UnavailableError when the database does not answer: then it is asked again.
    """

    async def card(self) -> Card | None:
        """Draw the newest state; None when the message shows it already."""
        ...

    async def delivered(self) -> bool:
        """Note that the message shows what was drawn; True when there is more to show by now."""
        ...

    async def refused(self) -> None:
        """Note that the message is gone, or will never take it."""
        ...


@dataclass(slots=True)
class _Errand:
    """A message to be brought up to date; `resting` when its state is going to stay."""

    conversation: Conversation
    activity_id: str
    picture: Picture
    resting: bool

    @property
    def key(self) -> _Key:
        return self.conversation.id, self.activity_id


class Notifier:
    """Sends and updates within Teams' limits; of a card's states in between, the newest wins."""

    def __init__(
        self,
        connector: Connector,
        limiter: Limiter,
        pause: Pause,
        chance: Callable[[], float],
    ) -> None:
        self._connector = connector
        self._limiter = limiter
        self._pause = pause
        self._chance = chance
        self._waiting: dict[_Key, _Errand] = {}
        self._couriers: dict[_Key, asyncio.Task[None]] = {}
        self._idling: set[asyncio.Task[None] | None] = set()

    async def send(self, conversation: Conversation, said: Sent) -> str:
        """Post a message; give its id.

        Errors: ConnectorError; LeaseLostError when a run's message may not leave any more.
        """
        tries = 0
        while True:
            await self._limiter.wait_for(conversation)
            check_lease()
            tries += 1
            try:
                message = _message(conversation, said)
                return await self._connector.send(conversation, message, paced=True)
            except ConnectorError as error:
                wait = self._wait_seconds(error, tries)
                if not error.retryable or tries >= TRIES or wait > LONGEST_WAIT_SECONDS:
                    raise
            await self._pause(wait)

    async def update(
        self, conversation: Conversation, activity_id: str, picture: Picture, *, resting: bool
    ) -> None:
        """Have a message show a picture, soon: at most once a second, and the last state always.

        Returns at once. A state that stays is `resting`: it does not wait behind passing ones.
        """
        errand = _Errand(conversation, activity_id, picture, resting)
        self._waiting[errand.key] = errand
        courier = self._couriers.get(errand.key)
        if courier is not None and resting and courier in self._idling:
            courier.cancel()
            courier = None
        if courier is None:
            task = asyncio.create_task(self._carry(errand.key), name="run card")
            self._couriers[errand.key] = task

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

    async def _carry(self, key: _Key) -> None:
        tries = 0
        try:
            while (errand := self._waiting.get(key)) is not None:
                await self._wait_for(errand)
                errand = self._waiting.pop(key)
                wait = await self._bring(errand, tries + 1)
                if wait is None:
                    tries = 0
                    await self._idly(self._pause(APART_SECONDS))
                    continue
                tries += 1
                if tries < _MOST_TRIES:
                    self._waiting.setdefault(key, errand)  # unless a newer one came meanwhile
                await self._pause(wait)
        finally:
            if self._couriers.get(key) is asyncio.current_task():
                del self._couriers[key]

    async def _wait_for(self, errand: _Errand) -> None:
        if errand.resting:
            await self._limiter.wait_for(errand.conversation)
        else:
            await self._idly(self._limiter.wait_for(errand.conversation, spare=True))

    async def _idly(self, waiting: Awaitable[None]) -> None:
        """Wait for what a state that stays need not wait for."""
        task = asyncio.current_task()
        self._idling.add(task)
        try:
            await waiting
        finally:
            self._idling.discard(task)

    async def _bring(self, errand: _Errand, tries: int) -> float | None:
        """Update once; give the seconds until it is worth another try, None when it is over."""
        try:
            await self._show(errand)
        except (RemoteError, UnavailableError) as error:
            wait = self._wait_seconds(error, tries)
            status = error.status if isinstance(error, ConnectorError) else 0
            log.warning("card not updated yet", status=status, tries=tries, wait_seconds=wait)
            if status in _BUSY:
                self._limiter.hold(errand.conversation, wait)
            return wait
        except ConsultFlowError as error:
            log.warning("card cannot be drawn", reason=str(error))
        return None

    async def _show(self, errand: _Errand) -> None:
        picture, place = errand.picture, errand.conversation
        card = await picture.card()
        try:
            if card is not None:
                message = _message(place, card)
                await self._connector.update(place, errand.activity_id, message, paced=True)
        except ConnectorError as error:
            if not _is_final(error):
                raise
            log.warning("card given up", status=error.status, code=error.code)
            await picture.refused()
            return
        if await picture.delivered():
            self._waiting.setdefault(errand.key, errand)

    def _wait_seconds(self, error: ConsultFlowError, tries: int) -> float:
        """Give Teams' own Retry-After, or longer from try to try; never the same for everybody."""
        told = error.retry_after_seconds if isinstance(error, RemoteError) else None
        if told is None:
            told = _FIRST_WAIT_SECONDS * float(2 ** min(tries - 1, 10))
            told = min(told, _LONGEST_WAIT_SECONDS)
        return min(told, _LONGEST_TOLD_SECONDS) * (1 + _JITTER * self._chance())


def _is_final(error: ConnectorError) -> bool:
    """Say whether Teams will never take it: the message or the bot is gone, or it is no good."""
    if error.status == 0:
        return not error.retryable
    return 400 <= error.status < 500 and error.status not in _PASSING


def _message(conversation: Conversation, said: Sent) -> dict[str, object]:
    return {
        **wire.dump(activity_of(said)),
        "from": {"id": conversation.bot_id},
        "conversation": {"id": conversation.id},
    }
