"""A primary that goes away: what we were told is written stays, what is told again is not twice."""

import asyncio
from contextlib import closing

import pytest
from pymongo import MongoClient

from storage.database import open_storage
from storage.errors import LeaseLostError, UnavailableError
from storage.models import RunStatus, TriggerName
from storage.patience import patience
from tests.storage.runs import LEASE, USER, WHEN, a_run

pytestmark = pytest.mark.crash
APPLIED_BUT = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
SHORT = 0.7


@pytest.fixture
async def three(replica_set, vault):
    """The set, well, and our storage on it, empty before and after."""
    async with asyncio.timeout(60):
        storage = await open_storage(replica_set.uri, sealer=vault)
        await storage.ensure_indexes()
        yield replica_set, storage
        storage.close()
        await asyncio.to_thread(replica_set.heal)
        await asyncio.to_thread(replica_set.empty)


@pytest.fixture
def theirs(three):
    """The database as another program sees it, which asks the primary only."""
    with MongoClient(three[0].uri, tz_aware=True) as client:
        yield client.get_default_database()


async def fails_though_applied(members, call, *commands):
    with members.failing(*commands, **APPLIED_BUT), pytest.raises(UnavailableError):
        await call()


async def claimed(storage, key="k1"):
    await storage.runs.accept(a_run(key))
    return await storage.runs.claim(now=WHEN, lease=LEASE)


async def test_a_run_whose_acceptance_reported_an_error_is_accepted_once(three, theirs):
    members, storage = three
    await fails_though_applied(members, lambda: storage.runs.accept(a_run()), "insert")
    run, new = await storage.runs.accept(a_run())
    assert not new
    assert [step.id for step in run.steps] == ["generate_mom", "save_data"]
    assert theirs["executionlogs"].count_documents({}) == 1


async def test_a_claim_that_reported_an_error_holds_for_its_lease_and_is_made_again(three):
    members, storage = three
    await storage.runs.accept(a_run())

    def claim(now=WHEN):
        return storage.runs.claim(now=now, lease=LEASE)

    await fails_though_applied(members, claim, "findAndModify")
    assert await claim() is None
    assert (await claim(WHEN + LEASE)).fence == 2


async def test_an_intent_that_reported_an_error_is_found_by_the_next_claim(three):
    members, storage = three
    run = await claimed(storage)

    def begin():
        return storage.runs.begin_step(run.id, run.fence, 0, now=WHEN)

    await fails_though_applied(members, begin, "findAndModify")
    again = await storage.runs.claim(now=WHEN + LEASE, lease=LEASE)
    assert (again.steps[0].status, again.steps[0].attempts) == ("running", 1)
    with pytest.raises(LeaseLostError):
        await begin()


async def test_an_outcome_that_reported_an_error_is_written_once(three):
    members, storage = three
    run = await claimed(storage)
    await storage.runs.begin_step(run.id, run.fence, 0, now=WHEN)

    def end():
        return storage.runs.end_step(
            run.id, run.fence, 0, action="generate_mom", output={"n": 1}, now=WHEN
        )

    await fails_though_applied(members, end, "findAndModify")
    ended = await end()
    assert ended.actions_executed == ("generate_mom",)
    assert (ended.steps[0].status, ended.steps[0].output) == ("done", {"n": 1})


async def test_an_end_that_reported_an_error_is_the_end(three):
    members, storage = three
    run = await claimed(storage)

    def finish():
        return storage.runs.finish(
            run.id, run.fence, status=RunStatus.COMPLETED, detail=None, error=None, now=WHEN
        )

    await fails_though_applied(members, finish, "findAndModify")
    assert await storage.runs.claim(now=WHEN + LEASE, lease=LEASE) is None
    assert (await storage.runs.get(USER, run.id)).status is RunStatus.COMPLETED


