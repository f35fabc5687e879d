"""Real brokers for the tests: NATS, Redis and RabbitMQ on loopback, each in a folder of its own.

A broker is started, killed, frozen and emptied as the machine it stands for would be. Nothing of
it listens on another address, no service of the system is touched, and everything is gone after.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from bot.local.mongod import _TIED_TO_PARENT
from tests.fakes.ports import LOOPBACK, free_port

# Stands in every address, so that a test sees it wherever it should not be.
PASSWORD = "CANARY-broker-password"
PATIENCE = 60


class Server:
    """A broker: `url` is where it answers; start(), kill(), freeze() and so on are what befalls it.

    Raises FileNotFoundError where Debian's package is not installed.
    """

    scheme = program = user = ""

    def __init__(self, folder):
        if self.binary() is None:
            raise FileNotFoundError(f"{self.program} is not installed (Debian's {self.package})")
        self.folder = Path(folder)
        self.port = free_port()
        self.url = f"{self.scheme}://{self.user}:{PASSWORD}@{LOOPBACK}:{self.port}"
        self._processes = []

    package = property(lambda self: self.program)

    @classmethod
    def binary(cls):
        return shutil.which(cls.program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")

    @property
    def runs(self):
        return bool(self._processes)

    async def start(self):
        """Start it, with what it kept, and wait until it takes connections."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await self._begin()
        async with asyncio.timeout(PATIENCE):
            while not await self._answers():
                self._must_live()
                await asyncio.sleep(0.05)

    async def _begin(self):
        self._spawn(self.binary(), *self.options())

    async def kill(self):
        """End it and all its children at once, as a power cut would."""
        for process in self._processes:
            family = []
            with contextlib.suppress(psutil.NoSuchProcess):
                family = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            for child in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            await asyncio.to_thread(psutil.wait_procs, family, 10)
            await asyncio.to_thread(process.wait, 10)
        self._processes.clear()

    async def empty(self):
        """Kill it, lose all it kept, and start it again on the same port."""
        await self.kill()
        await asyncio.to_thread(shutil.rmtree, self.folder)
        await self.start()

    def freeze(self):
        """Let it take connections and answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def listening(self):
        """The addresses it listens on, with all its children."""
        places = []
        for process in self._processes:
            top = psutil.Process(process.pid)
            for one in (top, *top.children(recursive=True)):
                places += one.net_connections("inet")
        return {place.laddr.ip for place in places if place.status == psutil.CONN_LISTEN}

    def _signal(self, wanted):
        for process in self._processes:
            top = psutil.Process(process.pid)
            for one in (top, *top.children(recursive=True)):
                one.send_signal(wanted)

    def _spawn(self, *command, **env):
        with (self.folder / "out.log").open("ab") as out:
            tie = [sys.executable, "-I", "-S", "-c", _TIED_TO_PARENT, str(os.getpid())]
            process = subprocess.Popen(
                [*tie, *map(str, command)],
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)

    def _must_live(self):
        for process in self._processes:
            if process.poll() is not None:
                said = (self.folder / "out.log").read_text("utf-8", "replace")[-2000:]
                raise AssertionError(f"{self.program} ended with {process.returncode}:\n{said}")

    async def _answers(self):
        """Whether it speaks: its port may be open long before it knows what to say."""
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        except OSError:
            return False
        try:
            async with asyncio.timeout(2):
                writer.write(self.greeting)
                return bool(await reader.read(1))
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    greeting = b""

    def options(self):
        """Say with what the program is started."""
        return ()


class Nats(Server):
    """A NATS server with JetStream: it greets by itself."""

    scheme, program, user = "nats", "nats-server", "bot"

    def options(self):
        kept = self.folder / "jetstream"
        return (
            *("-js", "-sd", kept, "-a", LOOPBACK, "-p", self.port),
            *("--user", self.user, "--pass", PASSWORD),
        )


class Redis(Server):
    """A Redis that keeps what it was told."""

    scheme, program, user = "redis", "redis-server", ""
    greeting = b"PING\r\n"

    def options(self):
        return (
            *("--bind", LOOPBACK, "--port", self.port, "--dir", self.folder),
            *("--requirepass", PASSWORD, "--appendonly", "yes", "--save", ""),
        )


class RabbitMq(Server):
    """A RabbitMQ node with a port mapper of its own; it takes some ten seconds to start."""

    scheme, program, user = "amqp", "rabbitmq-server", "bot"
    greeting = b"AMQP\x00\x00\x09\x01"

    def __init__(self, folder):
        super().__init__(folder)
        self._mapper, self._distribution = free_port(), free_port()

    @classmethod
    def binary(cls):
        # Debian's /usr/sbin/rabbitmq-server changes to the user and the folders of the service.
        return shutil.which(cls.program, path="/usr/lib/rabbitmq/bin")

    async def _begin(self):
        config, plugins = self.folder / "rabbitmq.conf", self.folder / "plugins"
        config.write_text(
            f"listeners.tcp.default = {LOOPBACK}:{self.port}\n"
            f"default_user = {self.user}\ndefault_pass = {PASSWORD}\n"
            "log.console = true\nlog.console.level = error\n"
        )
        plugins.write_text("[].\n")
        mapper = {"ERL_EPMD_PORT": str(self._mapper), "ERL_EPMD_ADDRESS": LOOPBACK}
        self._spawn(shutil.which("epmd"), "-address", LOOPBACK, "-port", self._mapper)
        async with asyncio.timeout(PATIENCE):
            while not await _open(self._mapper):
                self._must_live()
                await asyncio.sleep(0.05)
        self._spawn(
            self.binary(),
            **mapper,
            RABBITMQ_NODENAME=f"consultflow{self.port}@localhost",
            RABBITMQ_MNESIA_BASE=str(self.folder / "mnesia"),
            RABBITMQ_LOG_BASE=str(self.folder / "log"),
            RABBITMQ_CONFIG_FILE=str(config),
            RABBITMQ_CONF_ENV_FILE=str(self.folder / "none.conf"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(plugins),
            RABBITMQ_DIST_PORT=str(self._distribution),
            # One scheduler is enough for a few hundred ids, and leaves the tests the other core.
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=(
                "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
            ),
        )


async def _open(port):
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


KINDS = {"nats": Nats, "redis": Redis, "amqp": RabbitMq}


@asynccontextmanager
async def running(kind):
    """Run a broker of a kind (nats, redis, amqp) for as long as the `async with` lasts.

    Errors: FileNotFoundError naming the package that is missing.
    """
    with tempfile.TemporaryDirectory(prefix="consultflow-", ignore_cleanup_errors=True) as folder:
        server = KINDS[kind](Path(folder) / kind)
        try:
            await server.start()
            yield server
        finally:
            await server.kill()


class Brokers:
    """The brokers of a session, each started when it is first asked for and again when it died."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(
            prefix="consultflow-", ignore_cleanup_errors=True
        )
        self._servers = {}

    async def __call__(self, kind):
        """Give a broker that runs. Errors: FileNotFoundError naming the package that is missing."""
        server = self._servers.get(kind) or KINDS[kind](Path(self._folder.name) / kind)
        self._servers[kind] = server
        if not server.runs:
            await server.start()
        return server

    async def end(self):
        for server in self._servers.values():
            await server.kill()
        self._folder.cleanup()
