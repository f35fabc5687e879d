"""Canvas and steps: lay a chain out, read a canvas as a plan, refuse what cannot be run.

A canvas is `{nodes: [{id, type, position, data}], edges: [{id, source, target}]}` and a DAG: a step
starts when all its predecessors are done. Step ids are the action's name, `send_email#2` for the
second of a kind: what `{{ steps.<id>.x }}` and `actionConfigs` call it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from storage.errors import RefusedError
from storage.models import Json, PlanStep, TriggerName, Workflow

_COLUMN = 240
_ROW = 120
_TRIGGER_ID = "trigger-1"


def step_ids(actions: Sequence[str]) -> list[str]:
    """Name the steps of a list of actions: the second of a kind is `<action>#2`."""
    seen: dict[str, int] = {}
    ids = []
    for action in actions:
        seen[action] = seen.get(action, 0) + 1
        ids.append(action if seen[action] == 1 else f"{action}#{seen[action]}")
    return ids


def lay_out(
    trigger: TriggerName,
    groups: Sequence[Sequence[str]],
    configs: Mapping[str, Json],
    titles: Mapping[str, str],
) -> dict[str, Any]:
    """Draw a canvas for groups of actions, left to right; the actions of a group are siblings.

    `configs` is by step id, `titles` by action or trigger name.
    """

    def label(name: str) -> str:
        return titles.get(name, name)  # what another program stored need not be known here

    nodes = [_node(_TRIGGER_ID, "trigger", (0, 0), label(trigger), {"triggerType": str(trigger)})]
    edges: list[dict[str, str]] = []
    before = [_TRIGGER_ID]
    names = iter(step_ids([action for group in groups for action in group]))
    number = 0
    for column, group in enumerate(groups, start=1):
        here = []
        for row, action in enumerate(group):
            number += 1
            node_id = f"action-{number}"
            config = dict(configs.get(next(names), {}))
            data = {"actionType": action, "config": config}
            spot = (column * _COLUMN, row * _ROW)
            nodes.append(_node(node_id, "action", spot, label(action), data))
            here.append(node_id)
        edges += [_edge(source, target) for target in here for source in before]
        before = here
    return {"nodes": nodes, "edges": edges}


def _node(node_id: str, kind: str, spot: tuple[int, int], label: str, data: Json) -> dict[str, Any]:
    position = {"x": spot[0], "y": spot[1]}
    return {"id": node_id, "type": kind, "position": position, "data": {"label": label, **data}}


def _edge(source: str, target: str) -> dict[str, str]:
    return {"id": f"{source}>{target}", "source": source, "target": target}


def plan_of(workflow: Workflow) -> tuple[PlanStep, ...]:
    """Give the steps of a workflow in a stable topological order, each with what it waits for.

    Without a canvas the actions run one after the other.
    Errors: RefusedError when the canvas cannot be run, naming the node.
    """
    if workflow.canvas and workflow.canvas.get("nodes"):
        return _plan_of_canvas(workflow.canvas, workflow.action_configs)
    ids = step_ids(workflow.actions)
    return tuple(
        PlanStep(
            id=step_id,
            action=action,
            config=workflow.action_configs.get(step_id, {}),
            after=tuple(ids[max(0, place - 1) : place]),
        )
        for place, (step_id, action) in enumerate(zip(ids, workflow.actions, strict=True))
    )


def groups_of(plan: Sequence[PlanStep]) -> list[list[PlanStep]]:
    """Gather the steps that wait for the same others, in order: what a chain is written from."""
    groups: list[list[PlanStep]] = []
    for step in plan:
        if groups and set(groups[-1][0].after) == set(step.after):
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def _plan_of_canvas(canvas: Json, configs: Json) -> tuple[PlanStep, ...]:
    nodes = {str(node["id"]): node for node in canvas["nodes"]}
    before = _predecessors(canvas, nodes)
    order = _in_order(nodes, before)
    _refuse_odd_nodes(nodes, before)
    chosen = [node for node in order if nodes[node].get("type") != "trigger"]
    actions = [str(nodes[node]["data"]["actionType"]) for node in chosen]
    ids = dict(zip(chosen, step_ids(actions), strict=True))
    return tuple(
        PlanStep(
            id=ids[node],
            action=action,
            config=nodes[node]["data"].get("config") or configs.get(ids[node], {}),
            after=tuple(ids[source] for source in before[node] if source in ids),
        )
        for node, action in zip(chosen, actions, strict=True)
    )


def _predecessors(canvas: Json, nodes: Mapping[str, Any]) -> dict[str, list[str]]:
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for edge in canvas.get("edges") or ():
        source, target = str(edge["source"]), str(edge["target"])
        for end in (source, target):
            if end not in nodes:
                raise RefusedError(f"The canvas has an arrow to {end}, which is not there.")
        before[target].append(source)
    return before


def _in_order(nodes: Mapping[str, Any], before: Mapping[str, list[str]]) -> list[str]:
    """Order the nodes so that each follows its predecessors, otherwise as they were listed."""
    order: list[str] = []
    left = list(nodes)
    while left:
        ready = next((node for node in left if set(before[node]) <= set(order)), None)
        if ready is None:
            raise RefusedError(f"The steps go in a circle at {_label(nodes, left[0])}.")
        order.append(ready)
        left.remove(ready)
    return order


def _refuse_odd_nodes(nodes: Mapping[str, Any], before: Mapping[str, list[str]]) -> None:
    triggers = [node for node, body in nodes.items() if body.get("type") == "trigger"]
    if len(triggers) > 1:
        raise RefusedError(
            f"A workflow has one trigger; {_label(nodes, triggers[1])} is a second one."
        )
    for node, body in nodes.items():
        if body.get("type") == "trigger":
            continue
        if triggers and not before[node]:
            raise RefusedError(f"Nothing leads to {_label(nodes, node)}. Connect it or remove it.")
        if not (body.get("data") or {}).get("actionType"):
            raise RefusedError(f"{_label(nodes, node)} does not say which action it is.")


def _label(nodes: Mapping[str, Any], node: str) -> str:
    label = (nodes[node].get("data") or {}).get("label")
    return f"{label} ({node})" if label else node
