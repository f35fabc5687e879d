"""Claims runs that are due and sees them through: lease, heartbeat, sweep, graceful stop."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.workflows.engine import Engine
from storage.database import Storage
from storage.errors import LeaseLostError, UnavailableError
from storage.models import Run

_log = structlog.get_logger()

LEASE = timedelta(seconds=30)
SWEEP_SECONDS = 2.0
STOP_SECONDS = 20.0


class Worker:
    """Keeps at most `places` runs going at the same time, oldest first.

    wake() makes it look at once; without it, it looks every `sweep_seconds`, which also finds runs
    whose holder died: their lease is over.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        engine: Engine,
        clock: Clock,
        places: int = 8,
        lease: timedelta = LEASE,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._storage = storage
        self._engine = engine
        self._clock = clock
        self._places = places
        self._lease = lease
        self._sweep_seconds = sweep_seconds
        self._awake = asyncio.Event()
        self._stopping = False
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for work."""
        self._loop = asyncio.create_task(self._keep_looking(), name="worker")

    def wake(self) -> None:
        """Look for work now."""
        self._awake.set()

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Claim nothing more, give running steps time to end, then leave the rest to the next.

        A step that is cut off keeps its intent: whoever claims the run next decides by its Repeat.
        """
        self._stopping = True
        self.wake()
        if self._loop is not None:
            await self._loop
        if self._running:
            _done, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def work_once(self) -> Run | None:
        """Claim one due run and see it through; None when there is none."""
        run = await self._storage.runs.claim(now=self._clock.now(), lease=self._lease)
        return None if run is None else await self._see_through(run)

    async def _keep_looking(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                await self._claim_what_fits()
            except UnavailableError:
                _log.warning("worker.no_storage")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._sweep_seconds):
                    await self._awake.wait()

    async def _claim_what_fits(self) -> None:
        while not self._stopping and len(self._running) < self._places:
            run = await self._storage.runs.claim(now=self._clock.now(), lease=self._lease)
            if run is None:
                return
            task = asyncio.create_task(self._guarded(run), name=f"run {run.short_id}")
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _is_stopping(self) -> bool:
        return self._stopping

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.wake()

    async def _guarded(self, run: Run) -> None:
        try:
            await self._see_through(run)
        except UnavailableError:
            _log.warning("run.no_storage", run=run.short_id)

    async def _see_through(self, run: Run) -> Run | None:
        """Execute under a heartbeat; None when somebody else took the run over."""
        work = asyncio.create_task(self._engine.execute(run, pause=self._is_stopping))
        heart = asyncio.create_task(self._beat(run, work))
        try:
            return await work
        except LeaseLostError:
            _log.info("run.taken_over", run=run.short_id)
            return None
        except asyncio.CancelledError:
            if heart.done():  # the heartbeat ended the work: the lease is somebody else's
                return None
            work.cancel()
            raise
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)

    async def _beat(self, run: Run, work: asyncio.Task[Run]) -> None:
        """Extend the lease at a third of its length; end the work when it is lost."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                until = self._clock.now() + self._lease
                await self._storage.runs.extend(run.id, run.fence, until)
            except LeaseLostError:
                work.cancel()
                return
            except UnavailableError:
                _log.warning("run.heartbeat_missed", run=run.short_id)
