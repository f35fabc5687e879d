"""Settings in, a bot out: everything is introduced to everything else here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.app.brokers.link import TaskiqLink
from bot.app.microsoft import MicrosoftSide
from bot.app.queue import Queue
from bot.app.rounds import Round, Rounds
from bot.app.shelves import OwnFiles, ShelfMaker
from bot.app.sign_in import SignInSettings, SignInSide
from bot.clients.graph.client import BASE_URL
from bot.clients.outbound import OutboundHttp
from bot.clients.target import Rules
from bot.clock import Clock
from bot.dialogs.build_workflow import BuildWorkflow
from bot.dialogs.root import Root
from bot.dialogs.runner import DialogRunner
from bot.handlers.run_view import draw_run
from bot.registry import collect, discover
from bot.teams.connector import TokenSource
from bot.teams.edge import Edge, open_edge
from bot.teams.handover import HandOver
from bot.teams.living_card import LivingCard
from bot.teams.post import BotPost
from bot.teams.run_face import Draw
from bot.teams.settings import EdgeSettings
from bot.turn import Command, Press
from bot.web import make_web
from bot.workflows.action import Action
from bot.workflows.engine import Engine
from bot.workflows.run_service import RunService
from bot.workflows.secrets import Sealer
from bot.workflows.service import WorkflowService
from bot.workflows.services import Services
from bot.workflows.stepper import Stepper, nothing_of_owner
from bot.workflows.trigger import Trigger
from bot.workflows.worker import LEASE, Places, Worker
from cards.elements import Card
from cards.welcome import welcome_card
from storage.database import Storage
from storage.models import Conversation, Run

CARDS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that is put together. start() it, serve `web`, stop() it."""

    web: web.Application
    edge: Edge
    worker: Worker
    queue: Queue
    outbound: OutboundHttp
    rounds: Rounds
    executes: bool = True  # else it only announces: `consultflow worker` does what is due
    sign_in: SignInSide | None = None
    microsoft: MicrosoftSide | None = None

    async def start(self) -> None:
        """Begin to work on what is due, also on what a former process left."""
        await self.outbound.start()
        self.queue.start()
        if self.executes:
            self.worker.start()
            self.rounds.start()

    async def stop(self) -> None:
        """Finish what is under way within 20 seconds, and hang up."""
        self.queue.receive_no_more()
        await self.rounds.stop()
        await self.worker.stop()
        await self.queue.stop()
        await self.edge.close()
        await self.outbound.close()
        if self.microsoft is not None:
            await self.microsoft.close()
        if self.sign_in is not None:
            await self.sign_in.close()


async def build(
    *,
    storage: Storage,
    edge_settings: EdgeSettings,
    tokens: TokenSource,
    sealer: Sealer,
    clock: Clock,
    drive: OwnFiles | None = None,
    public_host: str | None = None,
    api_call_allow: frozenset[str] = frozenset(),
    places: int = 8,
    lease: timedelta = LEASE,
    sign_in: SignInSettings | None = None,
    graph_url: str = BASE_URL,
    broker: str | None = None,
    executes: bool = True,
) -> Bot:
    """Put a bot together inside the running loop. Errors: SettingsError for a broken plugin.

    It `executes` runs, else it leaves them to others, whom it tells through the `broker`.
    """
    own_hosts = frozenset({public_host} if public_host else ())
    outbound = OutboundHttp(Rules(allow=api_call_allow, own_hosts=own_hosts))
    edge = await open_edge(edge_settings, stores=storage, tokens=tokens, clock=clock)
    side = SignInSide(sign_in, storage=storage, edge=edge, clock=clock) if sign_in else None
    shelves = _shelves(storage, edge, clock)
    microsoft = MicrosoftSide(side, clock, shelves, graph_url) if side else None
    shared = {
        "records": storage.records,
        "drive": shelves.of(drive),
        "outbound": outbound,
        "post": BotPost(edge.notifier, edge.connector, storage.conversations),
    }
    of_owner = microsoft.of_owner if microsoft else nothing_of_owner
    actions = _able(discover("bot.actions", Action), shared, with_microsoft=microsoft is not None)
    living = LivingCard(edge.notifier, storage.runs, clock, _drawing(actions))
    stepper = Stepper(storage, actions, shared, sealer, clock, living.moved, of_owner=of_owner)
    worker = Worker(
        storage=storage,
        engine=Engine(stepper),
        clock=clock,
        places=Places(here=places),
        lease=lease,
    )
    queue = _queue(broker, worker, places, executes=executes)
    services = replace(
        _services(storage, actions, sealer, clock, queue.announce),
        tokens=side.tokens if side else None,
        check_connection=microsoft.check if microsoft else None,
        person=edge.person,
        forget=edge.forget,
    )
    asking, routes = side.open(worker.wake) if side else (None, [])
    edge.listen(
        answer=_root(services).answer,
        welcome=_welcome,
        shown=living.shown,
        sign_in=asking,
        hand_over=shelves.hand_over,
    )
    web_app = make_web(messages=edge.process, ping=storage.ping, routes=routes)
    rounds = Rounds([Round("cards", CARDS_SECONDS, living.catch_up)])
    return Bot(web_app, edge, worker, queue, outbound, rounds, executes, side, microsoft)


def _queue(broker: str | None, worker: Worker, places: int, *, executes: bool) -> Queue:
    """Make the way of run ids to a worker: this one, or those behind a broker."""

    def link(*, receives: bool) -> TaskiqLink:
        return TaskiqLink(broker, worker.take, places, receives=receives)

    receives = executes and broker is not None
    return Queue(
        to=lambda: link(receives=False),
        of=(lambda: link(receives=True)) if receives else None,
    )


def _shelves(storage: Storage, edge: Edge, clock: Clock) -> ShelfMaker:
    hand_over = HandOver(
        files=storage.handovers,
        chats=storage.conversations,
        notifier=edge.notifier,
        connector=edge.connector,
        uploads=edge.uploads,
        clock=clock,
    )
    return ShelfMaker(hand_over, storage.conversations)


def _able(
    actions: Mapping[str, Action], services: Mapping[str, Any], *, with_microsoft: bool
) -> dict[str, Action]:
    """Keep the actions whose services run here: what cannot work is not offered."""
    there = {name for name, service in services.items() if service is not None}
    there |= {"graph"} if with_microsoft else set()
    return {name: action for name, action in actions.items() if there.issuperset(action.needs)}


def _services(
    storage: Storage,
    actions: Mapping[str, Action],
    sealer: Sealer,
    clock: Clock,
    announce: Callable[[str], None],
) -> Services:
    triggers = discover("bot.triggers", Trigger)
    workflows = WorkflowService(storage, actions, triggers, clock, announce)
    runs = RunService(storage, workflows, clock, announce)
    return Services(workflows, runs, storage, sealer, clock)


def _root(services: Services) -> Root:
    dialogs = [BuildWorkflow(services)]
    return Root(
        commands=collect("bot.handlers", Command),
        presses=collect("bot.handlers", Press),
        runner=DialogRunner({one.name: one for one in dialogs}, services.storage.bot_state),
        services=services,
    )


def _drawing(actions: Mapping[str, Action]) -> Draw:
    def drawn(run: Run, *, retried_as: str | None) -> Card:
        zone = run.inputs.get("timeZone")
        known = zone if isinstance(zone, str) else "UTC"
        return draw_run(run, actions, zone=known, retried_as=retried_as)

    return drawn


async def _welcome(_conversation: Conversation) -> Sequence[Card | str]:
    return [welcome_card()]
