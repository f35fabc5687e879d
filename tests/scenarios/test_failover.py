"""The primary is killed, frozen, deposed while runs are under way and while people talk."""

import asyncio
import time
from itertools import pairwise

import aiohttp
import pytest
from pymongo import MongoClient

from bot.clients.outbound import OutboundHttp
from bot.clients.target import Rules
from bot.local.people import PEOPLE
from storage.database import open_storage
from storage.models import TriggerName
from tests.scenarios.many_runs import RUNS, ManyRuns, Service, left_of, settled

pytestmark = pytest.mark.crash
AWAY = "I can't reach my storage. Try again in a moment."


@pytest.fixture
async def storage(replica_set, vault):
    """Storage on three servers, which are well again when the test is over."""
    opened = await open_storage(replica_set.uri, sealer=vault)
    await opened.ensure_indexes()
    yield opened
    opened.close()
    await asyncio.to_thread(replica_set.heal)
    await asyncio.to_thread(replica_set.empty)


@pytest.fixture
def raw(replica_set):
    with MongoClient(replica_set.uri, tz_aware=True) as client:
        yield client.get_default_database()


@pytest.fixture
async def work(storage, vault):
    async with Service() as service, OutboundHttp(Rules(allow=frozenset({service.url}))) as http:
        made = ManyRuns(storage, vault, service, http)
        await made.prepare()
        workers = [made.worker(), made.worker()]
        for worker in workers:
            worker.start()
        yield made
        await asyncio.gather(*(worker.stop() for worker in workers))


def kill(members):
    old = members.primary()
    old.kill()
    return old


def freeze(members):
    old = members.primary()
    old.freeze()
    return old


def depose(members):
    members.step_down()


def lose_majority(members):
    """Freeze the primary and one more: the third cannot be elected alone."""
    for member in [members.primary(), members.secondaries()[0]]:
        member.freeze()


def strike(members, how):
    """Do it, and wait until a majority writes again; gives the seconds between."""
    began = time.monotonic()
    members.primary(but=how(members))
    took = time.monotonic() - began
    members.heal()
    return took


@pytest.mark.parametrize("how", [kill, freeze, depose], ids=["killed", "frozen", "stepped down"])
async def test_two_hundred_runs_come_to_their_end_once_whatever_becomes_of_the_primary(
    how, replica_set, work, raw, record_property
):
    await work.start(range(RUNS // 2))
    await work.service.busy.wait()
    stall, _ = await asyncio.gather(
        asyncio.to_thread(strike, replica_set, how), work.start(range(RUNS // 2, RUNS))
    )
    await asyncio.to_thread(settled, raw)
    left = await asyncio.to_thread(left_of, raw, work)
    moments = work.service.moments
    told = left | {
        "told to wait": work.told_to_wait,
        "stall of the set": f"{stall:.1f} s",
        "longest acceptance": f"{max(work.took):.1f} s",
        "longest without an effect": f"{max(b - a for a, b in pairwise(moments)):.1f} s",
    }
    record_property("failover", told)
    print(f"\n{how.__name__:8}", *(f"{name} {value}" for name, value in told.items()), sep=" | ")
    assert left["accepted"] == RUNS
    assert left["completed"] + left["failed"] + left["asking"] == RUNS
    assert (left["lost"], left["twice"]) == (0, 0)


async def speak(stage, person, text):
    """Say something; gives the answer and the seconds it took."""
    began = time.monotonic()
    answer = await stage.say(person, text)
    return stage.text(answer, person), time.monotonic() - began


@pytest.mark.parametrize(
    "how", [kill, freeze, lose_majority], ids=["killed", "frozen", "without a majority"]
)
async def test_people_are_answered_in_five_seconds_while_the_primary_is_away_and_nothing_is_lost(
    how, replica_set, start_bot, storage, raw, wire
):
    stage = await start_bot()
    for person in PEOPLE:
        await stage.say(person, "workflows")  # they are known, and so are their conversations
    await add_workflow(storage, raw)
    said_before = len(wire.activities)
    await asyncio.to_thread(how, replica_set)
    told = await asyncio.gather(
        speak(stage, "asha", "run keep"),
        *(speak(stage, person, "workflows") for person in PEOPLE if person != "asha"),
    )
    print(f"\n{how.__name__}:", [(text[:30], round(took, 1)) for text, took in told])
    if how is lose_majority:
        assert {text for text, _ in told} == {AWAY}
    assert all(took < 5 for _, took in told)
    delivered = wire.activities[said_before:]
    await asyncio.to_thread(replica_set.heal)
    for activity in delivered:  # the same again: done now, where it was not done before
        await stage.teams.client.deliver(activity)
    await stage.until("Completed")
    assert raw["executionlogs"].count_documents({}) == 1
    assert raw["records"].count_documents({"name": "kept"}) == 1
    for person in PEOPLE:
        answer = await stage.say(person, "workflows")
        assert AWAY not in stage.text(answer, person)


async def test_a_message_whose_turn_the_database_broke_off_is_done_when_it_is_delivered_again(
    replica_set, start_bot, storage, raw, wire
):
    stage = await start_bot()
    await stage.say("asha", "workflows")
    await add_workflow(storage, raw)
    with replica_set.failing("find", "aggregate", times=100, errorCode=50):
        assert stage.text(await stage.say("asha", "run keep")) == AWAY
    said = wire.activities[-1]
    assert raw["deliveries"].count_documents({"_id": {"$regex": said["id"]}}) == 1
    for _ in range(3):
        await stage.teams.client.deliver(said)
    await stage.until("Completed")
    assert raw["executionlogs"].count_documents({}) == 1


async def test_readiness_is_denied_while_there_is_no_majority_and_comes_back_by_itself(
    replica_set, start_bot
):
    stage = await start_bot()
    url = stage.teams.client.courier._url.replace("/api/messages", "/readyz")
    async with aiohttp.ClientSession() as http:

        async def ready():
            async with http.get(url) as answer:
                return answer.status

        assert await ready() == 200
        await asyncio.to_thread(lose_majority, replica_set)
        assert await ready() == 503
        await asyncio.to_thread(replica_set.heal)
        assert await ready() == 200


async def add_workflow(storage, raw):
    """Give Asha, who has spoken, a workflow of one step."""
    owner = raw["users"].find_one({"name": PEOPLE["asha"].name})
    await storage.workflows.add(
        user_id=str(owner["_id"]),
        name="Keep",
        trigger=TriggerName.MANUAL,
        actions=("save_data",),
        action_configs={"save_data": {"name": "kept", "value": "1"}},
        canvas=None,
        now=owner["createdAt"],
    )
