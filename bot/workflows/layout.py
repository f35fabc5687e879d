"""Steps drawn as a canvas: a new one, or one that is there with what changed. Pure.

What another program keeps in a canvas, a node or an arrow stays as it is: only what a change is
about is touched.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from bot.workflows.canvas import Drawing, data_of, ends_of, node_id, read
from bot.workflows.spots import COLUMN, ROW, Spot, beside
from storage.models import Json, PlanStep, TriggerName

_TRIGGER_ID = "trigger-1"
Titles = Mapping[str, str]
Placed = Sequence[tuple[PlanStep, str | None]]  # each with the node it was drawn as


def draw(trigger: TriggerName, plan: Sequence[PlanStep], titles: Titles) -> dict[str, Any]:
    """Draw a new canvas, left to right; what waits for the same others stands in one column."""
    nodes = [_trigger_node(trigger, titles)]
    ids = {step.id: f"action-{number}" for number, step in enumerate(plan, start=1)}
    columns: dict[str, int] = {}
    rows: dict[int, int] = {}
    for step in plan:
        column = 1 + max((columns[other] for other in step.after), default=0)
        columns[step.id] = column
        row = rows[column] = rows.get(column, -1) + 1
        spot = (column * COLUMN, row * ROW)
        nodes.append(_step_node(ids[step.id], spot, step, titles))
    arrows = [
        _edge(source, ids[step.id])
        for step in plan
        for source in [ids[other] for other in step.after] or [_TRIGGER_ID]
    ]
    return {"nodes": nodes, "edges": arrows}


def redraw(
    canvas: Json | None,
    trigger: TriggerName,
    steps: Placed,
    titles: Titles,
) -> dict[str, Any]:
    """Change a canvas into one that says these steps, each with the node it was drawn as.

    Positions, unknown keys and unknown nodes stay. A step without a node is new and stands beside
    the others; the nodes of steps that are gone go with their arrows.
    Errors: RefusedError for a canvas that cannot be read.
    """
    drawing = read(canvas)
    if canvas is None or drawing is None:
        return {**(canvas or {}), **draw(trigger, [step for step, _node in steps], titles)}
    return _Redrawing(canvas, drawing, trigger, titles).of(steps)


@dataclass(frozen=True, slots=True)
class _Redrawing:
    """One canvas on its way to another."""

    canvas: Json
    drawing: Drawing
    trigger: TriggerName
    titles: Titles

    def of(self, steps: Placed) -> dict[str, Any]:
        bodies = {str(node_id(node["id"])): node for node in self.canvas["nodes"]}
        ids = self._ids(steps, bodies)
        gone = {step.node for step in self.drawing.steps} - set(ids.values())
        nodes = {node: body for node, body in bodies.items() if node not in gone}
        for step, _node in steps:
            node = ids[step.id]
            if node in nodes:
                nodes[node] = _with_config(nodes[node], step.config)
            else:
                nodes[node] = _step_node(
                    node, self._spot(step, steps, ids, nodes), step, self.titles
                )
        first = self.drawing.trigger
        if first is not None:
            nodes[first] = _with_trigger(nodes[first], self.trigger, self.titles)
        edges = self._edges([(step, ids[step.id]) for step, _node in steps], ids, nodes)
        listed = list(_in_plan_order(nodes, [(step, ids[step.id]) for step, _node in steps]))
        return {**self.canvas, "nodes": listed, "edges": edges}

    def _ids(self, steps: Placed, bodies: Mapping[str, Json]) -> dict[str, str]:
        known = {step.node for step in self.drawing.steps}
        fresh = (name for number in count(1) if (name := f"action-{number}") not in bodies)
        return {step.id: node if node in known else next(fresh) for step, node in steps}

    def _spot(
        self, step: PlanStep, steps: Placed, ids: Mapping[str, str], nodes: Mapping[str, Json]
    ) -> Spot:
        siblings = [ids[one.id] for one, _node in steps if set(one.after) == set(step.after)]
        sources = self._sources(step, ids)
        return beside(
            nodes.values(),
            [nodes[node] for node in siblings if node in nodes],
            [nodes[node] for node in sources],
        )

    def _sources(self, step: PlanStep, ids: Mapping[str, str]) -> list[str]:
        first = [] if self.drawing.trigger is None else [self.drawing.trigger]
        return [ids[other] for other in step.after] or first

    def _edges(
        self, steps: Sequence[tuple[PlanStep, str]], ids: Mapping[str, str], nodes: Json
    ) -> list[Any]:
        wanted = {
            (source, node): None for step, node in steps for source in self._sources(step, ids)
        }
        kept = [
            edge
            for edge in self.canvas.get("edges") or ()
            if self._stays(ends_of(edge), wanted, nodes)
        ]
        there = {ends_of(edge) for edge in kept}
        names = {node_id(edge.get("id")) for edge in kept}
        new = [
            _edge(nodes[source]["id"], nodes[target]["id"], names)
            for source, target in wanted
            if (source, target) not in there
        ]
        return [*kept, *new]

    def _stays(
        self, ends: tuple[str, str] | None, wanted: Mapping[tuple[str, str], None], nodes: Json
    ) -> bool:
        if ends in wanted or ends is None:
            return True
        followers = {step.node: step.before for step in self.drawing.steps}
        if not {*ends} & {*followers, self.drawing.trigger}:
            return True  # between two nodes that are not ours
        # From the trigger to a step that waits for others anyway: says nothing, hurts nobody.
        return ends[0] == self.drawing.trigger and ends[1] in nodes and bool(followers[ends[1]])


def _in_plan_order(
    nodes: Mapping[str, Json], steps: Sequence[tuple[PlanStep, str]]
) -> Iterator[Json]:
    """List nodes so that siblings stand in the order of the plan; everything else stays."""
    siblings: dict[frozenset[str], list[str]] = {}
    for step, node in steps:
        siblings.setdefault(frozenset(step.after), []).append(node)
    next_of: dict[str, Iterator[str]] = {}
    for group in siblings.values():
        next_of |= dict.fromkeys(group, iter(group))  # one iterator for them all
    for node, body in nodes.items():
        yield nodes[next(next_of[node])] if node in next_of else body


def _with_config(node: Json, config: Json) -> Json:
    data = data_of(node)
    if (data.get("config") or {}) == config:
        return node
    return {**node, "data": {**data, "config": dict(config)}}


def _with_trigger(node: Json, trigger: TriggerName, titles: Titles) -> Json:
    """Say another trigger, if it is another."""
    data = data_of(node)
    if data.get("triggerType", trigger) == trigger:
        return node
    label = titles.get(trigger, trigger)
    return {**node, "data": {**data, "label": label, "triggerType": str(trigger)}}


def _trigger_node(trigger: TriggerName, titles: Titles) -> dict[str, Any]:
    data = {"triggerType": str(trigger)}
    return _node(_TRIGGER_ID, "trigger", (0, 0), titles.get(trigger, trigger), data)


def _step_node(node: str, spot: Spot, step: PlanStep, titles: Titles) -> dict[str, Any]:
    data = {"actionType": step.action, "config": dict(step.config)}
    # What another program stored need not be known here.
    return _node(node, "action", spot, titles.get(step.action, step.action), data)


def _node(node: str, kind: str, spot: Spot, label: str, data: Json) -> dict[str, Any]:
    position = {"x": spot[0], "y": spot[1]}
    return {"id": node, "type": kind, "position": position, "data": {"label": label, **data}}


def _edge(source: Any, target: Any, names: Collection[Any] = ()) -> dict[str, Any]:
    name = f"{source}>{target}"
    while name in names:
        name += "'"
    return {"id": name, "source": source, "target": target}
