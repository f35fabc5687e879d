"""The indexes are there before they are needed, and what stands in their way is said."""

from contextlib import closing

import pytest
from pymongo import DESCENDING

from storage.database import open_storage
from storage.errors import SettingsError

CONTRACT = {
    "users": [({"microsoftId": 1}, True), ({"email": 1}, True)],
    "workflows": [({"userId": 1}, False), ({"userId": 1, "createdAt": -1}, False)],
    "executionlogs": [
        ({"userId": 1}, False),
        ({"workflowId": 1}, False),
        ({"userId": 1, "executedAt": -1}, False),
    ],
}


@pytest.fixture
async def fresh(mongod_uri, server, vault):
    """Storage on a database that was never used."""
    with closing(await open_storage(mongod_uri, database="fresh", sealer=vault)) as opened:
        yield opened
    server.drop_database("fresh")


async def test_the_indexes_of_the_contract_are_made_exactly_once(fresh, server):
    made = await fresh.ensure_indexes()
    assert "users.microsoftId_1" in made
    assert await fresh.ensure_indexes() == []
    for name, wanted in CONTRACT.items():
        there = [
            (dict(index["key"]), index.get("unique", False))
            for index in server.fresh[name].index_information().values()
        ]
        for index in wanted:
            assert index in there


async def test_an_index_the_web_application_made_is_taken_as_it_is(fresh, server):
    server.fresh.workflows.create_index([("userId", 1), ("createdAt", DESCENDING)], background=True)
    assert "workflows.userId_1_createdAt_-1" not in await fresh.ensure_indexes()


@pytest.mark.parametrize("in_the_way", ["duplicates", "another index"])
async def test_what_stands_in_the_way_is_one_sentence_without_anybodys_data(
    fresh, server, in_the_way
):
    if in_the_way == "duplicates":
        server.fresh.users.insert_many([{"email": "a@b.example"}, {"email": "a@b.example"}])
    else:
        server.fresh.users.create_index("email")
    with pytest.raises(SettingsError) as refused:
        await fresh.ensure_indexes()
    assert str(refused.value).startswith("The database does not allow the indexes of users")
    assert "a@b" not in str(refused.value)


@pytest.mark.parametrize(
    ("collection", "query", "index"),
    [
        ("executionlogs", {"status": {"$eq": "running"}, "dueAt": {"$lte": 1}}, "status_1_dueAt_1"),
        ("executionlogs", {"shortId": {"$eq": "R-1"}}, "shortId_1"),
        ("conversations", {"userId": 1}, "userId_1_updatedAt_-1"),
    ],
)
async def test_the_hot_queries_read_no_more_than_they_give(storage, raw, collection, query, index):
    plan = raw[collection].find(query).explain()["queryPlanner"]["winningPlan"]
    assert index in repr(plan)
    assert "COLLSCAN" not in repr(plan)
