"""One step of a run: where something leaves it is shown first; then intent, effect, outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.clock import Clock
from bot.workflows.action import Action, ActionContext, Propose, Repeat, UnknownOutcomeError
from bot.workflows.audience import external
from bot.workflows.holds import (
    approved_settings,
    blocked,
    looked_at,
    must_ask,
    review_hold,
    sign_in_hold,
)
from bot.workflows.secrets import Sealer
from bot.workflows.settings_of import checked_settings, filled_settings
from storage.database import Storage
from storage.errors import (
    ConsultFlowError,
    GraphError,
    LeaseLostError,
    SignInNeededError,
    UnavailableError,
)
from storage.models import Json, PlanStep, Run, StepStatus, User

_log = structlog.get_logger()

STEP_SECONDS = 60.0
_MOST_ATTEMPTS = 3
Watcher = Callable[[Run], Awaitable[None]]
OfOwner = Callable[[User], Mapping[str, Any]]


def nothing_of_owner(_owner: User) -> Mapping[str, Any]:
    """Give no service that acts as the owner: without Microsoft 365 there is none."""
    return {}


@dataclass(frozen=True, slots=True)
class Stepper:
    """Takes steps.

    `services` fills the fields of ActionContext of those names, `of_owner` those that act as the
    run's owner.
    """

    storage: Storage
    actions: Mapping[str, Action]
    services: Mapping[str, Any]
    sealer: Sealer
    clock: Clock
    watch: Watcher
    step_seconds: float = STEP_SECONDS
    of_owner: OfOwner = nothing_of_owner

    async def take(self, run: Run, position: int, owner: User) -> Run:
        """Bring one step to its outcome, or to where it waits for its owner."""
        plan, step = run.plan[position], run.steps[position]
        if blocked(run, position):
            return await self.storage.runs.skip_steps(
                run.id, run.fence, [position], now=self.clock.now()
            )
        action = self.actions.get(plan.action)
        if action is None:
            return await self.fail(run, position, f"I can't do {plan.action} here.")
        if step.status is StepStatus.RUNNING:
            stopped = await self._resume(run, position, action)
            if stopped is not None:
                return stopped
        elif action.propose is not None and not looked_at(step):
            run = await self._propose(run, position, action, action.propose, owner)
            if not looked_at(run.steps[position]):
                return run
        run = await self.storage.runs.begin_step(run.id, run.fence, position, now=self.clock.now())
        await self.watch(run)
        resumed = step.status is StepStatus.RUNNING
        return await self._act(run, position, action, owner, resumed=resumed)

    async def _propose(
        self, run: Run, position: int, action: Action, propose: Propose, owner: User
    ) -> Run:
        """Put what would leave before the owner, or pass it where the policy lets it pass."""

        async def work() -> Run:
            context = self._context(run, run.plan[position], owner)
            filled = await filled_settings(run.plan[position], run, context, self.storage)
            settings = await propose(filled, context)
            audience = action.audience(settings) if action.audience else []
            outside = external(audience, owner.email)
            passes = not must_ask(run.send_policy, audience, outside)
            hold = review_hold(settings, outside, now=self.clock.now(), approved=passes)
            return await self._hold(
                run, position, StepStatus.WAITING if passes else StepStatus.REVIEW, hold
            )

        return await self._guarded(run, position, action, work)

    async def _hold(
        self, run: Run, position: int, status: StepStatus, hold: Json, error: str | None = None
    ) -> Run:
        return await self.storage.runs.hold_step(
            run.id,
            run.fence,
            position,
            status=status,
            hold=hold,
            error=error,
            now=self.clock.now(),
        )

    async def _resume(self, run: Run, position: int, action: Action) -> Run | None:
        """Decide on a step with an intent and no outcome; None when it may be done again."""
        step = run.steps[position]
        if step.attempts >= _MOST_ATTEMPTS:
            return await self.fail(
                run, position, f"{action.title} stopped the program {step.attempts} times."
            )
        if action.repeats(run.plan[position].config) is not Repeat.ASK:
            return None
        return await self.fail(
            run,
            position,
            f"I was interrupted during {action.title} and can't tell whether it was done.",
            status=StepStatus.ASKING,
        )

    async def _act(
        self, run: Run, position: int, action: Action, owner: User, *, resumed: bool
    ) -> Run:
        async def work() -> Run:
            plan = run.plan[position]
            context = replace(self._context(run, plan, owner), repeated=resumed)
            settings = approved_settings(run.steps[position])
            if settings is None:
                settings = await filled_settings(plan, run, context, self.storage)
            # Secrets are sealed for whose workflow it is, whoever runs it.
            sealed_for = run.workflow_owner_id or run.user_id
            config = checked_settings(action, settings, self.sealer, owner=sealed_for)
            async with asyncio.timeout(self.step_seconds):
                result = await action.run(config, context)
            return await self.storage.runs.end_step(
                run.id,
                run.fence,
                position,
                action=action.name,
                output=result.model_dump(mode="json"),
                now=self.clock.now(),
            )

        return await self._guarded(run, position, action, work)

    async def _guarded(
        self, run: Run, position: int, action: Action, work: Callable[[], Awaitable[Run]]
    ) -> Run:
        """Do a step's work; whatever it raises becomes the step's outcome."""
        try:
            return await work()
        except (LeaseLostError, UnavailableError):
            raise
        except SignInNeededError as error:
            hold = sign_in_hold(run.steps[position], error, now=self.clock.now())
            return await self._hold(run, position, StepStatus.SIGN_IN, hold, str(error))
        except UnknownOutcomeError as error:
            return await self.fail(run, position, str(error), status=StepStatus.ASKING)
        except ConsultFlowError as error:
            return await self.fail(run, position, str(error), hold=_mended_by(error))
        except TimeoutError:
            return await self._late(run, position, action)
        except Exception:  # noqa: BLE001  a step is one of the three places a bug is caught at
            return await self.fail(run, position, self._bug(run, run.plan[position]))

    async def _late(self, run: Run, position: int, action: Action) -> Run:
        """Fail a step that took too long; ask about one that may have had its effect."""
        took = f"{action.title} took longer than {self.step_seconds:.0f} seconds"
        if action.repeats(run.plan[position].config) is not Repeat.ASK:
            return await self.fail(run, position, f"{took}.")
        question = f"{took}, and I can't tell whether it was done."
        return await self.fail(run, position, question, status=StepStatus.ASKING)

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
            conversation=run.conversation,
        )
        return replace(context, **{**self.services, **self.of_owner(owner)})

    async def fail(
        self,
        run: Run,
        position: int,
        error: str,
        *,
        status: StepStatus = StepStatus.FAILED,
        hold: Json | None = None,
    ) -> Run:
        """Write down why a step did not work."""
        return await self.storage.runs.fail_step(
            run.id, run.fence, position, error=error, now=self.clock.now(), status=status, hold=hold
        )


def _mended_by(error: ConsultFlowError) -> Json | None:
    """Name the permission that would have let the step through."""
    scope = error.scope if isinstance(error, GraphError) and error.status == 403 else None
    return {"by": "permission", "scope": scope} if scope else None
