"""The bot is killed in the middle of a run, for real, and loses nothing."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import web

from bot.local.people import PEOPLE
from bot.local.teams import LocalTeams
from storage.models import TriggerName
from tests.fakes.server import Server

ACTIONS = ("generate_mom", "create_ppt", "save_data", "api_call", "save_data")
STEPS = ("generate_mom", "create_ppt", "save_data", "api_call", "save_data#2")
FX1 = (Path(__file__).parents[1] / "data" / "fx1.txt").read_text("utf-8")


class Service(Server):
    """A service that keeps one thing under each key, as an idempotent one does."""

    def __init__(self):
        super().__init__()
        self.kept = {}
        self.calls = 0

    def routes(self):
        return [web.put("/things", self._put)]

    async def _put(self, request):
        self.calls += 1
        self.kept[request.headers["Idempotency-Key"]] = await request.json()
        return web.json_response({"ok": True})


@pytest.fixture
async def service():
    async with Service() as started:
        yield started


@pytest.fixture
async def teams(tmp_path, wire):
    local = LocalTeams(tmp_path / "drive", on_exchange=wire.exchange, on_activity=wire.activity)
    await local.start()
    yield local
    await local.close()
    assert wire.faults == []


@pytest.fixture
async def start_process(teams, service, mongo_uri, tmp_path):
    """Start the bot as a process of its own and connect Teams to it."""
    started = []

    async def start(*, die_at_write=0, die_after_it=False):
        told = {
            "mongo_uri": mongo_uri,
            "app_id": teams.app_id,
            "tenant_id": teams.tenant_id,
            "open_id_url": teams.open_id_url,
            "bot_token": teams.bot_token,
            "teams_url": teams.url,
            "drive": str(tmp_path / "drive"),
            "allow": [service.url],
            "die_at_write": die_at_write,
            "die_after_it": die_after_it,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.scenarios.bot_process",
            json.dumps(told),
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        started.append(process)
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        await teams.connect(f"http://127.0.0.1:{port}/api/messages")
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def make_workflow(storage, service, clock):
    user = await storage.users.seen(
        microsoft_id=f"{PEOPLE['asha'].object_id}.{LocalTeams.tenant_id}",
        email=PEOPLE["asha"].email,
        name=PEOPLE["asha"].name,
        now=clock.now(),
    )
    await storage.workflows.add(
        user_id=user.id,
        name="Five",
        trigger=TriggerName.MANUAL,
        actions=ACTIONS,
        action_configs={
            "create_ppt": {"place": "onedrive"},
            "save_data": {"name": "title", "value": "{{ steps.generate_mom.title }}"},
            "api_call": {
                "method": "PUT",
                "url": f"{service.url}/things",
                "body": '{"title": "{{ steps.generate_mom.title }}"}',
                "headers": {"Content-Type": "application/json"},
            },
            "save_data#2": {"name": "deck", "value": "{{ steps.create_ppt.name }}"},
        },
        canvas=None,
        now=clock.now(),
    )


def ended(raw):
    """Wait in a thread until the one run has ended; gives its document."""
    ends = [{"$match": {"fullDocument.status": {"$in": ["completed", "failed"]}}}]
    with raw["executionlogs"].watch(
        ends, full_document="updateLookup", max_await_time_ms=500
    ) as changes:
        while True:
            document = raw["executionlogs"].find_one({"status": {"$ne": "running"}})
            if document is not None:
                return document
            changes.try_next()


@pytest.mark.crash
# The intent of the first step, then five outcomes: each is the intent of the next, or the end.
@pytest.mark.parametrize(
    ("write", "after"),
    [(1, True), *((n, w) for n in range(2, 6) for w in (False, True)), (6, False)],
)
async def test_a_bot_killed_anywhere_in_a_run_ends_it_after_the_restart_with_each_effect_once(
    write, after, start_process, teams, service, storage, raw, clock, tmp_path
):
    await make_workflow(storage, service, clock)
    doomed = await start_process(die_at_write=write, die_after_it=after)
    await teams.say("asha", "personal", f"run five with {FX1}")
    async with asyncio.timeout(30):
        assert await doomed.wait() == -signal.SIGKILL
    left = raw["executionlogs"].find_one()
    assert left["status"] == "running"
    assert len(left["actionsExecuted"]) == write - (1 if after else 2)
    await start_process()
    async with asyncio.timeout(60):
        document = await asyncio.to_thread(ended, raw)
    assert document["status"] == "completed"
    assert document["error"] is None
    assert document["actionsExecuted"] == list(ACTIONS)
    assert [step["status"] for step in document["steps"]] == ["done"] * 5
    assert list(service.kept) == [f"{document['_id']}:api_call"]
    assert service.calls <= 2
    assert service.kept.popitem()[1] == {"title": "Acme Rollout Weekly"}
    assert raw["records"].count_documents({"name": "title"}) == 1
    assert raw["records"].count_documents({"name": "deck"}) == 1
    assert len(list((tmp_path / "drive").rglob("*.pptx"))) == 1
    assert raw["executionlogs"].count_documents({}) == 1
    if document.get("cardActivityId"):
        card = teams.message(document["cardActivityId"])
        await teams.wait_for("personal", lambda m: m is card and "Completed" in str(m.card()))
