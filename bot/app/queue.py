"""Carries run ids from whoever made a run due to whoever executes it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

import structlog

_log = structlog.get_logger()

# Ids that are told faster than they can be sent: 10,000 are 2 MB.
MOST_WAITING = 10_000
AT_ONCE = 32
# How long a broker is left alone that is away: at first not at all, then for longer and longer.
WAITS_SECONDS = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
STEADY_SECONDS = 2.0
CLOSE_SECONDS = 2.0


class Link(Protocol):
    """One connection to a queue, used once; whatever it raises, the queue is out of reach."""

    async def open(self) -> None:
        """Connect."""

    async def send(self, run_ids: Iterable[str]) -> None:
        """Put ids into the queue."""

    async def receive(self, until: asyncio.Event) -> None:
        """Hand on every id that comes, until the event is set and what it began has ended."""

    async def close(self) -> None:
        """Hang up."""


OpenLink = Callable[[], Link]


async def answers(link: Link) -> bool:
    """Say whether a link opens; it is closed again."""
    opening = asyncio.create_task(link.open())
    await asyncio.wait({opening})
    await _close(link)
    return opening.exception() is None


class Queue:
    """The way of run ids from announce() to a worker's take().

    A broker that is away is said once, when it goes and when it is back; nobody waits for it.
    """

    def __init__(
        self, *, to: OpenLink, of: OpenLink | None = None, most: int = MOST_WAITING
    ) -> None:
        """Send by links that `to` opens and receive by links that `of` opens, if it is given."""
        self._sender = _Sender(to, most)
        self._receiver = _Receiver(of) if of is not None else None

    def announce(self, run_id: str) -> None:
        """Have a worker told that a run is due. Never blocks and never raises.

        What cannot be told, because the broker is away or too much waits, a sweep finds.
        """
        self._sender.announce(run_id)

    def start(self) -> None:
        """Begin to send, and to receive where that is wanted."""
        for part in self._parts:
            part.start()

    def receive_no_more(self) -> None:
        """Leave what comes from now on to others; what came goes on."""
        if self._receiver is not None:
            self._receiver.ending.set()

    async def stop(self) -> None:
        """Hang up, within 2 seconds of each side's."""
        self.receive_no_more()
        await asyncio.gather(*(part.stop() for part in self._parts))

    @property
    def _parts(self) -> list["_Keeper"]:
        return [self._sender, self._receiver] if self._receiver else [self._sender]


class _Keeper(ABC):
    """Keeps a link in use: when one fails, whatever the reason, the next is opened."""

    doing = ""

    def __init__(self, link: OpenLink) -> None:
        self._open_link = link
        self._failures = 0
        self._keeping: asyncio.Task[None] | None = None
        self.ending = asyncio.Event()  # no more links are opened then

    def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep(), name=f"broker, {self.doing}")

    async def stop(self) -> None:
        self.ending.set()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping}, timeout=CLOSE_SECONDS)

    @abstractmethod
    async def use(self, link: Link) -> None:
        """Work over an open link until it fails; returns when no more work is wanted."""

    @abstractmethod
    def lost(self) -> None:
        """Take note that the broker is away."""

    def well(self) -> None:
        """Take note that the link does its work."""
        if self._failures > 1:
            _log.info("broker.back", doing=self.doing)
        self._failures = 0

    async def _keep(self) -> None:
        while not self.ending.is_set():
            session = asyncio.create_task(self._session(), name=f"broker session, {self.doing}")
            try:
                await asyncio.wait({session})
            finally:
                session.cancel()
                await asyncio.wait({session})
            error = session.exception()
            if error is not None:
                self._failed(error)
                wait = WAITS_SECONDS[min(self._failures, len(WAITS_SECONDS)) - 1]
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self.ending.wait()

    def _failed(self, error: BaseException) -> None:
        self._failures += 1
        if self._failures == 1:
            return  # an old connection's end, perhaps: what comes next tells
        if self._failures == 2:
            # Its words are left out: drivers put the address, with its password, into them.
            _log.warning("broker.away", doing=self.doing, error=_name_of(error))
        self.lost()

    async def _session(self) -> None:
        link = self._open_link()
        try:
            await link.open()
            await self.use(link)
        finally:
            await _close(link)


class _Sender(_Keeper):
    doing = "sending"

    def __init__(self, link: OpenLink, most: int) -> None:
        super().__init__(link)
        self._most = most
        # In order, and each once: what is due twice is due.
        self._waiting: dict[str, None] = {}
        self._some = asyncio.Event()
        self._away = False

    def announce(self, run_id: str) -> None:
        if self._away or len(self._waiting) >= self._most:
            return
        self._waiting[run_id] = None
        self._some.set()

    async def use(self, link: Link) -> None:
        self._away = False
        while True:
            await self._some.wait()
            batch = list(self._waiting)[:AT_ONCE]
            for run_id in batch:
                del self._waiting[run_id]
            try:
                await link.send(batch)
            except BaseException:
                self._waiting = {**dict.fromkeys(batch), **self._waiting}  # for the next link
                raise
            self.well()
            if not self._waiting:
                self._some.clear()

    def lost(self) -> None:
        self._away = True
        self._waiting.clear()
        self._some.clear()


class _Receiver(_Keeper):
    doing = "receiving"

    async def stop(self) -> None:
        self.ending.set()
        if self._keeping is not None:
            await asyncio.wait({self._keeping}, timeout=CLOSE_SECONDS)
        await super().stop()

    async def use(self, link: Link) -> None:
        steady = asyncio.get_running_loop().call_later(STEADY_SECONDS, self.well)
        try:
            await link.receive(self.ending)
        finally:
            steady.cancel()
        if not self.ending.is_set():
            raise ConnectionError

    def lost(self) -> None:
        """Hold nothing that would have to be let go."""


async def _close(link: Link) -> None:
    """Hang up; a broker that is away is none to take leave of."""
    closing = asyncio.create_task(link.close())
    try:
        await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
    finally:
        closing.cancel()
    if closing.done() and not closing.cancelled():
        closing.exception()  # seen


def _name_of(error: BaseException) -> str:
    """Name the kind of an error; of a group, its first one's."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    cause = error.__cause__
    return type(error).__name__ if cause is None else _name_of(cause)
