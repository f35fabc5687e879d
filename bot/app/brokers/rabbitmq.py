"""RabbitMQ: one exchange, one queue that all workers consume."""

from typing import Any

from aio_pika import Connection, ExchangeType
from taskiq import AsyncBroker
from taskiq_aio_pika import AioPikaBroker, Exchange, Queue, QueueType
from yarl import URL

from bot.app.brokers.bounds import MOST_IDS, NAME, PATIENCE_SECONDS


class RabbitMq(AioPikaBroker):
    """Taskiq's, without the driver's own reconnecting, which would wait in silence."""

    async def startup(self) -> None:
        """Connect, and make exchange and queues where there are none."""
        await AsyncBroker.startup(self)
        self.connections: list[Connection] = []
        self.write_channel = await (await self._connect()).channel()
        if self.is_worker_process:
            connection = await self._connect()
            self.read_channel = await connection.channel()
            consuming = await self.read_channel.get_underlay_channel()

            async def hang_up(_frame: object) -> None:
                await connection.close()

            # Whoever consumes a queue that is deleted would wait for ever, on a sound connection.
            consuming.on_consumer_cancel_callbacks.add(hang_up)
        await self._declare_exchanges()
        await self._declare_queues(self.write_channel)

    async def _connect(self) -> Connection:
        # 10 seconds after its last word a connection counts as dead, not after two minutes.
        connection = Connection(URL(self.url or "").update_query(heartbeat="10"))
        self.connections.append(connection)
        await connection.connect(timeout=PATIENCE_SECONDS)
        return connection

    async def shutdown(self) -> None:
        """Hang up; the channels go with their connections."""
        await AsyncBroker.shutdown(self)
        for connection in self.connections:
            await connection.close()


def make_broker(url: str) -> AsyncBroker:
    """Make the broker at an address."""
    bounded: Any = {"x-max-length": MOST_IDS, "x-overflow": "drop-head"}
    # A hint need not be kept by three nodes: a classic queue answers sooner than a quorum of them.
    kind = QueueType.CLASSIC
    return RabbitMq(
        url,
        qos=1,
        exchange=Exchange(name=NAME, type=ExchangeType.DIRECT),
        task_queues=[Queue(name=f"{NAME}.runs", type=kind, arguments=bounded)],
        # Taskiq demands such a queue; what is dropped would gather in it without an end.
        dead_letter_queue=Queue(name=f"{NAME}.dropped", type=kind, arguments={"x-max-length": 0}),
    )
