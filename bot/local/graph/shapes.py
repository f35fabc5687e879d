"""What may stand in a request's JSON: an unknown property or a wrong type is refused.

A shape is a type, a set of words, a list of one shape, or a map from names to shapes.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from bot.local.graph.call import bad

Shape = Any
_ANNOTATION = re.compile(r"[^@]*@(odata|microsoft\.graph)\.")
_ADDRESS = re.compile(r"[^\s@,;<>()\[\]\\\"]+@[^\s@,;<>()\[\]\\\"]+")
_PROPERTY_ID = re.compile(
    r"(String|Integer|Boolean|SystemTime|Double) "
    r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\} (Name \S.*|Id 0x[0-9A-Fa-f]{1,4})"
)
MOST_RECIPIENTS = 500

IMPORTANCE = frozenset({"low", "normal", "high"})
BODY = {"content": str, "contentType": frozenset({"text", "html"})}
RECIPIENT = {"emailAddress": {"address": str, "name": str}}
EXTENDED = {"id": str, "value": str}
FILE = {
    "name": str, "contentType": str, "contentBytes": str, "isInline": bool, "contentId": str,
}  # fmt: skip
MESSAGE = {
    "subject": str,
    "body": BODY,
    "importance": IMPORTANCE,
    "toRecipients": [RECIPIENT],
    "ccRecipients": [RECIPIENT],
    "bccRecipients": [RECIPIENT],
    "replyTo": [RECIPIENT],
    "attachments": [FILE],
    "singleValueExtendedProperties": [EXTENDED],
    "internetMessageHeaders": [{"name": str, "value": str}],
    "categories": [str],
    "isDeliveryReceiptRequested": bool,
    "isReadReceiptRequested": bool,
}
SEND_MAIL = {"message": MESSAGE, "saveToSentItems": bool}
MOMENT = {"dateTime": str, "timeZone": str}
EVENT = {
    "subject": str,
    "body": BODY,
    "start": MOMENT,
    "end": MOMENT,
    "attendees": [{**RECIPIENT, "type": frozenset({"required", "optional", "resource"})}],
    "location": {"displayName": str},
    "isOnlineMeeting": bool,
    "onlineMeetingProvider": frozenset(
        {"unknown", "skypeforbusiness", "skypeforconsumer", "teamsforbusiness"}
    ),
    "transactionId": str,
    "importance": IMPORTANCE,
    "isAllDay": bool,
    "isReminderOn": bool,
    "reminderMinutesBeforeStart": int,
    "responseRequested": bool,
    "allowNewTimeProposals": bool,
    "hideAttendees": bool,
    "categories": [str],
    "showAs": frozenset({"free", "tentative", "busy", "oof", "workingelsewhere", "unknown"}),
    "sensitivity": frozenset({"normal", "personal", "private", "confidential"}),
    "singleValueExtendedProperties": [EXTENDED],
}
IDENTITY = {"id": str, "displayName": str, "userIdentityType": str, "conversationIdentityType": str}
CHAT_MESSAGE = {
    "body": BODY,
    "subject": str,
    "importance": frozenset({"normal", "high", "urgent"}),
    "attachments": [
        {"id": str, "contentType": str, "contentUrl": str, "content": str, "name": str,
         "thumbnailUrl": str}
    ],
    "mentions": [
        {"id": int, "mentionText": str,
         "mentioned": {"user": IDENTITY, "application": IDENTITY, "conversation": IDENTITY}}
    ],
}  # fmt: skip
UPLOAD = {"item": {"name": str, "description": str, "fileSize": int}}


def check(value: Any, shape: Shape, kind: str) -> None:
    """Go on when a value has the shape. Errors: GraphRefusal 400 with what is wrong."""
    if value is None:
        return
    if isinstance(shape, dict):
        _object(value, shape, kind)
    elif isinstance(shape, list):
        _list(value, shape[0], kind)
    elif isinstance(shape, frozenset):
        if str(value).lower() not in shape:
            raise bad(f"Requested value '{value}' was not found in {kind}.", "RequestBodyRead")
    elif type(value) is not shape:
        raise _wrong(kind)


def _list(value: Any, shape: Shape, kind: str) -> None:
    if not isinstance(value, list) or any(item is None for item in value):
        raise _wrong(kind)
    for item in value:
        check(item, shape, kind)


def _object(value: Any, shape: dict[str, Shape], kind: str) -> None:
    if not isinstance(value, Mapping):
        raise _wrong(kind)
    for name, part in value.items():
        if _ANNOTATION.match(name):
            continue
        if name not in shape:
            raise bad(
                f"The property '{name}' does not exist on type 'microsoft.graph.{kind}'. Make "
                "sure to only use property names that are defined by the type.",
                "RequestBodyRead",
            )
        check(part, shape[name], name)


def _wrong(kind: str) -> Exception:
    return bad(f"Cannot convert the literal of '{kind}' to the expected type.", "RequestBodyRead")


def recipients(found: Any) -> list[dict[str, Any]]:
    """Give recipients as they are kept. Errors: GraphRefusal 400 for one that is no address."""
    kept = []
    for recipient in found or ():
        told = recipient.get("emailAddress") or {}
        address = told.get("address")
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise bad("At least one recipient isn't valid.", "ErrorInvalidRecipients")
        one_line(told.get("name"), "name")
        kept.append({"emailAddress": {"name": told.get("name") or address, "address": address}})
    return kept


def one_line(text: str | None, name: str) -> None:
    """Go on when a text has no line break in it. Errors: GraphRefusal 400."""
    if text is not None and re.search(r"[\r\n\0]", text):
        raise bad(f"The property '{name}' holds a line break.", "ErrorPropertyValidationFailure")


def files(found: Any) -> list[dict[str, Any]]:
    """Give attachments with their size. Errors: GraphRefusal 400."""
    kept = []
    for entry in found or ():
        if entry.get("@odata.type") != "#microsoft.graph.fileAttachment" or not entry.get("name"):
            raise bad("An attachment needs its type and a name.", "ErrorInvalidRequest")
        try:
            content = base64.b64decode(entry.get("contentBytes") or "", validate=True)
        except ValueError as error:
            raise bad("contentBytes is not base64.", "RequestBodyRead") from error
        one_line(entry["name"], "name")
        kept.append({**entry, "size": len(content)})
    return kept


def extended(found: Any) -> list[dict[str, str]]:
    """Give extended properties. Errors: GraphRefusal 400 for an id MAPI could not read."""
    for entry in found or ():
        if not _PROPERTY_ID.fullmatch(str(entry.get("id"))) or entry.get("value") is None:
            raise bad("The extended property's id is not valid.", "ErrorInvalidExtendedProperty")
    return [dict(entry) for entry in found or ()]


def body_of(found: Mapping[str, Any] | None) -> dict[str, str]:
    """Give a body in Graph's own spelling."""
    told = found or {}
    kind = str(told.get("contentType") or "text").lower()
    return {"contentType": kind, "content": str(told.get("content") or "")}


def preview(body: Mapping[str, str]) -> str:
    """Give the first 255 letters of a body without its tags."""
    plain = re.sub(r"<[^>]*>", " ", body["content"])
    return " ".join(plain.split())[:255]
