"""A canvas as it is stored, by us or by another program, read as steps that can be run. Pure.

Whatever names an action is a step. A node of any other kind, such as a note, is none of our
business as long as no arrow ties it to a step; what is kept of it is in layout.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from storage.errors import RefusedError
from storage.models import Json

MOST_NODES = 200
_MOST_ARROWS = 2000
_LONGEST_NAME = 60
_TRIGGER, _STEP, _OTHER = "trigger", "step", "other"

Nodes = Mapping[str, Json]
Arrows = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """One step as it is drawn. `before` names the nodes of the steps it waits for."""

    node: str
    name: str  # for a sentence
    action: str
    config: Json
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a canvas says: its trigger's node, if it has one, and its steps.

    The steps are in a stable topological order: each follows what it waits for, otherwise they
    stand as they are listed.
    """

    trigger: str | None
    steps: tuple[DrawnStep, ...]


def read(canvas: object) -> Drawing | None:
    """Read a canvas; None for one without nodes.

    Errors: RefusedError when it cannot be run, naming the node.
    """
    nodes = _nodes(canvas)
    if not nodes:
        return None
    trigger = _trigger(nodes)
    arrows = _arrows(canvas, nodes)
    _refuse_odd_arrows(arrows, nodes)
    before: dict[str, list[str]] = {node: [] for node in nodes if kind(nodes[node]) == _STEP}
    for source, target in arrows:
        if target in before:
            before[target].append(source)
    if trigger is not None:
        _refuse_orphans(before, nodes)
    among = {node: [one for one in sources if one in before] for node, sources in before.items()}
    order = _in_order(among, nodes)
    place = {node: number for number, node in enumerate(order)}
    steps = (_step(node, nodes, sorted(among[node], key=place.__getitem__)) for node in order)
    return Drawing(trigger, tuple(steps))


