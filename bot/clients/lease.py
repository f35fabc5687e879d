"""Whether what is about to leave may still leave: the lease of the run it leaves for.

A machine may stand still for longer than a lease lasts, while another goes on with its run. When
it moves again, nothing tells it but the clock, and it is asked here, right before a call leaves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from storage.errors import LeaseLostError

IsHeld = Callable[[], bool]


@dataclass(slots=True)
class Lease:
    """How long a run is this worker's, as far as it knows."""

    clock: Clock
    until: datetime

    def is_held(self) -> bool:
        """Say whether it is not over yet."""
        return self.clock.now() < self.until


def _always() -> bool:
    return True


_IS_HELD: ContextVar[IsHeld] = ContextVar("is_held", default=_always)


@contextmanager
def under_lease(is_held: IsHeld) -> Iterator[None]:
    """Let every call made inside, also in tasks that begin inside, leave only while it is held."""
    before = _IS_HELD.set(is_held)
    try:
        yield
    finally:
        _IS_HELD.reset(before)


def check_lease() -> None:
    """Pass while the lease is held, or where there is none. Errors: LeaseLostError."""
    if not _IS_HELD.get()():
        raise LeaseLostError("Another worker may hold this run by now.")
