"""One request and its answer, with nothing decided about it."""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from yarl import URL

from bot.clients.lease import check_lease
from storage.errors import GraphError

_MOST_BYTES = 4 * 1024 * 1024
_LARGE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `bearer` is False for the one address that is a secret itself: an upload's."""

    method: str
    url: URL
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    bearer: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any] | None:
        """Give the object in the body, or None when there is none."""
        try:
            document = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return document if isinstance(document, dict) else None


async def exchange(
    session: aiohttp.ClientSession, request: Request, headers: Mapping[str, str], seconds: float
) -> Answer:
    """Make one request. Units: all of it within `seconds`, the answer at most 4 MB.

    Errors: GraphError with status 0 when there is no whole answer; `sent` is False only when the
    request surely did not leave. LeaseLostError when it may not leave any more.
    """
    check_lease()
    try:
        async with (
            asyncio.timeout(seconds),
            session.request(
                request.method,
                request.url,
                headers=headers,
                data=_data(request.body),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
            ) as response,
        ):
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, found, await _read(response))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise _silence("I can't reach Microsoft 365.", sent=False) from error
    except TimeoutError as error:
        said = f"Microsoft 365 did not answer within {seconds:g} seconds."
        raise _silence(said, sent=True) from error
    except (aiohttp.ClientError, ConnectionError) as error:
        raise _silence("Microsoft 365 broke off before it had answered.", sent=True) from error


def _data(body: bytes | None) -> bytes | io.BytesIO | None:
    """Give what is sent in a form that leaves the loop free while a large one is written."""
    return io.BytesIO(body) if body is not None and len(body) >= _LARGE else body


def _silence(said: str, *, sent: bool) -> GraphError:
    way_on = "Try again in a few minutes."
    return GraphError(f"{said} {way_on}", status=0, retryable=True, sent=sent)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise GraphError(
                "Microsoft 365 answered with more than I can take.", status=response.status
            )
    return bytes(body)
