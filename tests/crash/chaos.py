"""Runs that are accepted and workers that are killed, by chance, from one seed."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

# A worker that is to die on its way and finds nothing to do is killed after so long.
_IDLE_SECONDS = 3.5
_FIRST = 60  # runs that are there from the start; the others come while workers die
_LENGTH = 30  # the most points of a worker's life, when there is as much to do as at first
_POINT_SECONDS = 0.015
_ASKING = 0.3
POISONED = "stopped the program 3 times"


def plan_of(attempts, chance, mark):
    """Give three to five steps in a row, or the middle ones side by side; few of them may ask."""
    certain = [one for one in attempts.values() if not one.asks]
    asking = [one for one in attempts.values() if one.asks]
    chosen = chance.sample(certain, chance.randint(3, 4))
    if chance.random() < _ASKING:  # otherwise nearly every run would end in a question
        chosen.insert(chance.randint(0, 3), chance.choice(asking))
    last, abreast = len(chosen) - 1, chance.random() < 0.5
    steps = []
    for place, attempt in enumerate(chosen):
        after = [f"step{place - 1}"] if place else []
        if abreast and place == last:
            after = [f"step{other}" for other in range(1, last)]
        elif abreast and place:
            after = ["step0"]
        steps.append(attempt.step(place, f"{mark}s{place}.", after=after))
    return steps


@dataclass
class Findings:
    """What many runs came to."""

    ends: Counter = field(default_factory=Counter)  # completed, failed, asks
    effects: Counter = field(default_factory=Counter)  # how many steps had so many effects
    wrong: list = field(default_factory=list)

    @property
    def most(self):
        """The most often one step of one run had its effect."""
        return max(self.effects)

    def look(self, log, mark, outside):
        """Take one run down, and what is wrong with it."""
        ended = "asks" if log["statusDetail"] == "waiting_answer" else log["status"]
        self.ends[ended] += 1
        if ended == "failed" and POISONED not in log["error"]:
            self.wrong.append((mark, log["error"]))
        for place, step in enumerate(log["steps"]):
            if step["action"] == "generate_mom":
                continue
            done = outside.effects(step["action"], f"{mark}s{place}.")
            self.effects[done] += 1
            right = {"done": (1,), "asking": (0, 1), "failed": (0, 1)}.get(step["status"], (0,))
            if done not in right:
                self.wrong.append((mark, step["id"], step["action"], step["status"], done))
        finished = Counter(step["action"] for step in log["steps"] if step["status"] == "done")
        if Counter(log["actionsExecuted"]) != finished:
            self.wrong.append((mark, log["actionsExecuted"]))


class Chaos:
    """So many runs, worked on by so many processes at a time, of which so many are killed."""

    def __init__(self, ground, *, seed, runs, kills, processes=1, announce=lambda _run_id: None):
        self.seed, self.runs, self.kills, self.processes = seed, runs, kills, processes
        self.killed = self.idle = self.accepted = 0
        self._ground, self._chance, self._announce = ground, random.Random(seed), announce

    async def rage(self):
        """Accept every run and kill workers meanwhile; then let others end what is left."""
        await self.accept(min(_FIRST, self.runs))
        await asyncio.gather(*(self._lives() for _ in range(self.processes)))
        await self.accept(self.runs)
        await asyncio.gather(*(self._ground.worker() for _ in range(self.processes)))

    async def findings(self):
        """Wait for every run's end, and look at each. A run that is not there is lost."""
        logs = await self._ground.all_ended(self.runs)
        found = Findings()
        for number in range(self.runs):
            found.look(logs[f"r{number}"], f"r{number}", self._ground.outside)
        return found

    async def accept(self, wanted):
        """Accept runs until there are so many."""
        while self.accepted < wanted:
            mark = f"r{self.accepted}"
            self.accepted += 1
            plan = plan_of(self._ground.attempts, self._chance, mark)
            self._announce((await self._ground.accept(mark, plan)).id)

    async def _lives(self):
        while self.killed < self.kills:
            self.killed += 1
            await self._life()
            await self.accept(_FIRST + self.killed * (self.runs - _FIRST) // self.kills)

    async def _life(self):
        """Start a worker and kill it: at some instant, at a point it passes, or at a call."""
        ways = [self._at_an_instant, self._at_a_point]
        if self.processes == 1:  # else nobody knows whose call it is
            ways.append(self._at_a_call)
        await self._chance.choice(ways)()

    def _length(self):
        """Say how long a worker may live: the more there is to do for it the longer."""
        return max(0.3, min((self.accepted - self._ground.ended()) / _FIRST, 2.0)) * _LENGTH

    async def _at_an_instant(self):
        seconds = self._chance.uniform(0, self._length() * _POINT_SECONDS)
        await self._ends(self._ground.start(), seconds, idle=False)

    async def _at_a_point(self):
        points = self._chance.randint(1, 1 + int(self._length()))
        await self._ends(self._ground.start(points=points), _IDLE_SECONDS)

    async def _at_a_call(self):
        when, nth = self._chance.choice(["before", "after"]), self._chance.randint(1, 3)
        self._ground.outside.wire.doom("*", when, self._ground.kill_newest, nth=nth)
        await self._ends(self._ground.start(), _IDLE_SECONDS)
        self._ground.outside.wire.spare()

    async def _ends(self, worker, seconds, *, idle=True):
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await worker.dies()
        self.idle += idle and not worker.ended.done()
        await worker.kill()
