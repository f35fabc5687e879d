"""What the benchmark's processes are put together from: the bot's own parts, and actions."""

import asyncio
import time
from datetime import timedelta
from uuid import uuid4

from pydantic import Field

from bot.app.brokers.link import TaskiqLink
from bot.app.memory import keep_what_is_there
from bot.app.queue import Queue
from bot.auth.vault import Vault
from bot.clients.outbound import OutboundHttp
from bot.clients.target import Rules
from bot.clock import SystemClock
from bot.registry import discover
from bot.triggers.manual import manual
from bot.workflows.action import Action, ActionConfig, ActionResult, Repeat, action
from bot.workflows.engine import Engine
from bot.workflows.service import WorkflowService
from bot.workflows.stepper import Stepper
from bot.workflows.trigger import Signal
from bot.workflows.worker import Places, Worker
from storage.database import open_storage
from storage.execution_logs import run_id
from storage.models import RunStatus, SendPolicy, TriggerName

PEOPLE = 64


class Config(ActionConfig):
    """What is noted."""

    says: str = Field(title="Says", default="")


class Result(ActionResult):
    """What was noted."""

    said: str


class Signs:
    """Where runs are: whoever waits for one is told when it begins and when it has ended."""

    def __init__(self):
        self._waiting = {}  # run id -> when it began, when it ended
        self.free = asyncio.Event()  # the actions wait while it is not set
        self.free.set()

    def expect(self, run):
        """Give the instants, to be awaited, at which a run's first action begins and it ends."""
        loop = asyncio.get_running_loop()
        self._waiting[run] = loop.create_future(), loop.create_future()
        return self._waiting[run]

    def tell(self, word, run, at):
        began, ended = self._waiting.get(run, (None, None))
        if word == "ended" and self._waiting.pop(run, None):
            ended.set_result(at)
        elif began is not None and not began.done():
            began.set_result(at)

    async def watch(self, run):
        if run.status is not RunStatus.RUNNING:
            self.tell("ended", run.id, time.monotonic())


class Elsewhere(Signs):
    """The signs of a worker process, for the process that waits for them."""

    def __init__(self, writer):
        super().__init__()
        self._writer = writer

    def tell(self, word, run, at):
        self._writer.write(f"{word} {run} {at}\n".encode())


async def hear(signs):
    """Take what worker processes tell; gives the port to tell it to."""

    async def heard(reader, _writer):
        async for line in reader:
            word, run, at = line.decode().split()
            signs.tell(word, run, float(at))

    server = await asyncio.start_server(heard, "127.0.0.1", 0)
    return server.sockets[0].getsockname()[1]


def note_for(signs):
    """Make an action without an effect, so that what is measured is the engine."""

    @action(
        title="Note",
        repeat=Repeat.KEYED,
        example=Config(says="hello"),
        result=Result,
    )
    async def note(config, context):
        """Say it back."""
        if context.step_id == "note":
            signs.tell("began", context.run_id, time.monotonic())
        await signs.free.wait()
        return Result(said=config.says)

    return note


class Parts:
    """A bot's parts between accepting a run and its end; what of them runs is up to start()."""

    def __init__(self, storage, signs, *, allow=frozenset()):
        self.storage, self.signs, self.clock = storage, signs, SystemClock()
        self.outbound = OutboundHttp(Rules(allow=allow))
        self.actions = {**discover("bot.actions", Action), "note": note_for(signs)}
        self.worker = self.queue = self.service = None
        self._vault = Vault({"k1": b"1" * 32}, "k1")
        self._at_work = []  # a person and their workflow, for each client

    async def start(self, *, broker=None, executes=True, places=64, lease=30.0):
        """Begin, as `consultflow serve` does with or without a broker, or as `worker` does."""
        services = {"records": self.storage.records, "outbound": self.outbound}
        stepper = Stepper(
            self.storage, self.actions, services, self._vault, self.clock, self.signs.watch
        )
        self.worker = Worker(
            storage=self.storage,
            engine=Engine(stepper),
            clock=self.clock,
            places=Places(here=places),
            lease=timedelta(seconds=lease),
        )

        def link(*, receives):
            return TaskiqLink(broker, self.worker.take, places, receives=receives)

        listens = broker is not None and executes
        self.queue = Queue(
            to=lambda: link(receives=False), of=(lambda: link(receives=True)) if listens else None
        )
        self.service = WorkflowService(
            self.storage, self.actions, {"manual": manual}, self.clock, self.queue.announce
        )
        await self.storage.ensure_indexes()
        await self.outbound.start()
        self.queue.start()
        if executes:
            self.worker.start()
        keep_what_is_there()

    async def people(self, actions, configs):
        """Make people, each with a workflow of their own of these actions."""
        for number in range(PEOPLE):
            user = await self.storage.users.seen(
                microsoft_id=f"person{number}.tenant",
                email=f"person{number}@contoso.example",
                name=f"Person {number}",
                now=self.clock.now(),
            )
            workflow = await self.storage.workflows.add(
                user_id=user.id,
                name=f"Bench {number}",
                trigger=TriggerName.MANUAL,
                actions=actions,
                action_configs=configs,
                canvas=None,
                send_policy=SendPolicy.ASK,
                now=self.clock.now(),
            )
            self._at_work.append((user, workflow))

    async def accept(self, client, **inputs):
        """Start a client's workflow as a command does; gives its two instants to be awaited."""
        user, workflow = self._at_work[client % PEOPLE]
        key = uuid4().hex
        instants = self.signs.expect(run_id(workflow.id, key))
        await self.service.start(user, workflow.id, Signal(key, inputs, user.name))
        return instants

    async def run(self, client, **inputs):
        """Start a client's workflow and wait for its end."""
        _began, end = await self.accept(client, **inputs)
        await end


async def open_parts(uri, signs, **given):
    """Open the parts on a database."""
    storage = await open_storage(uri, sealer=Vault({"k1": b"1" * 32}, "k1"))
    return Parts(storage, signs, **given)
