"""Times as people type them on a card: local times of a zone, never shifted by accident."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from storage.errors import RefusedError

_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
_HOW = "Write it like 2026-03-11 14:00."


def checked_zone(name: str) -> ZoneInfo:
    """Give an IANA zone. Errors: RefusedError for a name nobody knows."""
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RefusedError(
            f'I don\'t know the time zone "{name[:60]}". Use a name like Europe/London.'
        ) from error


def read_local(typed: str, zone: ZoneInfo, *, day_of: datetime | None = None) -> datetime:
    """Read a time as naive local time of the zone; one with an offset of its own is moved there.

    A time of day alone is on the day of `day_of`. Errors: RefusedError saying how to write it.
    """
    text = typed.strip()
    clock = _CLOCK.fullmatch(text)
    try:
        if clock and day_of is not None:
            return day_of.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RefusedError(f'I can\'t read the time "{text[:60]}". {_HOW}') from error
    if len(text) <= len("2026-03-11"):
        raise RefusedError(f'"{text}" has no time of day. {_HOW}')
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def moved(moment: datetime, source: str | None, target: ZoneInfo) -> datetime:
    """Give a naive local time of one zone as naive local time of another."""
    if source is None or source == target.key:
        return moment
    return moment.replace(tzinfo=ZoneInfo(source)).astimezone(target).replace(tzinfo=None)


def shown(moment: datetime) -> str:
    """Write a naive local time as it stands on a card."""
    return f"{moment:%Y-%m-%d %H:%M}"
