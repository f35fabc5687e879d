"""What the connector of the local Teams refuses, and how it says so."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.local.world import CARD, CONSENT

MESSAGE_BYTES = 100 * 1024  # of UTF-16, as Teams counts
_KINDS = frozenset({"message", "typing", "event", "endOfConversation"})


class Refusal(web.HTTPException):
    """A refusal with Teams' status and code, as an answer that can be raised."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None) -> None:
        self.status_code = status
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        super().__init__(
            headers=headers,
            text=json.dumps({"error": {"code": code, "message": message}}),
            content_type="application/json",
        )


def refuse(status: int, code: str, message: str, *, retry_after: int | None = None) -> Refusal:
    """Make a refusal, to be raised."""
    return Refusal(status, code, message, retry_after=retry_after)


def check_size(content: bytes) -> None:
    """Refuse a body over 100 KB, counted in UTF-16.

    Errors: Refusal 413.
    """
    if len(content) * 2 <= MESSAGE_BYTES:
        return
    text = json.dumps(json.loads(content), ensure_ascii=False, separators=(",", ":"))
    if len(text.encode("utf-16-le", "surrogatepass")) > MESSAGE_BYTES:
        raise refuse(413, "MessageSizeTooBig", "Message size too large.")


def check_activity(activity: Any) -> dict[str, Any]:
    """Give the activity back when Teams could show it.

    Errors: Refusal 400.
    """
    if not isinstance(activity, dict) or activity.get("type") not in _KINDS:
        raise refuse(400, "Bad Argument", "Unknown activity type.")
    attachments = activity.get("attachments") or []
    if not isinstance(attachments, list):
        raise refuse(400, "Bad Argument", "attachments is not a list.")
    for attachment in attachments:
        _check_attachment(attachment)
    if activity["type"] == "message" and not (activity.get("text") or attachments):
        raise refuse(400, "Bad Argument", "A message needs text or an attachment.")
    return activity


def _check_attachment(attachment: Any) -> None:
    if not isinstance(attachment, Mapping) or not attachment.get("contentType"):
        raise refuse(400, "Bad Argument", "An attachment needs a contentType.")
    if attachment["contentType"] == CONSENT:
        _check_consent(attachment)
    if attachment["contentType"] != CARD:
        return
    card = attachment.get("content")
    if not isinstance(card, Mapping) or card.get("type") != "AdaptiveCard":
        raise refuse(400, "Bad Argument", "The attachment is not an Adaptive Card.")


def _check_consent(attachment: Mapping[str, Any]) -> None:
    """Refuse a file's card that Teams could not ask with."""
    card, name = attachment.get("content"), attachment.get("name")
    size = card.get("sizeInBytes") if isinstance(card, Mapping) else None
    if not isinstance(name, str) or not name or type(size) is not int or size < 1:
        raise refuse(400, "Bad Argument", "A file consent card needs a name and a size.")


def offers_file(activity: Mapping[str, Any]) -> bool:
    """Say whether a message asks for consent to a file: only a personal chat takes those."""
    return any(part["contentType"] == CONSENT for part in activity.get("attachments") or [])
