"""The local Graph on HTTP: aiohttp in and out, and a record of every exchange."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.local.gate import Exchange
from bot.local.graph.call import Answer, Call, GraphRefusal
from bot.local.graph.service import Service
from bot.local.graph.uploads import UploadSessions
from bot.local.microsoft_faults import Faults

MOST_BYTES = 64 * 1024 * 1024
_ROOT = "/v1.0"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Wire:
    """Serves everything below /v1.0, and the addresses of upload sessions."""

    service: Service
    uploads: UploadSessions
    faults: Faults
    on_exchange: Callable[[Exchange], None]

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.route("*", _ROOT + "/{rest:(?s:.*)}", self.serve),
            web.put("/up/{name}", self.piece),
            web.get("/up/{name}", self.piece),
            web.delete("/up/{name}", self.piece),
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, and keep a record of both sides without the token."""
        path = request.rel_url.raw_path.removeprefix(_ROOT)
        fault = self.faults.take(request.method, path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.method, path, dict(request.query), headers, await request.read())
        answer = await self.service.answer(call, fault)
        response = _response(answer)
        self.on_exchange(_exchange(request, call, answer, response))
        return await self.faults.send(request, response, fault)

    async def piece(self, request: web.Request) -> web.StreamResponse:
        """Take a piece of an upload, say how far it is, or drop it."""
        fault = self.faults.take(request.method, "/up/" + request.match_info["name"])
        if fault is not None:
            await self.faults.hold(fault)
        headers = {name.lower(): value for name, value in request.headers.items()}
        content = await request.read()
        if fault is not None and fault.status is not None:
            if fault.after_effect:
                self._piece(request, headers, content)
            refusal = GraphRefusal(fault.status, fault.code or "serviceNotAvailable", "Try again.")
            waits = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            return _response(_refused(refusal, waits))
        response = _response(self._piece(request, headers, content))
        return await self.faults.send(request, response, fault)

    def _piece(self, request: web.Request, headers: dict[str, str], content: bytes) -> Answer:
        name = request.match_info["name"]
        try:
            if request.method == "PUT":
                return self.uploads.put(name, headers, content)
            if request.method == "DELETE":
                return self.uploads.cancel(name, headers)
            return self.uploads.state(name, headers)
        except GraphRefusal as refusal:
            return _refused(refusal, refusal.headers)


def _refused(refusal: GraphRefusal, headers: dict[str, str]) -> Answer:
    error = {"code": refusal.code, "message": str(refusal)}
    return Answer(refusal.status, {"error": error}, headers)


def _response(answer: Answer) -> web.Response:
    headers = dict(answer.headers)
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    if isinstance(answer.body, str):
        return web.Response(text=answer.body, status=answer.status, headers=headers)
    body = json.dumps(answer.body, default=str).encode()
    headers["Content-Type"] = _JSON + ";odata.metadata=minimal;odata.streaming=true"
    return web.Response(body=body, status=answer.status, headers=headers)


def _exchange(request: web.Request, call: Call, answer: Answer, response: web.Response) -> Exchange:
    headers = dict(request.headers)
    if "Authorization" in headers:
        headers["Authorization"] = "Bearer [removed]"
    return {
        "method": request.method,
        "url": str(request.rel_url),
        "headers": headers,
        "body": _readable(call),
        "status": answer.status,
        "response_headers": dict(response.headers),
        "response_body": json.loads(json.dumps(answer.body, default=str)),
    }


def _readable(call: Call) -> Any:
    if not call.body:
        return None
    if "json" not in call.headers.get("content-type", ""):
        return f"{len(call.body)} bytes"
    try:
        return json.loads(call.body)
    except (ValueError, RecursionError):
        return call.body.decode(errors="replace")
