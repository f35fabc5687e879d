"""What Graph refused, as one sentence and one way on."""

import base64
import binascii
import json
import math
import re
from datetime import datetime
from typing import Any

from bot.clients.graph.calls import Call
from bot.clients.graph.exchange import Answer
from bot.clients.retry_after import retry_after_seconds
from storage.errors import GraphError

_BUSY = (408, 429, 500, 502, 503, 504)
_CLAIMS = re.compile(r'claims="([A-Za-z0-9+/_=-]{1,8192})"')
_LONGEST = 200
_SAID = {
    404: "I can't find {thing} (404). It may have been moved or deleted: choose another.",
    405: "Microsoft 365 does not let me {does} (405). Ask your admin.",
    409: "It exists already, or was changed by somebody else in between (409). Look, and retry.",
    412: "It was changed by somebody else in between (412). Look, and retry.",
    413: "It is too large for Microsoft 365 (413). Make it shorter, and retry.",
    415: "Microsoft 365 does not take this kind of content (415). Ask your admin.",
    423: "It is open or locked elsewhere (423). Close it there, and retry.",
    507: "There is no space left in {thing} (507). Free some, and retry.",
}
_NO_MAILBOX = ("MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI")


def refusal(call: Call, answer: Answer, now: datetime) -> GraphError:
    """Make an answer that is not a success into an error a user can act on.

    Shape: a 403 begins `Permission denied (403):` and names the least permission of the call.
    Retryable: when the service is busy and a second request does no harm, or surely was not done.
    """
    code, message = _told(answer)
    header = answer.headers.get("retry-after")
    seconds = None if header is None else retry_after_seconds(header, now)
    return GraphError(
        _sentence(call, answer.status, code, message) + _when(answer.status, seconds),
        status=answer.status,
        code=code,
        scope=call.scope if answer.status == 403 else None,
        retryable=answer.status == 429 or (answer.status in _BUSY and call.repeatable),
        retry_after_seconds=seconds,
    )


def unreadable(call: Call, answer: Answer) -> GraphError:
    """Say that something answered, but not as Graph does: a proxy's page, half a document."""
    return GraphError(
        f"I got an answer I can't read when I tried to {call.does} ({answer.status}). "
        "Try again in a few minutes.",
        status=answer.status,
        retryable=call.repeatable,
    )


def may_have_happened(error: GraphError) -> bool:
    """Say whether the call may have had its effect all the same: no answer, or a late one."""
    return error.sent and not 400 <= error.status < 500


def claims_of(answer: Answer) -> str | None:
    """Give what a conditional access policy asks for, as JSON; None when it asks for nothing.

    Source: RFC 9470 and Microsoft's claims challenge: `claims` in WWW-Authenticate, base64.
    """
    found = _CLAIMS.search(answer.headers.get("www-authenticate", ""))
    if found is None:
        return None
    packed = found[1].replace("-", "+").replace("_", "/").rstrip("=")
    try:
        text = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode()
        return text if isinstance(json.loads(text), dict) else None
    except (binascii.Error, ValueError):
        return None


def _sentence(call: Call, status: int, code: str, message: str) -> str:
    if code in _NO_MAILBOX:
        return "Your account has no mailbox I can use. Ask your admin for one."
    if status == 403:
        return (
            f"Permission denied (403): I may not {call.does}. "
            f"Grant me {call.scope}, or ask your admin to, and retry."
        )
    if 300 <= status < 400:
        return f"Microsoft 365 sent me on to another address ({status}), and I don't follow."
    if status == 429:
        return "Microsoft 365 asks me to slow down (429)."
    if status in _SAID:
        return _SAID[status].format(thing=call.thing, does=call.does)
    if status >= 500:
        return f"Microsoft 365 has trouble at the moment ({status})."
    told = f": {message}" if message else "."
    return f"Microsoft 365 would not {call.does} ({status}){told} Check the settings, and retry."


def _when(status: int, seconds: float | None) -> str:
    if status not in _BUSY and status < 508:
        return ""
    if seconds is None or seconds <= 60:
        return " Retry in a minute." if seconds is not None else " Retry in a few minutes."
    return f" Retry in {math.ceil(seconds / 60)} minutes."


def _told(answer: Answer) -> tuple[str, str]:
    """Give Graph's code, the inner one where it is a word, and its message on one line."""
    error = (answer.json() or {}).get("error")
    if not isinstance(error, dict):
        return "", ""
    inner: Any = error.get("innerError")
    finer = inner.get("code") if isinstance(inner, dict) else None
    code = finer if isinstance(finer, str) and not finer.isdigit() else error.get("code")
    message = " ".join(str(error.get("message") or "").split())[:_LONGEST].rstrip(".")
    return str(code or "")[:100], f"{message}." if message else ""
