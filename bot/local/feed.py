"""What happened in the local Teams, told to everyone who listens."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Event = dict[str, Any]
Found = TypeVar("Found")
_BACKLOG = 2000


class Feed:
    """Tells each listener every event since it began to listen."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Event | None]] = set()

    def tell(self, kind: str, **fields: Any) -> None:
        """Tell all listeners. One that has fallen too far behind is let go with a None."""
        for queue in tuple(self._queues):
            if queue.qsize() >= _BACKLOG:
                self._queues.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait({"kind": kind, **fields})

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Event | None]]:
        """Listen for the length of a `with` block; None in the queue means the end."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    async def until(self, look: Callable[[], Found | None], *, seconds: float) -> Found:
        """Look now and after every event until something is found.

        Errors: TimeoutError, also when the feed ends.
        """
        with self.listen() as queue:
            async with asyncio.timeout(seconds):
                while True:
                    found = look()
                    if found is not None:
                        return found
                    if await queue.get() is None:
                        raise TimeoutError

    def close(self) -> None:
        """Let every listener go."""
        for queue in self._queues:
            queue.put_nowait(None)
        self._queues.clear()
