"""Minutes as text: Markdown, HTML and plain, in one fixed order of headings."""

import html
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from bot.minutes.dates import weekday_name
from storage.minutes import ActionItem, Attendee, Decision, Minutes, NextMeeting

TBD = "TBD"
UNASSIGNED = "Unassigned"
NO_ACTIONS = "No action items identified."
COLUMNS = ("Action Item", "Assignee Name", "Due Date")

_SPACES = re.compile(r"\s+")
_LINK = re.compile(r"\](?=[(\[:])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_BLOCK_START = re.compile(r"[#>+*=|~`-]|\d{1,9}[.)](?:\s|$)")


class _Speaker(str):
    """A name that heads what somebody said."""

    __slots__ = ()


Block = str | list[str] | tuple[tuple[str, ...], ...]


def action_row(item: ActionItem) -> tuple[str, str, str]:
    """Give the three cells of an action: task, assignee or `Unassigned`, `MM/DD & Weekday`."""
    due = TBD if item.due is None else f"{item.due:%m/%d} & {weekday_name(item.due)}"
    return item.task, item.assignee or UNASSIGNED, due


def action_rows(minutes: Minutes) -> list[tuple[str, str, str]]:
    """Give the rows of the action table; one that says so where there are no actions."""
    return [action_row(item) for item in minutes.action_items] or [(NO_ACTIONS, "", "")]


def date_and_time(minutes: Minutes) -> str:
    """Tell when it was: `2026-03-04 14:00-14:45 Asia/Kolkata`, or `TBD`."""
    return _when(minutes.day, minutes.starts_at, minutes.ends_at, minutes.zone, minutes.time_said)


def next_date_and_time(following: NextMeeting | None) -> str:
    """Tell when the next meeting is, in the notes' own words where they fit no single day."""
    if following is None:
        return TBD
    told = _when(following.day, following.starts_at, None, following.zone, following.time_said)
    return following.said or TBD if told == TBD else told


def decision_text(decision: Decision) -> str:
    """Tell what was decided, and by whom where the notes say so."""
    return f"{decision.text} ({decision.owner})" if decision.owner else decision.text


def attendee_text(attendee: Attendee) -> str:
    """Tell who was there: `Asha Rao (Engagement Lead) - asha.rao@contoso.example`."""
    role = f" ({attendee.role})" if attendee.role else ""
    return attendee.name + role + (f" - {attendee.email}" if attendee.email else "")


def to_markdown(minutes: Minutes) -> str:
    """Render as Markdown. What people wrote shows as written: no link, tag or table of theirs."""
    blocks: list[str] = []
    for level, heading, parts in _sections(minutes):
        blocks.append(f"{'#' * level} {heading}")
        blocks.extend(_markdown(part) for part in parts)
    return "\n\n".join(blocks) + "\n"


def to_html(minutes: Minutes) -> str:
    """Render as an HTML fragment, everything escaped."""
    blocks: list[str] = []
    for level, heading, parts in _sections(minutes):
        blocks.append(f"<h{level}>{html.escape(heading)}</h{level}>")
        blocks.extend(_html(part) for part in parts)
    return "\n".join(blocks)


def to_text(minutes: Minutes) -> str:
    """Render as plain text, for a feed or a file without markup."""
    blocks: list[str] = []
    for _, heading, parts in _sections(minutes):
        blocks.append("\n".join([heading, *(_plain(part) for part in parts)]))
    return "\n\n".join(blocks) + "\n"


def _sections(minutes: Minutes) -> Iterator[tuple[int, str, list[Block]]]:
    """Give level, heading and content of every section, in the order of the product."""
    yield 1, "Meeting Minutes", []
    yield 2, "Overview", [minutes.overview or TBD]
    yield 2, "Discussion Items", list(_discussion(minutes)) or [TBD]
    yield 2, "Action Items", [(COLUMNS, *action_rows(minutes))]
    yield 2, "Date and Time", [date_and_time(minutes)]
    yield 2, "Location", [minutes.location or TBD]
    yield 2, "Meeting Title", [minutes.title or TBD]
    yield 2, "Attendees", [_list(attendee_text(one) for one in minutes.attendees)]
    yield 2, "Materials Used", [_list(minutes.materials)]
    yield 2, "Agenda", [_list(minutes.agenda)]
    yield 2, "Decisions", [_list(decision_text(one) for one in minutes.decisions)]
    yield 2, "Detailed Minutes", []
    yield 3, "Project Progress Report", [_list(minutes.progress)]
    yield 3, "Confirmation of Issues/To Do Status", [_list(minutes.issues)]
    yield 3, "Other Contact Items", [_list(minutes.other)]
    yield 2, "Next Meeting", [_next(minutes.next_meeting)]


def _discussion(minutes: Minutes) -> Iterator[Block]:
    for speaker, points in minutes.discussion.items():
        yield _Speaker(speaker)
        yield list(points)


def _next(following: NextMeeting | None) -> list[str]:
    place = following.location if following else None
    people = ", ".join(following.attendees) if following else ""
    return [
        f"Date and Time: {next_date_and_time(following)}",
        f"Location: {place or TBD}",
        f"Attendees: {people or TBD}",
    ]


def _list(items: Iterable[str]) -> Block:
    return list(items) or TBD


def _when(
    day: date | None, starts: datetime | None, ends: datetime | None, zone: str | None, said: str
) -> str:
    if day is None:
        return said or TBD
    if starts is None:
        return day.isoformat()
    until = f"-{ends:%H:%M}" if ends else ""
    # Where the zone's letters fit several zones, the time stands as it was written.
    clock = f"{starts:%H:%M}{until} {zone}" if zone else said or f"{starts:%H:%M}{until}"
    return f"{day.isoformat()} {clock}"


def _markdown(part: Block) -> str:
    if isinstance(part, list):
        return "\n".join(f"- {_escaped(item)}" for item in part)
    if isinstance(part, tuple):
        rows = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in part]
        return "\n".join([rows[0], "| " + " | ".join("---" for _ in part[0]) + " |", *rows[1:]])
    if isinstance(part, _Speaker):
        return "**" + _inline(part).replace("*", r"\*") + ":**"
    return _escaped(part)


def _inline(text: str) -> str:
    """Keep text from being a link or a tag."""
    return _TAG.sub(r"\\<", _LINK.sub(r"\\]", _one_line(text)))


def _escaped(text: str) -> str:
    """Keep text from being markup: links, tags and what would begin a block."""
    text = _inline(text)
    start = _BLOCK_START.match(text)
    if start is None:
        return text
    at = start.end() - len(start[0].lstrip("0123456789"))
    return text[:at] + "\\" + text[at:]


def _cell(text: str) -> str:
    return _inline(text).replace("|", r"\|")


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _html(part: Block) -> str:
    if isinstance(part, list):
        return "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in part) + "</ul>"
    if isinstance(part, tuple):
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in part[0])
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in part[1:]
        )
        return f"<table><tr>{head}</tr>{''.join(rows)}</table>"
    if isinstance(part, _Speaker):
        return f"<p><strong>{html.escape(part)}:</strong></p>"
    return f"<p>{html.escape(part)}</p>"


def _plain(part: Block) -> str:
    if isinstance(part, list):
        return "\n".join(f"- {_one_line(item)}" for item in part)
    if isinstance(part, tuple):
        return "\n".join(" | ".join(row).rstrip(" |") for row in part)
    return f"{part}:" if isinstance(part, _Speaker) else _one_line(part)
