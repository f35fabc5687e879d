"""Where nodes stand on a canvas, and where there is room for one more. Units: pixels. Pure."""

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from storage.models import Json

COLUMN = 240
ROW = 120
_FARTHEST = 1e6
_MARGIN = 40

Spot = tuple[float, float]
_Box = tuple[float, float, float, float]  # x, y, width, height


def beside(nodes: Iterable[Json], siblings: Iterable[Json], sources: Iterable[Json]) -> Spot:
    """Find a free spot: below the siblings, else right of the sources, else below everything."""
    taken = list(_boxes(nodes))
    near, before = list(_boxes(siblings)), list(_boxes(sources))
    if near:
        spot = min(box[0] for box in near), max(box[1] + box[3] for box in near)
    elif before:
        spot = max(box[0] + box[2] for box in before), min(box[1] for box in before)
    else:
        spot = 0.0, max((box[1] + box[3] for box in taken), default=0.0)
    return _free(spot, taken)


def _free(spot: Spot, taken: list[_Box]) -> Spot:
    """Go down from a spot until nothing is in the way."""
    x, y = spot
    column = [box for box in taken if box[0] < x + COLUMN and x < box[0] + box[2]]
    for box in sorted(column, key=lambda box: box[1]):
        if box[1] < y + ROW and y < box[1] + box[3]:
            y = box[1] + box[3]
    return x, y


def _boxes(nodes: Iterable[Json]) -> Iterator[_Box]:
    for node in nodes:
        position = node.get("position")
        spot = position if isinstance(position, dict) else {}
        x, y = _number(spot.get("x")), _number(spot.get("y"))
        if x is not None and y is not None:
            width, height = _number(node.get("width")) or 0, _number(node.get("height")) or 0
            yield x, y, max(COLUMN, width + _MARGIN), max(ROW, height + _MARGIN)


def _number(value: Any) -> float | None:
    """Read a number another program kept; None for what would put a node out of sight."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isfinite(value) and abs(value) < _FARTHEST else None
