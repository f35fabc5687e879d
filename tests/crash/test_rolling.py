"""Two workers are replaced one after the other, 20 times, while they work."""

import asyncio
import time

import pytest

from tests.crash.chaos import Chaos
from tests.crash.tables import note

RESTARTS, AT_FIRST, EACH = 20, 20, 4
TABLE = (
    "Rolling restarts of two workers under load|seed|restarts|runs|completed|failed|ask"
    "|handed on|effects of a step, at most|lost|longest stop, seconds|seconds"
)


@pytest.mark.crash
async def test_20_rolling_restarts_under_load_lose_no_run_and_repeat_no_effect(
    ground, record_property, seed
):
    began = time.monotonic()
    load = Chaos(ground, seed=seed, runs=AT_FIRST + EACH * RESTARTS, kills=0)
    await load.accept(AT_FIRST)
    workers = [await ground.worker(places=4), await ground.worker(places=4)]
    longest = 0.0
    for restart in range(RESTARTS):
        await load.accept(AT_FIRST + EACH * (restart + 1))
        await busy(ground)
        old = workers.pop(0)
        asked = time.monotonic()
        async with asyncio.timeout(25):
            assert await old.stop() == 0
        longest = max(longest, time.monotonic() - asked)
        workers.append(await ground.worker(places=4))
    found = await load.findings()
    ends = [found.ends[end] for end in ("completed", "failed", "asks")]
    lost = load.accepted - sum(ends)
    logs = ground.logs().values()
    handed_on = sum(log["fence"] > 1 for log in logs)
    told = [seed, RESTARTS, load.runs, *ends, handed_on, found.most, lost, f"{longest:.1f}"]
    note(record_property, TABLE, *told, round(time.monotonic() - began))
    assert found.wrong == []
    # Nobody was killed: what was begun was brought to its outcome, so nobody is asked about it.
    assert ends == [load.runs, 0, 0]
    assert handed_on > 0
    assert not any(step.get("interruptions") for log in logs for step in log["steps"])


async def busy(ground):
    """Wait until a run is under way."""
    await ground.until(lambda logs: logs.count_documents({"leasedUntil": {"$type": "date"}}))
