"""Settings in, a bot out: everything is introduced to everything else here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.app.brokers.link import TaskiqLink
from bot.app.microsoft import MicrosoftSide
from bot.app.outside import reach_out
from bot.app.queue import Queue
from bot.app.rounds import Round, Rounds
from bot.app.shelves import OwnFiles
from bot.app.sign_in import SignInSettings, SignInSide
from bot.clients.graph.client import BASE_URL
from bot.clients.outbound import OutboundHttp
from bot.clock import Clock
from bot.dialogs.build_workflow import BuildWorkflow
from bot.dialogs.root import Root
from bot.dialogs.runner import DialogRunner
from bot.handlers.run_view import draw_run
from bot.registry import collect, discover
from bot.teams.connector import TokenSource
from bot.teams.edge import Edge
from bot.teams.living_card import LivingCard
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
    outside = await reach_out(
        storage, edge_settings, tokens, clock, sign_in, graph_url, public_host, api_call_allow
    )
    edge, side, microsoft = outside.edge, outside.side, outside.microsoft
    shared = outside.shared(storage, drive)
    actions = _able(discover("bot.actions", Action), shared, with_microsoft=microsoft is not None)
    living = LivingCard(edge.notifier, storage.runs, clock, _drawing(actions))
    of_owner = microsoft.of_owner if microsoft else nothing_of_owner
    stepper = Stepper(storage, actions, shared, sealer, clock, living.moved, of_owner=of_owner)
    worker = Worker(
        storage=storage,
        engine=Engine(stepper),
        clock=clock,
        places=Places(here=places),
        lease=lease,
    )
    queue = _queue(broker, worker, places, executes=executes)
    services = outside.known_to(_services(storage, actions, sealer, clock, queue.announce))
    asking, routes = side.open(worker.wake) if side else (None, [])
    edge.listen(
        answer=_root(services).answer,
        welcome=_welcome,
        shown=living.shown,
        sign_in=asking,
        hand_over=outside.shelves.hand_over,
    )
    return Bot(
        make_web(messages=edge.process, ping=storage.ping, routes=routes),
        edge,
        worker,
        queue,
        outside.outbound,
        Rounds([Round("cards", CARDS_SECONDS, living.catch_up)]),
        executes,
        side,
        microsoft,
    )


def _queue(broker: str | None, worker: Worker, places: int, *, executes: bool) -> Queue:
    """Make the way of run ids to a worker: this one, or those behind a broker."""

    def link(*, receives: bool) -> TaskiqLink:
        return TaskiqLink(broker, worker.take, places, receives=receives)

    receives = executes and broker is not None
    return Queue(
        to=lambda: link(receives=False),
        of=(lambda: link(receives=True)) if receives else None,
    )


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
