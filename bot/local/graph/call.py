"""A call to the local Graph and its answer, whether it came alone or in a batch."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from bot.local.entra.directory import Account

CODES = {  # by service: no permission, not there
    "outlook": ("ErrorAccessDenied", "ErrorItemNotFound"),
    "teams": ("Forbidden", "NotFound"),
    "directory": ("Authorization_RequestDenied", "Request_ResourceNotFound"),
    "files": ("accessDenied", "itemNotFound"),
    "batch": ("Forbidden", "NotFound"),
}
_DENIED = {
    "outlook": "Access is denied. Check credentials and try again.",
    "teams": "Missing scope permissions on the request.",
    "directory": "Insufficient privileges to complete the operation.",
    "files": "The caller does not have permission to perform the action.",
    "batch": "Forbidden.",
}


class GraphRefusal(Exception):  # noqa: N818 - what the other side says, not a bug of ours
    """Graph says no: a status, a code, a sentence, and headers that go with them."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad(message: str, code: str = "BadRequest") -> GraphRefusal:
    """Say that the request is wrong."""
    return GraphRefusal(400, code, message)


def denied(service: str) -> GraphRefusal:
    """Say that the token carries no permission for this."""
    return GraphRefusal(403, CODES[service][0], _DENIED[service])


def missing(service: str, message: str = "The specified object was not found.") -> GraphRefusal:
    """Say that there is no such thing."""
    return GraphRefusal(404, CODES[service][1], message)


@dataclass(slots=True)
class Call:
    """One call. `path` stands below /v1.0 and is still percent-encoded; header names are lower."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    account: Account | None = None
    scopes: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)  # what the route found in the path

    @property
    def who(self) -> Account:
        """Give whose token it is. Errors: GraphRefusal 400 for an app's own token."""
        if self.account is None:
            raise bad("/me request is only valid with delegated authentication flow.")
        return self.account

    def json(self) -> dict[str, Any]:
        """Read the body as an object. Errors: GraphRefusal 415 or 400."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise GraphRefusal(
                415, "UnsupportedMediaType", f"The media type '{kind}' is not supported."
            )
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise bad("Unable to read JSON request payload.") from error
        if not isinstance(found, dict):
            raise bad("Unable to read JSON request payload.")
        return found


@dataclass(slots=True)
class Answer:
    """What Graph says. `body` None is sent as no body at all."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: where it is, what it may be asked, and any one permission that opens it."""

    method: str
    template: str
    handler: Handler
    service: str
    scopes: frozenset[str]
    options: frozenset[str] = frozenset()

    def match(self, path: str) -> dict[str, str] | None:
        """Give what stands in the template's braces, decoded; None when the path is another.

        `{path}` may hold slashes, anything else not.
        """
        return _match(self.template, path)


def _match(template: str, path: str) -> dict[str, str] | None:
    names: dict[str, str] = {}
    rest = path
    while template:
        before, brace, after = template.partition("{")
        if rest[: len(before)].casefold() != before.casefold():
            return None
        rest = rest[len(before) :]
        if not brace:
            break
        name, _, template = after.partition("}")
        literal = template.partition("{")[0]
        end = _end(rest, literal, last=not literal, slashes=name == "path")
        if end <= 0:
            return None
        names[name], rest = unquote(rest[:end]), rest[end:]
    return None if rest else names


def _end(rest: str, literal: str, *, last: bool, slashes: bool) -> int:
    end = len(rest) if last else rest.casefold().find(literal.casefold())
    if slashes and not last:
        end = rest.casefold().rfind(literal.casefold())
    return -1 if "/" in rest[: max(end, 0)] and not slashes else end
