"""Signing in, put together: Entra, tokens, the pages, and what follows a sign-in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from bot.auth.entra import AUTHORITY, Entra
from bot.auth.entra_http import EntraHttp, HttpClient
from bot.auth.flows import Flows, SignedIn
from bot.auth.pages import END, sign_in_routes
from bot.auth.user_tokens import THREADS, UserTokens
from bot.clock import Clock
from bot.teams.connector import ConnectorError
from bot.teams.edge import Edge
from bot.teams.sso import SignInParts, TeamsSignIn
from bot.teams.sso_tokens import ISSUER, SsoTokens
from storage.database import Storage

_log = structlog.get_logger()
OPEN_ID_URL = f"{AUTHORITY}/common/v2.0/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """What signing in must be told. `credential` is a secret, or a certificate as MSAL takes it."""

    app_id: str
    credential: Any
    tenants: frozenset[str]
    # https://host, without a slash, where the pages are reached; known once they are served.
    public_url: Callable[[], str]
    public_host: str | None = None  # in the name by which Teams knows the app, where it has one
    authority: str = AUTHORITY
    issuer: str = ISSUER
    open_id_url: str = OPEN_ID_URL  # whose keys sign what Entra issues
    http: HttpClient | None = None
    # How a browser reaches an address of the authority's; the local one is not in the DNS.
    visited: Callable[[str], str] = str

    def __repr__(self) -> str:
        """Name what is safe to show."""
        return f"SignInSettings(app_id={self.app_id!r}, authority={self.authority!r})"

    @property
    def audiences(self) -> frozenset[str]:
        """Give the names by which a token may be meant for us."""
        mine = f"botid-{self.app_id}"
        hosted = {f"api://{self.public_host.lower()}/{mine}"} if self.public_host else set()
        return frozenset({self.app_id, f"api://{mine}", *hosted})


class SignInSide:
    """Everything that signs people in. `tokens` is there at once, the rest after `open`."""

    def __init__(
        self, settings: SignInSettings, *, storage: Storage, edge: Edge, clock: Clock
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._edge = edge
        self._clock = clock
        self._http = settings.http or EntraHttp()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="entra")
        self.tokens = UserTokens(
            entra=Entra(
                app_id=settings.app_id,
                credential=settings.credential,
                http=self._http,
                authority=settings.authority,
            ),
            caches=storage.token_caches,
            prover=SsoTokens(
                audiences=settings.audiences,
                tenants=settings.tenants,
                keys=edge.keys_of(settings.open_id_url),
                clock=clock,
                issuer=settings.issuer,
            ),
            clock=clock,
            threads=self._threads,
        )

    def open(self, wake: Callable[[], None]) -> tuple[TeamsSignIn, list[web.RouteDef]]:
        """Give what the edge and the web side need; `wake` has the worker look for runs."""

        async def signed_in(done: SignedIn) -> None:
            await self._storage.runs.wake_signed_in(done.user.id, now=self._clock.now())
            wake()
            await self._confirm(done)

        flows = Flows(
            tokens=self.tokens,
            sign_ins=self._storage.sign_ins,
            users=self._storage.users,
            clock=self._clock,
            redirect_uri=lambda: f"{self._settings.public_url()}{END}",
        )
        parts = SignInParts(
            tokens=self.tokens,
            flows=flows,
            sign_ins=self._storage.sign_ins,
            clock=self._clock,
            public_url=self._settings.public_url,
            signed_in=signed_in,
        )
        return TeamsSignIn(parts), sign_in_routes(flows, signed_in, self._settings.visited)

    async def close(self) -> None:
        """Let the threads go; a call under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    async def _confirm(self, done: SignedIn) -> None:
        """Say in the chat that it worked. The sign-in stands even where this cannot be said."""
        try:
            await self._edge.notifier.send(done.place, f"You are signed in, {done.user.name}.")
        except ConnectorError as error:
            _log.warning("sign_in.not_confirmed", status=error.status, code=error.code)
