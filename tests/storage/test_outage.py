"""A database that is away: a sentence within five seconds, nothing lost, and it recovers."""

import asyncio
import os
import signal
import time
from contextlib import closing

import psutil
import pytest

from bot.local.mongod import EmbeddedMongod
from storage.database import open_storage
from storage.errors import SettingsError, UnavailableError
from storage.models import LogFilter
from tests.storage.runs import LEASE, USER, WHEN, a_run


def calls(storage):
    return [
        *(storage.runs.latest(USER) for _ in range(100)),  # more than the driver has threads
        storage.ping(),
        storage.users.get(USER),
        storage.workflows.of_user(USER),
        storage.runs.accept(a_run()),
        storage.runs.claim(now=WHEN, lease=LEASE),
        storage.runs.page(USER, LogFilter(), limit=1, skip=0),
        storage.records.names(USER),
        storage.bot_state.load("k"),
        storage.deliveries.first("k", now=WHEN),
        storage.ensure_indexes(),
    ]


async def failures(storage):
    began = time.monotonic()
    results = await asyncio.gather(*calls(storage), return_exceptions=True)
    return results, time.monotonic() - began


async def test_a_database_that_is_not_there_is_reported_within_five_seconds(vault):
    uri = "mongodb://127.0.0.1:1/?directConnection=true"
    with closing(await open_storage(uri, sealer=vault)) as away:
        results, took = await failures(away)
    assert [type(result) for result in results] == [UnavailableError] * len(results)
    assert str(results[0]) == "I can't reach my storage. Try again in a moment."
    assert took < 5


async def test_a_database_that_falls_silent_is_reported_and_comes_back_by_itself(vault, data_dir):
    server = EmbeddedMongod(data_dir)
    async with server as uri:
        with closing(await open_storage(uri, sealer=vault)) as opened:
            await opened.ensure_indexes()
            assert await opened.deliveries.first("before", now=WHEN)
            os.kill(server.pid, signal.SIGSTOP)
            while psutil.Process(server.pid).status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(0)
            try:
                results, took = await failures(opened)
            finally:
                os.kill(server.pid, signal.SIGCONT)
            assert {type(result) for result in results} == {UnavailableError}
            assert took < 5
            await opened.ping()
            assert not await opened.deliveries.first("before", now=WHEN)
            assert await opened.deliveries.first("after", now=WHEN)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://x",
        "mongodb://",
        "mongodb://h:port/",
    ],
)
async def test_an_address_that_is_none_is_one_sentence(vault, uri):
    with pytest.raises(SettingsError, match="MONGODB_URI"):
        await open_storage(uri, sealer=vault)


async def test_the_address_names_the_database_or_it_is_called_consultflow(vault):
    for uri, given, name in (
        ("mongodb://h/?replicaSet=r", None, "consultflow"),
        ("mongodb://h/own", None, "own"),
        ("mongodb://h/own", "given", "given"),
    ):
        with closing(await open_storage(uri, database=given, sealer=vault)) as opened:
            assert opened.name == name
