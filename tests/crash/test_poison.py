"""A step that takes its process down is tried three times; the runs beside it go on."""

import signal

import pytest

from tests.crash.worker_process import STUCK

BESIDE = 6


async def accept(ground, mark):
    """Accept a run of three steps, of which the first may be poison."""
    names = ("generate_mom", "save_data", "api_call PUT")
    steps = []
    for place, name in enumerate(names):
        after = [f"step{place - 1}"] if place else []
        steps.append(ground.attempts[name].step(place, f"{mark}s{place}.", after=after))
    await ground.accept(mark, steps)


@pytest.mark.crash
@pytest.mark.parametrize("kind", ["exit", "endless"])
async def test_a_step_that_ends_or_blocks_its_process_fails_its_run_at_the_third_time_and_no_other(
    kind, ground
):
    await accept(ground, "bad")
    deaths = []
    while len(deaths) < 3:
        worker = ground.start(poison={"bad": kind})
        for number in range(2):
            await accept(ground, f"good{len(deaths)}{number}")
        if kind == "endless" and await worker.says(STUCK):
            await worker.kill()  # as whoever watches over processes does with one that is silent
        deaths.append(await worker.dies())
    assert deaths == [1 if kind == "exit" else -signal.SIGKILL] * 3
    last = await ground.worker(poison={"bad": kind})
    logs = await ground.all_ended(1 + BESIDE)
    assert not last.ended.done()
    bad = logs.pop("bad")
    assert (bad["status"], bad["error"]) == (
        "failed",
        "Generate MOM stopped the program 3 times.",
    )
    assert [step["status"] for step in bad["steps"]] == ["failed", "skipped", "skipped"]
    assert {log["status"] for log in logs.values()} == {"completed"}
    for mark in logs:
        assert ground.outside.effects("save_data", f"{mark}s1.") == 1
        assert ground.outside.effects("api_call", f"{mark}s2.") == 1
    assert ground.outside.effects("save_data", "bads1.") == 0
