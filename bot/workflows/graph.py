"""Canvas and steps: read a workflow as a plan, refuse what cannot be run.

A canvas is `{nodes: [{id, type, position, data}], edges: [{id, source, target}]}` and a DAG: a step
starts when all its predecessors are done. Step ids are the action's name, `send_email#2` for the
second of a kind: what `{{ steps.<id>.x }}` and `actionConfigs` call it. They count in the order of
the plan, whatever order `actions` has: an arrow from one mail to another makes the first the first.
"""

from collections.abc import Mapping, Sequence

from bot.workflows.canvas import MOST_NODES, read
from storage.errors import RefusedError
from storage.models import Json, PlanStep, Workflow


def step_ids(actions: Sequence[str]) -> list[str]:
    """Name the steps of a list of actions: the second of a kind is `<action>#2`."""
    seen: dict[str, int] = {}
    ids = []
    for action in actions:
        seen[action] = seen.get(action, 0) + 1
        ids.append(action if seen[action] == 1 else f"{action}#{seen[action]}")
    return ids


def plan_of(workflow: Workflow) -> tuple[PlanStep, ...]:
    """Give the steps of a workflow in a stable topological order, each with what it waits for.

    Without a canvas the actions run one after the other. The settings in a node win over those
    in `actionConfigs`.
    Errors: RefusedError when the canvas cannot be run, naming the node.
    """
    configs: Json = workflow.action_configs
    drawing = read(workflow.canvas)
    if drawing is None:
        return _one_after_the_other(workflow.actions, configs)
    ids = step_ids([step.action for step in drawing.steps])
    names = {step.node: name for step, name in zip(drawing.steps, ids, strict=True)}
    return tuple(
        PlanStep(
            id=name,
            action=step.action,
            config=step.config or _listed(configs, name),
            after=tuple(names[node] for node in step.before),
        )
        for step, name in zip(drawing.steps, ids, strict=True)
    )


def nodes_of(workflow: Workflow) -> tuple[str | None, ...]:
    """Name the node that each step of the plan is drawn as; None without a canvas.

    Errors: RefusedError when the canvas cannot be run.
    """
    drawing = read(workflow.canvas)
    if drawing is None:
        return (None,) * len(workflow.actions)
    return tuple(step.node for step in drawing.steps)


def groups_of(plan: Sequence[PlanStep]) -> list[list[PlanStep]] | None:
    """Gather a plan as a chain of groups: each step waits for the whole group before its own.

    None for a plan that branches in another way: no such chain holds its arrows.
    """
    groups: list[list[PlanStep]] = []
    before: set[str] = set()
    for step in plan:
        waits_for = set(step.after)
        if groups and waits_for == before:
            groups[-1].append(step)
        elif not groups or waits_for == {one.id for one in groups[-1]}:
            before = waits_for
            groups.append([step])
        else:
            return None
    return None if groups and groups[0][0].after else groups


def _one_after_the_other(actions: Sequence[str], configs: Json) -> tuple[PlanStep, ...]:
    if len(actions) > MOST_NODES:
        raise RefusedError(f"The workflow has {len(actions):,} steps; {MOST_NODES} is the most.")
    ids = step_ids(actions)
    return tuple(
        PlanStep(step_id, action, _listed(configs, step_id), tuple(ids[max(0, place - 1) : place]))
        for place, (step_id, action) in enumerate(zip(ids, actions, strict=True))
    )


def _listed(configs: Json, step_id: str) -> Json:
    config = configs.get(step_id) or {}
    if not isinstance(config, Mapping):
        raise RefusedError(f"The settings of {step_id} can't be read.")
    return config
