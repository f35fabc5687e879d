"""api_call: one HTTP call to a service the user names."""

import re
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from bot.clients.reply import OutboundReply
from bot.clients.retry_after import retry_after_seconds
from bot.clients.strict_json import parsed
from bot.workflows.action import ActionConfig, ActionContext, ActionResult, Repeat, action
from storage.errors import RefusedError, RemoteError
from storage.models import Json

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]

_KEPT_BYTES = 8 * 1024
_KEPT_HEADERS = ("content-type", "date", "etag", "last-modified", "link", "location", "retry-after")
_UNREPEATABLE = ("POST", "PATCH")
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_STATUS = re.compile(r"([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?")
_SHORTEST_SECRET = 4
_HOST = re.compile(r"(?:\{\{.*?\}\}|[^/?#{])+")


class Config(ActionConfig):
    """Which call is made, and which answers are good."""

    method: Method = Field(title="Method", default="GET")
    url: str = Field(
        title="Address", description="https://api.example.com/items", min_length=1, max_length=4096
    )
    headers: dict[str, str] = Field(title="Headers", default_factory=dict)
    secret_headers: dict[str, SecretStr] = Field(
        title="Secret headers",
        description="Name: value, one per line; never shown again",
        default_factory=dict,
    )
    body: Annotated[str, "long"] = Field(
        title="Body", description="What is sent with POST, PUT and PATCH", default=""
    )
    expected: str = Field(
        title="Expected status", description="For example 200, 201 or 200-299", default="200-299"
    )
    idempotent: bool = Field(
        title="Safe to repeat",
        description="Calling twice does no harm: the service knows the Idempotency-Key header",
        default=False,
    )

    @field_validator("url")
    @classmethod
    def _may_be_called(cls, url: str) -> str:
        scheme, mark, rest = url.strip().partition("://")
        host = _HOST.match(rest)
        if "{{" in scheme or (host and "{{" in host[0]):
            return url  # known once the slot is filled, and checked again then
        if not mark or scheme.lower() not in ("http", "https") or not host:
            raise ValueError("The address must begin with https:// and name a host.")
        if scheme.lower() == "http" and not _inner(host[0]):
            raise ValueError("The address must begin with https://.")
        return url

    @field_validator("expected")
    @classmethod
    def _statuses_can_be_read(cls, expected: str) -> str:
        if "{{" not in expected:
            list(_statuses(expected))
        return expected


class Result(ActionResult):
    """What the service answered."""

    status: int
    body: Any
    headers: dict[str, str]
    truncated: bool


def repeat_for(settings: Json) -> Repeat:
    """Say what a second call does: reading and overwriting is safe, adding is not unless ticked."""
    adds = str(settings.get("method", "GET")) in _UNREPEATABLE
    if not adds:
        return Repeat.SAFE
    return Repeat.KEYED if settings.get("idempotent") in (True, "true") else Repeat.ASK


@action(
    title="API Call",
    repeat=Repeat.ASK,
    repeat_for=repeat_for,
    needs=("outbound",),
    example=Config(method="GET", url="https://api.example.com/status"),
    result=Result,
)
async def api_call(config: Config, context: ActionContext) -> Result:
    """Make one HTTP call and give its answer to later steps.

    Shape: `body` is the parsed JSON, or text where it is none, or null where it is empty; what is
    larger than 8 KB stays text, cut there, and `truncated` says so.
    Errors: RefusedError for a call that may not be made; RemoteError for an answer of another
    status than expected, retryable where a second call does no harm.
    Source: ConsultFlow product specification, section 2.
    """
    if context.outbound is None:
        raise RefusedError("I can't call other services here. Ask your admin to allow it.")
    may_repeat = repeat_for(config.model_dump(include={"method", "idempotent"})) is not Repeat.ASK
    try:
        reply = await context.outbound.send(
            method=config.method,
            url=config.url.strip(),
            headers=_headers(config, context.key),
            body=_sent_body(config),
        )
    except RemoteError as error:
        if error.retryable:
            raise
        raise _unanswered(error, may_repeat=may_repeat) from error
    if not any(low <= reply.status <= high for low, high in _statuses(config.expected)):
        raise _unexpected(reply, config, may_repeat=may_repeat, now=context.now)
    secrets = _secrets(config)
    body, truncated = _received_body(reply, secrets)
    shown = {name: reply.headers[name] for name in _KEPT_HEADERS if name in reply.headers}
    kept = {name: _redacted(value, secrets)[:500] for name, value in shown.items()}
    return Result(
        status=reply.status, body=body, headers=kept, truncated=truncated or reply.truncated
    )


