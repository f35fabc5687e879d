"""Whether steps can run: known actions, and slots that something will fill. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bot.workflows.action import Action
from bot.workflows.canvas import read
from bot.workflows.draft import Draft
from bot.workflows.graph import plan_of
from bot.workflows.order import ancestors
from bot.workflows.slot_checks import below
from bot.workflows.slot_checks import check as check_slots
from bot.workflows.trigger import Trigger
from storage.errors import RefusedError
from storage.models import Json, PlanStep, Workflow

MOST_STEPS = 20
_NO_STEPS = "Please add at least one action node"
_SAVES = "save_data"


def check_draft(
    draft: Draft,
    actions: Mapping[str, Action],
    trigger: Trigger | None = None,
    saved: Collection[str] | None = None,
) -> None:
    """Refuse a draft whose steps could not run.

    `saved` is the names of data there will be, None where they are not known. Steps that another
    program drew may be more than can be made here. Errors: RefusedError.
    """
    if not draft.steps:
        raise RefusedError(_NO_STEPS)
    if len(draft.steps) > MOST_STEPS and draft.opened is None:
        raise RefusedError(f"A workflow has at most {MOST_STEPS} steps.")
    for step in draft.steps:
        if step.action not in actions:
            raise RefusedError(f"I can't do {step.action} here.")
    refuse_slots(draft.plan, actions, trigger_paths(trigger), saved)


def startable(
    workflow: Workflow, actions: Mapping[str, Action], trigger: Trigger | None, inputs: Json
) -> tuple[PlanStep, ...]:
    """Give the plan of a workflow that is about to run with these inputs.

    Errors: RefusedError for one that could not run, whoever stored it.
    """
    plan = plan_of(workflow)
    check_known(plan, actions, workflow)
    refuse_slots(plan, actions, trigger_paths(trigger, inputs), None)
    return plan


def check_known(
    plan: Sequence[PlanStep], actions: Mapping[str, Action], drawn: Workflow | None = None
) -> None:
    """Refuse a plan with an action that does not exist here, by its name where it was `drawn`.

    Errors: RefusedError.
    """
    if not plan:
        raise RefusedError(_NO_STEPS)
    for place, step in enumerate(plan):
        if step.action not in actions:
            said = "" if drawn is None else _drawn_name(drawn, place)
            raise RefusedError(f"I can't do {step.action} here, so I did not start{said}.")


def refuse_slots(
    plan: Sequence[PlanStep],
    actions: Mapping[str, Action],
    trigger: Mapping[str, Any] | None,
    saved: Collection[str] | None,
) -> None:
    """Refuse slots that nothing will fill: a step reads the steps before it, no others.

    Errors: RefusedError naming the step, the slot, and what there is instead.
    """
    above = {step.id: ancestors(tuple(plan), place) for place, step in enumerate(plan)}
    results = {name: below(actions[name].result) for name in {step.action for step in plan}}
    for step in plan:
        before = above[step.id]
        known = {
            "trigger": trigger,
            "data": _data([one for one in plan if one.id in before], saved),
            "steps": {one.id: results[one.action] for one in plan if one.id in before},
        }
        reasons = dict(_out_of_reach(step.id, above))
        for problem in check_slots(step.config, known, reasons):
            raise RefusedError(f"{actions[step.action].title}: {problem}")


def trigger_paths(trigger: Trigger | None, inputs: Json | None = None) -> dict[str, Any] | None:
    """Tell what a run is given by its trigger; None where that may be anything."""
    if trigger is None or trigger.gives is None:
        return None
    return {**{name: {} for name in trigger.gives}, **dict.fromkeys(inputs or {})}


def names_saved(plan: Sequence[PlanStep]) -> set[str] | None:
    """Name what the steps of a plan save; None when a name is filled in at the run."""
    names = {str(step.config.get("name", "")) for step in plan if step.action == _SAVES}
    return None if any("{{" in name for name in names) else {name.strip() for name in names}


def _data(before: Sequence[PlanStep], saved: Collection[str] | None) -> dict[str, Any] | None:
    own = names_saved(before)
    if saved is None or own is None:
        return None
    return {**dict.fromkeys(saved), **{name: {} for name in own}}


def _out_of_reach(here: str, above: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    """Say of each step that is not read here why not; `above` names what comes before each."""
    for other, before in above.items():
        if other == here:
            yield here, f"{here} is this very step"
        elif here in before:
            yield other, f"{other} comes later"
        elif other not in above[here]:
            yield other, f"{other} runs in another branch, at the same time"


def _drawn_name(workflow: Workflow, place: int) -> str:
    drawing = read(workflow.canvas)
    return "" if drawing is None else f": it is what {drawing.steps[place].name} is about"
