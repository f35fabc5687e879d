"""The list of steps as the builder edits it. Pure: a list in, a list out; JSON only."""

from typing import Any

from bot.workflows.graph import step_ids
from bot.workflows.slots import renamed

Steps = list[dict[str, Any]]


def add(steps: Steps, action: str, *, beside: bool) -> Steps:
    """Put a step at the end, at the same time as the last one when `beside`."""
    return [*steps, {"action": action, "config": None, "beside": beside and bool(steps)}]


def change(steps: Steps, what: str, place: int) -> Steps:
    """Remove a step, move it, or put it beside the one before it.

    `what` is remove, up, down or beside; a place that is not there changes nothing. Slots go on
    reading the step they read, also where its id is another now.
    """
    if not 0 <= place < len(steps):
        return steps
    numbered = [{**step, "was": number} for number, step in enumerate(steps)]
    return _read_on(steps, _changed(numbered, what, place))


def _changed(steps: Steps, what: str, place: int) -> Steps:
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


def _read_on(old: Steps, new: Steps) -> Steps:
    """Rename the steps in the slots; one that is gone is never taken for another of its kind."""
    before, now = (step_ids([step["action"] for step in steps]) for steps in (old, new))
    names = {before[step["was"]]: name for step, name in zip(new, now, strict=True)}
    names |= {name: f"{name}-removed" for name in before if name not in names and name in now}
    return [
        {
            **{key: value for key, value in step.items() if key != "was"},
            "config": renamed(step["config"], names),
        }
        for step in new
    ]