def _inner(authority: str) -> bool:
    """Say whether a host is one that only an admin's list can open: they may speak http."""
    host = re.sub(r":\d*$", "", authority).strip("[]").lower()
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host


def _headers(config: Config, key: str) -> dict[str, str]:
    secret = {name: value.get_secret_value() for name, value in config.secret_headers.items()}
    given = {**config.headers, **secret}
    names = [name.lower() for name in (*config.headers, *secret)]
    for name in sorted(names):
        if name == "idempotency-key":
            raise RefusedError("The header Idempotency-Key is set by me. Take it out.")
        if names.count(name) > 1:
            raise RefusedError(f"The header {name} is given twice. Keep one.")
    if config.body and "content-type" not in names and config.method not in ("GET", "HEAD"):
        given["Content-Type"] = _content_type(config.body)
    return {**given, "Idempotency-Key": key}


def _content_type(body: str) -> str:
    return "text/plain; charset=utf-8" if parsed(body) is None else "application/json"


def _sent_body(config: Config) -> bytes | None:
    if not config.body or config.method in ("GET", "HEAD"):
        return None
    return config.body.encode("utf-8", "replace")


def _received_body(reply: OutboundReply, secrets: list[str]) -> tuple[Any, bool]:
    text = _redacted(reply.body.decode("utf-8", "replace").removeprefix("\ufeff"), secrets)
    kept = text.encode()[:_KEPT_BYTES]
    if reply.truncated or len(text.encode()) > _KEPT_BYTES:
        return kept.decode("utf-8", "ignore"), True
    document = parsed(text)
    return (text or None if document is None else _redacted(document, secrets)), False


def _secrets(config: Config) -> list[str]:
    """Give what may never be shown: each secret, and each without a leading word like Bearer."""
    values = [secret.get_secret_value() for secret in config.secret_headers.values()]
    parts = {part for value in values for part in (value, *value.split()[-1:])}
    return sorted((part for part in parts if len(part) >= _SHORTEST_SECRET), key=len, reverse=True)


def _redacted(value: Any, secrets: list[str]) -> Any:
    """Blank out secrets a service gave back to us."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "•••")
        return value
    if isinstance(value, dict):
        return {
            _redacted(name, secrets): _redacted(inner, secrets) for name, inner in value.items()
        }
    return [_redacted(inner, secrets) for inner in value] if isinstance(value, list) else value


def _statuses(text: str) -> Iterator[tuple[int, int]]:
    """Read `200, 201` or `200-299`. Errors: ValueError, as a sentence."""
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _STATUS.fullmatch(part)
        if not match:
            raise ValueError("Expected status takes numbers and ranges, such as 200, 201, 300-399.")
        yield int(match[1]), int(match[2] or match[1])


def _unexpected(
    reply: OutboundReply, config: Config, *, may_repeat: bool, now: datetime
) -> RemoteError:
    host = urlsplit(config.url.strip()).hostname
    busy = reply.status in _BUSY
    wait = retry_after_seconds(reply.headers.get("retry-after", ""), now)
    hint = "It may be busy: try again later." if busy else "Look at the address and the headers."
    return RemoteError(
        f"{host} answered {reply.status}, and {config.expected} was expected. {hint}",
        # A 429 was turned away before anything was done.
        retryable=busy and (may_repeat or reply.status == 429),
        retry_after_seconds=wait,
    )


def _unanswered(error: RemoteError, *, may_repeat: bool) -> RemoteError:
    hint = "" if may_repeat else " Nobody can tell whether the call was taken: look there first."
    return RemoteError(f"{error}{hint}", retryable=may_repeat)
