"""How often the Bot Connector is asked again, and how long is waited in between."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

TRIES = 3
LONGEST_WAIT_SECONDS = 10.0
ASK_AGAIN = frozenset({412, 429, 502, 504})  # Teams' own list of what passes


def wait_seconds(headers: Mapping[str, str], *, tries: int, now: datetime, chance: float) -> float:
    """Tell how long to wait after the given number of tries, at most 10 s.

    `chance` in [0, 1) spreads the callers. Retry-After may be whole, a fraction or a date.
    """
    told = retry_after(headers.get("Retry-After"), now)
    if told is None:
        told = 0.5 * 2 ** (tries - 1)
    return min(told * (1 + chance / 4), LONGEST_WAIT_SECONDS)


def retry_after(text: str | None, now: datetime) -> float | None:
    """Read a Retry-After in seconds; None where there is none that makes sense."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        return _until(text, now)
    return seconds if 0 <= seconds < float("inf") else None


def _until(text: str, now: datetime) -> float | None:
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        return None
    return max((instant - now).total_seconds(), 0.0)
