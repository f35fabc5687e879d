"""A real replica set: three servers on this machine, which a test may kill, freeze and depose."""

import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure

from bot.local.mongod import _TIED_TO_PARENT, _options, find_mongod
from storage.replica_set import NAME
from tests.fakes.ports import free_port

_PATIENCE_MS = 30_000
# The set's own patience, all of it shortened by the same reason: what it does after 10 s by default
# (miss the primary, give up a heartbeat, let go of a source that went silent) it does after 1 or
# 2 s here. Shorter still, and a busy machine deposes a primary that did not get its turn.
_SETTINGS = {
    "electionTimeoutMillis": 2000,
    "heartbeatIntervalMillis": 500,
    "heartbeatTimeoutSecs": 1,
    "catchUpTimeoutMillis": 500,
}
_QUICK_AND_SMALL = [
    *("--setParameter", "oplogNetworkTimeoutBufferSeconds=1"),
    *("--setParameter", "oplogInitialFindMaxSeconds=2"),
    *("--setParameter", "oplogRetriedFindMaxSeconds=1"),
    *("--setParameter", "enableTestCommands=1"),
    *("--setParameter", "ttlMonitorEnabled=false"),
    *("--wiredTigerEngineConfigString", "log=(file_max=4MB,prealloc=false)"),
]

# Linux ends a server that is tied to us with the thread that started it, not with the process:
# that of a test's own loop would take it along.
_STARTER = ThreadPoolExecutor(max_workers=1)


class Member:
    """One server of the set, by the name the others call it."""

    def __init__(self, folder):
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self._folder = folder
        (folder / "db").mkdir()
        self._process = None

    def start(self):
        command = [str(find_mongod()), *_options(self._folder, self.port), *_QUICK_AND_SMALL]
        if sys.platform == "linux":
            tie = [sys.executable, "-I", "-S", "-c", _TIED_TO_PARENT, str(os.getpid())]
            command = tie + command
        self._process = _STARTER.submit(
            subprocess.Popen,
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ).result()

    @property
    def runs(self):
        return self._process is not None and self._process.poll() is None

    def kill(self):
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def freeze(self):
        """Stop it where it stands, with all its connections open."""
        self._process.send_signal(signal.SIGSTOP)
        while psutil.Process(self._process.pid).status() != psutil.STATUS_STOPPED:
            pass  # takes microseconds

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def fails(self, point, **how):
        """Turn one of the server's own points of failure on or off; gives when it is so."""
        with self.client() as client:
            set_ = client.admin.command("configureFailPoint", point, **how)
            if how["mode"] == "alwaysOn":
                entered = {"timesEntered": set_["count"] + 1, "maxTimeMS": _PATIENCE_MS}
                client.admin.command("waitForFailPoint", point, **entered)

    @property
    def rolled_back(self):
        """The files in which it put what it had to take back."""
        return list((self._folder / "db" / "rollback").rglob("*.bson"))

    @contextmanager
    def client(self, **options):
        """Speak to this very server, whatever it is in the set."""
        with MongoClient(
            f"mongodb://{self.host}/?directConnection=true",
            serverSelectionTimeoutMS=_PATIENCE_MS,
            tz_aware=True,
            **options,
        ) as client:
            yield client

    def until(self, wanted):
        """Wait until what it says of itself is as wanted; it answers when that changes."""
        with self.client() as client:
            asked = {}
            while True:
                try:
                    said = client.admin.command("hello", **asked)
                except AutoReconnect:
                    asked = {}
                    continue
                if wanted(said):
                    return
                asked = {"topologyVersion": said["topologyVersion"], "maxAwaitTimeMS": 10_000}


class ReplicaSet:
    """Three members; `uri` is their address. heal() makes all three well again."""

    def __init__(self, folder):
        self.members = []
        for name in "abc":
            (folder / name).mkdir()
            self.members.append(Member(folder / name))
        hosts = ",".join(member.host for member in self.members)
        self.uri = f"mongodb://{hosts}/consultflow_test?replicaSet={NAME}"

    def start(self):
        for member in self.members:
            member.start()
        config = {
            "_id": NAME,
            "members": [{"_id": i, "host": one.host} for i, one in enumerate(self.members)],
            "settings": _SETTINGS,
        }
        for member in self.members:
            with member.client() as client:
                client.admin.command("ping")
        with self.members[0].client() as client:
            client.admin.command("replSetInitiate", config)
        self.heal()

    def stop(self):
        for member in self.members:
            if member.runs:
                member.thaw()
                member.kill()

    def heal(self):
        """Start what is down, thaw what is frozen, and wait until each has its place again."""
        for member in self.members:
            if member.runs:
                member.thaw()
            else:
                member.start()
        for member in self.members:
            member.until(lambda said: said["isWritablePrimary"] or said["secondary"])
        self.primary()

    def primary(self, but=None, *, followed=True):
        """Wait for a primary, one that a majority follows; gives it. `but` is one that is away."""
        away = None if but is None else ("127.0.0.1", but.port)

        def others(servers):
            return [server for server in servers if server.address != away]

        with MongoClient(
            self.uri,
            serverSelectionTimeoutMS=_PATIENCE_MS,
            server_selector=others,
            w="majority" if followed else 1,
        ) as client:
            while True:
                try:
                    client["probe"]["probe"].update_one({"_id": 1}, {"$inc": {"n": 1}}, upsert=True)
                    _, port = client.primary or (None, None)
                except (AutoReconnect, OperationFailure):
                    continue  # there was one, and it is gone: wait for the next
                found = [member for member in self.members if member.port == port]
                if found:
                    return found[0]

    def in_step(self):
        """Wait until all three have what the primary has."""
        with MongoClient(self.uri, serverSelectionTimeoutMS=_PATIENCE_MS, w=3) as client:
            client["probe"]["probe"].update_one({"_id": 1}, {"$inc": {"n": 1}}, upsert=True)

    def empty(self):
        """Take out every document of the database; its indexes stay."""
        with MongoClient(self.uri, serverSelectionTimeoutMS=_PATIENCE_MS, w="majority") as client:
            database = client.get_default_database()
            for name in database.list_collection_names():
                database[name].delete_many({})

    def secondaries(self):
        primary = self.primary()
        return [member for member in self.members if member is not primary]

    def step_down(self):
        """Depose the primary in the orderly way; gives it."""
        primary = self.primary()
        with primary.client() as client:
            client.admin.command("replSetStepDown", 3, secondaryCatchUpPeriodSecs=1)
        return primary

    @contextmanager
    def nothing_passed_on(self):
        """Let the others get nothing of what is written, for as long as the `with` lasts.

        They still hear that the primary lives, so it stays primary: no majority has what it gets.
        """
        deaf = self.secondaries()
        for member in deaf:
            member.fails("stopReplProducer", mode="alwaysOn")
        try:
            yield
        finally:
            for member in deaf:
                member.fails("stopReplProducer", mode="off")

    @contextmanager
    def failing(self, *commands, times=1, **how):
        """Have the primary fail the bot's next commands of these names, in one of its own ways."""
        told = {"failCommands": list(commands), "appName": "consultflow", **how}
        primary = self.primary()
        primary.fails("failCommand", mode={"times": times}, data=told)
        try:
            yield
        finally:
            primary.fails("failCommand", mode="off")


@contextmanager
def replica_set_of_three():
    """A set of three for as long as the `with` lasts."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="consultflow-"))
        members = ReplicaSet(Path(folder))
        stack.callback(members.stop)
        members.start()
        yield members
