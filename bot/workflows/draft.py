"""A workflow being made: steps in groups, each step with its settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.workflows.action import Action
from bot.workflows.graph import groups_of, lay_out, plan_of, step_ids
from bot.workflows.templating import below
from bot.workflows.templating import check as check_slots
from storage.errors import RefusedError
from storage.models import Json, SendPolicy, TriggerName, Workflow

NAME_LENGTH = 100
MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class DraftStep:
    """One step as it is being made. `beside` puts it at the same time as the step before it."""

    action: str
    config: Json = field(default_factory=dict)
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What a dialog, a sentence or a template comes to before it is saved."""

    name: str
    trigger: TriggerName
    steps: tuple[DraftStep, ...]
    send_policy: SendPolicy = SendPolicy.ASK

    @property
    def actions(self) -> tuple[str, ...]:
        """Name the actions in order."""
        return tuple(step.action for step in self.steps)

    @property
    def groups(self) -> list[list[str]]:
        """Gather the actions that run at the same time."""
        groups: list[list[str]] = []
        for step in self.steps:
            if step.beside and groups:
                groups[-1].append(step.action)
            else:
                groups.append([step.action])
        return groups

    @property
    def configs(self) -> dict[str, Json]:
        """Give the settings by step id."""
        ids = step_ids(self.actions)
        return {name: step.config for name, step in zip(ids, self.steps, strict=True)}

    def canvas(self, titles: Mapping[str, str]) -> dict[str, Any]:
        """Lay the draft out for a canvas editor."""
        return lay_out(self.trigger, self.groups, self.configs, titles)


def draft_of(workflow: Workflow) -> Draft:
    """Open a workflow as a draft.

    Errors: RefusedError for a canvas that a chain of groups cannot hold without losing an arrow.
    """
    steps: list[DraftStep] = []
    before: set[str] = set()
    for group in groups_of(plan_of(workflow)):
        if set(group[0].after) != before:
            raise RefusedError(
                f'The steps of "{workflow.name}" branch in a way I can only show. '
                "Change it where it was drawn."
            )
        steps += [
            DraftStep(step.action, step.config, beside=place > 0)
            for place, step in enumerate(group)
        ]
        before = {step.id for step in group}
    return Draft(workflow.name, workflow.trigger, tuple(steps), workflow.send_policy)


def check_name(name: str) -> str:
    """Give the name as it will be stored. Errors: RefusedError for one that cannot be."""
    name = " ".join(name.split())
    if not name:
        raise RefusedError("Workflow name is required")
    if len(name) > NAME_LENGTH:
        raise RefusedError(f"A workflow name has at most {NAME_LENGTH} characters.")
    return name


def check_steps(steps: Sequence[DraftStep], actions: Mapping[str, Action]) -> None:
    """Refuse steps that could not run. Errors: RefusedError."""
    if not steps:
        raise RefusedError("Please add at least one action node")
    if len(steps) > MOST_STEPS:
        raise RefusedError(f"A workflow has at most {MOST_STEPS} steps.")
    results: dict[str, Any] = {}
    for name, step in zip(step_ids([s.action for s in steps]), steps, strict=True):
        action = actions.get(step.action)
        if action is None:
            raise RefusedError(f"I can't do {step.action} here.")
        known = {"trigger": None, "data": None, "steps": results}
        for problem in check_slots(step.config, known):
            raise RefusedError(f"{action.title}: {problem}")
        results = {**results, name: below(action.result)}
