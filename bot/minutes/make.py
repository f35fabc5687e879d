"""Notes or a transcript in, minutes out: the one door to this folder."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from bot.minutes.dates import DayReader, reads_day_first
from bot.minutes.extract import Sentence, sentences, spoken_actions, spoken_decisions
from bot.minutes.header import UNTITLED, Header, read_header, read_next, spoken_next
from bot.minutes.labels import Part
from bot.minutes.lines import Line, is_blank, read_lines
from bot.minutes.notes import Notes, Section, read_notes
from bot.minutes.overview import make_overview
from bot.minutes.people import People, read_attendees
from bot.minutes.talk import (
    by_speaker,
    main_points,
    read_talk,
    speakers_of,
    turns_of,
)
from bot.minutes.tasks import TaskReader
from bot.minutes.todo import grouped_by_person, written_actions
from bot.minutes.vtt import looks_like_vtt, read_transcript
from storage.errors import RefusedError
from storage.minutes import Attendee, Decision, Minutes

_NONE = re.compile(r"(?:none|n/?a|nil|tbd|-+|nothing|no decisions?\b.{0,30})\.?$", re.IGNORECASE)
_BY_WHOM = re.compile(r"[(\[](?:owner:\s*|by\s*)?@?([^()\[\]]{1,60})[)\]]\.?$", re.IGNORECASE)


def make_minutes(text: str, *, today: date, zone: str | None = None) -> Minutes:
    """Make structured minutes of notes or a WebVTT transcript, by rules alone.

    The same text, day and zone give the same minutes. Days are resolved against the meeting's
    own day, or `today` where the notes hold none. `zone` is the sender's IANA zone, for times
    written without one. CPU only, linear in the text: call it in a thread.
    Errors: RefusedError when there is nothing to read.
    """
    if is_blank(text):
        raise RefusedError("Meeting notes are required")
    if looks_like_vtt(text):
        return _of_transcript(text, today=today, zone=zone)
    return _of_notes(text, today=today, zone=zone)


def _of_transcript(text: str, *, today: date, zone: str | None) -> Minutes:
    turns = read_transcript(text)
    names = speakers_of(turns)
    said = sentences(turns)
    days = DayReader(today)
    actions = spoken_actions(said, TaskReader(People(names), days))
    decisions = spoken_decisions(said)
    overview = make_overview(
        summary=(), said=said, decisions=decisions, actions=actions, following=None
    )
    return Minutes(
        title=UNTITLED,
        zone=zone,
        location="Virtual",
        attendees=tuple(Attendee(name) for name in names),
        overview=overview,
        discussion=main_points(turns),
        action_items=actions,
        decisions=decisions,
    )


def _of_notes(text: str, *, today: date, zone: str | None) -> Minutes:
    notes = read_notes(read_lines(text))
    day_first = reads_day_first(text)
    header = read_header(notes, DayReader(today, day_first), zone=zone, text=text)
    attendees = read_attendees(notes.of(Part.ATTENDEES))
    listed = People(one.name for one in attendees)
    notes = grouped_by_person(notes, listed)
    points = read_talk(notes, listed, header.used)
    turns = turns_of(points)
    attendees = attendees or tuple(Attendee(name) for name in speakers_of(turns))
    reader = TaskReader(
        People(one.name for one in attendees), DayReader(header.day or today, day_first)
    )
    said = sentences(turns)
    headed = Minutes(
        title=header.title,
        day=header.day,
        starts_at=header.starts_at,
        ends_at=header.ends_at,
        zone=header.zone,
        time_said=header.time_said,
        location=header.location,
        attendees=attendees,
        discussion=by_speaker(points),
    )
    return _outcome(_parts(headed, notes), notes, said, reader, header)


def _parts(minutes: Minutes, notes: Notes) -> Minutes:
    """Add the lists that are taken over as they stand."""
    return replace(
        minutes,
        agenda=_agenda(notes),
        materials=_items(notes, Part.MATERIALS),
        progress=_items(notes, Part.PROGRESS),
        issues=_items(notes, Part.ISSUES),
        other=_items(notes, Part.OTHER),
    )


def _outcome(
    minutes: Minutes, notes: Notes, said: Sequence[Sentence], reader: TaskReader, header: Header
) -> Minutes:
    """Add what the meeting came to: from its written lists, or else from what was said."""
    tagged = {part for part, _ in notes.tagged}
    listed = notes.has(Part.ACTIONS) or Part.ACTIONS in tagged
    settled = notes.has(Part.DECISIONS) or Part.DECISIONS in tagged
    actions = written_actions(notes, reader) if listed else spoken_actions(said, reader)
    decisions = (
        tuple(_decisions(notes, reader.people)) if settled or listed else spoken_decisions(said)
    )
    following = (
        read_next(notes.of(Part.NEXT), reader.days, reader.people, header.zone)
        if notes.has(Part.NEXT)
        else spoken_next(said, reader.days, header)
    )
    overview = make_overview(
        summary=_items(notes, Part.OVERVIEW),
        said=said,
        decisions=decisions,
        actions=actions,
        following=following,
    )
    return replace(
        minutes,
        action_items=actions,
        decisions=decisions,
        next_meeting=following,
        overview=overview,
    )


def _items(notes: Notes, part: Part) -> tuple[str, ...]:
    lines = (line.text for line in notes.of(part))
    return tuple(text for text in lines if not _NONE.match(text))


def _agenda(notes: Notes) -> tuple[str, ...]:
    """Give the agenda as listed, or else the topics the notes are numbered by."""
    found = [part for section in notes.sections for part in _agenda_lines(section)]
    topics = [section.heading for section in notes.sections if section.numbered]
    return tuple(found or topics)


def _agenda_lines(section: Section) -> Iterator[str]:
    if section.part is Part.AGENDA:
        for index, line in enumerate(section.lines):
            inline = index == 0 and not section.bare
            mark = ";" if ";" in line.text else ","
            parts: Sequence[str] = line.text.split(mark) if inline else (line.text,)
            yield from (part.strip() for part in parts if part.strip())


def _decisions(notes: Notes, people: People) -> Iterator[Decision]:
    lines: Iterable[Line] = notes.of(Part.DECISIONS)
    tagged = [words for part, words in notes.tagged if part is Part.DECISIONS]
    for quote in [*(" | ".join(line.cells) or line.text for line in lines), *tagged]:
        if _NONE.match(quote):
            continue
        text, owner = quote, None
        named = _BY_WHOM.search(quote)
        if named and people.knows(named[1]) and named.start():
            text, owner = quote[: named.start()], people.or_as_said(named[1])
        yield Decision(text.strip().removesuffix(".").strip() or quote, owner, quote)
