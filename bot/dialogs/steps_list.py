"""The list of steps as the builder edits it. Pure: a list in, a list out; JSON only."""

from typing import Any

Steps = list[dict[str, Any]]


def add(steps: Steps, action: str, *, beside: bool) -> Steps:
    """Put a step at the end, at the same time as the last one when `beside`."""
    return [*steps, {"action": action, "config": None, "beside": beside and bool(steps)}]


def change(steps: Steps, what: str, place: int) -> Steps:
    """Remove a step, move it, or put it beside the one before it.

    `what` is remove, up, down or beside; a place that is not there changes nothing.
    """
    if not 0 <= place < len(steps):
        return steps
    if what == "remove":
        return _headed(steps[:place] + steps[place + 1 :])
    if what == "up":
        return _headed(_swapped(steps, place - 1))
    if what == "down":
        return _headed(_swapped(steps, place))
    if what == "beside" and place > 0:
        turned = {**steps[place], "beside": not steps[place]["beside"]}
        return [*steps[:place], turned, *steps[place + 1 :]]
    return steps


def _swapped(steps: Steps, first: int) -> Steps:
    """Swap two neighbours; which places run at the same time stays as it was."""
    if not 0 <= first < len(steps) - 1:
        return steps
    upper, lower = steps[first], steps[first + 1]
    moved = [{**lower, "beside": upper["beside"]}, {**upper, "beside": lower["beside"]}]
    return [*steps[:first], *moved, *steps[first + 2 :]]


def _headed(steps: Steps) -> Steps:
    """Let the first step stand for itself: there is nothing before it to be beside."""
    return [{**step, "beside": step["beside"] and place > 0} for place, step in enumerate(steps)]