async def test_saved_data_people_and_workflows_that_reported_an_error_are_there_once(three, theirs):
    members, storage = three

    def save():
        return storage.records.save(
            user_id=USER, name="n", key=None, value=1, run_id="r", step_id="s", now=WHEN
        )

    def seen():
        return storage.users.seen(microsoft_id="a.t", email="a@c.example", name="A", now=WHEN)

    def add():
        return storage.workflows.add(
            user_id=USER,
            name="W",
            trigger=TriggerName.MANUAL,
            actions=("save_data",),
            action_configs={},
            canvas=None,
            now=WHEN,
            key="pressed",
        )

    for call, command, collection in (
        (save, "insert", "records"),
        (seen, "findAndModify", "users"),
        (add, "insert", "workflows"),
    ):
        await fails_though_applied(members, call, command)
        await call()
        assert theirs[collection].count_documents({}) == 1


async def test_an_activity_whose_delivery_could_not_be_noted_is_the_first_when_it_comes_again(
    three,
):
    members, storage = three

    def first():
        return storage.deliveries.first("a1", now=WHEN)

    await fails_though_applied(members, first, "insert")
    assert await first()
    assert not await first()


async def test_a_connection_that_breaks_in_a_write_is_not_noticed_and_writes_once(three, theirs):
    members, storage = three
    with members.failing("insert", closeConnection=True):
        assert (await storage.runs.accept(a_run()))[1]
    with members.failing("findAndModify", closeConnection=True):
        run = await storage.runs.claim(now=WHEN, lease=LEASE)
    with members.failing("update", closeConnection=True):
        await storage.runs.extend(run.id, run.fence, WHEN + 2 * LEASE)
    assert run.fence == 1
    assert theirs["executionlogs"].count_documents({}) == 1


async def test_work_nobody_waits_for_outlasts_an_outage_that_people_are_told_of(three, vault):
    members, _ = three
    with closing(await open_storage(members.uri, sealer=vault, timeout_seconds=0.1)) as hasty:
        await hasty.ping()
        with patience():
            for member in members.members[:2]:
                member.freeze()
            behind = asyncio.create_task(hasty.runs.accept(a_run("meanwhile")))
        with pytest.raises(UnavailableError):
            await hasty.runs.accept(a_run("in the chat"))
        assert not behind.done()
        await asyncio.to_thread(members.heal)
        assert (await behind)[1]


async def test_indexes_may_take_longer_to_build_than_anything_else_may_take(three, vault):
    members, _ = three
    with (
        closing(await open_storage(members.uri, sealer=vault, timeout_seconds=0.1)) as hasty,
        members.failing("createIndexes", blockConnection=True, blockTimeMS=1500),
    ):
        await hasty.ensure_indexes()


async def test_what_a_deposed_primary_has_to_take_back_is_nothing_that_we_acknowledged(three):
    members, storage = three
    for number in range(20):
        await storage.runs.accept(a_run(f"before {number}"))
    old = members.primary()
    with members.nothing_passed_on():
        with old.client(w=1) as client:
            alone = client["consultflow_test"]["theirs"]
            taken = [alone.insert_one({"n": n}).acknowledged for n in range(50)]
        # Also the second time, when the document stands there: only this server has it.
        for _ in range(2):
            with pytest.raises(UnavailableError), patience(SHORT):
                await storage.runs.accept(a_run("meanwhile"))
        old.freeze()
        await asyncio.to_thread(members.primary, old, followed=False)
    with patience():
        assert (await storage.runs.accept(a_run("meanwhile")))[1]
    old.thaw()
    await asyncio.to_thread(members.in_step)
    with MongoClient(members.uri) as client:
        database = client.get_default_database()
        kept_of_theirs = database["theirs"].count_documents({})
        kept_of_ours = database["executionlogs"].count_documents({"steps.1": {"$exists": True}})
    assert old.rolled_back
    assert (taken, kept_of_theirs) == ([True] * 50, 0)
    assert kept_of_ours == 21
    print(f"\nrollback: w:1 lost {50 - kept_of_theirs} of 50, ours lost {21 - kept_of_ours} of 21")
