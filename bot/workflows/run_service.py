"""What people do with runs: look, search, retry, repeat, cancel, answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.workflows.graph import plan_of
from bot.workflows.service import WorkflowService, steps_of
from bot.workflows.trigger import Signal
from storage.database import Storage
from storage.errors import NotFoundError, RefusedError
from storage.execution_logs import run_id, short_id
from storage.models import (
    Conversation,
    Json,
    LogFilter,
    PlanStep,
    Run,
    RunPage,
    RunStatus,
    StepStatus,
    User,
)

PAGE = 10
_NO_LOG = "Log not found"


@dataclass(frozen=True, slots=True)
class RunService:
    """Use cases on runs. Every query holds the reader's id: another's run is not found."""

    storage: Storage
    workflows: WorkflowService
    clock: Clock
    wake: Callable[[], None]

    async def get(self, user: User, run: str) -> Run:
        """Give a run by its id. Errors: NotFoundError."""
        found = await self.storage.runs.get(user.id, run)
        if found is None:
            raise NotFoundError(_NO_LOG)
        return found

    async def by_short_id(self, user: User, typed: str) -> Run:
        """Give a run by what people call it, R-7F3A. Errors: NotFoundError."""
        found = await self.storage.runs.by_short_id(user.id, typed.strip())
        if found is None:
            raise NotFoundError(_NO_LOG)
        return found

    async def page(self, user: User, wanted: LogFilter, number: int, limit: int = PAGE) -> RunPage:
        """Give page `number` (from 1) of the runs that fit. Errors: RefusedError past the end."""
        found = await self.storage.runs.page(
            user.id, wanted, limit=limit, skip=(max(1, number) - 1) * limit
        )
        pages = max(1, -(-found.total // limit))
        if not 1 <= number <= pages:
            only = "There is only 1 page." if pages == 1 else f"There are only {pages} pages."
            raise RefusedError(only)
        return found

    async def retry(
        self, user: User, run: Run, *, current: bool = False, where: Conversation | None = None
    ) -> Run:
        """Run what failed or was not reached again, with what the other steps came to; once.

        The steps are as they were, or with `current` as the workflow has them now. `where` is the
        conversation it is asked for in: what is not shared any more is not run any more.
        Errors: RefusedError when there is nothing to retry, or it was retried already;
        NotFoundError.
        """
        if run.status is RunStatus.RUNNING:
            raise RefusedError(f"{run.short_id} is still running.")
        done = {step.id for step in run.steps if step.status is StepStatus.DONE} | set(run.carried)
        plan = run.plan
        if current or run.workflow_owner_id is not None:
            workflow = await self.workflows.reach.get(user, run.workflow_id, where)
            plan = plan_of(workflow) if current else run.plan
        left = [step.id for step in plan if step.id not in done]
        if not left:
            raise RefusedError(f"Nothing failed in {run.short_id}. Use Run again to repeat it.")
        plan = tuple(
            replace(step, after=tuple(other for other in step.after if other in left))
            for step in plan
            if step.id in left
        )
        outputs = {step.id: step.output for step in run.steps if step.output is not None}
        repeated = self._repeat(run, plan, key=f"retry:{run.id}")
        accepted, new = await self.storage.runs.accept(
            replace(repeated, retry_of=run.short_id, carried={**run.carried, **outputs})
        )
        if not new:
            raise RefusedError(f"Already retried as {accepted.short_id}")
        self.wake()
        return accepted

    async def again(self, user: User, run: Run, key: str, where: Conversation | None = None) -> Run:
        """Run the workflow of a run once more, as it is now, with the same inputs.

        `where` is the conversation it is asked for in.
        Errors: NotFoundError when the workflow is gone, or not shared any more.
        """
        signal = Signal(
            key=key, inputs=run.inputs, started_by=user.name, conversation=run.conversation
        )
        return await self.workflows.start(user, run.workflow_id, signal, where)

    async def cancel(self, user: User, run: Run) -> Run:
        """Stop what has not been done yet; what is done stays done. Errors: RefusedError."""
        cancelled = await self.storage.runs.cancel(user.id, run.id, now=self.clock.now())
        if cancelled is None:
            raise RefusedError(f"{run.short_id} has ended already.")
        return cancelled

    async def answer(self, user: User, run: Run, step: str, *, done: bool) -> Run:
        """Say whether a step whose outcome is unknown was done; the run goes on.

        Errors: RefusedError when nobody is asking.
        """
        asking = [
            place
            for place, known in enumerate(run.steps)
            if known.id == step and known.status is StepStatus.ASKING
        ]
        if not asking:
            raise RefusedError("That question is answered already.")
        answered = await self.storage.runs.answer_step(
            user.id,
            run.id,
            asking[0],
            done=done,
            action=run.steps[asking[0]].action,
            now=self.clock.now(),
        )
        self.wake()
        return answered

    async def of_runner(
        self, user: User, run_id: str, where: Conversation | None, doing: str
    ) -> Run:
        """Give a run for its runner to act on. `doing` is what: "send".

        Errors: RefusedError naming the runner to whoever sees its card where they speak;
        NotFoundError to anybody else.
        """
        own = await self.storage.runs.get(user.id, run_id)
        if own is not None:
            return own
        found = await self.storage.runs.anybodys(run_id)
        if not _same_place(found.conversation, where):
            raise NotFoundError(_NO_LOG)
        raise RefusedError(f"Only {found.started_by} can {doing} this.")

    async def send(self, user: User, run: Run, settings: Mapping[int, Json]) -> Run:
        """Let steps go with exactly these settings; what was decided before stays as it was."""
        return await self._decide(user, run, StepStatus.WAITING, settings)

    async def leave_out(self, user: User, run: Run, place: int) -> Run:
        """Leave a step out; what follows it goes on."""
        return await self._decide(user, run, StepStatus.SKIPPED, {place: {}})

    async def _decide(
        self, user: User, run: Run, status: StepStatus, settings: Mapping[int, Json]
    ) -> Run:
        for place, chosen in settings.items():
            hold = {
                **(run.steps[place].hold or {}),
                "approved": status is StepStatus.WAITING,
                "settings": dict(chosen),
            }
            decided = await self.storage.runs.decide_step(
                user.id, run.id, place, status=status, hold=hold, now=self.clock.now()
            )
            run = decided or run
        self.wake()
        return await self.get(user, run.id)

    def _repeat(self, run: Run, plan: tuple[PlanStep, ...], *, key: str) -> Run:
        now = self.clock.now()
        new_id = run_id(run.workflow_id, key)
        return Run(
            id=new_id,
            short_id=short_id(new_id),
            user_id=run.user_id,
            workflow_id=run.workflow_id,
            workflow_name=run.workflow_name,
            workflow_version=run.workflow_version,
            trigger=run.trigger,
            key=key,
            plan=plan,
            steps=steps_of(plan),
            inputs=run.inputs,
            created_at=now,
            updated_at=now,
            due_at=now,
            started_by=run.started_by,
            conversation=run.conversation,
            send_policy=run.send_policy,
            workflow_owner_id=run.workflow_owner_id,
            runner_teams_id=run.runner_teams_id,
        )


def _same_place(one: Conversation | None, other: Conversation | None) -> bool:
    """Say whether two conversations are one; threads belong to their channel."""
    if one is None or other is None:
        return False
    same = one.id.partition(";")[0] == other.id.partition(";")[0]
    return same and one.tenant_id == other.tenant_id
