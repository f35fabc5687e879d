"""NATS JetStream: one stream, one durable consumer that all workers pull from."""

from collections.abc import AsyncGenerator

from nats.errors import TimeoutError as NothingCameError
from nats.js.api import DiscardPolicy, RetentionPolicy, StreamConfig
from taskiq import AckableMessage, AsyncBroker
from taskiq_nats import PullBasedJetStreamBroker

from bot.app.brokers.bounds import LISTEN_SECONDS, MOST_IDS, NAME, PATIENCE_SECONDS


class Nats(PullBasedJetStreamBroker):
    """Taskiq's, which would never notice that its stream is gone."""

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Give one message after the other, for as long as there is a stream to give them."""
        while True:
            try:
                (message,) = await self.consumer.fetch(1, timeout=LISTEN_SECONDS)
            except NothingCameError:
                await self.consumer.consumer_info()  # nothing comes of a stream that is gone, too
                continue
            yield AckableMessage(data=message.data, ack=message.ack)


def make_broker(url: str) -> AsyncBroker:
    """Make the broker at an address, or at one of several with commas between them."""
    return Nats(
        [one.strip() for one in url.split(",")],
        subject=f"{NAME}.runs",
        stream_name=NAME,
        durable=f"{NAME}-workers",
        stream_config=StreamConfig(
            retention=RetentionPolicy.WORK_QUEUE, max_msgs=MOST_IDS, discard=DiscardPolicy.OLD
        ),
        # A new link is made instead: that also makes the stream anew where it is gone.
        allow_reconnect=False,
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        connect_timeout=PATIENCE_SECONDS,
        ping_interval=PATIENCE_SECONDS,
    )
