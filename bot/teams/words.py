"""What was said, as it was typed: the bot's mention taken off, and nothing else harmed."""

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from botbuilder.schema import Activity

from bot.turn import Mention

_BREAK = re.compile(r"(?i)<br\s*/?>|</p>|</div>|</li>")
_TAG = re.compile(r"<[^<>]*>")
_OPEN = r"<at(?:\s[^<>]*)?>"


def words_of(activity: Activity) -> str:
    """Give the text of a message without the bot's mention; other mentions become plain names."""
    text = activity.text or ""
    bot_id = activity.recipient.id if activity.recipient else None
    for mentioned_id, written, name in _mentions(activity):
        text = _take(text, written, name, "" if mentioned_id == bot_id else name)
    if activity.text_format in ("html", "xml"):
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    return text.replace("\N{NO-BREAK SPACE}", " ").strip()


def is_meant(activity: Activity) -> bool:
    """Say whether a message mentions the bot; where others talk, only those are for it."""
    bot_id = activity.recipient.id if activity.recipient else None
    return any(mentioned_id == bot_id for mentioned_id, _written, _name in _mentions(activity))


def mentioned_in(activity: Activity) -> tuple[Mention, ...]:
    """Give whom a message mentions, beside the bot."""
    bot_id = activity.recipient.id if activity.recipient else None
    return tuple(
        Mention(mentioned_id, name or _TAG.sub("", written))
        for mentioned_id, written, name in _mentions(activity)
        if mentioned_id != bot_id
    )


def _mentions(activity: Activity) -> Iterable[tuple[str, str, str]]:
    for entity in activity.entities or ():
        if entity.type != "mention":
            continue
        more = entity.additional_properties
        mentioned = more.get("mentioned")
        if not isinstance(mentioned, dict):
            continue
        parts = (mentioned.get("id"), more.get("text") or "", mentioned.get("name") or "")
        if all(isinstance(part, str) for part in parts):
            yield parts  # type: ignore[misc]  # checked the line before


def _take(text: str, written: str, name: str, instead: str) -> str:
    """Replace one mention, first as the entity writes it, else in a tag with attributes."""
    start = text.find(written) if written else -1
    if start >= 0:
        return _join(text[:start], instead, text[start + len(written) :])
    inner = re.escape(_TAG.sub("", written) or html.escape(name, quote=False))
    found = re.search(f"{_OPEN}{inner}</at>", text)
    return _join(text[: found.start()], instead, text[found.end() :]) if found else text


def _join(before: str, instead: str, after: str) -> str:
    """Close the gap a mention leaves, by blanks only: line breaks were typed on purpose."""
    if instead:
        return before + instead + after
    before, after = before.rstrip(" \N{NO-BREAK SPACE}"), after.lstrip(" \N{NO-BREAK SPACE}")
    gap = "" if not before or not after or before.endswith("\n") or after.startswith("\n") else " "
    return before + gap + after


def time_zone_of(activity: Activity) -> str:
    """Give the IANA time zone the client reports, UTC where it reports none we know."""
    for entity in activity.entities or ():
        if entity.type == "clientInfo":
            return _zone(entity.additional_properties.get("timezone"))
    return _zone(activity.local_timezone)


def _zone(name: Any) -> str:
    return name if isinstance(name, str) and _is_zone(name) else "UTC"


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
