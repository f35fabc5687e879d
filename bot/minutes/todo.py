"""The written action list of a set of notes: lines, tables, lists grouped by person."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.minutes.labels import Part, is_name_like
from bot.minutes.lines import Line, Mark
from bot.minutes.notes import Notes, Section
from bot.minutes.people import People
from bot.minutes.tables import action_columns
from bot.minutes.tasks import TaskReader
from storage.minutes import ActionItem

_FIELD = re.compile(
    r"(?:owner|assignee|assigned to|responsible|who|due|due date|deadline|by when|status|priority)"
    r"\s*:",
    re.IGNORECASE,
)
_DEFAULT_COLUMNS = {"task": 0, "owner": 1, "due": 2}


def written_actions(notes: Notes, reader: TaskReader) -> tuple[ActionItem, ...]:
    """Read every written action once, in order; the same task of the same person is one."""
    found: dict[tuple[str, str | None], ActionItem] = {}
    for item in _all(notes, reader):
        found.setdefault((item.task.casefold(), item.assignee), item)
    return tuple(found.values())


def _all(notes: Notes, reader: TaskReader) -> Iterator[ActionItem]:
    for section in notes.sections:
        if section.part is Part.ACTIONS:
            person = _person(section.heading, reader.people)
            owner = reader.people.or_as_said(section.heading) if person else None
            yield from _of_section(section, reader, owner)
    for part, words in notes.tagged:
        item = reader.read(words) if part is Part.ACTIONS else None
        if item is not None:
            yield item


def grouped_by_person(notes: Notes, people: People) -> Notes:
    """Join to the action list the parts after it that are headed by a person's name."""
    sections: list[Section] = []
    for section in notes.sections:
        follows = bool(sections) and sections[-1].part is Part.ACTIONS
        joins = section.part is Part.UNKNOWN and _person(section.heading, people)
        sections.append(replace(section, part=Part.ACTIONS) if follows and joins else section)
    return replace(notes, sections=tuple(sections))


def _person(heading: str, people: People) -> bool:
    strange = not people and is_name_like(heading) and len(heading.split()) <= 3
    return people.knows(heading) or strange


def _of_section(section: Section, reader: TaskReader, owner: str | None) -> Iterator[ActionItem]:
    rows = [line for line in section.lines if line.mark is Mark.ROW]
    yield from _of_table(rows, reader)
    for line in _joined([line for line in section.lines if line.mark is not Mark.ROW]):
        item = reader.read(line.text, owner=owner)
        if item is not None:
            yield item


def _joined(lines: list[Line]) -> list[Line]:
    """Put `Owner: Ben` and the rest of a wrapped line back to the item they belong to."""
    held: list[tuple[Line, list[str]]] = []
    for line in lines:
        if held and _FIELD.match(line.text):
            held[-1][1].append(f"({line.text})")
        elif held and _continues(held[-1][0], line):
            held[-1][1].append(line.text)
        else:
            held.append((line, [line.text]))
    return [replace(line, text=" ".join(parts)) for line, parts in held]


def _continues(before: Line, line: Line) -> bool:
    plain = line.mark is Mark.NONE and before.listed
    return plain and not line.after_blank and line.indent > before.indent


def _of_table(rows: list[Line], reader: TaskReader) -> Iterator[ActionItem]:
    columns = dict(_DEFAULT_COLUMNS)
    for index, row in enumerate(rows):
        header = action_columns(row) if index == 0 else None
        if header is not None:
            columns = header
            continue
        task, owner, due = (_cell(row, columns.get(name)) for name in ("task", "owner", "due"))
        item = reader.from_row(task, owner, due, " | ".join(row.cells)) if task else None
        if item is not None:
            yield item


def _cell(row: Line, index: int | None) -> str:
    return row.cells[index].strip() if index is not None and index < len(row.cells) else ""
