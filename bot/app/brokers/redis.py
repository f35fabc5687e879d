"""Redis Streams: one stream, one group that all workers read in."""

from collections.abc import AsyncGenerator
from typing import Any

from redis.asyncio import Redis as Client
from taskiq import AsyncBroker
from taskiq_redis import RedisStreamBroker

from bot.app.brokers.bounds import LISTEN_SECONDS, MOST_IDS, NAME, PATIENCE_SECONDS


class Redis(RedisStreamBroker):
    """Taskiq's, which asks for a hundred messages at once and for what others left."""

    async def listen(self) -> AsyncGenerator[Any, None]:
        """Read without a list of what is not acknowledged: that would have to be swept too."""
        async with Client(connection_pool=self.connection_pool) as client:
            while True:
                came: Any = await client.xreadgroup(
                    self.consumer_group_name,
                    self.consumer_name,
                    {self.queue_name: ">"},
                    count=1,  # the others are for whoever has a place for them
                    block=int(LISTEN_SECONDS * 1000),
                    noack=True,
                )
                for _stream, entries in came or ():
                    for _id, fields in entries:
                        yield fields[b"data"]


def make_broker(url: str) -> AsyncBroker:
    """Make the broker at an address."""
    return Redis(
        url,
        queue_name=f"{NAME}:runs",
        consumer_group_name=f"{NAME}-workers",
        # One name for all: without a list of what is not acknowledged it tells nothing, and a name
        # for each process would stay in the group for ever.
        consumer_name="worker",
        consumer_id="0",
        maxlen=MOST_IDS,
        max_connection_pool_size=64,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
    )
