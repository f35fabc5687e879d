"""Bot and workers apart, with a real broker between them: every run comes home, once."""

import asyncio
import json
import signal
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from aiohttp import web

from bot.app.brokers.link import TaskiqLink
from bot.auth.vault import new_key
from bot.clock import SystemClock
from bot.local.people import PEOPLE
from bot.local.teams import LocalTeams
from storage.models import TriggerName
from tests.fakes.brokers import PASSWORD
from tests.fakes.ports import free_port
from tests.fakes.server import Server
from tests.scenarios.commands import Process, command
from tests.scenarios.test_command_line import SERVICE, one_sentence

KINDS = ("nats", "redis", "amqp")
ROOT = Path(__file__).parents[2]


Away = namedtuple("Away", "url")


class Service(Server):
    """A service that keeps one thing under each key, and takes as long as it is told."""

    def __init__(self):
        super().__init__()
        self.kept, self.calls, self.inside, self.most = {}, 0, 0, 0
        self.moved, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    def routes(self):
        return [web.put("/things", self._put)]

    async def _put(self, request):
        key = request.headers["Idempotency-Key"]
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.moved.set()
        await self.open.wait()
        self.inside -= 1
        self.kept[key] = self.kept.get(key, 0) + 1
        self.moved.set()
        return web.json_response({"ok": True})

    async def until(self, condition):
        async with asyncio.timeout(60):
            while not condition():
                self.moved.clear()
                await self.moved.wait()

    async def __aexit__(self, *exception):
        self.open.set()
        await super().__aexit__(*exception)


@pytest.fixture
def stage_clock():
    return SystemClock()  # the workers' own


@pytest.fixture
async def service():
    async with Service() as started:
        yield started


@pytest.fixture
async def start_worker(mongo_uri, service, tmp_path):
    """Start a worker as a process of its own; what it says is kept in `said`."""
    started = []

    async def start(teams, broker, **more):
        told = {
            "role": "worker",
            "broker": broker.url,
            "mongo_uri": mongo_uri,
            "app_id": teams.app_id,
            "tenant_id": teams.tenant_id,
            "open_id_url": teams.open_id_url,
            "bot_token": teams.bot_token,
            "teams_url": teams.url,
            "drive": str(tmp_path / "drive"),
            "allow": [service.url],
            **more,
        }
        with (tmp_path / "workers.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.scenarios.bot_process", json.dumps(told)),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
            )
        started.append(process)
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"0\n"
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()
    said = (tmp_path / "workers.log").read_text() if started else ""
    assert "Traceback" not in said
    assert PASSWORD not in said


@pytest.fixture
def start_runs(storage, service, stage_clock):
    """Have runs of a workflow of Asha's started: each calls the service, then keeps something."""

    async def start(stage, *notes):
        user = await storage.users.seen(
            microsoft_id=f"{PEOPLE['asha'].object_id}.{LocalTeams.tenant_id}",
            email=PEOPLE["asha"].email,
            name=PEOPLE["asha"].name,
            now=stage_clock.now(),
        )
        if not await storage.workflows.of_user(user.id):
            await storage.workflows.add(
                user_id=user.id,
                name="Two",
                trigger=TriggerName.MANUAL,
                actions=("api_call", "save_data"),
                action_configs={
                    "api_call": {"method": "PUT", "url": f"{service.url}/things", "body": "{}"},
                    "save_data": {"name": "kept", "value": "done"},
                },
                canvas=None,
                now=stage_clock.now(),
            )
        return [await stage.say("asha", f"run two with {note}") for note in notes]

    return start


async def ended(raw, number):
    """Wait until so many runs have ended, all of them well; gives their documents."""
    logs = raw["executionlogs"]

    def wait():
        with logs.watch(max_await_time_ms=200) as changes:
            while logs.count_documents({"status": {"$ne": "running"}}) < number:
                changes.try_next()
        return list(logs.find())

    async with asyncio.timeout(90):
        documents = await asyncio.to_thread(wait)
    assert [(one["status"], one["error"]) for one in documents] == [("completed", None)] * number
    assert all(one["actionsExecuted"] == ["api_call", "save_data"] for one in documents)
    return documents


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_bot_accepts_a_worker_does_and_a_broker_killed_and_emptied_loses_nothing(
    kind, brokers, start_bot, start_worker, start_runs, service, raw
):
    broker = await brokers(kind)
    stage = await start_bot(broker=broker.url, executes=False)
    service.open.clear()
    cards = await start_runs(stage, "one", "two", "three")
    assert raw["executionlogs"].count_documents({"fence": {"$gt": 0}}) == 0  # the bot only tells
    await start_worker(stage.teams, broker, places=2)
    await start_worker(stage.teams, broker, places=2)
    await service.until(lambda: service.inside == 3)
    await broker.kill()
    cards += await start_runs(stage, "four", "five")  # nobody can be told of these
    service.open.set()
    await broker.empty()
    cards += await start_runs(stage, "six")
    documents = await ended(raw, 6)
    assert len(service.kept) == 6
    assert set(service.kept.values()) == {1}
    assert len({one["_id"] for one in documents}) == 6
    for card in cards:  # a worker has no port, and the cards are redrawn all the same
        await stage.teams.wait_for(
            "personal", lambda m, c=card: m.id == c.id and "Completed" in str(m.card())
        )


