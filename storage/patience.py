"""How long the database may take: seconds where a person waits, longer behind the scenes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Long enough for a set to miss its primary, to choose another, and for that one to catch up.
FOR_A_NEW_PRIMARY_SECONDS = 30.0

_PATIENCE: ContextVar[float | None] = ContextVar("patience", default=None)


@contextmanager
def patience(seconds: float = FOR_A_NEW_PRIMARY_SECONDS) -> Iterator[None]:
    """Let every call that is made inside, also in tasks that begin inside, take so many seconds.

    For work nobody waits for: what was done and only has to be written down is then written down
    after a fail-over, and nobody has to be asked whether it was done.
    """
    before = _PATIENCE.set(seconds)
    try:
        yield
    finally:
        _PATIENCE.reset(before)


def patience_or(seconds: float | None) -> float | None:
    """Give the patience there is now, else that which is given; None is without end."""
    asked = _PATIENCE.get()
    return seconds if asked is None or seconds is None else asked
