"""One person's line to Graph: token, limits, patience; what comes back is an object or an error."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson
import structlog
from yarl import URL

from bot.clients.graph.calls import BATCH, Call
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
_MOST_PAGES = 20
_MOST_IN_BATCH = 20

Question = tuple[str, Mapping[str, str] | None]  # a path and its query


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
        url = self.address(_asked(path, query))
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

    async def items(
        self, call: Call, path: str, *, query: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Give every item of a list, page after page; at most 20 pages."""
        return await self._rest(call, await self.ask(call, path, query=query))

    async def many(
        self, call: Call, questions: Sequence[Question], *, pages: int = _MOST_PAGES
    ) -> list[list[dict[str, Any]]]:
        """Give the lists that several paths hold, in one request for each twenty of them.

        One that is refused in the batch is asked again by itself, with all its waits and words.
        """
        found: list[list[dict[str, Any]]] = []
        for first in range(0, len(questions), _MOST_IN_BATCH):
            asked = questions[first : first + _MOST_IN_BATCH]
            begun = await self._batch(call, asked)
            found += [await self._rest(call, page, pages) for page in begun]
        return found

    async def _batch(self, call: Call, questions: Sequence[Question]) -> list[dict[str, Any]]:
        """Give the first page of each."""
        if len(questions) == 1:
            return [await self.ask(call, questions[0][0], query=questions[0][1])]
        requests = [
            {"id": str(place), "method": call.method, "url": _asked(path, query)}
            for place, (path, query) in enumerate(questions)
        ]
        batch = replace(BATCH, scope=call.scope, beside=call.beside, does=call.does)
        told = await self.ask(batch, "/$batch", body={"requests": requests})
        answers = {
            one.get("id"): one.get("body")
            for one in _values(told, "responses")
            if one.get("status") in call.good
        }
        pages = []
        for place, (path, query) in enumerate(questions):
            page = answers.get(str(place))
            whole = isinstance(page, dict)
            pages.append(page if whole else await self.ask(call, path, query=query))
        return pages

    async def _rest(
        self, call: Call, page: dict[str, Any], pages: int = _MOST_PAGES
    ) -> list[dict[str, Any]]:
        """Give the items of a page and of those after it."""
        found = _values(page)
        for _page in range(pages - 1):
            link = page.get("@odata.nextLink")
            if link is None:
                break
            page = await self.send(call, Request(call.method, self._next(str(link))))
            found += _values(page)
        return found

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

    def _next(self, link: str) -> URL:
        """Read the address of the next page. Errors: GraphError for one that is not Graph's."""
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


def _asked(path: str, query: Mapping[str, str] | None) -> str:
    # Blanks as %20: Graph's own reading of + in a filter is not to be relied on.
    asked = urlencode(query or {}, quote_via=quote, safe="$,")
    return f"{path}?{asked}" if asked else path


def _values(page: Mapping[str, Any], name: str = "value") -> list[dict[str, Any]]:
    values = page.get(name)
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []
