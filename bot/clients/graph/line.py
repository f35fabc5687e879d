"""One person's line to Graph: token, limits, patience; what comes back is an object or an error."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson
import structlog
from yarl import URL

from bot.clients.graph.calls import Call
from bot.clients.graph.delegated import Delegated
from bot.clients.graph.exchange import Answer, Request, exchange
from bot.clients.graph.refusals import claims_of, refusal, unreadable
from bot.clock import Clock
from storage.errors import GraphError, SignInNeededError
from storage.models import Json

_log = structlog.get_logger()

_MOST_RETRIES = 4
_PATIENCE_SECONDS = 40.0  # all waits of one call together; a step has 60
_FIRST_WAIT_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 45.0
_JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Wire:
    """What all lines share."""

    session: aiohttp.ClientSession
    base: URL
    clock: Clock
    pause: Callable[[float], Awaitable[None]]
    chance: Callable[[], float]
    new_id: Callable[[], str]
    seconds: float  # the longest one request may take


class Line:
    """Asks as one person. `slots` is how many of their requests may be under way at once."""

    def __init__(self, wire: Wire, tokens: Delegated, slots: asyncio.Semaphore) -> None:
        self._wire = wire
        self._tokens = tokens
        self._slots = slots

    async def ask(
        self,
        call: Call,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Make a call below the base address and give the object it answers, {} for an empty one.

        `path` has its parts escaped already. Errors: GraphError; SignInNeededError.
        """
        given = dict(headers or {})
        if body is not None:
            given["Content-Type"] = "application/json"
        url = self.address(asked_of(path, query))
        packed = None if body is None else orjson.dumps(body)
        return await self.send(call, Request(call.method, url, given, packed))

    def address(self, path: str) -> URL:
        """Give the whole address of a path whose parts are escaped already."""
        return URL(str(self._wire.base) + path, encoded=True)

    def upload_address(self, told: str) -> URL:
        """Read where an upload goes. Errors: GraphError unless it is https, or Graph's own host."""
        try:
            url = URL(told, encoded=True)
            good = url.scheme == "https" or url.origin() == self._wire.base.origin()
        except ValueError:
            good = False
        if not good:
            raise GraphError("Microsoft 365 gave me no address to upload to. Retry.", status=200)
        return url

    async def send(self, call: Call, request: Request) -> dict[str, Any]:
        """Make one request, again and again as far as that does no harm."""
        waited = 0.0
        for attempt in range(_MOST_RETRIES + 1):
            try:
                return await self._once(call, request)
            except GraphError as error:
                seconds = self._wait(call, error, attempt)
                if seconds is None or waited + seconds > _PATIENCE_SECONDS:
                    raise
            await self._wire.pause(seconds)
            waited += seconds
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, call: Call, error: GraphError, attempt: int) -> float | None:
        """Say how long to wait before the next attempt; None when there is none."""
        harmless = call.repeatable or not error.sent
        if not (error.retryable and harmless) or attempt == _MOST_RETRIES:
            return None
        jitter = 1 + _JITTER * self._wire.chance()
        if error.retry_after_seconds is not None:
            return max(error.retry_after_seconds, 0.1) * jitter
        return min(_FIRST_WAIT_SECONDS * float(2**attempt), _LONGEST_WAIT_SECONDS) * jitter

    async def _once(self, call: Call, request: Request) -> dict[str, Any]:
        answer = await self._signed(call, request)
        if answer.status in call.good:
            document = {} if not answer.body.strip() else answer.json()
            if document is None or (answer.status != 202 and not document):
                raise unreadable(call, answer)
            return document
        if 200 <= answer.status < 300:
            raise unreadable(call, answer)
        error = refusal(call, answer, self._wire.clock.now())
        _log.warning(
            "graph.refused",
            call=f"{call.method} {call.name}",
            status=error.status,
            code=error.code,
            request_id=answer.headers.get("request-id", "")[:64],
        )
        raise error

    async def _signed(self, call: Call, request: Request) -> Answer:
        """Make the request; a token that is refused is replaced once."""
        if not request.bearer:
            return await self._exchange(request, None)
        scopes = call.scopes
        answer = await self._exchange(request, await self._tokens.token(scopes))
        if answer.status != 401:
            return answer
        claims = claims_of(answer)
        answer = await self._exchange(request, await self._tokens.token(scopes, claims=claims))
        if answer.status == 401:
            raise SignInNeededError(
                "Session expired. Please login again.", scopes=scopes, claims=claims_of(answer)
            )
        return answer

    async def _exchange(self, request: Request, token: str | None) -> Answer:
        headers = {
            "Accept": "application/json",
            **request.headers,
            "client-request-id": self._wire.new_id(),
        }
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with self._slots:
            return await exchange(self._wire.session, request, headers, self._wire.seconds)

    def own_address(self, link: str) -> URL:
        """Read the address of a next page. Errors: GraphError for one that is not Graph's."""
        base = self._wire.base
        try:
            url = URL(link, encoded=True)
            ours = url.origin() == base.origin() and url.raw_path.startswith(base.raw_path + "/")
        except ValueError:
            ours = False
        if not ours:
            raise GraphError(
                "Microsoft 365 pointed me to an address that is not its own, so I stopped.",
                status=200,
            )
        return url


def asked_of(path: str, query: Mapping[str, str] | None) -> str:
    """Join a path and its query, blanks as %20: + in a filter is not to be relied on."""
    asked = urlencode(query or {}, quote_via=quote, safe="$,")
    return f"{path}?{asked}" if asked else path
