"""A claimed run to its end: for each step the intent, then the effect, then the outcome.

Every write carries the run's fence; when somebody has raised it, the write raises LeaseLostError
and this engine stops at once, without another effect.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.clock import Clock
from bot.workflows.action import Action, ActionContext, Repeat
from bot.workflows.secrets import Sealer
from bot.workflows.settings_of import settings_of
from storage.database import Storage
from storage.errors import ConsultFlowError, LeaseLostError, UnavailableError
from storage.models import PlanStep, Run, RunStatus, StatusDetail, Step, StepStatus, User

_log = structlog.get_logger()

STEP_SECONDS = 60.0
_MOST_ATTEMPTS = 3
_PASSED = (StepStatus.DONE, StepStatus.FAILED, StepStatus.SKIPPED)
Watcher = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Engine:
    """Executes one claimed run. `services` fills the fields of ActionContext of those names."""

    storage: Storage
    actions: Mapping[str, Action]
    services: Mapping[str, Any]
    sealer: Sealer
    clock: Clock
    watch: Watcher
    step_seconds: float = STEP_SECONDS

    async def execute(self, run: Run, *, pause: Callable[[], bool] = lambda: False) -> Run:
        """Bring the run as far as it can go: to its end, or to a question for its owner.

        Between two steps pause() may ask to hand the run back, due at once.
        Errors: LeaseLostError and UnavailableError leave the run to whoever claims it next.
        """
        owner = await self.storage.users.get(run.user_id)
        if owner is None:
            return await self._finish(run, "The owner of this workflow is gone.")
        for position in range(len(run.steps)):
            if run.steps[position].status not in _PASSED:
                if pause():
                    return await self._hand_back(run)
                run = await self._step(run, position, owner)
                await self.watch(run)
                if run.steps[position].status is StepStatus.ASKING:
                    return await self._wait_for_answer(run)
        return await self._finish(run, None)

    async def _step(self, run: Run, position: int, owner: User) -> Run:
        plan, step = run.plan[position], run.steps[position]
        if self._blocked(run, plan):
            return await self.storage.runs.skip_steps(
                run.id, run.fence, [position], now=self.clock.now()
            )
        action = self.actions.get(plan.action)
        if action is None:
            return await self._fail(run, position, f"I can't do {plan.action} here.")
        if step.status is StepStatus.RUNNING:
            stopped = await self._resume(run, position, action)
            if stopped is not None:
                return stopped
        run = await self.storage.runs.begin_step(run.id, run.fence, position, now=self.clock.now())
        await self.watch(run)
        return await self._act(run, position, action, owner)

    async def _resume(self, run: Run, position: int, action: Action) -> Run | None:
        """Decide on a step with an intent and no outcome; None when it may be done again."""
        step = run.steps[position]
        if step.attempts >= _MOST_ATTEMPTS:
            return await self._fail(
                run, position, f"{action.title} stopped the program {step.attempts} times."
            )
        if action.repeats(run.plan[position].config) is not Repeat.ASK:
            return None
        return await self._fail(
            run,
            position,
            f"I was interrupted during {action.title} and can't tell whether it was done.",
            status=StepStatus.ASKING,
        )

    def _blocked(self, run: Run, plan: PlanStep) -> bool:
        status = {step.id: step.status for step in run.steps}
        return any(
            status.get(other, StepStatus.DONE) in (StepStatus.FAILED, StepStatus.SKIPPED)
            for other in plan.after
        )

    async def _act(self, run: Run, position: int, action: Action, owner: User) -> Run:
        plan = run.plan[position]
        try:
            context = self._context(run, plan, owner)
            config = await settings_of(action, plan, run, context, self.storage, self.sealer)
            async with asyncio.timeout(self.step_seconds):
                result = await action.run(config, context)
        except (LeaseLostError, UnavailableError):
            raise
        except ConsultFlowError as error:
            return await self._fail(run, position, str(error))
        except TimeoutError:
            return await self._fail(
                run, position, f"{action.title} took longer than {self.step_seconds:.0f} seconds."
            )
        except Exception:  # noqa: BLE001  a step is one of the three places a bug is caught at
            return await self._fail(run, position, self._bug(run, plan))
        return await self.storage.runs.end_step(
            run.id,
            run.fence,
            position,
            action=action.name,
            output=result.model_dump(mode="json"),
            now=self.clock.now(),
        )

    def _bug(self, run: Run, plan: PlanStep) -> str:
        reference = f"{run.short_id}/{plan.id}"
        _log.exception("step.bug", run=run.short_id, step=plan.id)
        return f"Something went wrong on our side in this step. Quote {reference} to your admin."

    def _context(self, run: Run, plan: PlanStep, owner: User) -> ActionContext:
        done = {step.id: step.output for step in run.steps if step.status is StepStatus.DONE}
        outputs = {**run.carried, **{key: value for key, value in done.items() if value}}
        context = ActionContext(
            owner=owner,
            run_id=run.id,
            step_id=plan.id,
            workflow_name=run.workflow_name,
            now=self.clock.now(),
            inputs=run.inputs,
            outputs=outputs,
        )
        return replace(context, **self.services)

    async def _fail(
        self, run: Run, position: int, error: str, *, status: StepStatus = StepStatus.FAILED
    ) -> Run:
        return await self.storage.runs.fail_step(
            run.id, run.fence, position, error=error, now=self.clock.now(), status=status
        )

    async def _hand_back(self, run: Run) -> Run:
        now = self.clock.now()
        return await self.storage.runs.hand_back(run.id, run.fence, due_at=now, now=now)

    async def _wait_for_answer(self, run: Run) -> Run:
        run = await self.storage.runs.hand_back(
            run.id,
            run.fence,
            due_at=None,
            now=self.clock.now(),
            detail=StatusDetail.WAITING_ANSWER,
        )
        await self.watch(run)
        return run

    async def _finish(self, run: Run, error: str | None) -> Run:
        failed = _first_failed(run)
        reason = error or (failed.error if failed else None)
        done = any(step.status is StepStatus.DONE for step in run.steps)
        run = await self.storage.runs.finish(
            run.id,
            run.fence,
            status=RunStatus.FAILED if reason else RunStatus.COMPLETED,
            detail=StatusDetail.PARTIAL if reason and done else None,
            error=reason,
            now=self.clock.now(),
        )
        await self.watch(run)
        return run


def _first_failed(run: Run) -> Step | None:
    return next((step for step in run.steps if step.status is StepStatus.FAILED), None)
