"""What people do with workflows: find, save, delete, start. Every ownership check is here."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from bot.clock import Clock
from bot.workflows.action import Action
from bot.workflows.checks import check_draft, startable
from bot.workflows.draft import Draft, check_name, edited
from bot.workflows.graph import plan_of
from bot.workflows.naming import is_name, matches
from bot.workflows.new_run import run_of_workflow
from bot.workflows.reach import Reach
from bot.workflows.saved_names import saved_names
from bot.workflows.trigger import Signal, Trigger
from storage.database import Storage
from storage.errors import NotFoundError, RefusedError, StaleError
from storage.models import Conversation, Run, User, Workflow
from storage.workflows import id_for

MOST_WORKFLOWS = 100


@dataclass(frozen=True, slots=True)
class Room:
    """How many runs may be due or under way at once."""

    of_user: int = 200
    in_all: int = 10_000


@dataclass(frozen=True, slots=True)
class WorkflowService:
    """Use cases on workflows. `announce` tells workers that a run is due."""

    storage: Storage
    actions: Mapping[str, Action]
    triggers: Mapping[str, Trigger]
    clock: Clock
    announce: Callable[[str], None]
    room: Room = Room()

    @property
    def reach(self) -> Reach:
        """Give what people may run."""
        return Reach(self.storage, self.clock)

    @property
    def titles(self) -> dict[str, str]:
        """Name actions and triggers in words."""
        plugins: dict[str, Action | Trigger] = {**self.actions, **self.triggers}
        return {name: plugin.title for name, plugin in plugins.items()}

    async def of_user(self, user: User) -> list[Workflow]:
        """Give somebody's workflows, newest first."""
        return await self.storage.workflows.of_user(user.id)

    async def get(self, user: User, workflow_id: str) -> Workflow:
        """Give one of somebody's workflows. Errors: NotFoundError, also for another's."""
        workflow = await self.storage.workflows.get(user.id, workflow_id)
        if workflow is None:
            raise NotFoundError('I can\'t find that workflow. Type "workflows" to see yours.')
        return workflow

    async def find(
        self, user: User, typed: str, where: Conversation | None = None
    ) -> list[Workflow]:
        """Give the workflows that typed words may mean: exact, else prefix, else alike.

        With `where`, also those others shared with the user, or there.
        """
        among = await (self.reach.every(user, where) if where else self.of_user(user))
        return matches(typed, among, lambda workflow: workflow.name)

    async def save_new(self, user: User, draft: Draft, *, key: str) -> Workflow:
        """Store a new workflow as version 1; the same key again gives the one that is there.

        Errors: RefusedError.
        """
        made = id_for(user.id, key)
        self.check(draft, await saved_names(self.storage, user, draft, but=made))
        await self._check_free(user, draft.name, but=made)
        if await self.storage.workflows.count(user.id) >= MOST_WORKFLOWS:
            raise RefusedError(
                f"You have {MOST_WORKFLOWS} workflows, which is the most. Delete one first."
            )
        return await self.storage.workflows.add(
            user_id=user.id,
            name=check_name(draft.name),
            trigger=draft.trigger,
            actions=draft.actions,
            action_configs=draft.configs,
            canvas=draft.canvas(self.titles),
            now=self.clock.now(),
            key=key,
            send_policy=draft.send_policy,
        )

    async def save_edit(self, user: User, workflow_id: str, draft: Draft, version: int) -> Workflow:
        """Store a changed workflow as the next version.

        Errors: RefusedError; NotFoundError; StaleError when it was changed since `version`.
        """
        self.check(draft, await saved_names(self.storage, user, draft, but=workflow_id))
        workflow = await self.get(user, workflow_id)
        if not is_name(draft.name, workflow.name):
            await self._check_free(user, draft.name, but=workflow.id)
        changed = edited(workflow, draft, self.titles)
        return await self.storage.workflows.save(
            changed, expected_version=version, now=self.clock.now()
        )

    def check(self, draft: Draft, saved: Collection[str] | None = None) -> None:
        """Refuse a draft that could not be stored or run; `saved` names the data there will be.

        Errors: RefusedError.
        """
        check_draft(draft, self.actions, self.triggers.get(draft.trigger), saved)
        check_name(draft.name)
        if draft.trigger not in self.triggers:
            raise RefusedError(f"I can't start workflows by {draft.trigger} here.")

    async def _check_free(self, user: User, name: str, *, but: str) -> None:
        """Refuse a name that another workflow of theirs has. Errors: RefusedError."""
        if any(one.id != but and is_name(name, one.name) for one in await self.of_user(user)):
            raise RefusedError("You have a workflow of that name. Choose another.")

    async def delete(self, user: User, workflow_id: str, version: int) -> Workflow:
        """Delete a workflow; its logs stay. Errors: NotFoundError; StaleError."""
        workflow = await self.get(user, workflow_id)
        if workflow.version != version:
            raise StaleError(f'"{workflow.name}" was changed since you asked. Look at it again.')
        if not await self.storage.workflows.delete(user.id, workflow_id):
            raise NotFoundError('I can\'t find that workflow. Type "workflows" to see yours.')
        return workflow

    def needs_notes(self, workflow: Workflow) -> bool:
        """Say whether a run has to be given notes: a step reads them and none are stored."""
        for step in plan_of(workflow):
            action = self.actions.get(step.action)
            if action is not None and action.reads_notes:
                return not step.config.get("notes")
        return False

    async def start(
        self, user: User, workflow_id: str, signal: Signal, where: Conversation | None = None
    ) -> Run:
        """Accept a run and let a worker know; the same signal again gives the same run.

        `where` is the conversation it is asked for in, if not the one the signal names.
        Errors: NotFoundError; RefusedError when the workflow cannot run.
        """
        run, _new = await self.start_once(user, workflow_id, signal, where)
        return run

    async def start_once(
        self, user: User, workflow_id: str, signal: Signal, where: Conversation | None = None
    ) -> tuple[Run, bool]:
        """Accept a run as start() does; tells whether it is new."""
        workflow = await self.reach.get(user, workflow_id, where or signal.conversation)
        trigger = self.triggers.get(workflow.trigger)
        plan = startable(workflow, self.actions, trigger, signal.inputs)
        wanted = run_of_workflow(user, workflow, plan, signal, self.clock.now())
        there = await self._refuse_when_full(user, wanted)
        if there is not None:
            return there, False
        run, new = await self.storage.runs.accept(wanted)
        self.announce(run.id)
        return run, new

    async def _refuse_when_full(self, user: User, run: Run) -> Run | None:
        """Refuse a run for which there is no room; give it if it was accepted already.

        Errors: RefusedError.
        """
        runs = self.storage.runs
        theirs, every = await asyncio.gather(
            runs.due_of(user.id, now=run.created_at, at_most=self.room.of_user),
            runs.due_count(run.created_at),
        )
        if theirs < self.room.of_user and every < self.room.in_all:
            return None
        there = await runs.get(user.id, run.id)
        if there is None and theirs >= self.room.of_user:
            raise RefusedError(
                f"{self.room.of_user} of your runs are waiting for their turn. "
                "Start this one when some have ended."
            )
        if there is None:
            raise RefusedError("Too many runs are waiting just now. Try again in a few minutes.")
        return there
