"""What would leave, for its sender to see, edit and send: the run's card while it waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from cards.buttons import button, button_row, foot
from cards.elements import Card, Element, container, heading, line, run, text
from cards.forms import form_inputs
from cards.plain import shorten
from cards.run import state_line, step_lines
from cards.verbs import INPUT_PREFIX, CancelRun, SendReviewed, SkipReviewed
from cards.wording import action_title
from storage.models import Run


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """One step's settings as they would be used. `place` is the step's place in the run."""

    place: int
    step_id: str
    action: str
    model_type: type[BaseModel]
    values: Mapping[str, str]
    external: Sequence[str] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


def review_card(waiting: Run, forms: Sequence[ReviewForm], *, zone: str) -> Card:
    """Show every field of what would leave; only the runner's press sends it."""
    name = shorten(waiting.workflow_name, 120)
    several = len(forms) > 1
    body: list[Element] = [
        heading(name),
        state_line(waiting, zone),
        *step_lines(waiting, 400, zone=zone),
        text("Nothing leaves before you press Send.", subtle=True, spacing="medium"),
    ]
    body.extend(_form(waiting, form, several=several) for form in forms)
    every = button(
        "Send all" if several else "Send", SendReviewed(run=waiting.id), style="positive"
    )
    summary = f"{name}: please look at {_what(forms)} before it leaves"
    cancel = button("Cancel run", CancelRun(run=waiting.id), inputs="none")
    skip = None if several else _skip(waiting, forms[0])
    return Card(tuple(body), summary, foot(every, skip, cancel), run_id=waiting.id)


def _what(forms: Sequence[ReviewForm]) -> str:
    return ", ".join(action_title(form.action) for form in forms)


def _form(waiting: Run, form: ReviewForm, *, several: bool) -> Element:
    buttons: list[Element] = []
    if several:
        send = button("Send", SendReviewed(run=waiting.id, step=form.step_id))
        buttons = [button_row(send, _skip(waiting, form))]
    return container(
        text(action_title(form.action), bold=True),
        *_badges(form.external),
        *(_placed(element, form.place) for element in _inputs(form)),
        *buttons,
        separator=True,
        spacing="medium",
    )


def _skip(waiting: Run, form: ReviewForm) -> Element:
    verb = SkipReviewed(run=waiting.id, step=form.step_id)
    return button("Skip", verb, inputs="none")


def _badges(external: Sequence[str]) -> list[Element]:
    return [
        line(run("External ", color="attention", bold=True), run(shorten(address, 200)))
        for address in external[:20]
    ]


def _inputs(form: ReviewForm) -> tuple[Element, ...]:
    return form_inputs(form.model_type, form.values, form.errors)


def _placed(element: Element, place: int) -> Element:
    """Name an input after its step.

    The server says what is missing: a client would hold one step's Send back for another's blank.
    """
    kept: dict[str, Any] = {name: value for name, value in element.items() if name != "isRequired"}
    if str(element.get("type", "")).startswith("Input."):
        kept["id"] = f"{INPUT_PREFIX}{place}.{element['id'].removeprefix(INPUT_PREFIX)}"
    return kept


def answers_of(place: int, given: Mapping[str, str]) -> dict[str, str]:
    """Pick one step's answers out of the card's."""
    start = f"{place}."
    return {
        name.removeprefix(start): value for name, value in given.items() if name.startswith(start)
    }
