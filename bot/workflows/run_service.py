"""What people do with runs: look, search, retry, repeat, cancel, answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.workflows.checks import check_known, startable
from bot.workflows.new_run import left_of, mixed_up, retry_id, retry_key, run_of_run
from bot.workflows.service import WorkflowService
from bot.workflows.trigger import Signal
from storage.database import Storage
from storage.errors import NotFoundError, RefusedError
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
    announce: Callable[[str], None]

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
        asked = await self._as_asked(user, run, current=current, where=where)
        done = {step.id for step in run.steps if step.status is StepStatus.DONE} | set(run.carried)
        left = left_of(asked.plan, done)
        if not left:
            raise RefusedError(f"Nothing failed in {run.short_id}. Use Run again to repeat it.")
        outputs = {step.id: step.output for step in run.steps if step.output is not None}
        accepted, new = await self._accept(
            asked, left, key=retry_key(run), carried={**run.carried, **outputs}
        )
        if not new:
            raise RefusedError(f"Already retried as {accepted.short_id}")
        return accepted

    async def retried_as(self, run: Run) -> str | None:
        """Give the short id of the run that a retry of this one made; None when there is none."""
        found = await self.storage.runs.get(run.user_id, retry_id(run))
        return found.short_id if found else None

    async def repeat(
        self, user: User, run: Run, key: str, *, where: Conversation | None = None
    ) -> Run:
        """Run every step of a run once more, as they were then, with the same inputs.

        Errors: RefusedError; NotFoundError when the workflow is not shared any more.
        """
        asked = await self._as_asked(user, run, current=False, where=where)
        if asked.carried:
            raise RefusedError(
                f"{run.short_id} is itself a retry of {run.retry_of}, with only some of its steps. "
                f"Try: retry {run.retry_of} all"
            )
        accepted, _new = await self._accept(asked, asked.plan, key=f"all:{key}", carried={})
        return accepted

    async def _as_asked(
        self, user: User, run: Run, *, current: bool, where: Conversation | None
    ) -> Run:
        """Give the run with the steps to go by: as they were, or as the workflow has them now."""
        if run.status is RunStatus.RUNNING:
            raise RefusedError(f"{run.short_id} is still running.")
        if not current and run.workflow_owner_id is None:
            return run
        workflow = await self.workflows.reach.get(user, run.workflow_id, where)
        if not current:
            return run
        trigger = self.workflows.triggers.get(workflow.trigger)
        plan = startable(workflow, self.workflows.actions, trigger, run.inputs)
        if mixed_up(run.plan, plan):
            raise RefusedError(
                f'The steps of "{workflow.name}" have changed so that I can\'t tell which of them '
                f"{run.short_id} has done. Try: retry {run.short_id} failed saved"
            )
        return replace(
            run,
            plan=plan,
            workflow_name=workflow.name,
            workflow_version=workflow.version,
            send_policy=workflow.send_policy,
        )

    async def _accept(
        self, run: Run, plan: tuple[PlanStep, ...], *, key: str, carried: Json
    ) -> tuple[Run, bool]:
        check_known(plan, self.workflows.actions)
        repeated = run_of_run(run, plan, key=key, carried=carried, now=self.clock.now())
        accepted, new = await self.storage.runs.accept(repeated)
        self.announce(accepted.id)
        return accepted, new

    async def again(self, user: User, run: Run, key: str, where: Conversation | None = None) -> Run:
        """Run the workflow of a run once more, as it is now, with the same inputs.

        `where` is the conversation it is asked for in.
        Errors: NotFoundError when the workflow is gone, or not shared any more.
        """
        signal = Signal(
            key=key,
            inputs=run.inputs,
            started_by=user.name,
            conversation=run.conversation,
            repeats=run.short_id,
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
        self.announce(run.id)
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
        self.announce(run.id)
        return await self.get(user, run.id)


def _same_place(one: Conversation | None, other: Conversation | None) -> bool:
    """Say whether two conversations are one; threads belong to their channel."""
    if one is None or other is None:
        return False
    same = one.id.partition(";")[0] == other.id.partition(";")[0]
    return same and one.tenant_id == other.tenant_id
