"""A link to a queue over one of Taskiq's brokers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module

from taskiq import AsyncBroker, InMemoryBroker
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver
from taskiq.result_backends.dummy import DummyResultBackend

from bot.app.brokers.bounds import PATIENCE_SECONDS

Advance = Callable[[str], Awaitable[None]]

# Which file of this room knows the broker, and whose logs say of one that is away what we say once.
_NATS = ("nats", ("nats",))
_REDIS = ("redis", ("redis",))
_RABBITMQ = ("rabbitmq", ("aio_pika", "aiormq"))
_KNOWN = {
    "nats": _NATS,
    "tls": _NATS,
    "redis": _REDIS,
    "rediss": _REDIS,
    "amqp": _RABBITMQ,
    "amqps": _RABBITMQ,
}


class TaskiqLink:
    """One connection to the queue at an address, or without an address inside this process.

    Used once: open, send or receive until it fails, close. Whatever these raise, the broker is
    away. `advance` is called with each id that arrives, for `places` of them at the same time.
    """

    def __init__(self, url: str | None, advance: Advance, places: int, *, receives: bool) -> None:
        self._url = url
        self._advance = advance
        self._places = places
        self._receives = receives
        self._broker: AsyncBroker = InMemoryBroker()

    async def open(self) -> None:
        """Connect, and make the queue where there is none."""

        # The one task: the same code behind every broker.
        async def advance(run_id: str) -> None:
            await self._advance(run_id)

        self._broker = (await _make_broker(self._url)).with_result_backend(DummyResultBackend())
        self._broker.is_worker_process = self._receives
        self._task = self._broker.register_task(advance, task_name="advance")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._broker.startup()

    async def send(self, run_ids: Iterable[str]) -> None:
        """Put ids into the queue, all at the same time."""
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as sending:
            for run_id in run_ids:
                sending.create_task(self._task.kiq(run_id))

    async def receive(self, until: asyncio.Event) -> None:
        """Hand on every id that comes, as many at the same time as there are places."""
        receiver = Receiver(
            self._broker,
            max_async_tasks=self._places,
            run_startup=False,
            # Brought again later, an id would say nothing new: the lease tells whether a run has
            # been left alone, and every sweep looks at that.
            ack_type=AcknowledgeType.WHEN_RECEIVED,
        )
        await receiver.listen(until)

    async def close(self) -> None:
        """Hang up."""
        await self._broker.shutdown()


async def _make_broker(url: str | None) -> AsyncBroker:
    if url is None:
        return InMemoryBroker()
    name, loggers = _KNOWN[url.partition("://")[0].strip()]
    # Only the driver that is used is loaded: each takes a tenth of a second, and some megabytes.
    module = await asyncio.to_thread(import_module, f"bot.app.brokers.{name}")
    for one in loggers:
        logging.getLogger(one).setLevel(logging.CRITICAL)
    broker: AsyncBroker = module.make_broker(url)
    return broker
