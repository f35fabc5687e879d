"""What has to be done again and again, in every process that executes runs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from storage.errors import UnavailableError

_log = structlog.get_logger()

Pause = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Round:
    """One pass over what is due: the same on one replica as on many. Every `seconds`."""

    name: str
    seconds: float
    go: Callable[[], Awaitable[object]]


class Rounds:
    """Goes its rounds, each at its own pace, the first at once; a bug in one stops none."""

    def __init__(self, rounds: Sequence[Round], pause: Pause = asyncio.sleep) -> None:
        self._rounds = rounds
        self._pause = pause
        self._going: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._going = [
            asyncio.create_task(self._keep_going(one), name=f"round {one.name}")
            for one in self._rounds
        ]

    async def stop(self) -> None:
        """Break off; what was begun and not ended is found again by the next process."""
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)

    async def _keep_going(self, one: Round) -> None:
        while True:
            try:
                await one.go()
            except UnavailableError:
                _log.warning("round.no_storage", round=one.name)
            except Exception:  # noqa: BLE001  a loop that must outlive its bugs
                _log.exception("round.bug", round=one.name)
            await self._pause(one.seconds)