async def test_a_run_that_is_told_of_many_times_to_two_workers_is_done_once(
    brokers, start_bot, start_worker, start_runs, service, raw
):
    broker = await brokers("nats")
    stage = await start_bot(broker=broker.url, executes=False)
    await start_runs(stage, "one")
    run = str(raw["executionlogs"].find_one()["_id"])
    workers = [await start_worker(stage.teams, broker) for _ in range(2)]

    async def nobody(_run_id):
        raise AssertionError

    link = TaskiqLink(broker.url, nobody, 1, receives=False)
    await link.open()
    for _ in range(50):
        await link.send([run] * 4)
    await link.close()
    (document,) = await ended(raw, 1)
    assert (document["fence"], service.calls) == (1, 1)
    assert [worker.returncode for worker in workers] == [None, None]


async def test_two_workers_share_the_work(
    brokers, start_bot, start_worker, start_runs, service, raw
):
    broker = await brokers("nats")
    stage = await start_bot(broker=broker.url, executes=False)
    for _ in range(2):
        await start_worker(stage.teams, broker, places=1)
    service.open.clear()
    await start_runs(stage, "one", "two", "three", "four")
    await service.until(lambda: service.inside == 2)  # each has one place
    service.open.set()
    await ended(raw, 4)
    assert service.most == 2


async def test_a_worker_told_to_end_in_mid_run_ends_in_order_and_another_goes_on(
    brokers, start_bot, start_worker, start_runs, service, raw
):
    broker = await brokers("nats")
    stage = await start_bot(broker=broker.url, executes=False)
    leaving = await start_worker(stage.teams, broker)
    service.open.clear()
    await start_runs(stage, "one")
    await service.until(lambda: service.inside == 1)
    leaving.send_signal(signal.SIGTERM)
    await start_runs(stage, "two")
    await start_worker(stage.teams, broker)
    await service.until(lambda: service.inside == 2)  # the second is the other's: one has left
    service.open.set()
    async with asyncio.timeout(25):
        assert await leaving.wait() == 0
    documents = await ended(raw, 2)
    assert service.calls == 2
    assert sorted(one["fence"] for one in documents) == [1, 2]  # handed over between its steps


async def test_a_worker_whose_broker_is_away_from_the_start_does_what_is_due_all_the_same(
    brokers, start_bot, start_worker, start_runs, raw, tmp_path
):
    away = Away(f"nats://bot:{PASSWORD}@127.0.0.1:{free_port()}")
    stage = await start_bot(broker=away.url, executes=False)
    worker = await start_worker(stage.teams, away)
    await start_runs(stage, "one")
    await ended(raw, 1)
    worker.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        assert await worker.wait() == 0
    assert (tmp_path / "workers.log").read_text().count("broker.away") <= 2  # told once a direction


# The command itself


def whole(mongo_uri, **more):
    keys = f"k1:{new_key()}"
    return {**SERVICE, "MONGODB_URI": mongo_uri, "CONSULTFLOW_KEYS": keys, **more}


async def test_the_worker_command_opens_no_port_does_what_is_due_and_ends_in_order(
    brokers, start_bot, start_runs, mongo_uri, service, raw
):
    broker = await brokers("nats")
    stage = await start_bot(broker=broker.url, executes=False)
    settings = whole(
        mongo_uri,
        CONSULTFLOW_BROKER=broker.url,
        CONSULTFLOW_API_CALL_ALLOW=service.url,
    )
    worker = await asyncio.to_thread(Process, "worker", **settings)
    try:
        await asyncio.to_thread(worker.until, '"event": "working"')
        assert worker.listening() == set()
        await start_runs(stage, "one")
        await ended(raw, 1)
        assert await asyncio.to_thread(worker.end, signal.SIGTERM) == 0
    finally:
        worker.kill()
    assert "Traceback" not in worker.said
    assert PASSWORD not in worker.said


def test_a_worker_without_a_broker_refuses_to_start(mongo_uri):
    said = one_sentence(command("worker", **whole(mongo_uri)))
    assert "CONSULTFLOW_BROKER" in said


@pytest.mark.parametrize("words", [["serve"], ["worker"]])
def test_a_broker_nobody_knows_is_refused_without_repeating_its_password(words, mongo_uri):
    settings = whole(mongo_uri, CONSULTFLOW_BROKER=f"kafka://bot:{PASSWORD}@127.0.0.1:9092")
    said = one_sentence(command(*words, **settings))
    assert "CONSULTFLOW_BROKER must be nats://host:4222" in said
    assert PASSWORD not in said


async def test_the_doctor_says_whether_the_broker_answers(brokers, mongo_uri):
    broker = await brokers("redis")
    settings = whole(mongo_uri, CONSULTFLOW_BROKER=broker.url)
    well = await asyncio.to_thread(command, "doctor", **settings)
    assert "✓ Broker: the one in CONSULTFLOW_BROKER answers" in well.stdout
    settings["CONSULTFLOW_BROKER"] = broker.url.replace(PASSWORD, f"{PASSWORD}x")
    ill = await asyncio.to_thread(command, "doctor", **settings)
    assert "! Broker: I can't reach the one in CONSULTFLOW_BROKER" in ill.stdout
    assert PASSWORD not in well.stdout + well.stderr + ill.stdout + ill.stderr
