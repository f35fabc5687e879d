"""The door to Graph: limits shared by the process, typed calls for each signed-in person."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4
from weakref import WeakValueDictionary

import aiohttp
from yarl import URL

from bot.clients.graph.calendar import Calendar
from bot.clients.graph.delegated import Delegated
from bot.clients.graph.files import Files
from bot.clients.graph.line import Line, Wire
from bot.clients.graph.mail import Mail
from bot.clients.graph.people import People
from bot.clients.graph.teams import Teams
from bot.clock import Clock
from storage.errors import SettingsError

BASE_URL = "https://graph.microsoft.com/v1.0"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AT_ONCE = 4  # per app and mailbox; Source: Graph throttling limits of Outlook


class Graph(People, Mail, Calendar, Teams, Files):
    """Everything we ask of Graph, as one signed-in person.

    Errors of every call: GraphError, whose message is a sentence and a way on;
    SignInNeededError when this person has to sign in or to consent first.
    """


def open_session() -> aiohttp.ClientSession:
    """Open the session the client works on: no cookies, no proxy of the environment's."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=100),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


class GraphClient:
    """One for the process. `pause` waits so many seconds, `chance` gives a number from 0 to 1."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str = BASE_URL,
        clock: Clock,
        pause: Callable[[float], Awaitable[None]],
        chance: Callable[[], float],
        new_id: Callable[[], str] = lambda: str(uuid4()),
        seconds: float = 30.0,
    ) -> None:
        base = URL(base_url.rstrip("/"))
        if base.scheme != "https" and base.host not in _LOOPBACK:
            raise SettingsError("Microsoft Graph is only called over https.")
        self._wire = Wire(session, base, clock, pause, chance, new_id, seconds)
        self._slots: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def for_user(self, user_key: str, tokens: Delegated) -> Graph:
        """Give the calls of one person. The same key shares the limit of 4 requests at once."""
        slots = self._slots.get(user_key)
        if slots is None:
            slots = self._slots[user_key] = asyncio.Semaphore(_AT_ONCE)
        return Graph(Line(self._wire, tokens, slots))
