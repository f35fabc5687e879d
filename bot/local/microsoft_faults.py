"""What can go wrong on the way to the local Entra and Graph, switched on by a test."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from aiohttp import web

Reply = Literal["json", "html", "half", "none"]
HTML = "<!DOCTYPE html><html><head><title>502</title></head><body>Bad gateway</body></html>"


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong, as often as `times` says.

    `status` None leaves the true answer, for `half`, `none`, slowness and waiting alone.
    """

    pattern: str  # as in "POST /me/sendMail" or "POST */token"; `*` stands for anything
    status: int | None = None
    times: int = 1
    after_effect: bool = False  # the call does its work first, then the fault hides that
    reply: Reply = "json"
    retry_after: str | None = None
    code: str | None = None
    claims: str | None = None
    seconds: float = 0.0
    until: asyncio.Event | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def hides(self) -> bool:
        """Say whether the caller gets something other than the true answer."""
        return self.status is not None or self.reply == "html"


class Faults:
    """The faults still to come; each call takes the first whose pattern it fits."""

    def __init__(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pause = pause
        self._waiting: list[Fault] = []
        self._closed = asyncio.Event()
        self.held: list[Fault] = []  # of the calls that wait now

    def add(self, fault: Fault) -> None:
        """Let this go wrong from now on."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._waiting.clear()

    def close(self) -> None:
        """Let go of every caller that waits for a reply."""
        self._closed.set()

    def take(self, method: str, path: str) -> Fault | None:
        """Give what goes wrong with this call; None when nothing does."""
        for fault in self._waiting:
            if fnmatchcase(f"{method} {path}", fault.pattern):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    async def hold(self, fault: Fault) -> None:
        """Wait as long as the fault says, or until the server closes."""
        self.held.append(fault)
        try:
            await self._wait(fault)
        finally:
            self.held.remove(fault)

    async def _wait(self, fault: Fault) -> None:
        if fault.until is not None:
            released = asyncio.create_task(fault.until.wait())
            closed = asyncio.create_task(self._closed.wait())
            _, pending = await asyncio.wait((released, closed), return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
        if fault.seconds:
            await self._pause(fault.seconds)

    async def send(
        self, request: web.Request, response: web.Response, fault: Fault | None
    ) -> web.StreamResponse:
        """Send the reply as the fault has it: whole, cut in half, or not at all."""
        if fault is None or fault.reply in ("json", "html"):
            return response
        if fault.reply == "half":
            body = response.body if isinstance(response.body, bytes) else b""
            cut = web.StreamResponse(status=response.status, headers=response.headers)
            cut.content_length = max(len(body), 2)
            await cut.prepare(request)
            await cut.write(body[: len(body) // 2] or b"{")
        else:
            cut = web.StreamResponse()
            await self._closed.wait()
        if request.transport is not None:
            request.transport.abort()
        return cut


def html_response(fault: Fault) -> web.Response:
    """Give the page a gateway in between would send."""
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    return web.Response(
        text=HTML, status=fault.status or 502, content_type="text/html", headers=headers
    )


def json_body(response: web.StreamResponse) -> Any:
    """Read what a response says, for a record of it; None for nothing."""
    body = response.body if isinstance(response, web.Response) else None
    if not isinstance(body, bytes) or not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
