"""What a run still needs before it can start."""

from cards.buttons import button
from cards.elements import Card, Element, heading, text
from cards.forms import error_text
from cards.inputs import text_input
from cards.plain import shorten
from cards.verbs import ShowWorkflow, StartRun
from storage.models import Workflow

LONGEST_SHOWN = 12_000  # characters: what still fits in a card once it is escaped


def run_input_card(
    workflow: Workflow, *, key: str, value: str = "", error: str | None = None
) -> Card:
    """Ask for the notes a workflow works on; with `error`, what was typed is still there."""
    name = shorten(workflow.name, 120)
    body = (
        heading(f"Run {name}"),
        text(
            "Paste the meeting's notes. A .txt, .md, .vtt or .docx file works as well.", subtle=True
        ),
        *notes_input(value, error),
    )
    actions = (
        button("Run", StartRun(wf=workflow.id, key=key), style="positive"),
        button("Not now", ShowWorkflow(wf=workflow.id), inputs="none"),
    )
    return Card(body, f"{name} needs notes to run.", actions)


def notes_input(value: str, error: str | None) -> tuple[Element, ...]:
    """Draw the notes field, filled where a card can hold them, with what is wrong below it."""
    fits = len(value) <= LONGEST_SHOWN
    drawn = text_input(
        "notes",
        "Meeting notes",
        value=value if fits else "",
        placeholder="Name: what was said, decisions, action items…",
        required=True,
        long=True,
        missing="Meeting notes are required",
    )
    long = "These notes are too long to change here. Send the changed notes as a file instead."
    wrong = error if fits else error or long
    return (drawn, error_text(wrong)) if wrong else (drawn,)
