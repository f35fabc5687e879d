"""A process that is asked things over its standard input, and a loop of clients inside it."""

import asyncio
import json
import sys
import time
from statistics import median

from tests.benchmarks.turns.settings import say


async def closed_loop(one, clients, seconds):
    """Have so many clients do `one(client)` over and over; give how often, and how long it took."""
    begun = time.perf_counter()
    end, times = begun + seconds, []

    async def go_on(client):
        while (started := time.perf_counter()) < end:
            await one(client)
            times.append(time.perf_counter() - started)

    await asyncio.gather(*map(go_on, range(clients)))
    took = time.perf_counter() - begun
    return {"runs": len(times), "seconds": took, "p50": median(times) * 1000}


async def listen(answers, **facts):
    """Tell the facts, then answer each question by the function of its name, until the end."""
    say(**facts)
    while line := await asyncio.to_thread(sys.stdin.readline):
        question = json.loads(line)
        say(**(await answers[question.pop("do")](**question) or {}))
