"""Who may talk to the local Teams: this machine only, and only its own page."""

import hmac
import json
import socket
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.local.connector_rules import refuse
from storage.errors import SettingsError

Exchange = dict[str, Any]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def only_this_machine(port: int) -> Middleware:
    """Refuse a host name that is not loopback's (DNS rebinding) and other pages' requests."""

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        own = {f"127.0.0.1:{port}", f"localhost:{port}"}
        if request.host not in own:
            raise web.HTTPMisdirectedRequest(text="This is http://127.0.0.1 of one machine only.")
        origin = request.headers.get("Origin")
        if origin is not None and origin.removeprefix("http://") not in own:
            raise web.HTTPForbidden(text="Another page may not use the local Teams.")
        return await handler(request)

    return gate


@web.middleware
async def careful_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the page load nothing from elsewhere and be framed nowhere."""
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(_HEADERS)
        raise
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def connector_gate(
    prefix: str, bot_token: str, on_exchange: Callable[[Exchange], None] | None
) -> Middleware:
    """Ask for the bot's bearer token below the prefix, and record each exchange there."""

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(prefix + "/"):
            return await handler(request)
        try:
            if not _holds(request, bot_token):
                raise refuse(401, "BotNotRegistered", "Authorization has been denied.")
            response = await handler(request)
        except web.HTTPException as refusal:
            if on_exchange:
                on_exchange(await _exchange(request, refusal))
            raise
        if on_exchange:
            on_exchange(await _exchange(request, response))
        return response

    return gate


def _holds(request: web.Request, token: str) -> bool:
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


async def _exchange(request: web.Request, response: web.StreamResponse) -> Exchange:
    headers = dict(request.headers)
    if "Authorization" in headers:
        headers["Authorization"] = "Bearer [removed]"
    answered = response.body if isinstance(response, web.Response) else None
    return {
        "method": request.method,
        "url": str(request.rel_url),
        "headers": headers,
        "body": _json(await request.read()),
        "status": response.status,
        "response_headers": dict(response.headers),
        "response_body": _json(answered if isinstance(answered, bytes) else b""),
    }


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except (ValueError, RecursionError):
        return content.decode(errors="replace")


def listen(port: int) -> socket.socket:
    """Take a port of 127.0.0.1 (0: any free one).

    Errors: SettingsError when it is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Port {port} is taken. Stop what uses it, or choose another with `--port`."
        ) from error
    return listener
