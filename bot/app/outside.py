"""What reaches out of this process: to Teams, to Microsoft 365, to addresses of users."""

from dataclasses import dataclass, replace
from typing import Any

from bot.app.microsoft import MicrosoftSide
from bot.app.shelves import OwnFiles, ShelfMaker
from bot.app.sign_in import SignInSettings, SignInSide
from bot.clients.outbound import OutboundHttp
from bot.clients.target import Rules
from bot.clock import Clock
from bot.teams.connector import TokenSource
from bot.teams.edge import Edge, open_edge
from bot.teams.handover import HandOver
from bot.teams.post import BotPost
from bot.teams.settings import EdgeSettings
from bot.workflows.services import Services
from storage.database import Storage


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything of it, put together."""

    edge: Edge
    shelves: ShelfMaker
    outbound: OutboundHttp
    side: SignInSide | None
    microsoft: MicrosoftSide | None

    def shared(self, storage: Storage, drive: OwnFiles | None) -> dict[str, Any]:
        """Give the services of actions that act for nobody in particular."""
        return {
            "records": storage.records,
            "drive": self.shelves.of(drive),
            "outbound": self.outbound,
            "post": BotPost(self.edge.notifier, self.edge.connector, storage.conversations),
        }

    def known_to(self, services: Services) -> Services:
        """Let handlers ask Teams and Microsoft 365 who people are."""
        return replace(
            services,
            tokens=self.side.tokens if self.side else None,
            check_connection=self.microsoft.check if self.microsoft else None,
            person=self.edge.person,
            forget=self.edge.forget,
        )


async def reach_out(
    storage: Storage,
    edge_settings: EdgeSettings,
    tokens: TokenSource,
    clock: Clock,
    sign_in: SignInSettings | None,
    graph_url: str,
    public_host: str | None,
    api_call_allow: frozenset[str],
) -> Outside:
    """Open what reaches out, inside the running loop."""
    own_hosts = frozenset({public_host} if public_host else ())
    outbound = OutboundHttp(Rules(allow=api_call_allow, own_hosts=own_hosts))
    edge = await open_edge(edge_settings, stores=storage, tokens=tokens, clock=clock)
    side = SignInSide(sign_in, storage=storage, edge=edge, clock=clock) if sign_in else None
    shelves = _shelves(storage, edge, clock)
    microsoft = MicrosoftSide(side, clock, shelves, graph_url) if side else None
    return Outside(edge, shelves, outbound, side, microsoft)


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
