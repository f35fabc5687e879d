"""The door of /api/messages: nothing reaches the bot that Teams did not sign for it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError
from botbuilder.schema import Activity

from bot.teams import wire
from bot.teams.hosts import HostList, is_loopback
from bot.teams.keys import KeysUnavailableError
from bot.teams.packed import unpacked
from bot.teams.payload import MalformedError, read_object
from bot.teams.refusal import UNAVAILABLE, RefusalError
from bot.teams.settings import EdgeSettings
from bot.teams.verifier import VerificationError, Verifier


class Gate:
    """Lets requests in, in this order: method, size, type, JSON, token, address, tenant, shape."""

    def __init__(self, settings: EdgeSettings, *, verifier: Verifier, hosts: HostList) -> None:
        self._settings = settings
        self._verifier = verifier
        self._hosts = hosts

    async def admit(self, request: web.Request) -> Activity:
        """Give the activity of a request Teams made for one of our tenants.

        Errors: RefusalError with 400, 401, 403, 405, 408, 413, 415 or 503.
        """
        self._check_head(request)
        body = await self._read(request)
        try:
            data = read_object(self._unpacked(request, body))
            if not isinstance(data.get("type"), str):
                raise MalformedError("not an activity")  # noqa: TRY301
            if not self._is_local_client(request, data):
                await self._verifier.verify(request.headers.get("Authorization"), data)
                self._check_tenant(data)
            self._check_place(data)
            return wire.load(data)
        except MalformedError as error:
            raise RefusalError(400, str(error)) from error
        except VerificationError as error:
            raise RefusalError(401, str(error)) from error
        except KeysUnavailableError as error:
            raise RefusalError(UNAVAILABLE, "the key server does not answer") from error

    def _check_head(self, request: web.Request) -> None:
        if request.method != "POST":
            raise RefusalError(405, "not a POST")
        if (request.content_length or 0) > self._settings.body_limit:
            raise RefusalError(413, "announces too large a body")
        if request.content_type != "application/json":
            raise RefusalError(415, "not JSON by its content type")

    async def _read(self, request: web.Request) -> bytes:
        try:
            if request.content.is_eof():  # the usual case: it came with the headers
                body = request.content.read_nowait()
            else:
                async with asyncio.timeout(self._settings.body_timeout_seconds):
                    body = await self._read_slowly(request)
        except TimeoutError as error:
            raise RefusalError(408, "the body came too slowly") from error
        except (ClientError, HttpProcessingError, RequestPayloadError, ConnectionError) as error:
            raise RefusalError(400, "the body could not be read") from error
        if len(body) > self._settings.body_limit:
            raise RefusalError(413, "too large a body")
        return body

    def _unpacked(self, request: web.Request, body: bytes) -> bytes:
        limit = self._settings.body_limit
        content = unpacked(body, request.headers.get("Content-Encoding", ""), limit)
        if len(content) > limit:
            raise RefusalError(413, "too large a body once unpacked")
        return content

    async def _read_slowly(self, request: web.Request) -> bytes:
        body = bytearray()
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > self._settings.body_limit:
                break
        return bytes(body)

    def _is_local_client(self, request: web.Request, data: Mapping[str, Any]) -> bool:
        """Say whether a program on this machine asks, in a local run that lets those in.

        A page in a browser is none: it sends an Origin, or a Host that is not this machine's.
        """
        return (
            self._settings.unsigned_loopback
            and not {"Authorization", "Origin"} & set(request.headers)
            and is_loopback(f"http://{request.host}/")
            and is_loopback(_text(data, "serviceUrl") or "")
        )

    def _check_place(self, data: Mapping[str, Any]) -> None:
        if not self._hosts.allows(data["serviceUrl"]):
            raise RefusalError(403, "the service address is not one of Teams'")
        if not _text(data.get("conversation"), "id"):
            raise MalformedError("names no conversation")
        if not _text(data, "id"):
            raise MalformedError("has no id")

    def _check_tenant(self, data: Mapping[str, Any]) -> None:
        if _tenant(data) not in self._settings.tenants:
            raise RefusalError(403, "another tenant")


def _text(holder: Any, name: str) -> str | None:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) and value else None


def _tenant(data: Mapping[str, Any]) -> str | None:
    """Give the tenant the activity names. Where it names it twice, both must agree."""
    channel = data.get("channelData")
    named = channel.get("tenant") if isinstance(channel, dict) else None
    first, second = _text(data.get("conversation"), "tenantId"), _text(named, "id")
    if first is not None and second is not None and first != second:
        raise RefusalError(403, "names two tenants")
    return first or second
