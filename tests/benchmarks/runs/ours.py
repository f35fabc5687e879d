"""The bot between accepting a run and its end: all in one process, or one of two at a broker."""

import asyncio
import json
import sys
import time
from statistics import median

import psutil

from tests.benchmarks.runs.floor import STEPS
from tests.benchmarks.runs.loop import closed_loop, listen
from tests.benchmarks.runs.parts import Elsewhere, Signs, hear, open_parts


class Accepting:
    """What a process is asked that accepts runs."""

    def __init__(self, parts):
        self._parts = parts
        self._instants = []

    @property
    def answers(self):
        return {
            "loop": self.loop,
            "idle": self.idle,
            "accept": self.accept,
            "begun": self.begun,
            "ended": self.ended,
            "memory": self.memory,
            "hold": self.hold,
        }

    async def loop(self, clients, seconds):
        return await closed_loop(self._parts.run, clients, seconds)

    async def idle(self, times):
        """Give how long after the command the first action began, when nothing else goes on."""
        seen = []
        for _ in range(times):
            await asyncio.sleep(0.05)
            at = time.monotonic()
            seen.append(await self._first() - at)
        seen.sort()
        return {"p50": median(seen) * 1000, "p99": seen[int(len(seen) * 0.99)] * 1000}

    async def _first(self):
        begun, end = await self._parts.accept(0)
        await end
        return await begun

    async def accept(self, count):
        """Accept runs, sixteen at a time, and wait for none."""

        async def some(first):
            for number in range(first, count, 16):
                self._instants.append(await self._parts.accept(number))

        await asyncio.gather(*map(some, range(16)))
        return {"accepted": count}

    async def begun(self):
        """Wait until every run that was accepted so has begun."""
        await asyncio.gather(*(begun for begun, _ in self._instants))

    async def ended(self):
        """Wait for every run that was accepted so; gives the instant the last one ended."""
        ends = await asyncio.gather(*(end for _, end in self._instants))
        return {"at": max(ends)}

    async def memory(self):
        return {"mb": psutil.Process().memory_info().rss / 1024 / 1024}

    async def hold(self):
        """Have every action wait from now on."""
        self._parts.signs.free.clear()


async def memory(uri, **given):
    signs = Signs()
    parts = await open_parts(uri, signs)
    await parts.people(("note",) * STEPS, {})
    await parts.start(**given)
    await listen(Accepting(parts).answers)


async def serve(uri, broker):
    signs = Signs()
    parts = await open_parts(uri, signs)
    await parts.people(("note",) * STEPS, {})
    await parts.start(broker=broker, executes=False)
    await listen(Accepting(parts).answers, tell=await hear(signs))


async def worker(uri, tell, *, holds=False, **given):
    _reader, writer = await asyncio.open_connection("127.0.0.1", tell)
    signs = Elsewhere(writer)
    if holds:
        signs.free.clear()
    parts = await open_parts(uri, signs)
    await parts.start(**given)
    await listen({})


if __name__ == "__main__":
    ROLES = {"memory": memory, "serve": serve, "worker": worker}
    asyncio.run(ROLES[sys.argv[1]](**json.loads(sys.argv[2])))
