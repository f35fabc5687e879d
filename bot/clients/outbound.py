"""HTTP to addresses users gave us, guarded where it cannot be talked round: at the socket.

A name is resolved once and each socket is checked as it is made, so neither a name that changes its
mind nor an address in disguise gets through.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.clients.addresses import refusal
from bot.clients.body import read_body
from bot.clients.lease import check_lease
from bot.clients.reply import OutboundReply
from bot.clients.target import METHODS, Rules, read_headers, read_url
from storage.errors import RefusedError, RemoteError

SocketFactory = Callable[[aiohttp.AddrInfoType], socket.socket]

_REDIRECTS = (301, 302, 303, 307, 308)
_REPEATABLE = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")
_TRAVELS = ("accept", "content-type", "user-agent")
_LONGEST_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: URL
    headers: dict[str, str]
    body: bytes | None


class OutboundHttp:
    """Makes one call at a time for a workflow; keeps no cookies and uses no proxy.

    Give `resolver` and `new_socket` to tests. Use as a context manager, or start() and close().
    """

    def __init__(
        self,
        rules: Rules | None = None,
        *,
        seconds: float = 30.0,
        most_bytes: int = 1024 * 1024,
        redirects: int = 0,
        resolver: AbstractResolver | None = None,
        new_socket: SocketFactory | None = None,
    ) -> None:
        self._rules = rules or Rules()
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._redirects = min(redirects, 3)
        self._resolver = resolver
        self._new_socket = new_socket or _socket
        self._guarded: aiohttp.ClientSession | None = None
        self._free: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the sessions; a second call changes nothing."""
        if self._guarded is None:
            self._guarded = self._session(self._guarded_socket)
            self._free = self._session(self._new_socket)

    async def close(self) -> None:
        """Close them."""
        for session in (self._guarded, self._free):
            if session is not None:
                await session.close()
        self._guarded = self._free = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def send(
        self, *, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> OutboundReply:
        """Make one call and give what came back, whatever its status.

        Units: the body is cut at `most_bytes`, unpacked; the whole call ends after `seconds`.
        Errors: RefusedError for what may not be called; RemoteError when no answer came, retryable
        when the call was not sent or may be sent twice. LeaseLostError when it may not be sent
        any more.
        """
        if method not in METHODS:
            raise RefusedError(f"I can't make a {method[:20]} call. Choose one of the list.")
        if body is not None and len(body) > _LONGEST_BODY:
            raise RefusedError("The body of the call is larger than 1 MB.")
        call = _Call(method, read_url(url, self._rules), read_headers(headers), body)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(call)
        except TimeoutError as error:
            raise RemoteError(
                f"{call.url.host} did not answer within {self._seconds:g} seconds.",
                retryable=method in _REPEATABLE,
            ) from error

    async def _follow(self, call: _Call) -> OutboundReply:
        for _hop in range(self._redirects + 1):
            reply = await self._once(call)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not location or not self._redirects:
                return reply
            call = self._redirected(call, reply.status, location)
        raise RemoteError(
            f"{call.url.host} sent me on more than {self._redirects} times.", retryable=False
        )

    def _redirected(self, call: _Call, status: int, location: str) -> _Call:
        try:
            joined = str(call.url.join(URL(location)))
        except ValueError as error:
            raise RefusedError(f"{call.url.host} sent me on to no address.") from error
        url = read_url(joined, self._rules)
        if status in (301, 302, 303) and call.method not in ("GET", "HEAD"):
            kept = {k: v for k, v in call.headers.items() if k.lower() != "content-type"}
            call = replace(call, method="GET", body=None, headers=kept)
        if url.origin() != call.url.origin():
            if call.body is not None:
                raise RefusedError(f"{call.url.host} sent my data on to {url.host}: I stopped.")
            kept = {k: v for k, v in call.headers.items() if k.lower() in _TRAVELS}
            call = replace(call, headers=kept)
        return replace(call, url=url)

    async def _once(self, call: _Call) -> OutboundReply:
        session = self._free if self._rules.allows(call.url) else self._guarded
        if session is None:
            raise RemoteError("Calls to other services have not been started.", retryable=True)
        check_lease()
        try:
            async with session.request(
                call.method,
                call.url,
                headers={**call.headers, "Accept-Encoding": "identity"},
                data=call.body,
                allow_redirects=False,
            ) as response:
                body, truncated = await read_body(response, self._most_bytes)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return OutboundReply(response.status, headers, body, truncated)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise RemoteError(f"I can't reach {call.url.host}.", retryable=True) from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise RemoteError(
                f"{call.url.host} broke off or did not answer in HTTP.",
                retryable=call.method in _REPEATABLE,
            ) from error

    def _session(self, new_socket: SocketFactory) -> aiohttp.ClientSession:
        # One address after the other: a forbidden one ends the call, not only its own attempt.
        connector = aiohttp.TCPConnector(
            socket_factory=new_socket,
            resolver=self._resolver or aiohttp.ThreadedResolver(),
            happy_eyeballs_delay=None,
            force_close=True,
            use_dns_cache=False,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
            auto_decompress=False,
            trust_env=False,
        )

    def _guarded_socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, *_rest, where = address
        known = family in (socket.AF_INET, socket.AF_INET6)
        why = refusal(str(where[0])) if known else "not an internet address"
        if why is not None:
            raise RefusedError(
                f"The address leads into a network I may not call ({why}). "
                "Call a public address, or ask your admin to allow this one."
            )
        return self._new_socket(address)


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, *_rest = address
    return socket.socket(family=family, type=kind, proto=protocol)
