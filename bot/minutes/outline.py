"""What belongs in a deck: minutes or plain notes into sections, in the order of a template."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum

from bot.minutes.render import (
    TBD,
    action_row,
    action_rows,
    date_and_time,
    decision_text,
    next_date_and_time,
)
from bot.minutes.slides import Line, Row, Section
from storage.minutes import Minutes

ACTION_HEADER = ("Action item", "Owner", "Due date")

# More than fifty full slides hold.
_MOST_TEXT = 200_000
_MOST_SECTIONS = 60
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BULLET = re.compile(r"^(?:[-*•\u2013]\s+|\d{1,2}[.)]\s+)")
_HEADING = re.compile(r"^(?:#{1,6}\s+(.+)|([^.:!?]{1,60}):)$")


class Template(StrEnum):
    """Four ways to tell it: colours, and the order of what is told."""

    DEFAULT = "default"
    EXECUTIVE = "executive"
    TECHNICAL = "technical"
    MEETING = "meeting"


def clean(text: str) -> str:
    """Give a text as one line a slide can hold: what XML forbids is taken out."""
    return " ".join(_ILLEGAL.sub("", text).split())


def subtitle_of(minutes: Minutes) -> str:
    """Say when, where and with whom, a line each, as far as the notes do."""
    when = date_and_time(minutes)
    people = ", ".join(attendee.name for attendee in minutes.attendees)
    told = ("" if when == TBD else when, minutes.location or "", people)
    return "\n".join(clean(line) for line in told if line)


def sections_of(minutes: Minutes, template: Template = Template.DEFAULT) -> list[Section]:
    """Give what there is to show, in the template's order; [] when the minutes hold nothing.

    Shape: the action table is always among them, and says so where there are no actions.
    """
    parts = [_PARTS[name](minutes) for name in _ORDER[template]]
    told = [part for part in parts if part.units]
    return told if minutes.action_items or len(told) > 1 else []


def sections_of_text(text: str) -> list[Section]:
    """Give plain notes as sections: a heading line begins one, every other line is a point."""
    found: list[tuple[str, list[Line]]] = [("Notes", [])]
    for raw in text[:_MOST_TEXT].splitlines():
        line = clean(raw)
        heading = _HEADING.match(line)
        said = (heading[1] or heading[2]).strip() if heading else ""
        if said and len(found) < _MOST_SECTIONS:
            found.append((said, []))
        elif line:
            point = said or _BULLET.sub("", line).replace("**", "")
            found[-1][1].append(Line(point, heading=bool(said)))
    return [Section(title, tuple(lines)) for title, lines in found if lines]


def _agenda(minutes: Minutes) -> Section:
    return Section("Agenda", _lines(minutes.agenda))


def _overview(minutes: Minutes) -> Section:
    return Section("Overview", _lines([minutes.overview]))


def _discussion(minutes: Minutes) -> Section:
    units: list[Line] = []
    for speaker, points in minutes.discussion.items():
        said = _lines(points)
        units += [Line(clean(speaker), heading=True), *said] if said else []
    return Section("Discussion", tuple(units))


def _status(minutes: Minutes) -> Section:
    units: list[Line] = []
    for title, points in (
        ("Progress", minutes.progress),
        ("Issues and to-do status", minutes.issues),
        ("Other items", minutes.other),
    ):
        told = _lines(points)
        units += [Line(title, heading=True), *told] if told else []
    return Section("Status", tuple(units))


def _decisions(minutes: Minutes) -> Section:
    return Section("Decisions", _lines(decision_text(one) for one in minutes.decisions))


def _actions(minutes: Minutes) -> Section:
    rows = (Row(tuple(clean(cell) for cell in row)) for row in action_rows(minutes))
    return Section("Action items", tuple(rows), ACTION_HEADER)


def _next(minutes: Minutes) -> Section:
    dated = sorted((item.due, place) for place, item in enumerate(minutes.action_items) if item.due)
    first = [action_row(minutes.action_items[place]) for _due, place in dated[:1]]
    told = [f"First due: {task} - {owner}, {due}" for task, owner, due in first]
    meeting = minutes.next_meeting
    if meeting:
        told.append(f"Next meeting: {next_date_and_time(meeting)}")
        told += [f"Subject: {meeting.title}"] if meeting.title else []
        told += [f"Location: {meeting.location}"] if meeting.location else []
        told += [f"With: {', '.join(meeting.attendees)}"] if meeting.attendees else []
        told += [f"To discuss: {', '.join(meeting.agenda)}"] if meeting.agenda else []
    return Section("Next steps", _lines(told))


def _lines(texts: Iterable[str]) -> tuple[Line, ...]:
    return tuple(Line(cleaned) for text in texts if (cleaned := clean(text)))


_PARTS: dict[str, Callable[[Minutes], Section]] = {
    "agenda": _agenda,
    "overview": _overview,
    "discussion": _discussion,
    "status": _status,
    "decisions": _decisions,
    "actions": _actions,
    "next": _next,
}
_ORDER = {
    Template.DEFAULT: (
        "agenda",
        "overview",
        "discussion",
        "status",
        "decisions",
        "actions",
        "next",
    ),
    Template.MEETING: (
        "agenda",
        "overview",
        "discussion",
        "status",
        "decisions",
        "actions",
        "next",
    ),
    # For those who decide: what came out first, who said what last.
    Template.EXECUTIVE: (
        *("overview", "decisions", "actions", "next", "status", "discussion", "agenda"),
    ),
    Template.TECHNICAL: (
        *("agenda", "overview", "status", "discussion", "decisions", "actions", "next"),
    ),
}
