"""The local Microsoft 365: Entra and Graph on loopback, for `consultflow local` and for tests."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web

from bot.clock import Clock, SystemClock
from bot.local.entra.authorize import Interactive
from bot.local.entra.clients import Registration
from bot.local.entra.directory import Directory
from bot.local.entra.endpoint import Endpoint
from bot.local.entra.grants import Grants
from bot.local.entra.ledger import Ledger
from bot.local.entra.loopback import LoopbackHttp
from bot.local.entra.tokens import Tokens
from bot.local.gate import Exchange, listen
from bot.local.graph.calendar_calls import CalendarCalls
from bot.local.graph.directory_calls import DirectoryCalls
from bot.local.graph.drive_calls import DriveCalls
from bot.local.graph.files import Drives
from bot.local.graph.mail_calls import MailCalls
from bot.local.graph.plain import plain
from bot.local.graph.service import Asked, Service
from bot.local.graph.teams_calls import TeamsCalls, first_teams
from bot.local.graph.uploads import UploadSessions
from bot.local.graph.wire import MOST_BYTES, Wire
from bot.local.ids import Ids
from bot.local.limits import Limits
from bot.local.microsoft_faults import Fault, Faults
from bot.local.people import APP_ID, TENANT_ID, Person
from bot.local.world import Message, World

HOST = "login.local"
_KEPT = 5000
_RULES = ((4, 1),)  # messages to one channel or chat: so many in so many seconds


class LocalMicrosoft:
    """Entra and Graph, in memory: `start()` opens a port of their own, `mount()` shares one.

    `url` is where they stand; `authority` (`entra_url` and a tenant) is what MSAL is given, with
    `http_client()` to lead it here; `open_id_url` tells of the keys; `graph_url` is the Graph
    client's base. `client_secret` proves the app, and `redirect_uris` is a set to add the sign-in
    page's own address to. `people` default to those of the local Teams; Dana of Fabrikam is
    always there. Nobody has agreed to anything at first: `consent("asha", "Mail.Send")`.

    `requests` holds what Graph was asked, `token_requests` the forms Entra got, without secrets.

    `clock` dates what is stored, and tokens too unless `token_clock` does (a bot that checks
    tokens by the machine's clock needs that); `seconds` counts rates; `pause` is how a slow
    answer waits. `on_exchange` gets "entra" or "graph" and each exchange in contract_check's
    shape. `world` is the local Teams' own, so that posts show there.

    A guest (Chen) has no mailbox, calendar or drive here, as at Microsoft: 404.
    """

    def __init__(
        self,
        people: Iterable[Person] = (),
        *,
        clock: Clock | None = None,
        token_clock: Clock | None = None,
        ids: Ids | None = None,
        seconds: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_exchange: Callable[[str, Exchange], None] | None = None,
        world: World | None = None,
        redirect_uris: Iterable[str] = (),
        host: str = HOST,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self._token_clock: Clock = token_clock or self.clock
        self.ids = ids or Ids(self.clock)
        self.directory = Directory(people)
        self.world = world or World()
        self.ledger = Ledger(self._token_clock)
        self.faults = Faults(pause)
        self.requests: deque[Asked] = deque(maxlen=_KEPT)
        self.token_requests: deque[dict[str, str]] = deque(maxlen=_KEPT)
        self.registration = Registration(
            APP_ID, secrets.token_urlsafe(32), redirect_uris=set(redirect_uris)
        )
        self.redirect_uris = self.registration.redirect_uris
        self.client_secret = self.registration.secret
        self.app_id, self.tenant_id = APP_ID, TENANT_ID
        self.entra_url = f"https://{host}"
        self.authority = f"{self.entra_url}/{TENANT_ID}"
        self.url = self.graph_url = self.open_id_url = ""
        self._host = host
        self._limits = Limits(seconds, writes=_RULES)
        self.on_exchange = on_exchange
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Open a port of this machine (0: any free one). Errors: SettingsError when taken."""
        application = web.Application(client_max_size=MOST_BYTES + 1024)
        listener = await asyncio.to_thread(listen, port)
        application.add_routes(await self.mount(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def mount(self, url: str) -> list[web.RouteDef]:
        """Give the routes, for a server that stands at `url`."""
        self.url, self.graph_url = url, f"{url}/v1.0"
        self.open_id_url = f"{url}/common/v2.0/.well-known/openid-configuration"
        self.tokens = await asyncio.to_thread(
            Tokens, host=self._host, app_id=APP_ID, clock=self._token_clock, ids=self.ids
        )
        grants = Grants(self.tokens, self.ledger, self.directory)
        self._grants = grants
        self._interactive = Interactive(self.directory, self.registration, self.ledger)
        endpoint = Endpoint(
            lambda: self.url, self.tokens, self.registration, self.directory, grants, self.faults,
            self._token_clock, self.ids, lambda exchange: self._record("entra", exchange),
        )  # fmt: skip
        return [*endpoint.routes(), *self._interactive.routes(), *self._graph().routes()]

    def _graph(self) -> Wire:
        base, clock, ids = self.graph_url, self.clock, self.ids
        self._drives = Drives(clock, ids)
        self._mail = MailCalls(self.directory, clock, ids, base)
        self._calendars = CalendarCalls(self.directory, clock, ids, base)
        self.teams = TeamsCalls(
            self.world, clock, ids, self._limits, base, self._show, first_teams(self.world)
        )
        uploads = UploadSessions(self._drives, clock, self.url)
        self.drives = DriveCalls(self._drives, uploads, self.teams, base)
        directory = DirectoryCalls(self.directory, base)
        parts = (directory, self._mail, self._calendars, self.teams, self.drives)
        self.routes = [route for part in parts for route in part.routes()]
        service = Service(
            self.tokens, self.ledger, self.directory, self.faults, clock, ids, self.routes,
            self.requests.append,
        )  # fmt: skip
        return Wire(service, uploads, self.faults, lambda exchange: self._record("graph", exchange))

    def _record(self, which: str, exchange: Exchange) -> None:
        if which == "entra":
            self.token_requests.append(exchange["body"])
        if self.on_exchange:
            self.on_exchange(which, exchange)
        if exchange["method"] != "GET":
            self.world.feed.tell("microsoft")

    def _show(self, person: str, place_id: str, html: str) -> None:
        """Show a post in the local Teams, as plain text, where the room is one of its own."""
        found = self.world.find(place_id)
        if found is not None:
            message = Message(self.ids.message(), found[0].key, person, self.clock.now())
            message.text, message.text_format = plain(html), "plain"
            self.world.post(message)

    async def close(self) -> None:
        """Let go of everyone who waits, and close the port if it is our own."""
        self.faults.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def http_client(self) -> LoopbackHttp:
        """Give MSAL's way here; MSAL itself belongs in a thread."""
        return LoopbackHttp(lambda: self.url, self._host)

    def issuer(self, tenant_id: str = TENANT_ID) -> str:
        """Give the issuer that SSO tokens and id tokens name."""
        return f"{self.entra_url}/{tenant_id}/v2.0"

    def consent(self, person: str, *scopes: str) -> None:
        """Let somebody have agreed to Graph permissions, by their plain names."""
        self.ledger.consented(self.directory.account(person)).update(scopes)

    def consents(self, person: str) -> list[str]:
        """List what somebody has agreed to."""
        return sorted(self.ledger.consented(self.directory.account(person)))

    def withdraw(self, person: str, *scopes: str) -> None:
        """Take consent back: all of it when no permission is named."""
        given = self.ledger.consented(self.directory.account(person))
        given.difference_update(scopes or tuple(given))

    def revoke(self, person: str, *, at_once: bool = False) -> None:
        """End somebody's sessions: refresh tokens fail; `at_once` access tokens do, too (CAE)."""
        account = self.directory.account(person)
        self.ledger.revoke(account, at_once=at_once)
        sessions = self._interactive.sessions
        for cookie in [name for name, one in sessions.items() if one == account]:
            del sessions[cookie]

    def require_second_step(self, person: str) -> None:
        """Answer interaction_required with claims until the person signs in interactively."""
        self.ledger.second_step.add(self.directory.account(person).object_id)

    def block(self, person: str, *, blocked: bool = True) -> None:
        """Let Conditional Access keep somebody out, or in again."""
        change = self.ledger.blocked.add if blocked else self.ledger.blocked.discard
        change(self.directory.account(person).object_id)

    def sso_token(self, person: str, **changes: Any) -> str:
        """Give what Teams passes in signin/tokenExchange; `changes` replace claims, None drops."""
        return self.tokens.own(self.directory.account(person), **changes)

    def graph_token(self, person: str, *scopes: str) -> str:
        """Give an access token for Graph with these permissions, asking nobody."""
        account = self.directory.account(person)
        token = self.tokens.graph(account, frozenset(scopes), APP_ID)
        self._grants.note(account, token)
        return token

    def fail(self, pattern: str, **how: Any) -> Fault:
        """Let a call go wrong: see microsoft_faults.Fault for what can be said.

        `pattern` is a method and a path, below /v1.0 for Graph: "POST /me/sendMail",
        "POST */token", "PUT /up/*"; `*` stands for anything.
        """
        fault = Fault(pattern, **how)
        self.faults.add(fault)
        return fault

    def outbox(self, person: str) -> list[dict[str, Any]]:
        """Give what somebody sent and kept, oldest first, as Graph's message with attachments."""
        return self._mail.folder(self.directory.account(person), "sentitems")[::-1]

    def inbox(self, person: str) -> list[dict[str, Any]]:
        """Give what somebody was sent, oldest first."""
        return self._mail.folder(self.directory.account(person), "inbox")[::-1]

    def events(self, person: str) -> list[dict[str, Any]]:
        """Give somebody's events as they were made; `start` and `end` are aware UTC here."""
        return list(self._calendars.events[self.directory.account(person).object_id])

    def channel_posts(self, place_id: str | None = None) -> list[dict[str, Any]]:
        """Give what was posted through Graph in a channel or chat, or anywhere, oldest first."""
        posts = self.teams.posts
        if place_id is not None:
            return list(posts.get(place_id, ()))
        return [message for found in posts.values() for message in found]

    def drive(self, person: str) -> dict[str, bytes]:
        """Give the files of somebody's drive by path. Errors: GraphRefusal for a guest."""
        return self._drives.of(self.directory.account(person)).files()

    def team_drive(self, team_id: str) -> dict[str, bytes]:
        """Give the files of a team's library by path."""
        team = next(team for team in self.teams.teams if team.id == team_id)
        return self._drives.of_team(team.id, team.name).files()
