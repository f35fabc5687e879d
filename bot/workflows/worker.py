"""Claims runs that are due and sees them through: lease, heartbeat, sweep, graceful stop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.clients.lease import Lease, under_lease
from bot.clock import Clock
from bot.workflows.engine import Engine
from storage.database import Storage
from storage.errors import LeaseLostError, NotFoundError, UnavailableError
from storage.execution_logs import NOT_FULL
from storage.models import Run, RunStatus
from storage.patience import patience

_log = structlog.get_logger()

LEASE = timedelta(seconds=30)
SWEEP_SECONDS = 2.0
_SOON = 1 / 8  # of the time between two sweeps
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Places:
    """How many runs may be under way: in this process; of one person and of one workflow, in all.

    A run that waits for a person, or for a better moment, takes no place.
    """

    here: int = 8
    of_user: int = 5
    of_workflow: int = 3


class Worker:
    """Keeps as many runs going as there are places, oldest first.

    take() is told of a run that is due. What nobody tells of is found by looking every
    `sweep_seconds`, also runs whose holder died: their lease is over. wake() looks at once.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        engine: Engine,
        clock: Clock,
        places: Places = Places(),
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
        self._soon: asyncio.TimerHandle | None = None
        self._some_left = False  # for want of a place something due was left where it is
        self._stopping = False
        self._claiming = 0
        self._one_claims = asyncio.Lock()
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for work."""
        self._loop = asyncio.create_task(self._keep_looking(), name="worker")

    def wake(self) -> None:
        """Look for work now."""
        self._awake.set()

    async def take(self, run_id: str) -> None:
        """See a run through that is said to be due.

        Returns at once when somebody else has it, or when it has no place now: whoever has one
        finds it.
        """
        if not self._is_free():
            self._some_left = True
            return
        try:
            with self._a_place():
                run = await self._claim(run_id)
        except UnavailableError:
            _log.warning("worker.no_storage")
            return
        if run is not None:
            await asyncio.wait({self._begin(run)})

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Claim nothing more, give running steps time to end, then hand the rest back.

        A step that is cut off keeps its intent; its Repeat decides how it goes on.
        """
        self._stopping = True
        self.wake()
        if self._soon is not None:
            self._soon.cancel()
        if self._loop is not None:
            await self._loop
        if self._running:
            _done, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def work_once(self) -> Run | None:
        """Claim one due run and see it through; None when there is none."""
        run = await self._claim(None)
        return None if run is None else await self._see_through(run)

    def _is_free(self) -> bool:
        taken = len(self._running) + self._claiming
        return not self._stopping and taken < self._places.here

    @contextmanager
    def _a_place(self) -> Iterator[None]:
        """Hold a place while a run for it is looked for."""
        self._claiming += 1
        try:
            yield
        finally:
            self._claiming -= 1

    async def _claim(self, run_id: str | None) -> Run | None:
        runs, places = self._storage.runs, self._places
        async with self._one_claims:  # else two would see the same last place of somebody
            now = self._clock.now()
            full = await runs.full(now=now, of_user=places.of_user, of_workflow=places.of_workflow)
            run = await runs.claim(now=now, lease=self._lease, run_id=run_id, full=full)
        if run is None and full != NOT_FULL:
            self._some_left = True
        return run

    async def _keep_looking(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                await self._begin_what_is_due()
            except UnavailableError:
                _log.warning("worker.no_storage")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._sweep_seconds):
                    await self._awake.wait()

    async def _begin_what_is_due(self) -> None:
        while self._is_free():
            self._some_left = False
            with self._a_place():
                run = await self._claim(None)
            if run is None:
                return
            self._begin(run)
        self._some_left = True

    def _begin(self, run: Run) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(run), name=f"run {run.short_id}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._some_left:
            self.wake()
        elif self._soon is None:
            # What this run's user or workflow had no place for was perhaps left by another worker:
            # worth a look, but not one after each of a hundred runs a second.
            self._soon = asyncio.get_running_loop().call_later(
                self._sweep_seconds * _SOON, self._look_soon
            )

    def _look_soon(self) -> None:
        self._soon = None
        self.wake()

    def _is_stopping(self) -> bool:
        return self._stopping

    async def _guarded(self, run: Run) -> None:
        try:
            await self._see_through(run)
        except UnavailableError:
            _log.warning("run.no_storage", run=run.short_id)

    async def _see_through(self, run: Run) -> Run | None:
        """Execute under a heartbeat; None when somebody else took the run over."""
        lease = Lease(self._clock, run.leased_until or self._clock.now())
        # Nobody waits for an answer, as somebody in a chat does.
        with patience(), under_lease(lease.is_held):
            work = asyncio.create_task(self._engine.execute(run, pause=self._is_stopping))
        heart = asyncio.create_task(self._beat(run, work, lease))
        try:
            return await work
        except LeaseLostError:
            _log.info("run.taken_over", run=run.short_id)
            return None
        except asyncio.CancelledError:
            if heart.done():  # the heartbeat ended the work: the lease is somebody else's
                return None
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self._hand_back(run)
            raise
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)

    async def _hand_back(self, run: Run) -> None:
        """Let somebody else go on at once, not only when the lease is over."""
        now = self._clock.now()
        with suppress(LeaseLostError, UnavailableError):
            await self._storage.runs.hand_back(run.id, run.fence, due_at=now, now=now)

    async def _beat(self, run: Run, work: asyncio.Task[Run], lease: Lease) -> None:
        """Extend the lease at a third of its length; end the work when it is lost."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                until = self._clock.now() + self._lease
                await self._storage.runs.extend(run.id, run.fence, until)
                lease.until = until
            except LeaseLostError:
                if not await self._has_ended(run):
                    work.cancel()
                return
            except UnavailableError:
                _log.warning("run.heartbeat_missed", run=run.short_id)

    async def _has_ended(self, run: Run) -> bool:
        """Say whether a run can be held no longer because it has come to its end here."""
        try:
            now = await self._storage.runs.anybodys(run.id)
        except (NotFoundError, UnavailableError):
            return False
        return now.fence == run.fence and now.status is not RunStatus.RUNNING
