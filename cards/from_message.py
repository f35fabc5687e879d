"""What a message's own menu opens: a window of Teams' with the message, and what to do with it."""

from collections.abc import Sequence

from cards.buttons import submit
from cards.elements import Card, Element, container, text
from cards.forms import error_text
from cards.inputs import choice_input
from cards.plain import shorten
from cards.verbs import DraftOfMessage, RunWithMessage

_SHOWN = 600  # characters of the message
_MOST_CHOICES = 100


def pick_card(
    message: str,
    choices: Sequence[tuple[str, str]],
    verb: RunWithMessage,
    *,
    error: str | None = None,
) -> Card:
    """Ask which workflow runs with a message; choices are (title, workflow id)."""
    picking = choice_input(
        "wf",
        "Workflow",
        [(shorten(title, 200), wf) for title, wf in choices[:_MOST_CHOICES]],
        value=choices[0][1] if len(choices) == 1 else "",
        required=True,
    )
    wrong = [error_text(error)] if error else []
    return Card((picking, *wrong, *_notes(message)), "Run ConsultFlow", (submit("Run", verb),))


def draft_card(message: str, verb: DraftOfMessage) -> Card:
    """Show a message before minutes are drafted of it."""
    told = text("I'll draft the minutes of this message and post them here.")
    return Card((told, *_notes(message)), "Draft minutes", (submit("Draft minutes", verb),))


def _notes(message: str) -> tuple[Element, ...]:
    shown = text(shorten(message, _SHOWN), spacing="none")
    return (text("The notes", bold=True, spacing="medium"), container(shown, style="emphasis"))
