"""$batch: up to twenty calls in one, each answered for itself. Source: Graph, JSON batching."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from bot.local.graph.call import Answer, Call, GraphRefusal, bad

MOST = 20
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_ALLOWED = frozenset({"id", "method", "url", "headers", "body", "dependsOn"})
Answering = Callable[[Call], Awaitable[Answer]]


async def batch(call: Call, answering: Answering) -> Answer:
    """Answer every call of a batch; one whose forerunner failed gets 424.

    Errors: GraphRefusal 400 for a batch that is not put together as it should be.
    """
    told = call.json()
    requests = told.get("requests")
    if set(told) != {"requests"} or not isinstance(requests, list):
        raise bad("Invalid batch payload format.")
    if not 1 <= len(requests) <= MOST:
        raise bad(f"Number of batch request steps must be between 1 and {MOST}.")
    done: dict[str, int] = {}
    answers = []
    for entry in requests:
        inner = _inner(call, entry, done)
        if any(done[name] >= 400 for name in entry.get("dependsOn") or ()):
            answer = Answer(424, {"error": {"code": "FailedDependency", "message": "It failed."}})
        else:
            answer = await answering(inner)
        done[entry["id"]] = answer.status
        answers.append(_shown(entry["id"], answer))
    # Any order is allowed, so nobody may count on theirs.
    return Answer(200, {"responses": answers[::-1]})


def _inner(call: Call, entry: Any, done: Mapping[str, int]) -> Call:
    if not isinstance(entry, dict) or not set(entry) <= _ALLOWED:
        raise bad("Invalid batch payload format.")
    name, method, url = entry.get("id"), entry.get("method"), entry.get("url")
    if not isinstance(name, str) or not name or name in done:
        raise bad("Each request needs an id of its own.")
    if method not in _METHODS or not isinstance(url, str) or "://" in url:
        raise bad("Each request needs a method and a relative url.")
    if any(other not in done for other in entry.get("dependsOn") or ()):
        raise bad("A request depends on one that does not come before it.")
    headers = {str(k).lower(): str(v) for k, v in (entry.get("headers") or {}).items()}
    if entry.get("body") is not None and "content-type" not in headers:
        raise bad("A request with a body needs a Content-Type.")
    path, _, query = url.partition("?")
    return Call(
        method,
        "/" + path.lstrip("/"),
        dict(parse_qsl(query, keep_blank_values=True)),
        headers | {"authorization": call.headers.get("authorization", "")},
        _content(entry.get("body"), headers),
    )


def _content(body: Any, headers: Mapping[str, str]) -> bytes:
    if body is None:
        return b""
    if "json" in headers["content-type"]:
        return json.dumps(body).encode()
    try:
        return base64.b64decode(str(body), validate=True)
    except ValueError as error:
        raise GraphRefusal(400, "BadRequest", "A body that is not JSON must be base64.") from error


def _shown(name: str, answer: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": name, "status": answer.status, "headers": dict(answer.headers)}
    if answer.body is not None:
        shown["headers"]["Content-Type"] = "application/json"
        shown["body"] = answer.body
    return shown
