"""Times as Graph writes them: a dateTime without offset, and a zone's name beside it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.local.graph.call import Call, bad

_NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?")
_ZONE = re.compile(r'outlook\.timezone="?([^"]+)"?', re.IGNORECASE)
WINDOWS = {
    "UTC": "UTC",
    "India Standard Time": "Asia/Kolkata",
    "GMT Standard Time": "Europe/London",
    "Singapore Standard Time": "Asia/Singapore",
    "Eastern Standard Time": "America/New_York",
    "Pacific Standard Time": "America/Los_Angeles",
    "W. Europe Standard Time": "Europe/Berlin",
    "Tokyo Standard Time": "Asia/Tokyo",
}


def zone_of(name: str | None) -> ZoneInfo:
    """Give a zone by its IANA or Windows name; UTC when none is given. Errors: GraphRefusal 400."""
    try:
        return ZoneInfo(WINDOWS.get(name or "UTC", name or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise bad(
            f"The time zone '{name}' is not supported.", "TimeZoneNotSupportedException"
        ) from error


def instant(told: Mapping[str, Any]) -> datetime:
    """Read a dateTime without offset and the zone beside it. Errors: GraphRefusal 400."""
    text = str(told.get("dateTime"))
    if not _NAIVE.fullmatch(text):
        raise bad(
            "The dateTime is not a date and time without an offset.",
            "ErrorPropertyValidationFailure",
        )
    try:
        naive = datetime.fromisoformat(text[:26])
    except ValueError as error:
        raise bad("There is no such date.", "ErrorPropertyValidationFailure") from error
    return naive.replace(tzinfo=zone_of(told.get("timeZone"))).astimezone(UTC)


def preferred(call: Call) -> tuple[str, dict[str, str]]:
    """Give the zone a caller prefers to read, and the header that says so."""
    found = _ZONE.search(call.headers.get("prefer", ""))
    if found is None:
        return "UTC", {}
    zone_of(found[1])
    return found[1], {"Preference-Applied": f'outlook.timezone="{found[1]}"'}
