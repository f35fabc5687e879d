"""Which steps of a run can go on: a step starts when all before it are settled. Pure."""

from collections.abc import Collection, Mapping
from datetime import datetime

from bot.workflows.action import Action
from bot.workflows.holds import later_at, looked_at
from storage.models import PlanStep, Run, Step, StepStatus

_SETTLED = (StepStatus.DONE, StepStatus.FAILED, StepStatus.SKIPPED)
_MOVABLE = (StepStatus.WAITING, StepStatus.RUNNING, StepStatus.SIGN_IN, StepStatus.LATER)


def next_places(run: Run, tried: Collection[int], now: datetime) -> list[int]:
    """Give the steps that can go on and were not tried: all at the same time."""
    return [
        place
        for place, step in enumerate(run.steps)
        if place not in tried
        and step.status in _MOVABLE
        and _is_time(step, now)
        and _all_before_settled(run, place)
    ]


def begun_by(run: Run, place: int, actions: Mapping[str, Action]) -> list[int]:
    """Give the steps that the outcome of the one at `place` begins, should it be done.

    Only those that need nothing else first: nobody's look, no other branch.
    """
    done = run.plan[place].id
    return [
        following
        for following, (plan, step) in enumerate(zip(run.plan, run.steps, strict=True))
        if done in plan.after
        and step.status is StepStatus.WAITING
        and _goes_at_once(actions.get(plan.action), step)
        and all(
            other == place or (_is_settled(run, other) and not _stops(run.steps[other]))
            for other in places_before(run, following)
        )
    ]


def is_last(run: Run, place: int) -> bool:
    """Say whether a run is completed with the step at `place`: all others went well."""
    return all(
        other == place or step.status is StepStatus.DONE or left_out(step)
        for other, step in enumerate(run.steps)
    )


def blocked(run: Run, place: int) -> bool:
    """Say whether a step cannot run because one before it failed, or was skipped for that."""
    return any(_stops(run.steps[other]) for other in places_before(run, place))


def left_out(step: Step) -> bool:
    """Say whether its owner left the step out, which stops nothing after it."""
    return step.status is StepStatus.SKIPPED and (step.hold or {}).get("by") == "review"


def places_before(run: Run, place: int) -> list[int]:
    """Give the steps one waits for; what another run did for it is no step here."""
    places = {step.id: number for number, step in enumerate(run.steps)}
    return [places[other] for other in run.plan[place].after if other in places]


def ancestors(plan: tuple[PlanStep, ...], place: int) -> set[str]:
    """Name every step that comes before one, however far."""
    after = {step.id: step.after for step in plan}
    found: set[str] = set()
    left = list(plan[place].after)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += after.get(one, ())
    return found


def _is_time(step: Step, now: datetime) -> bool:
    at = later_at(step)
    return at is None or at <= now


def _all_before_settled(run: Run, place: int) -> bool:
    return all(_is_settled(run, other) for other in places_before(run, place))


def _is_settled(run: Run, place: int) -> bool:
    return run.steps[place].status in _SETTLED


def _stops(step: Step) -> bool:
    failed = step.status is StepStatus.FAILED
    return failed or (step.status is StepStatus.SKIPPED and not left_out(step))


def _goes_at_once(action: Action | None, step: Step) -> bool:
    return action is not None and (action.propose is None or looked_at(step))
