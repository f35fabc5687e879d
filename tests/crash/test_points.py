"""A worker is killed before and after every intent, effect and outcome, of every action.

Another takes over when the lease is over. Each action is tried as the first step of a run and as a
later one, whose intent is written with the outcome before it.
"""

import signal
from dataclasses import replace

import pytest

from tests.crash.attempts import NAMES
from tests.crash.tables import note
from tests.crash.worker_process import Doom

POINTS = [(when, what) for what in ("intent", "effect", "outcome") for when in ("before", "after")]
# Here nobody can tell whether an action without a handle was done; at the first two it was not.
BETWEEN = POINTS[1:5]
TABLE = "Killed before and after every intent, effect and outcome: how the run ended, effects|" + (
    "|".join(["action", *(f"{when} {what}" for when, what in POINTS)])
)


def how_it_ended(log):
    """Say whether a run completed, failed or asks its owner."""
    return "asks" if log["statusDetail"] == "waiting_answer" else log["status"]


class Deaths:
    """Runs of one action, each with a worker that dies in it."""

    def __init__(self, ground, attempt):
        self._ground, self._attempt = ground, attempt

    async def die(self, place, point):
        """Accept a run, and let the worker that takes it die at a point of its step at `place`."""
        ground, mark, (when, what) = self._ground, mark_of(place, point), point
        data = ground.attempts["save_data"]
        step = self._attempt.step(place, f"{mark}.")
        plan = [step, data.step(place + 1, f"{mark}after.", after=[step.id])]
        if place:
            plan = [data.step(0, f"{mark}before."), replace(step, after=("step0",)), plan[1]]
        run = await ground.accept(mark, plan)
        # Without a call, the effect is a write to MongoDB, or nothing outside.
        on_the_wire = what == "effect" and self._attempt.call
        if on_the_wire:
            ground.outside.wire.doom(self._attempt.call, when, ground.kill_newest)
        worker = await ground.worker(
            doom=None if on_the_wire else Doom(when, what, place), only=run.id
        )
        assert await worker.dies() == -signal.SIGKILL, f"it lived through {when} {what}"

    def came_to(self, log, place, point):
        """Say how the run ended and how often each step had its effect, once that is as it must."""
        outside, mark = self._ground.outside, mark_of(place, point)
        ended, asks = how_it_ended(log), self._attempt.asks and point in BETWEEN
        assert ended == ("asks" if asks else "completed"), (point, log["error"], log["steps"])
        done = outside.effects("save_data", f"{mark}before.")
        assert done == place
        assert outside.effects("save_data", f"{mark}after.") == (0 if asks else 1)
        statuses = [step["status"] for step in log["steps"]]
        assert statuses == ["done"] * place + (["asking", "waiting"] if asks else ["done"] * 2)
        assert len(log["actionsExecuted"]) == statuses.count("done")
        if not self._attempt.effects:
            return ended
        effects = outside.effects(self._attempt.action, f"{mark}.")
        happened = point not in BETWEEN[:2]
        assert effects == (happened if asks else 1), (point, effects)
        return f"{ended}, {effects}"


def mark_of(place, point):
    """Name the run that is killed at a point of its step at `place`."""
    return f"m{place}p{POINTS.index(point)}"


@pytest.mark.crash
@pytest.mark.parametrize("name", NAMES)
async def test_a_worker_killed_at_any_point_of_a_step_leaves_a_run_that_another_ends(
    name, ground, record_property
):
    deaths = Deaths(ground, ground.attempts[name])
    ground.may(without=ground.attempts[name].without)
    for place in (0, 1):
        for point in POINTS:
            await deaths.die(place, point)
    await ground.worker()
    logs = await ground.all_ended(2 * len(POINTS))
    for place in (0, 1):
        cells = [deaths.came_to(logs[mark_of(place, p)], place, p) for p in POINTS]
        note(record_property, TABLE, f"{name}{', later step' if place else ''}", *cells)
