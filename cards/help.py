"""What can be said, all of it or one topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cards.buttons import button
from cards.elements import Card, Element, heading, line, run, text
from cards.plain import shorten
from cards.verbs import ListLogs, ListWorkflows, NewWorkflow, ShowHelp, ShowHome, StartMinutes


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """A command as help shows it: its forms, the first word of each being its topic."""

    forms: tuple[str, ...]
    summary: str

    @property
    def topic(self) -> str:
        """The word help knows it by."""
        return self.forms[0].split()[0].lower()


def help_card(commands: Sequence[HelpEntry], topic: str | None = None) -> Card:
    """Show every command, or the forms of one; an unknown topic gets the list of topics."""
    entries = tuple(commands)
    if topic is None or not topic.strip():
        return _everything(entries)
    wanted = topic.strip().lower()
    known = [entry for entry in entries if _is_about(entry, wanted)]
    return _one_topic(known[0]) if known else _unknown(entries, topic.strip())


def _is_about(entry: HelpEntry, wanted: str) -> bool:
    return any(form.split()[0].lower() == wanted for form in entry.forms)


@lru_cache(maxsize=8)
def _everything(entries: tuple[HelpEntry, ...]) -> Card:
    body = (
        heading("What I can do"),
        *(_entry(entry) for entry in entries),
        text(
            "In the middle of a form? Type cancel to leave it; nothing is saved. "
            "In channels and group chats, mention me first. I can't read private channels.",
            subtle=True,
            separator=True,
            spacing="medium",
        ),
    )
    return Card(body, "What I can do: type any of these words, or press a button.", _starts())


def _entry(entry: HelpEntry) -> Element:
    return line(
        run(entry.forms[0], bold=True), run(f"  {entry.summary}", subtle=True), spacing="small"
    )


def _starts() -> tuple[Element, ...]:
    return (
        button("Home", ShowHome()),
        button("Make minutes", StartMinutes()),
        button("New workflow", NewWorkflow()),
        button("Workflows", ListWorkflows()),
        button("Logs", ListLogs()),
    )


@lru_cache(maxsize=64)
def _one_topic(entry: HelpEntry) -> Card:
    body = (
        heading(entry.topic),
        text(entry.summary),
        text("You can say:", subtle=True, spacing="medium"),
        *(text(form, mono=True, spacing="small") for form in entry.forms),
    )
    return Card(body, f"{entry.topic}: {entry.summary}", (button("All commands", ShowHelp()),))


def _unknown(entries: tuple[HelpEntry, ...], topic: str) -> Card:
    topics = ", ".join(dict.fromkeys(entry.topic for entry in entries))
    sentence = f'I have no help on "{shorten(topic, 80)}". Topics: {topics}.'
    return Card((text(sentence),), sentence, (button("All commands", ShowHelp()),))
