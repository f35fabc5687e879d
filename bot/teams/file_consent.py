"""A person's answer to a file that was offered, as it arrives: fileConsent/invoke.

Source: Microsoft Teams, "Send and receive files through the bot"; the contracts' activities.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from storage.errors import RefusedError

NAME = "fileConsent/invoke"
_UNREADABLE = "I can't read that answer. Run the workflow again to be offered the file once more."


@dataclass(frozen=True, slots=True)
class Place:
    """Where Teams lets us put the file: `upload_url` takes it, `content_url` opens it."""

    upload_url: str
    content_url: str
    name: str
    unique_id: str
    file_type: str


@dataclass(frozen=True, slots=True)
class Consent:
    """A yes, with a place for the file, or a no (`place` None)."""

    file: str
    place: Place | None


def consent_of(value: Any) -> Consent:
    """Read an answer. Errors: RefusedError when it is not one to a card of ours."""
    told = _dict(value)
    file, action = _dict(told.get("context")).get("file"), told.get("action")
    if not isinstance(file, str) or not file or action not in ("accept", "decline"):
        raise RefusedError(_UNREADABLE)
    return Consent(file, _place(_dict(told.get("uploadInfo"))) if action == "accept" else None)


def _place(info: Mapping[str, Any]) -> Place:
    names = ("uploadUrl", "contentUrl", "name", "uniqueId", "fileType")
    upload, content, name, unique, kind = (
        text if isinstance(text := info.get(key), str) else "" for key in names
    )
    if not upload:
        raise RefusedError(_UNREADABLE)
    return Place(upload, content, name, unique, kind)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
