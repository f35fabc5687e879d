"""The first card somebody sees."""

from functools import lru_cache

from cards.buttons import button
from cards.elements import Card, heading, text
from cards.verbs import NewWorkflow, ShowHelp, StartMinutes

_DOES = (
    "• Make minutes from notes you paste or send as a file.",
    "• Run the steps that follow a meeting, as a workflow you build here.",
    "• Keep a log of every run, so you can see what was done.",
)


@lru_cache(maxsize=1)
def welcome_card() -> Card:
    """Say why the bot writes, what it does, and offer three starts."""
    body = (
        heading("Hi, I'm ConsultFlow"),
        text(
            "You see this because I was added to this chat. "
            "I take care of what comes after a meeting:",
        ),
        *(text(thing, spacing="small") for thing in _DOES),
        text("I never send anything without being told to.", subtle=True, spacing="medium"),
    )
    starts = (
        button("Make minutes", StartMinutes(), style="positive"),
        button("New workflow", NewWorkflow()),
        button("Help", ShowHelp()),
    )
    return Card(body, "Hi, I'm ConsultFlow. I take care of what comes after a meeting.", starts)
