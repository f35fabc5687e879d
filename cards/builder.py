"""The dialog that makes a workflow: trigger, steps, settings, name, review.

Every card knows its place (`At`); its buttons send DialogAnswer with one of the choices below.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from cards.buttons import button, button_row
from cards.elements import Card, Element, columns, container, heading, line, run, text
from cards.fitting import fitted
from cards.form import form_card
from cards.forms import error_text
from cards.inputs import choice_input, text_input
from cards.plain import shorten
from cards.verbs import DialogAnswer
from cards.wording import action_title
from cards.workflow import settings

NEXT, BACK, CANCEL, ADD, SAVE = "next", "back", "cancel", "add", "save"
# Each followed by :<index of the step, from 0>. BESIDE: beside the step before.
REMOVE, UP, DOWN, BESIDE = "remove", "up", "down", "beside"
# From the review back to a part; CONFIG followed by :<index of the step>.
STEPS, NAME, CONFIG = "steps", "name", "config"

Offer = tuple[str, str, str]  # name, title, one line about it


@dataclass(frozen=True, slots=True)
class At:
    """Which dialog a card belongs to, and the step of it that the card was drawn for."""

    dialog: str
    rev: int

    def press(self, title: str, choice: str, **how: Any) -> Element:
        """Draw a button that answers the dialog with a choice."""
        verb = DialogAnswer(dialog=self.dialog, rev=self.rev, choice=choice)
        return button(title, verb, **how)

    def foot(self, forward: Element, *, back: bool = True) -> tuple[Element, ...]:
        """Draw the way forward, back and out; only forward asks for what is required."""
        behind = (self.press("Back", BACK, inputs="none"),) if back else ()
        return (forward, *behind, self.press("Cancel", CANCEL, inputs="none"))


def trigger_card(
    at: At, triggers: Sequence[Offer], *, chosen: str = "manual", error: str | None = None
) -> Card:
    """Ask what starts the workflow; the answer comes as `trigger`."""
    choices = [(title, name) for name, title, _about in triggers]
    body = (
        heading("New workflow"),
        choice_input(
            "trigger", "What starts it?", choices, value=chosen, required=True, expanded=True
        ),
        *_wrong(error),
    )
    forward = at.press("Next", NEXT, style="positive")
    return Card(
        body, _summary(error, "New workflow: what starts it?"), at.foot(forward, back=False)
    )


def steps_card(
    at: At,
    *,
    shown_chain: str,
    actions: Sequence[str],
    beside: Sequence[bool],
    offered: Sequence[Offer],
    error: str | None = None,
) -> Card:
    """Show the chain so far; add (`action` answers which), remove and move steps.

    `beside` says for each action whether it stands beside the one before it.
    """
    choices = [(f"{title}: {shorten(about, 90)}", name) for name, title, about in offered]

    def draw(arrows: int) -> Card:
        body = (
            heading("Steps"),
            text(shown_chain, bold=True, color="accent"),
            *(
                _step_row(
                    at,
                    number,
                    action,
                    up=arrows > 0 and number > 0,
                    down=arrows > 1 and number + 1 < len(actions),
                    together=beside[number],
                )
                for number, action in enumerate(actions)
            ),
            *_wrong(error),
            choice_input("action", "Add an action", choices),
            button_row(at.press("Add", ADD)),
        )
        forward = at.press("Next", NEXT, style="positive")
        return Card(body, _summary(error, f"Steps: {shown_chain}"), at.foot(forward))

    # Of a long list the arrows down go first: up on the next step does the same.
    return fitted(draw, limits=(2, 1, 0))


def _step_row(at: At, number: int, action: str, *, up: bool, down: bool, together: bool) -> Element:
    higher = at.press("↑", f"{UP}:{number}", inputs="none") if up else None
    lower = at.press("↓", f"{DOWN}:{number}", inputs="none") if down else None
    remove = at.press("Remove", f"{REMOVE}:{number}", inputs="none")
    beside = None
    if number:
        beside = at.press(
            "One after the other" if together else "At the same time",
            f"{BESIDE}:{number}",
            inputs="none",
        )
    with_last = " (beside the one above)" if together else ""
    label = text(f"{number + 1}. {action_title(action)}{with_last}")
    return container(label, button_row(higher, lower, beside, remove), spacing="small")


def config_card(
    at: At,
    *,
    title: str,
    position: int,
    count: int,
    model_type: type[BaseModel],
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    kept: Collection[str] = (),
) -> Card:
    """Ask for one step's settings; `position` counts from 1."""
    return form_card(
        title,
        model_type,
        values,
        errors,
        buttons=at.foot(at.press("Next", NEXT, style="positive")),
        intro=f"Settings of step {position} of {count}",
        kept=kept,
    )


def name_card(at: At, *, shown_chain: str, value: str = "", error: str | None = None) -> Card:
    """Ask for the workflow's name; the answer comes as `name`."""
    body = (
        heading("Name it"),
        text(shown_chain, subtle=True),
        text_input(
            "name",
            "Workflow name",
            value=shorten(value, 500),
            placeholder="Meeting follow-up",
            required=True,
            longest=100,
        ),
        *_wrong(error),
    )
    return Card(body, _summary(error, "Name it"), at.foot(at.press("Next", NEXT, style="positive")))


def review_card(
    at: At,
    *,
    name: str,
    shown_chain: str,
    steps: Sequence[tuple[str, Mapping[str, Any]]],
    policy: str | None = None,
    error: str | None = None,
) -> Card:
    """Show what will be saved: each step is its action and its settings.

    `policy` is asked as `policy` where something leaves: ask, internal-auto or auto.
    """

    def draw(limit: int) -> Card:
        shown = shorten(name, limit)
        body = (
            heading(shown),
            text(shown_chain),
            *(_reviewed(at, number, *step, limit) for number, step in enumerate(steps, start=1)),
            *_policy(policy),
            *_wrong(error),
        )
        forward = at.press("Save", SAVE, style="positive")
        change = (at.press("Change steps", STEPS), at.press("Rename", NAME))
        cancel = at.press("Cancel", CANCEL)
        return Card(body, _summary(error, f'Save "{shown}"?'), (forward, *change, cancel))

    return fitted(draw)


def _reviewed(at: At, number: int, action: str, config: Mapping[str, Any], limit: int) -> Element:
    title = line(run(f"{number}. {action_title(action)}", bold=True))
    change = button_row(at.press("Settings", f"{CONFIG}:{number - 1}"))
    about = [title, *settings(config, limit)]
    return columns(("stretch", about), ("auto", [change]), spacing="small")


def _summary(error: str | None, otherwise: str) -> str:
    return shorten(error or otherwise, 200)


POLICIES = (
    ("Always show it to me first", "ask"),
    ("Send inside my organisation without asking", "internal-auto"),
    ("Send without asking, but show me what goes outside my organisation", "auto"),
)


def _policy(chosen: str | None) -> list[Element]:
    if chosen is None:
        return []
    return [
        choice_input("policy", "Before something leaves", POLICIES, value=chosen, required=True)
    ]


def _wrong(error: str | None) -> list[Element]:
    return [error_text(error)] if error else []
