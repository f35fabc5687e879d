"""Ids go through every real broker, also through one that was killed, emptied or frozen."""

import asyncio
import itertools
import time

import aio_pika
import nats
import pytest
from redis.asyncio import Redis

from bot.app.brokers.bounds import MOST_IDS, NAME
from bot.app.brokers.link import TaskiqLink
from bot.app.queue import Queue, answers
from tests.fakes.brokers import PASSWORD
from tests.fakes.ports import LOOPBACK, free_port

KINDS = ("nats", "redis", "amqp")


async def delete_stream(url):
    client = await nats.connect(url)
    await client.jetstream().delete_stream(NAME)
    await client.close()


async def flush(url):
    async with Redis.from_url(url) as client:
        await client.flushall()


async def delete_queue(url):
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    await channel.queue_delete(f"{NAME}.runs")
    await connection.close()


DELETE = {"nats": delete_stream, "redis": flush, "amqp": delete_queue}


class Line:
    """A queue through a broker, with what came out of it."""

    def __init__(self, url, places=8):
        self.url, self.places = url, places
        self.taken = []
        self.came = asyncio.Event()
        self.hold = asyncio.Event()
        self.hold.set()
        self.queue = Queue(
            to=lambda: TaskiqLink(url, self.take, places, receives=False),
            of=lambda: TaskiqLink(url, self.take, places, receives=True),
        )

    async def take(self, run_id):
        self.taken.append(run_id)
        self.came.set()
        await self.hold.wait()

    async def until(self, *run_ids):
        async with asyncio.timeout(30):
            while not set(run_ids) <= set(self.taken):
                self.came.clear()
                await self.came.wait()

    async def until_with(self, other, number, ids):
        """Wait until so many of some ids came out, here or there."""
        async with asyncio.timeout(30):
            while len(set(self.taken + other.taken) & set(ids)) < number:
                self.came.clear()
                await self.came.wait()

    async def through(self, name):
        """Announce until something comes through: what is told while the broker is away is lost."""
        for n in itertools.count():
            self.queue.announce(f"{name} {n}")
            try:
                async with asyncio.timeout(0.2):
                    while not any(one.startswith(name) for one in self.taken):
                        self.came.clear()
                        await self.came.wait()
                    return
            except TimeoutError:
                assert n < 150, f"{name} never came through"


@pytest.fixture(params=KINDS)
async def broker(request, brokers):
    return await brokers(request.param)


@pytest.fixture
async def line(broker):
    opened = Line(broker.url)
    opened.queue.start()
    await opened.through("warm")
    yield opened
    opened.hold.set()
    await opened.queue.stop()


async def test_every_id_comes_out_once(line):
    ids = [f"run {n}" for n in range(500)]
    for one in ids:
        line.queue.announce(one)
    await line.until(*ids)
    assert sorted(one for one in line.taken if one.startswith("run")) == sorted(ids)


async def test_the_broker_listens_on_this_machine_only(broker):
    assert broker.listening() <= {"127.0.0.1", "::1"}


async def test_no_more_is_taken_than_there_are_places_and_the_rest_is_left_to_others(broker, line):
    line.hold.clear()
    ids = [f"held {n}" for n in range(20)]
    for one in ids:
        line.queue.announce(one)
    await line.until_with(line, 8, ids)
    other = Line(broker.url)
    other.queue.start()
    # RabbitMQ gives a consumer one id ahead, which comes out when there is a place for it.
    await other.until_with(line, 19, ids)
    assert sum(one in ids for one in line.taken) == 8
    line.hold.set()
    line.came = other.came
    await other.until_with(line, 20, ids)
    await other.queue.stop()
    assert not set(line.taken) & set(other.taken)


async def test_ids_flow_again_after_the_broker_was_killed_and_emptied_and_after_it_came_back(
    broker, line, capsys
):
    await broker.kill()
    line.queue.announce("into the void")
    await broker.empty()
    await line.through("emptied")
    await broker.kill()
    await broker.start()
    await line.through("restarted")
    said = capsys.readouterr()
    assert PASSWORD not in said.out + said.err
    assert "Traceback" not in said.err


async def test_ids_flow_again_after_somebody_deleted_the_queue(broker, line):
    await DELETE[broker.scheme](broker.url)
    await line.through("deleted")


async def test_whoever_listens_to_a_queue_that_is_deleted_notices(broker):
    link = TaskiqLink(broker.url, None, 1, receives=True)
    await link.open()
    listening = asyncio.create_task(link.receive(asyncio.Event()))
    await asyncio.wait({listening}, timeout=0.2)
    await DELETE[broker.scheme](broker.url)
    await asyncio.wait({listening}, timeout=10)
    assert listening.done()
    listening.exception()
    await link.close()


async def test_nobody_waits_for_a_broker_that_answers_nothing(brokers):
    broker = await brokers("nats")
    line = Line(broker.url)
    line.queue.start()
    await line.through("before")
    broker.freeze()
    begun = time.monotonic()
    for n in range(3_000):
        line.queue.announce(f"frozen {n}")
    assert time.monotonic() - begun < 10  # one that waited would wait for ever
    broker.thaw()
    await line.through("thawed")
    await line.queue.stop()


async def test_what_is_no_message_of_ours_does_no_harm(broker, line, capsys):
    odd = TaskiqLink(broker.url, line.take, 1, receives=False)
    await odd.open()
    await odd._broker.kick(odd._broker.formatter.dumps(odd._task.kicker()._prepare_message()))
    message = odd._task.kicker()._prepare_message("x").model_copy(update={"task_name": "rm -rf"})
    await odd._broker.kick(odd._broker.formatter.dumps(message))
    garbage = odd._broker.formatter.dumps(message).model_copy(update={"message": b"\x00garbage"})
    await odd._broker.kick(garbage)
    await odd.close()
    line.queue.announce("after")
    await line.until("after")
    assert "x" not in line.taken


async def test_a_wrong_password_is_a_broker_that_is_away_and_is_never_shown(broker, capsys):
    wrong = broker.url.replace(PASSWORD, f"{PASSWORD}-wrong")
    line = Line(wrong)
    assert await answers(TaskiqLink(broker.url, line.take, 1, receives=False))
    assert not await answers(TaskiqLink(wrong, line.take, 1, receives=False))
    line.queue.start()
    said = ""
    async with asyncio.timeout(20):
        while said.count("broker.away") < 2:
            await asyncio.sleep(0.05)
            said += capsys.readouterr().err
    await line.queue.stop()
    said += capsys.readouterr().err
    assert PASSWORD not in said
    assert said.count("broker.away") == 2  # one for each direction


@pytest.mark.parametrize("scheme", KINDS)
async def test_where_nobody_listens_no_broker_answers(scheme):
    url = f"{scheme}://bot:{PASSWORD}@{LOOPBACK}:{free_port()}"
    assert not await answers(TaskiqLink(url, lambda _: None, 1, receives=True))


async def test_a_queue_nobody_empties_keeps_no_more_than_its_bound(brokers):
    broker = await brokers("redis")
    link = TaskiqLink(broker.url, lambda _: None, 1, receives=False)
    await link.open()
    for begin in range(0, MOST_IDS + 2000, 50):
        await link.send(f"run {n}" for n in range(begin, begin + 50))
    kept = await link._broker.connection_pool.get_connection()
    await kept.send_command("XLEN", "consultflow:runs")
    assert await kept.read_response() <= MOST_IDS + 200  # Redis drops whole nodes of its tree
    await link._broker.connection_pool.release(kept)
    await link.close()
