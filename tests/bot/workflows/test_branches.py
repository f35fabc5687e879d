"""What a canvas draws side by side runs side by side; a merge waits for all that lead to it."""

import asyncio
import random
from collections import Counter

import pytest

from bot.workflows.action import Action, Repeat
from storage.errors import RefusedError
from storage.models import RunStatus, StatusDetail, StepStatus
from tests.fakes.canvases import canvas, node
from tests.fakes.toys import ToyConfig, ToyResult

PATIENCE = 10.0  # seconds; whoever comes alone waits as long in vain


class Gate:
    """Holds every step that has begun until the test lets it go, well or not.

    `early` lists the steps that began before all they wait for had ended.
    """

    def __init__(self):
        self.before = {}
        self.ended = set()
        self.early = []
        self.going = {}
        self.told = {}  # how each step stands, as the run's card is told
        self.changed = asyncio.Condition()

    def action(self, name="save_data"):
        async def run(config, _context):
            ending = asyncio.get_running_loop().create_future()
            if not self.before[config.says] <= self.ended:
                self.early.append(config.says)
            async with self.changed:
                self.going[config.says] = ending
                self.changed.notify_all()
            if not await ending:
                raise RefusedError(f"{config.says} went wrong.")
            return ToyResult(said=config.says)

        return Action(
            name=name,
            title=name,
            summary="Wait.",
            config=ToyConfig,
            result=ToyResult,
            repeat=Repeat.SAFE,
            example=ToyConfig(),
            run=run,
        )

    async def until(self, names):
        """Wait until these steps, and no others, are under way."""
        try:
            async with asyncio.timeout(PATIENCE), self.changed:
                await self.changed.wait_for(lambda: set(self.going) == set(names))
        except TimeoutError:
            pytest.fail(f"{sorted(self.going)} are under way, not {sorted(names)}.")

    async def let(self, name, well=True):
        """Let a step end, and wait until that is written down."""
        self.ended.add(name)
        self.going.pop(name).set_result(well)
        settled = StepStatus.DONE if well else StepStatus.FAILED
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: self.told.get(name) is settled)

    async def watch(self, run):
        async with self.changed:
            self.told = statuses(run)
            self.changed.notify_all()


@pytest.fixture
async def gate(bench):
    gate = Gate()
    bench.actions["save_data"] = gate.action()
    yield gate
    for left in gate.going.values():  # of a test that failed
        left.set_result(False)
    assert gate.early == []


async def running(bench, gate, pairs, names):
    """Start a workflow of these arrows; gives the task that works it."""
    gate.before = {name: {one for one, two in pairs if two == name} for name in names}
    user = await bench.user()
    nodes = [node("t"), *(node(name, "save_data", config={"says": name}) for name in names)]
    first = [("t", name) for name in names if name not in {two for _one, two in pairs}]
    drawing = canvas(nodes, [*first, *pairs])
    workflow = await bench.workflow(user, *["save_data"] * len(names), canvas=drawing)
    await bench.start(user, workflow)
    return asyncio.create_task(bench.worker(watch=gate.watch).work_once())


def statuses(run):
    """Tell how each step ended, by its name on the canvas."""
    return {
        plan.config["says"]: step.status for plan, step in zip(run.plan, run.steps, strict=True)
    }


async def test_siblings_are_under_way_at_the_same_time(bench, gate):
    work = await running(bench, gate, [("a", "b"), ("a", "c"), ("a", "d")], "abcd")
    await gate.until("a")
    await gate.let("a")
    await gate.until("bcd")
    for name in "cdb":
        await gate.let(name)
    ended = await work
    assert ended.status is RunStatus.COMPLETED
    assert ended.error is None
    assert ended.actions_executed == ("save_data",) * 4


async def test_a_merge_waits_for_the_last_that_leads_to_it(bench, gate):
    pairs = [("a", "m"), ("b", "m"), ("b", "x"), ("x", "y"), ("y", "z")]
    work = await running(bench, gate, pairs, "abmxyz")
    await gate.until("ab")
    await gate.let("b")
    for name in "xyz":  # time enough for one that does not wait
        await gate.until(["a", name])
        await gate.let(name)
    await gate.until("a")
    await gate.let("a")
    await gate.until("m")
    await gate.let("m")
    assert (await work).status is RunStatus.COMPLETED


async def test_a_slow_branch_holds_nobody_up_who_does_not_wait_for_it(bench, gate):
    work = await running(bench, gate, [("a", "c"), ("c", "d")], ["a", "slow", "c", "d"])
    await gate.until(["a", "slow"])
    for name, then in (("a", "c"), ("c", "d")):
        await gate.let(name)
        await gate.until([then, "slow"])
    await gate.let("d")
    await gate.until(["slow"])
    await gate.let("slow")
    assert (await work).status is RunStatus.COMPLETED


async def test_after_a_failure_only_what_waits_for_it_is_left_out(bench, gate):
    work = await running(bench, gate, [("a", "m"), ("b", "m"), ("m", "n"), ("b", "c")], "abcmn")
    await gate.until("ab")
    await gate.let("a", well=False)
    await gate.let("b")
    await gate.until("c")
    await gate.let("c")
    ended = await work
    assert statuses(ended) == {
        "a": StepStatus.FAILED,
        "b": StepStatus.DONE,
        "c": StepStatus.DONE,
        "m": StepStatus.SKIPPED,
        "n": StepStatus.SKIPPED,
    }
    assert (ended.status, ended.detail) == (RunStatus.FAILED, StatusDetail.PARTIAL)
    assert ended.error == "a went wrong."
    assert ended.actions_executed == ("save_data", "save_data")


@pytest.mark.parametrize("seed", range(12))
async def test_in_any_graph_all_that_can_run_does_and_nothing_else(bench, gate, seed):
    chance = random.Random(seed)
    names = [f"n{number}" for number in range(chance.randint(1, 14))]
    pairs = [
        (one, two)
        for place, two in enumerate(names)
        for one in names[:place]
        if chance.random() < 0.25
    ]
    fails = {name for name in names if chance.random() < 0.15}
    work = await running(bench, gate, pairs, chance.sample(names, len(names)))
    before = gate.before
    ended = dict.fromkeys(names)
    while True:
        for name in names:  # in order: what a skipped step leads to is skipped too
            if left_out(before[name], ended):
                ended[name] = StepStatus.SKIPPED
                gate.ended.add(name)
        ready = [
            name for name in names if not ended[name] and all(ended[one] for one in before[name])
        ]
        if not ready:
            break
        await gate.until(ready)
        chosen = chance.choice(ready)
        await gate.let(chosen, well=chosen not in fails)
        ended[chosen] = StepStatus.FAILED if chosen in fails else StepStatus.DONE
    run = await work
    assert statuses(run) == ended
    done = Counter(ended.values())[StepStatus.DONE]
    assert run.actions_executed == ("save_data",) * done
    failed = StepStatus.FAILED in ended.values()
    assert run.status is (RunStatus.FAILED if failed else RunStatus.COMPLETED)


def left_out(before, ended):
    """Say whether all before a step have ended, and one of them not well."""
    told = [ended[one] for one in before]
    return all(told) and not all(status is StepStatus.DONE for status in told)
