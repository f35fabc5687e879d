"""A workflow on one line: `Manual -> Generate MOM -> (Send Email, Calendar Event)`."""

from collections.abc import Mapping, Sequence
from typing import Any

from cards.wording import action_title, trigger_title
from storage.models import Json, Workflow

_MOST_NODES = 200  # of a canvas that can be run; beyond that the actions are written as listed


def chain(trigger: str, actions: Sequence[str], canvas: Json | None = None) -> str:
    """Write the steps in order, those that run at the same time in brackets."""
    ranks = _ranks(canvas) if isinstance(canvas, Mapping) else None
    groups = ranks if ranks and sum(map(len, ranks)) == len(actions) else [[a] for a in actions]
    named = [[action_title(action) for action in group] for group in groups]
    steps = [group[0] if len(group) == 1 else f"({', '.join(group)})" for group in named]
    return " -> ".join([trigger_title(trigger), *steps])


def workflow_chain(workflow: Workflow) -> str:
    """Write a stored workflow's steps in order."""
    return chain(workflow.trigger, workflow.actions, workflow.canvas)


def _ranks(canvas: Json) -> list[list[str]] | None:
    """Group the action nodes by their longest way from the trigger; None for what is no graph."""
    nodes = _kinds(canvas)
    if len(nodes) > _MOST_NODES:
        return None
    before = _sources(canvas, nodes)
    rank: dict[str, int] = {}
    for _round in nodes:
        for node, sources in before.items():
            if node not in rank and all(source in rank for source in sources):
                rank[node] = 1 + max((rank[source] for source in sources), default=0)
    if len(rank) < len(nodes):
        return None
    groups: dict[int, list[str]] = {}
    for node, kind in nodes.items():
        if kind is not None:
            groups.setdefault(rank[node], []).append(kind)
    return [groups[number] for number in sorted(groups)]


def _sources(canvas: Json, nodes: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Map node id to the ids of the nodes it waits for."""
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for edge in _dicts(canvas.get("edges")):
        source, target = str(edge.get("source")), str(edge.get("target"))
        if source in nodes and target in nodes:
            before[target].append(source)
    return before


def _kinds(canvas: Json) -> dict[str, str | None]:
    """Map node id to its action; None for the trigger."""
    found: dict[str, str | None] = {}
    for node in _dicts(canvas.get("nodes")):
        data = node.get("data")
        kind = data.get("actionType") if isinstance(data, Mapping) else None
        step = node.get("type") == "action" or (kind and node.get("type") != "trigger")
        found[str(node.get("id"))] = str(kind) if step else None
    return found


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
