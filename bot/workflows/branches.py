"""The steps of one run that are under way at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from storage.errors import UnavailableError
from storage.models import Run

Take = Callable[[Run, int], Coroutine[Any, Any, Run]]
Watch = Callable[[Run], Awaitable[None]]


class Branches:
    """Takes steps side by side; `run` is the newest reading any of them came back with."""

    def __init__(self, run: Run, take: Take) -> None:
        self.run = run
        self._shown = run.revision
        self._take = take
        self._going: set[asyncio.Task[Run]] = set()

    def __bool__(self) -> bool:
        return bool(self._going)

    def start(self, place: int) -> None:
        """Begin with a step."""
        name = f"{self.run.short_id} {self.run.steps[place].id}"
        self._going.add(asyncio.create_task(self._take(self.run, place), name=name))

    async def next(self, watch: Watch) -> None:
        """Show how far the run is, then wait until a step has come to an end, or to a wait.

        Errors: LeaseLostError at once; UnavailableError when the others have come to theirs, so
        that no effect is cut off from its outcome for nothing.
        """
        if self.run.revision != self._shown:
            self._shown = self.run.revision
            await watch(self.run)
        done, self._going = await asyncio.wait(self._going, return_when=asyncio.FIRST_COMPLETED)
        away: UnavailableError | None = None
        for task in done:
            try:
                self._newest(task.result())
            except UnavailableError as error:
                away = error
        if away is not None:
            await self._let_end()
            raise away

    def _newest(self, run: Run) -> None:
        if run.revision >= self.run.revision:
            self.run = run

    async def _let_end(self) -> None:
        if self._going:
            await asyncio.wait(self._going)

    async def abandon(self) -> None:
        """Stop every step that is under way, where it is."""
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)
