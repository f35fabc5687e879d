"""What has to be done again and again is, whatever happens once."""

import asyncio

from bot.app.rounds import Round, Rounds
from storage.errors import UnavailableError


class Steps:
    """A round that fails as told, and a pause that lets it go on."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.went = 0
        self.paused = []
        self.enough = asyncio.Event()

    async def go(self):
        self.went += 1
        if self.failures:
            raise self.failures.pop(0)
        self.enough.set()

    async def pause(self, seconds):
        self.paused.append(seconds)
        await asyncio.sleep(0)


async def test_a_round_goes_on_past_a_bug_and_a_database_that_is_away(capsys):
    steps = Steps(KeyError("a bug"), UnavailableError())
    rounds = Rounds([Round("cards", 5.0, steps.go)], steps.pause)
    rounds.start()
    async with asyncio.timeout(10):
        await steps.enough.wait()
    await rounds.stop()
    assert steps.went >= 3
    assert set(steps.paused) == {5.0}
    logged = capsys.readouterr().err
    assert "round.bug" in logged
    assert "round.no_storage" in logged


async def test_a_slow_round_keeps_no_other_from_going():
    steps, never = Steps(), asyncio.Event()
    rounds = Rounds([Round("slow", 1.0, never.wait), Round("cards", 1.0, steps.go)], steps.pause)
    rounds.start()
    async with asyncio.timeout(10):
        await steps.enough.wait()
    await rounds.stop()


async def test_rounds_that_never_started_can_be_stopped():
    await Rounds([]).stop()
