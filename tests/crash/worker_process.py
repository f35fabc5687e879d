"""A worker in a process of its own: the real storage, actions and services, on local stand-ins.

It is told where to die, or how many points to live for. It runs in a process forked from one
that has everything imported (nursery.py), so that a new one is at work in a tenth of a second.
"""

import asyncio
import os
import signal
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from bot.app.brokers.link import TaskiqLink
from bot.app.microsoft import MicrosoftSide
from bot.app.outside import reach_out
from bot.app.queue import Queue
from bot.app.signals import stop_event
from bot.auth.app_token import FixedToken
from bot.auth.vault import Vault
from bot.clock import SystemClock
from bot.registry import discover
from bot.teams.settings import EdgeSettings
from bot.telemetry import set_up_logging
from bot.workflows.action import Action
from bot.workflows.engine import Engine
from bot.workflows.stepper import Stepper
from bot.workflows.worker import Places, Worker
from storage.database import open_storage
from tests.fakes.crash import WRITES, Watched, die

UP, STUCK, FROZEN = "up", "stuck", "frozen"
ACTIONS = discover("bot.actions", Action)  # before any process is forked: it takes long


@dataclass(frozen=True)
class Doom:
    """Where a worker dies: before or after the intent, effect or outcome of a step."""

    when: str  # before | after
    what: str  # intent | effect | outcome
    position: int


@dataclass(frozen=True)
class Told:
    """What a worker has to know."""

    mongo_uri: str
    app_id: str
    tenant_id: str
    bot_token: str
    graph_url: str
    graph_tokens: dict[str, str]  # by microsoft id
    allow: frozenset[str]
    log: str
    lease: float = 1.0
    sweep: float = 0.2
    broker: str | None = None
    places: int = 2
    doom: Doom | None = None
    freezes: bool = False  # there it stands still instead, until it is let go on
    points: int = 0  # it dies at the n-th point it passes; 0: it lives
    only: str | None = None  # the one run it takes
    poison: dict[str, str] = field(default_factory=dict)  # a run's mark -> exit | endless


class Given:
    """One person's token for Graph."""

    def __init__(self, token):
        self._token = token

    async def token(self, _scopes, *, claims=None):
        return self._token


class Points:
    """The points a worker passes; at the one it was told of it dies."""

    def __init__(self, told, tell):
        self._told, self._tell = told, tell
        self._doom, self._left = told.doom, told.points

    def run(self, when, name, args, kwargs):
        self._count()
        doom = self._doom
        if doom is None or doom.when != when or len(args) < 3:
            return
        begins = (*kwargs.get("begin", ()), *((args[2],) if name == "begin_step" else ()))
        ends = (args[2],) if name in ("end_step", "fail_step") else ()
        if doom.position in {"intent": begins, "outcome": ends}.get(doom.what, ()):
            self._meet()

    def effect(self, when, _name, _args, kwargs):
        self._count()
        if self._doom == Doom(when, "effect", int(kwargs["step_id"].removeprefix("step"))):
            self._meet()

    def _meet(self):
        if not self._told.freezes:
            die()
        self._doom = None
        self._tell(FROZEN)
        os.kill(os.getpid(), signal.SIGSTOP)

    def _count(self):
        self._left -= 1
        if self._left == 0:
            die()


def watched_actions(points, told, tell):
    """The real actions; the one without an effect outside is watched itself, and may be poison."""
    real = ACTIONS["generate_mom"]

    async def generate_mom(config, context):
        poison = told.poison.get(context.inputs.get("mark"))
        if poison == "exit":
            os._exit(1)
        while poison == "endless":
            tell(STUCK)
            time.sleep(60)
        points.effect("before", "generate_mom", (), {"step_id": context.step_id})
        result = await real.run(config, context)
        points.effect("after", "generate_mom", (), {"step_id": context.step_id})
        return result

    return {**ACTIONS, "generate_mom": replace(real, run=generate_mom)}


class TokensInHand:
    """Everybody's token for Graph: whoever was told of is signed in."""

    def __init__(self, by_id):
        self.tokens = self
        self._by_id = by_id

    def for_user(self, user):
        return Given(self._by_id[user.microsoft_id])


class Parts:
    """A worker and what it works with."""

    def __init__(self, told, tell):
        self.told, self.tell = told, tell
        self.clock, self.vault = SystemClock(), Vault({"k1": b"1" * 32}, "k1")

    async def open(self):
        told, points = self.told, Points(self.told, self.tell)
        storage = await open_storage(told.mongo_uri, sealer=self.vault)
        storage = replace(
            storage,
            runs=Watched(storage.runs, WRITES, points.run),
            records=Watched(storage.records, ("save",), points.effect),
        )
        edge = EdgeSettings(told.app_id, frozenset({told.tenant_id}), loopback=True)
        self.outside = await reach_out(
            storage, edge, FixedToken(told.bot_token), self.clock, None, "", None, told.allow
        )
        await self.outside.outbound.start()
        signed_in = TokensInHand(told.graph_tokens)
        self.microsoft = MicrosoftSide(signed_in, self.clock, self.outside.shelves, told.graph_url)
        self.worker = self._worker(storage, watched_actions(points, told, self.tell))
        self.queue = queue(told.broker, self.worker.take, receives=told.only is None)

    def _worker(self, storage, actions):
        stepper = Stepper(
            storage,
            actions,
            self.outside.shared(storage, None),
            self.vault,
            self.clock,
            _unseen,
            of_owner=self.microsoft.of_owner,
        )
        return Worker(
            storage=storage,
            engine=Engine(stepper),
            clock=self.clock,
            places=Places(self.told.places, of_user=1000, of_workflow=1000),
            lease=timedelta(seconds=self.told.lease),
            sweep_seconds=self.told.sweep,
        )

    async def close(self):
        self.queue.receive_no_more()
        await self.worker.stop()
        await self.queue.stop()
        await self.outside.edge.close()
        await self.outside.outbound.close()
        await self.microsoft.close()


def queue(broker, take, *, receives):
    """Make the way of run ids through a broker, as the program does; without one there is none."""

    def link(*, receives):
        return TaskiqLink(broker, take, 2, receives=receives)

    receives = receives and broker is not None
    return Queue(
        to=lambda: link(receives=False), of=(lambda: link(receives=True)) if receives else None
    )


async def _unseen(_run):
    """There is no card to redraw."""


async def work(told, tell):
    """Work until asked to stop, or take the one run it was told of."""
    stopping = stop_event()
    parts = Parts(told, tell)
    await parts.open()
    if told.only:
        tell(UP)
        await parts.worker.take(told.only)
    else:
        parts.queue.start()
        parts.worker.start()
        tell(UP)
        await stopping.wait()
    await parts.close()


def live(told, pipe):
    """Be a worker process."""
    with Path(told.log).open("a", encoding="utf-8") as log:
        set_up_logging(stream=log)
        asyncio.run(work(told, pipe.send))
