"""A claimed run to its end: for each step the intent, then the effect, then the outcome.

Steps that wait for the same others go side by side. Every write carries the run's fence; when
somebody has raised it, the write raises LeaseLostError and this engine stops at once, without
another effect.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from bot.workflows.branches import Branches
from bot.workflows.holds import detail_of, later_at, until, waiting
from bot.workflows.order import next_places
from bot.workflows.stepper import Stepper
from storage.models import Run, RunStatus, StatusDetail, Step, StepStatus


@dataclass(frozen=True, slots=True)
class Engine:
    """Executes one claimed run."""

    stepper: Stepper

    async def execute(self, run: Run, *, pause: Callable[[], bool] = lambda: False) -> Run:
        """Bring the run as far as it can go: to its end, or to where it waits.

        When pause() says so no further step is begun, and the run is handed back, due at once.
        Errors: LeaseLostError and UnavailableError leave the run to whoever claims it next.
        """
        owner = await self.stepper.storage.users.get(run.user_id)
        if owner is None:
            return await self._finish(run, "The owner of this workflow is gone.")
        # Found running as the run is claimed: the program ended in the middle of them.
        interrupted = {
            place for place, step in enumerate(run.steps) if step.status is StepStatus.RUNNING
        }

        async def take(newest: Run, place: int) -> Run:
            again = place in interrupted
            interrupted.discard(place)
            return await self.stepper.take(newest, place, owner, interrupted=again, pause=pause)

        branches = Branches(run, take)
        try:
            return await self._go(branches, pause, interrupted)
        finally:
            await branches.abandon()

    async def _go(
        self, branches: Branches, pause: Callable[[], bool], interrupted: Collection[int]
    ) -> Run:
        tried: set[int] = set()
        while branches.run.status is RunStatus.RUNNING:
            for place in next_places(branches.run, tried, self.stepper.clock.now()):
                begun = branches.run.steps[place].status is StepStatus.RUNNING
                # Begun by the outcome before it, it is done: as begun, somebody might be asked.
                if not pause() or (begun and place not in interrupted):
                    tried.add(place)
                    branches.start(place)
            if branches:
                await branches.next(self.stepper.watch)
            elif pause():
                return await self._hand_back(branches.run)
            else:
                rested = await self._rest(branches.run)
                if rested is not None:
                    return rested
                branches.run = await self.stepper.storage.runs.anybodys(branches.run.id)
                tried.clear()
        await self.stepper.watch(branches.run)
        return branches.run

    async def _rest(self, run: Run) -> Run | None:
        """End the run, or let it wait; None when its owner decided at this very moment."""
        places = waiting(run)
        now = self.stepper.clock.now()
        overdue = [place for place in places if _ends_by(run.steps[place], now)]
        if overdue:
            return await self._expire(run, overdue[0])
        later = [at for step in run.steps if (at := later_at(step)) is not None]
        if not places and not later:
            return await self._finish(run, None)
        ends = [end for place in places if (end := until(run.steps[place])) is not None]
        run, waits = await self.stepper.storage.runs.wait(
            run.id,
            run.fence,
            places,
            detail=detail_of(run, places),
            until=min([*ends, *later], default=None),
            now=now,
        )
        if waits:
            await self.stepper.watch(run)
        return run if waits else None

    async def _expire(self, run: Run, place: int) -> Run:
        step = run.steps[place]
        reason = (
            "Nobody pressed Send within 72 hours."
            if step.status is StepStatus.REVIEW
            else "Nobody signed in within 24 hours."
        )
        run = await self.stepper.outcomes.fail(run, place, reason)
        return await self._finish(run, reason, detail=StatusDetail.EXPIRED)

    async def _hand_back(self, run: Run) -> Run:
        now = self.stepper.clock.now()
        return await self.stepper.storage.runs.hand_back(run.id, run.fence, due_at=now, now=now)

    async def _finish(
        self, run: Run, error: str | None, *, detail: StatusDetail | None = None
    ) -> Run:
        failed = _first_failed(run)
        reason = error or (failed.error if failed else None)
        done = any(step.status is StepStatus.DONE for step in run.steps)
        run = await self.stepper.storage.runs.finish(
            run.id,
            run.fence,
            status=RunStatus.FAILED if reason else RunStatus.COMPLETED,
            detail=detail or (StatusDetail.PARTIAL if reason and done else None),
            error=reason,
            now=self.stepper.clock.now(),
        )
        await self.stepper.watch(run)
        return run


def _ends_by(step: Step, now: datetime) -> bool:
    end = until(step)
    return end is not None and end <= now


def _first_failed(run: Run) -> Step | None:
    return next((step for step in run.steps if step.status is StepStatus.FAILED), None)
