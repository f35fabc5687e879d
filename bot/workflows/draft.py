"""A workflow being made or changed: steps in groups, each step with its settings."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.workflows.graph import groups_of, nodes_of, plan_of, step_ids
from bot.workflows.layout import draw, redraw
from storage.errors import RefusedError, StaleError
from storage.models import Json, PlanStep, SendPolicy, TriggerName, Workflow

NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class DraftStep:
    """One step as it is being made. `beside` puts it at the same time as the step before it."""

    action: str
    config: Json = field(default_factory=dict)
    beside: bool = False
    # The node of the canvas it was opened from: where it came from is not what it is.
    node: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a dialog, a sentence or a template comes to before it is saved.

    `arrows` tells for each step the places of those it waits for, where the steps branch in a way
    that groups cannot say: such steps keep their order and number. `opened` is the mark of the
    workflow that it was opened from.
    """

    name: str
    trigger: TriggerName
    steps: tuple[DraftStep, ...]
    send_policy: SendPolicy = SendPolicy.ASK
    arrows: tuple[tuple[int, ...], ...] | None = None
    opened: str | None = field(default=None, compare=False)

    @property
    def actions(self) -> tuple[str, ...]:
        """Name the actions in order."""
        return tuple(step.action for step in self.steps)

    @property
    def configs(self) -> dict[str, Json]:
        """Give the settings by step id."""
        ids = step_ids(self.actions)
        return {name: step.config for name, step in zip(ids, self.steps, strict=True)}

    @property
    def plan(self) -> tuple[PlanStep, ...]:
        """Give the steps with what each waits for."""
        ids = step_ids(self.actions)
        arrows = self.arrows if self.arrows is not None else _arrows(self.steps)
        return tuple(
            PlanStep(name, step.action, step.config, tuple(ids[place] for place in places))
            for name, step, places in zip(ids, self.steps, arrows, strict=True)
        )

    def canvas(self, titles: Mapping[str, str]) -> dict[str, Any]:
        """Lay the draft out for a canvas editor."""
        return draw(self.trigger, self.plan, titles)


def draft_of(workflow: Workflow) -> Draft:
    """Open a workflow as a draft. Errors: RefusedError for a canvas that cannot be run."""
    plan = plan_of(workflow)
    groups = groups_of(plan)
    later = {step.id for group in groups or () for step in group[1:]}
    places = {step.id: place for place, step in enumerate(plan)}
    return Draft(
        workflow.name,
        workflow.trigger,
        tuple(
            DraftStep(step.action, step.config, beside=step.id in later, node=node)
            for step, node in zip(plan, nodes_of(workflow), strict=True)
        ),
        workflow.send_policy,
        arrows=None
        if groups is not None
        else tuple(tuple(places[other] for other in step.after) for step in plan),
        opened=mark_of(workflow),
    )


def mark_of(workflow: Workflow) -> str:
    """Mark what a workflow does: another mark, another workflow, whoever wrote it."""
    told = [workflow.trigger, workflow.actions, workflow.action_configs, workflow.canvas]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:24]


def edited(workflow: Workflow, draft: Draft, titles: Mapping[str, str]) -> Workflow:
    """Give a workflow as a draft says it; what the draft knows nothing of stays as it is.

    Errors: StaleError when it is not the one the draft was opened from any more.
    """
    if draft.opened is not None and draft.opened != mark_of(workflow):
        raise StaleError("This workflow was changed in the meantime. Open it again to see how.")
    there = plan_of(workflow)
    nodes = dict(zip((step.id for step in there), nodes_of(workflow), strict=True))
    steps = [
        (step, made.node if draft.opened is not None else nodes.get(step.id))
        for step, made in zip(draft.plan, draft.steps, strict=True)
    ]
    others = {name: config for name, config in workflow.action_configs.items() if name not in nodes}
    return replace(
        workflow,
        name=check_name(draft.name),
        trigger=draft.trigger,
        actions=draft.actions,
        action_configs={**others, **draft.configs},
        canvas=redraw(workflow.canvas, draft.trigger, steps, titles),
        send_policy=draft.send_policy,
    )


def check_name(name: str) -> str:
    """Give the name as it will be stored. Errors: RefusedError for one that cannot be."""
    name = " ".join(name.split())
    if not name:
        raise RefusedError("Workflow name is required")
    if len(name) > NAME_LENGTH:
        raise RefusedError(f"A workflow name has at most {NAME_LENGTH} characters.")
    return name


def _arrows(steps: Sequence[DraftStep]) -> list[tuple[int, ...]]:
    """Let each group wait for the whole group before it."""
    arrows: list[tuple[int, ...]] = []
    before: tuple[int, ...] = ()
    here: tuple[int, ...] = ()
    for place, step in enumerate(steps):
        if step.beside and here:
            here = (*here, place)
        else:
            before, here = here, (place,)
        arrows.append(before)
    return arrows
