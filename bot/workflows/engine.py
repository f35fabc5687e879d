"""A claimed run to its end: for each step the intent, then the effect, then the outcome.

Every write carries the run's fence; when somebody has raised it, the write raises LeaseLostError
and this engine stops at once, without another effect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.workflows.action import Action
from bot.workflows.holds import detail_of, next_place, until, waiting
from bot.workflows.secrets import Sealer
from bot.workflows.stepper import (
    STEP_SECONDS,
    OfOwner,
    Stepper,
    Watcher,
    nothing_of_owner,
)
from storage.database import Storage
from storage.models import Run, RunStatus, StatusDetail, Step, StepStatus


@dataclass(frozen=True, slots=True)
class Engine:
    """Executes one claimed run; `services` and `of_owner` as in Stepper."""

    storage: Storage
    actions: Mapping[str, Action]
    services: Mapping[str, Any]
    sealer: Sealer
    clock: Clock
    watch: Watcher
    step_seconds: float = STEP_SECONDS
    of_owner: OfOwner = nothing_of_owner

    @property
    def _stepper(self) -> Stepper:
        return Stepper(
            self.storage,
            self.actions,
            self.services,
            self.sealer,
            self.clock,
            self.watch,
            self.step_seconds,
            self.of_owner,
        )

    async def execute(self, run: Run, *, pause: Callable[[], bool] = lambda: False) -> Run:
        """Bring the run as far as it can go: to its end, or to where it waits for its owner.

        Between two steps pause() may ask to hand the run back, due at once.
        Errors: LeaseLostError and UnavailableError leave the run to whoever claims it next.
        """
        owner = await self.storage.users.get(run.user_id)
        if owner is None:
            return await self._finish(run, "The owner of this workflow is gone.")
        stepper = self._stepper
        tried: set[int] = set()
        while True:
            place = next_place(run, tried)
            if place is None:
                ended = await self._rest(run)
                if ended is not None:
                    return ended
                run = await self.storage.runs.anybodys(run.id)
                tried.clear()
                continue
            if pause():
                return await self._hand_back(run)
            tried.add(place)
            run = await stepper.take(run, place, owner)
            await self.watch(run)

    async def _rest(self, run: Run) -> Run | None:
        """End the run, or let it wait; None when its owner decided at this very moment."""
        places = waiting(run)
        now = self.clock.now()
        late = [place for place in places if self._overdue(run.steps[place])]
        if late:
            return await self._expire(run, late[0])
        if not places:
            return await self._finish(run, None)
        ends = [end for place in places if (end := until(run.steps[place])) is not None]
        run, waits = await self.storage.runs.wait(
            run.id,
            run.fence,
            places,
            detail=detail_of(run, places),
            until=min(ends, default=None),
            now=now,
        )
        if waits:
            await self.watch(run)
        return run if waits else None

    def _overdue(self, step: Step) -> bool:
        end = until(step)
        return end is not None and end <= self.clock.now()

    async def _expire(self, run: Run, place: int) -> Run:
        step = run.steps[place]
        reason = (
            "Nobody pressed Send within 72 hours."
            if step.status is StepStatus.REVIEW
            else "Nobody signed in within 24 hours."
        )
        run = await self._stepper.fail(run, place, reason)
        return await self._finish(run, reason, detail=StatusDetail.EXPIRED)

    async def _hand_back(self, run: Run) -> Run:
        now = self.clock.now()
        return await self.storage.runs.hand_back(run.id, run.fence, due_at=now, now=now)

    async def _finish(
        self, run: Run, error: str | None, *, detail: StatusDetail | None = None
    ) -> Run:
        failed = _first_failed(run)
        reason = error or (failed.error if failed else None)
        done = any(step.status is StepStatus.DONE for step in run.steps)
        run = await self.storage.runs.finish(
            run.id,
            run.fence,
            status=RunStatus.FAILED if reason else RunStatus.COMPLETED,
            detail=detail or (StatusDetail.PARTIAL if reason and done else None),
            error=reason,
            now=self.clock.now(),
        )
        await self.watch(run)
        return run


def _first_failed(run: Run) -> Step | None:
    return next((step for step in run.steps if step.status is StepStatus.FAILED), None)
