"""Times of day as people write them, with the zone where one can be told for certain."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?\s?(?:([ap])\.?m\b\.?)?"
_ZONE = (
    r"(?-i:UTC|GMT|[A-Z]{2,4}T|Z)(?:\s?[+-]\d{1,2}(?::?\d{2})?)?(?![\w/])"
    r"|[A-Z][A-Za-z]+(?:/[A-Z][\w+-]+){1,2}"
)
_TIMES = re.compile(
    rf"""(?<![\w/.:,-]){_CLOCK}(?:\s?\(?(?P<zone_between>{_ZONE})\)?)?
    (?:\s{{0,3}}(?:-|\u2013|—|\bto\b|\buntil\b)\s{{0,3}}{_CLOCK})?
    (?:\s{{0,3}}\(?(?P<zone>{_ZONE})\)?)?(?![\w/:]|[-.]\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_PLAIN_ZONES = frozenset({"UTC", "GMT", "CET", "EET", "WET"})  # IANA names that say just this


@dataclass(frozen=True, slots=True)
class Times:
    """A time or a span said in `text[start:end]`; `zone` is what was written, not yet IANA."""

    start: int
    end: int
    starts: time
    ends: time | None
    zone: str

    def on(self, day: date) -> tuple[datetime, datetime | None]:
        """Put the times on a day; a span that runs past midnight ends on the next."""
        starts = datetime.combine(day, self.starts)
        ends = None if self.ends is None else datetime.combine(day, self.ends)
        if ends is not None and ends <= starts and day < date.max:
            ends += timedelta(days=1)
        return starts, ends


def find_times(text: str) -> Times | None:
    """Give the first time of day in a text; bare numbers are none: `14` is, in `14:00`."""
    for found in _TIMES.finditer(text):
        read = _read(found)
        if read is not None:
            starts, ends = read
            zone = found["zone"] or found["zone_between"] or ""
            return Times(found.start(), found.end(), starts, ends, zone)
    return None


def iana_zone(said: str, *, day: date | None, own: str | None) -> str | None:
    """Give the IANA name of a zone as written, or None where the letters fit several.

    `own` is the zone of whoever sent the notes: it decides what their `IST` means, and it is the
    answer where no zone is written.
    """
    if not said:
        return own
    if "/" in said or said in _PLAIN_ZONES:
        return said if _zone(said) is not None else None
    home = _zone(own) if own else None
    if home is None:
        return "UTC" if said == "Z" else None
    year = 2026 if day is None else day.year
    names = {datetime(year, month, 1, tzinfo=home).tzname() for month in (1, 7)}
    return own if said in names else None


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _read(found: re.Match[str]) -> tuple[time, time | None] | None:
    hour, minute, half, to_hour, to_minute, to_half = (
        found[1],
        found[2],
        found[3],
        found[5],
        found[6],
        found[7],
    )
    if to_hour is None:
        starts = _time(hour, minute, half) if minute or half else None
        return None if starts is None else (starts, None)
    if not (minute or half or to_minute or to_half):
        return None
    ends = _time(to_hour, to_minute, to_half)
    starts = _time(hour, minute, half or to_half)
    if starts is not None and ends is not None and starts > ends and to_half and not half:
        starts = _time(hour, minute, "a")
    return None if starts is None or ends is None else (starts, ends)


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    number, past = int(hour), int(minute or 0)
    if half:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half.lower() == "p" else 0)
    return time(number, past) if number < 24 and past < 60 else None
