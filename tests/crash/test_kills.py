"""Workers are killed 200 times, at any instant, while they work on 100 runs."""

import time
from dataclasses import replace

import pytest

from tests.crash.chaos import Chaos
from tests.crash.tables import note
from tests.crash.worker_process import queue
from tests.fakes.brokers import KINDS

RUNS, KILLS = 100, 200
# A worker that a busy machine keeps waiting for longer than this is overtaken while it lives.
LEASE_SECONDS = 3.0
TABLE = (
    "Killed at random|workers|seed|runs|kills|of idle workers|completed|failed|ask"
    "|effects of a step, at most|lost|seconds"
)


@pytest.mark.crash
@pytest.mark.timeout(240)
async def test_200_kills_of_one_process_lose_no_run_and_repeat_no_effect(
    ground, record_property, seed
):
    ground.told = replace(ground.told, lease=LEASE_SECONDS)
    await check(Chaos(ground, seed=seed, runs=RUNS, kills=KILLS), record_property)


@pytest.mark.crash
@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", KINDS)
async def test_200_kills_of_two_workers_behind_a_broker_lose_no_run_and_repeat_no_effect(
    kind, ground, brokers, record_property, seed
):
    broker = await brokers(kind)
    ground.told = replace(ground.told, broker=broker.url, sweep=0.5, lease=LEASE_SECONDS)
    announcing = queue(broker.url, None, receives=False)
    announcing.start()
    chaos = Chaos(
        ground, seed=seed, runs=RUNS, kills=KILLS, processes=2, announce=announcing.announce
    )
    await check(chaos, record_property, f"two, {broker.program}")
    await announcing.stop()


async def check(chaos, record_property, workers="one process"):
    began = time.monotonic()
    await chaos.rage()
    found = await chaos.findings()
    ends = [found.ends[end] for end in ("completed", "failed", "asks")]
    lost = chaos.accepted - sum(ends)
    told = [workers, chaos.seed, chaos.runs, chaos.killed, chaos.idle, *ends, found.most, lost]
    note(record_property, TABLE, *told, round(time.monotonic() - began))
    assert found.wrong == [], f"seed {chaos.seed}"
    assert lost == 0
    assert chaos.idle < chaos.kills // 2
    assert ends[0] > chaos.runs // 3
