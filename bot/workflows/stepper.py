"""One step of a run: where something leaves it is shown first; then intent, effect, outcome."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.clock import Clock
from bot.workflows.action import Action, ActionContext, Propose, Repeat
from bot.workflows.audience import external
from bot.workflows.holds import approved_settings, looked_at, must_ask, review_hold
from bot.workflows.order import ancestors, begun_by, blocked, is_last
from bot.workflows.outcomes import Outcomes
from bot.workflows.secrets import Sealer
from bot.workflows.settings_of import checked_settings, filled_settings
from storage.database import Storage
from storage.models import PlanStep, Run, StepStatus, User

STEP_SECONDS = 60.0
_MOST_INTERRUPTIONS = 3
Watcher = Callable[[Run], Awaitable[None]]
OfOwner = Callable[[User], Mapping[str, Any]]


def _never() -> bool:
    return False


def nothing_of_owner(_owner: User) -> Mapping[str, Any]:
    """Give no service that acts as the owner: without Microsoft 365 there is none."""
    return {}


@dataclass(frozen=True, slots=True)
class Stepper:
    """Takes steps.

    `services` fills the fields of ActionContext of those names, `of_owner` those that act as the
    run's owner. `chance` gives numbers from 0 to 1.
    """

    storage: Storage
    actions: Mapping[str, Action]
    services: Mapping[str, Any]
    sealer: Sealer
    clock: Clock
    watch: Watcher
    step_seconds: float = STEP_SECONDS
    of_owner: OfOwner = nothing_of_owner
    chance: Callable[[], float] = random.random

    @property
    def outcomes(self) -> Outcomes:
        """Give what writes down how steps went wrong, or why they wait."""
        return Outcomes(self.storage, self.clock, self.step_seconds, self.chance)

    async def take(
        self,
        run: Run,
        position: int,
        owner: User,
        *,
        interrupted: bool = False,
        pause: Callable[[], bool] = _never,
    ) -> Run:
        """Bring one step to its outcome, or to where it waits.

        `interrupted` says of a running step that the program ended in the middle of it; any other
        running step was begun by the outcome of the one before. No further step is begun while
        pause() says so.
        """
        plan, step = run.plan[position], run.steps[position]
        if blocked(run, position):
            return await self.storage.runs.skip_steps(
                run.id, run.fence, [position], now=self.clock.now()
            )
        action = self.actions.get(plan.action)
        if action is None:
            return await self.outcomes.fail(run, position, f"I can't do {plan.action} here.")
        if interrupted:
            stopped = await self._resume(run, position, action)
            if stopped is not None:
                return stopped
        elif action.propose is not None and not looked_at(step):
            run = await self._propose(run, position, action, action.propose, owner)
            if not looked_at(run.steps[position]):
                return run
        if interrupted or step.status is not StepStatus.RUNNING:
            run = await self.storage.runs.begin_step(
                run.id,
                run.fence,
                position,
                now=self.clock.now(),
                interrupted=interrupted,
                known=run,
            )
            await self.watch(run)
        return await self._act(run, position, action, owner, resumed=interrupted, pause=pause)

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
            return await self.outcomes.hold(
                run, position, StepStatus.WAITING if passes else StepStatus.REVIEW, hold
            )

        return await self.outcomes.guarded(run, position, action, work)

    async def _resume(self, run: Run, position: int, action: Action) -> Run | None:
        """Decide on a step with an intent and no outcome; None when it may be done again."""
        step = run.steps[position]
        times = step.interruptions + 1
        if times >= _MOST_INTERRUPTIONS:
            reason = f"{action.title} stopped the program {times} times."
            return await self.outcomes.fail(run, position, reason)
        if action.repeats(run.plan[position].config) is not Repeat.ASK:
            return None
        return await self.outcomes.fail(
            run,
            position,
            f"I was interrupted during {action.title} and can't tell whether it was done.",
            status=StepStatus.ASKING,
        )

    async def _act(
        self,
        run: Run,
        position: int,
        action: Action,
        owner: User,
        *,
        resumed: bool,
        pause: Callable[[], bool],
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
                begin=() if pause() else begun_by(run, position, self.actions),
                completes=is_last(run, position),
                known=run,
            )

        return await self.outcomes.guarded(run, position, action, work)

    def _context(self, run: Run, plan: PlanStep, owner: User) -> ActionContext:
        # What a branch beside this one came to is not there for it, whichever was faster.
        before = ancestors(run.plan, run.plan.index(plan))
        done = {step.id: step.output for step in run.steps if step.id in before}
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
