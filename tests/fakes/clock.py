"""A clock that moves only when told."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Holds an instant; passes as many seconds as the test says."""

    def __init__(self, start: datetime = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def pass_(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
