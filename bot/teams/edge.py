"""The Teams edge, put together: one object that listens and speaks."""

import asyncio
import random
import secrets
from typing import Protocol

import aiohttp
from aiohttp import web

from bot.clock import Clock
from bot.teams.adapter import TeamsAdapter
from bot.teams.connector import Connector, Pause, TokenSource
from bot.teams.files import Files
from bot.teams.gate import Gate
from bot.teams.handler import Answer, ConsultFlowBot, Deliveries, Parts, Welcome
from bot.teams.handover import HandOver
from bot.teams.hosts import HostList
from bot.teams.keys import KeyStore, fetch_with
from bot.teams.limiter import Limiter
from bot.teams.notifier import Notifier
from bot.teams.people import People, Users
from bot.teams.places import Conversations, Places
from bot.teams.replies import Replies, Shown
from bot.teams.settings import EdgeSettings
from bot.teams.sso import TeamsSignIn
from bot.teams.uploads import Uploads
from bot.teams.verifier import Verifier
from storage.models import Conversation, User

_CLOSING_SECONDS = 10.0


class Stores(Protocol):
    """What the edge keeps: who spoke, where, and what was delivered."""

    @property
    def users(self) -> Users: ...  # noqa: D102
    @property
    def conversations(self) -> Conversations: ...  # noqa: D102
    @property
    def deliveries(self) -> Deliveries: ...  # noqa: D102


class Edge:
    """Listens once `listen` was called; speaks from the start. Made by open_edge."""

    def __init__(
        self,
        settings: EdgeSettings,
        *,
        stores: Stores,
        tokens: TokenSource,
        clock: Clock,
        session: aiohttp.ClientSession,
        pause: Pause,
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._clock = clock
        self._session = session
        self._key_stores: list[KeyStore] = []
        self._keys = self.keys_of(settings.open_id_url)
        self._hosts = HostList(settings.service_hosts, loopback=settings.loopback)
        limiter, chance = Limiter(clock, pause), random.SystemRandom().random
        self.connector = Connector(
            session,
            tokens=tokens,
            hosts=self._hosts,
            clock=clock,
            pause=pause,
            chance=chance,
            spoke=limiter.note,
        )
        self._file_hosts = HostList(settings.file_hosts, loopback=settings.loopback)
        self.uploads = Uploads(session, self._file_hosts)
        self._people = People(self._stores.users, self.connector)
        self._places = Places(self._stores.conversations)
        self.notifier = Notifier(self.connector, limiter, pause, chance)
        self._adapter: TeamsAdapter | None = None

    def keys_of(self, open_id_url: str) -> KeyStore:
        """Give the keys somebody signs tokens with, by their metadata; closed with the edge."""
        seconds = self._settings.key_timeout_seconds
        fetch = fetch_with(self._session, timeout_seconds=seconds)
        store = KeyStore(url=open_id_url, fetch=fetch, clock=self._clock)
        self._key_stores.append(store)
        return store

    def listen(
        self,
        *,
        answer: Answer,
        welcome: Welcome,
        shown: Shown,
        sign_in: TeamsSignIn | None = None,
        hand_over: HandOver | None = None,
    ) -> None:
        """Begin to take requests.

        `answer` replies to a turn, `welcome` to being added somewhere; `shown(run_id, conversation,
        activity_id)` is told which message shows a run's card, `hand_over` what people answer
        about files. With `sign_in`, what raises SignInNeededError becomes a sign-in card.
        """
        settings, clock = self._settings, self._clock
        verifier = Verifier(
            app_id=settings.app_id, issuer=settings.issuer, keys=self._keys, clock=clock
        )
        parts = Parts(
            answer=answer,
            welcome=welcome,
            people=self._people,
            places=self._places,
            files=Files(self._session, self._file_hosts),
            replies=Replies(shown),
            deliveries=self._stores.deliveries,
            clock=clock,
            typing_after_seconds=settings.typing_after_seconds,
            sign_in=sign_in,
            hand_over=hand_over,
        )
        self._adapter = TeamsAdapter(
            gate=Gate(settings, verifier=verifier, hosts=self._hosts),
            connector=self.connector,
            bot=ConsultFlowBot(parts),
            deliveries=self._stores.deliveries,
            clock=clock,
            answer_within_seconds=settings.answer_within.total_seconds(),
            new_reference=lambda: secrets.token_hex(4).upper(),
        )

    async def person(self, place: Conversation, teams_id: str) -> User | None:
        """Give a member of a conversation by what Teams calls them; None for nobody."""
        return await self._people.member(place, teams_id, now=self._clock.now())

    def forget(self, user: User) -> None:
        """Hold nothing more of a user whose data is deleted: if they write, they are new."""
        self._people.forget(user)
        self._places.forget(user)

    async def process(self, request: web.Request) -> web.Response:
        """Answer a request to /api/messages; 503 before `listen`."""
        if self._adapter is None:
            return web.Response(status=503, headers={"Retry-After": "5"})
        return await self._adapter.process(request)

    async def settle(self) -> None:
        """Wait for turns and card updates that go on behind their requests."""
        if self._adapter is not None:
            await self._adapter.drain()
        await self.notifier.settle()

    async def close(self) -> None:
        """Finish turns under way and bring waiting cards, for some seconds each, then hang up."""
        if self._adapter is not None:
            await self._adapter.drain(seconds=_CLOSING_SECONDS)
        await self.notifier.close()
        for store in self._key_stores:
            await store.close()
        await self._session.close()


async def open_edge(
    settings: EdgeSettings,
    *,
    stores: Stores,
    tokens: TokenSource,
    clock: Clock,
    pause: Pause = asyncio.sleep,
) -> Edge:
    """Make the edge inside the running loop. Close it in the end."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=100, limit_per_host=50, keepalive_timeout=30),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
    return Edge(settings, stores=stores, tokens=tokens, clock=clock, session=session, pause=pause)
