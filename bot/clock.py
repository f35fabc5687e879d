"""Time comes in from here, so that a test can hold it still."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """Tell the present instant: aware, UTC, cut to the millisecond (what BSON keeps)."""
        ...


def to_millisecond(instant: datetime) -> datetime:
    """Cut an aware instant to UTC milliseconds."""
    instant = instant.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Tell the present instant."""
        return to_millisecond(datetime.now(UTC))
