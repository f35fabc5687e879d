"""What is announced is sent or dropped, within bounds; a broker that is away is said once."""

import asyncio
import json

import pytest

from bot.app.brokers.link import TaskiqLink
from bot.app.queue import AT_ONCE, Queue, answers


class Wire:
    """A broker of the test's: what was sent, and whether it is there."""

    def __init__(self):
        self.sent, self.opened = [], 0
        self.away = self.stuck = False
        self.breaks = 0  # so many sendings break the connection
        self.moved = asyncio.Event()

    def link(self):
        return WireLink(self)

    async def until(self, condition):
        async with asyncio.timeout(20):
            while not condition():
                self.moved.clear()
                await self.moved.wait()


class WireLink:
    def __init__(self, wire):
        self._wire = wire

    async def open(self):
        self._wire.opened += 1
        self._wire.moved.set()
        self._answer()

    async def send(self, run_ids):
        self._answer()
        if self._wire.breaks:
            self._wire.breaks -= 1
            raise ConnectionResetError
        while self._wire.stuck:
            await self._wire.moved.wait()
        self._wire.sent.append(list(run_ids))
        self._wire.moved.set()

    async def receive(self, until):
        self._answer()
        await until.wait()

    async def close(self):
        self._answer()

    def _answer(self):
        if self._wire.away:
            raise ConnectionRefusedError("amqp://bot:CANARY@10.0.0.1")


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
async def queue(wire):
    opened = Queue(to=wire.link, most=100)
    opened.start()
    yield opened
    await opened.stop()


def logged(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def test_what_is_due_is_told_in_order_and_each_run_once(queue, wire):
    for run in ("a", "b", "a", "c", "b"):
        queue.announce(run)
    await wire.until(lambda: wire.sent)
    assert wire.sent == [["a", "b", "c"]]


async def test_a_run_that_is_due_again_is_told_again(queue, wire):
    for n in (1, 2):
        queue.announce("a")
        await wire.until(lambda n=n: len(wire.sent) == n)
    assert wire.sent == [["a"], ["a"]]


async def test_never_more_waits_than_there_is_room_for_and_announcing_goes_on_at_once(queue, wire):
    wire.stuck = True
    queue.announce("first")
    await wire.until(lambda: wire.opened)
    for n in range(100_000):
        queue.announce(f"run {n}")
    assert len(queue._sender._waiting) == 100
    wire.stuck = False
    wire.moved.set()
    await wire.until(lambda: not queue._sender._waiting)
    assert max(len(batch) for batch in wire.sent) <= AT_ONCE
    assert sum(len(batch) for batch in wire.sent) <= 101


async def test_announcing_before_the_start_is_kept_for_it(wire):
    queue = Queue(to=wire.link)
    queue.announce("early")
    queue.start()
    await wire.until(lambda: wire.sent)
    await queue.stop()
    assert wire.sent == [["early"]]


async def test_a_broker_that_is_away_is_said_once_keeps_nothing_and_is_used_when_it_is_back(
    queue, wire, capsys
):
    queue.announce("a")
    await wire.until(lambda: wire.sent)
    wire.away = True
    queue.announce("b")
    await wire.until(lambda: wire.opened >= 4)
    for n in range(1000):
        queue.announce(f"lost {n}")
    assert not queue._sender._waiting
    wire.away = False
    opened = wire.opened
    await wire.until(lambda: wire.opened > opened)
    queue.announce("c")
    await wire.until(lambda: len(wire.sent) > 1)
    assert wire.sent == [["a"], ["c"]]
    told = logged(capsys)
    assert [one["event"] for one in told] == ["broker.away", "broker.back"]
    assert told[0]["error"] == "ConnectionRefusedError"
    assert "CANARY" not in str(told)


async def test_what_an_old_connection_lost_goes_over_the_next_one_without_a_word(
    queue, wire, capsys
):
    queue.announce("a")
    await wire.until(lambda: wire.sent)
    wire.breaks = 1
    queue.announce("b")
    await wire.until(lambda: len(wire.sent) == 2)
    assert wire.sent == [["a"], ["b"]]
    assert wire.opened == 2
    assert logged(capsys) == []


async def test_without_a_broker_an_id_reaches_this_process_and_nothing_is_kept_of_it():
    taken, done = [], asyncio.Event()

    async def take(run_id):
        taken.append(run_id)
        if len(taken) == 3:
            done.set()

    queue = Queue(to=lambda: TaskiqLink(None, take, 2, receives=False))
    queue.start()
    for run in ("a", "b", "c"):
        queue.announce(run)
    async with asyncio.timeout(10):
        await done.wait()
    await queue.stop()
    assert taken == ["a", "b", "c"]


async def test_a_stopped_queue_leaves_no_task_and_takes_what_is_announced_in_silence(wire):
    before = asyncio.all_tasks()
    queue = Queue(to=wire.link, of=wire.link)
    queue.start()
    await wire.until(lambda: wire.opened == 2)
    queue.receive_no_more()
    await queue.stop()
    queue.announce("late")
    assert asyncio.all_tasks() == before


async def test_a_queue_can_be_stopped_while_its_broker_is_away(wire):
    wire.away = True
    queue = Queue(to=wire.link, of=wire.link)
    queue.start()
    await wire.until(lambda: wire.opened >= 4)
    async with asyncio.timeout(1):
        await queue.stop()


async def test_the_doctor_learns_whether_a_broker_answers(wire):
    assert await answers(wire.link())
    wire.away = True
    assert not await answers(wire.link())
