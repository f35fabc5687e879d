"""A run as its card: how it goes, or what waits for its runner."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from bot.workflows.action import Action
from cards.elements import Card
from cards.forms import answers
from cards.review import ReviewForm, review_card
from cards.run import run_card
from storage.models import Run, Step, StepStatus

Wrong = Mapping[int, tuple[Mapping[str, str], Mapping[str, str]]]  # place: what was typed, why not


def draw_run(
    run: Run,
    actions: Mapping[str, Action],
    *,
    zone: str,
    title: str = "",
    again_key: str | None = None,
    wrong: Wrong | None = None,
    retried_as: str | None = None,
) -> Card:
    """Draw the run for its runner; while steps wait for a look, their settings to look at.

    Those hold what was typed and what was `wrong` with it. In company everybody else sees how the
    run goes, and the runner's own client asks for the runner's card. `retried_as` is the short id
    of the run that repeats what failed in this one.
    """
    forms = [
        _form(place, step, actions[step.action], (wrong or {}).get(place))
        for place, step in enumerate(run.steps)
        if step.status is StepStatus.REVIEW and step.action in actions
    ]
    if forms:
        card = review_card(run, forms, zone=zone)
    else:
        card = run_card(run, title=title, zone=zone, again_key=again_key, retried_as=retried_as)
    readers = () if run.runner_teams_id is None else (run.runner_teams_id,)
    theirs = run_card(
        run,
        title=title,
        zone=zone,
        viewer_is_runner=False,
        readers=readers,
        retried_as=retried_as,
    )
    return replace(card, in_company=theirs)


def _form(
    place: int,
    step: Step,
    action: Action,
    wrong: tuple[Mapping[str, str], Mapping[str, str]] | None,
) -> ReviewForm:
    hold = step.hold or {}
    typed, errors = wrong or (_shown(action, hold.get("settings") or {}), {})
    return ReviewForm(
        place=place,
        step_id=step.id,
        action=step.action,
        model_type=action.config,
        values=typed,
        external=hold.get("external") or (),
        errors=errors,
    )


def _shown(action: Action, settings: Mapping[str, Any]) -> dict[str, str]:
    """Give what would be typed for settings, blanks where one is missing yet."""
    fields = action.config.model_fields
    known = {name: value for name, value in settings.items() if name in fields}
    try:
        return answers(action.config.model_validate(known))
    except ValidationError:
        blank = {name: "" for name, field in fields.items() if field.is_required()}
        return answers(action.config.model_construct(**{**blank, **known}))