def node_id(value: object) -> str | None:
    """Give an id as text, also one that another program keeps as a number; None for no id."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return str(int(value))


def kind(node: Json) -> str:
    """Tell what a node is: trigger, step or other."""
    if node.get("type") == "trigger":
        return _TRIGGER
    if node.get("type") == "action" or data_of(node).get("actionType"):
        return _STEP
    return _OTHER


def data_of(node: Json) -> Json:
    """Give what a node holds, {} where that cannot be read."""
    data = node.get("data")
    return data if isinstance(data, Mapping) else {}


def name_of(node: str, body: Json) -> str:
    """Name a node for a sentence: its label, and its id."""
    label = data_of(body).get("label")
    shown = " ".join(label.split()) if isinstance(label, str) else ""
    return f"{_short(shown)} ({_short(node)})" if shown else _short(node)


def _nodes(canvas: object) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for place, node in enumerate(_listed(canvas, "nodes", MOST_NODES), start=1):
        if not isinstance(node, Mapping):
            raise RefusedError(f"Node {place} of the canvas can't be read. Draw it again.")
        name = node_id(node.get("id"))
        if name is None:
            raise RefusedError(f"{name_of(f'Node {place}', node)} of the canvas has no id.")
        if name in found:
            raise RefusedError(f"{name_of(name, node)} has an id that another node has as well.")
        found[name] = node
    return found


def _listed(canvas: object, what: str, most: int) -> Sequence[object]:
    if canvas is None:
        return ()
    if not isinstance(canvas, Mapping):
        raise RefusedError("The canvas of this workflow can't be read. Draw it again.")
    listed = canvas.get(what)
    if listed is None:
        return ()
    if not isinstance(listed, list | tuple):
        raise RefusedError(f"The {what} of the canvas are not a list. Draw it again.")
    if len(listed) > most:
        raise RefusedError(f"The canvas has {len(listed):,} {what}; {most:,} is the most.")
    return listed


def _trigger(nodes: Nodes) -> str | None:
    triggers = [node for node, body in nodes.items() if kind(body) == _TRIGGER]
    if len(triggers) > 1:
        second = name_of(triggers[1], nodes[triggers[1]])
        raise RefusedError(f"A workflow has one trigger; {second} is a second one. Remove one.")
    return triggers[0] if triggers else None


def _arrows(canvas: object, nodes: Nodes) -> list[tuple[str, str]]:
    """List the arrows that touch what is run. Errors: RefusedError for one to nowhere."""
    found = []
    for place, edge in enumerate(_listed(canvas, "edges", _MOST_ARROWS), start=1):
        ends = ends_of(edge)
        if ends is None:
            raise RefusedError(f"Arrow {place} of the canvas does not say where it leads.")
        for end in ends:
            if end not in nodes:
                raise RefusedError(f"The canvas has an arrow to {_short(end)}, which is not there.")
        if any(kind(nodes[end]) != _OTHER for end in ends):
            found.append(ends)
    return found


def ends_of(edge: object) -> tuple[str, str] | None:
    """Give where an arrow comes from and leads to; None where it does not say."""
    if not isinstance(edge, Mapping):
        return None
    source, target = node_id(edge.get("source")), node_id(edge.get("target"))
    return None if source is None or target is None else (source, target)


def _refuse_odd_arrows(arrows: Arrows, nodes: Nodes) -> None:
    seen: set[tuple[str, str]] = set()
    for source, target in arrows:
        tail, head = (name_of(end, nodes[end]) for end in (source, target))
        if source == target:
            raise RefusedError(f"An arrow leads from {head} to itself. Remove it.")
        for end, name in ((source, tail), (target, head)):
            if kind(nodes[end]) == _OTHER:
                raise RefusedError(f"{name} has an arrow, but is no step I know. Remove its arrow.")
        if kind(nodes[target]) == _TRIGGER:
            raise RefusedError(
                f"An arrow leads from {tail} to {head}, where the workflow starts. Remove it."
            )
        if (source, target) in seen:
            raise RefusedError(f"Two arrows lead from {tail} to {head}. Remove one.")
        seen.add((source, target))


def _refuse_orphans(before: Mapping[str, Sequence[str]], nodes: Nodes) -> None:
    for node, sources in before.items():
        if not sources:
            name = name_of(node, nodes[node])
            raise RefusedError(f"Nothing leads to {name}. Connect it or remove it.")


def _in_order(before: Mapping[str, Sequence[str]], nodes: Nodes) -> list[str]:
    places = {node: place for place, node in enumerate(before)}
    listed = list(before)
    after: dict[str, list[str]] = {node: [] for node in before}
    for node, sources in before.items():
        for source in sources:
            after[source].append(node)
    left = {node: len(sources) for node, sources in before.items()}
    ready = [places[node] for node, count in left.items() if not count]  # sorted: a heap
    order: list[str] = []
    while ready:
        node = listed[heappop(ready)]
        order.append(node)
        for follower in after[node]:
            left[follower] -= 1
            if not left[follower]:
                heappush(ready, places[follower])
    if len(order) < len(listed):
        at = _on_circle({node: before[node] for node in listed if left[node]})
        raise RefusedError(
            f"The steps go in a circle at {name_of(at, nodes[at])}. Remove one of its arrows."
        )
    return order


def _on_circle(before: Mapping[str, Sequence[str]]) -> str:
    """Give the first listed node of a circle: what only follows a circle is not in it."""
    walked: list[str] = []
    node = next(iter(before))
    while node not in walked:
        walked.append(node)
        node = next(source for source in before[node] if source in before)
    circle = set(walked[walked.index(node) :])
    return next(one for one in before if one in circle)


def _step(node: str, nodes: Nodes, before: Sequence[str]) -> DrawnStep:
    data = data_of(nodes[node])
    action, config, name = data.get("actionType"), data.get("config"), name_of(node, nodes[node])
    if not isinstance(action, str) or not action:
        raise RefusedError(f"{name} does not say which action it is.")
    if config is not None and not isinstance(config, Mapping):
        raise RefusedError(f"The settings of {name} can't be read.")
    return DrawnStep(node, name, action, config or {}, tuple(before))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
