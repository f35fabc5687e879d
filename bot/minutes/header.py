"""When and where: the meeting itself, and the next one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.minutes.dates import DayReader, Said
from bot.minutes.extract import Sentence
from bot.minutes.labels import Part, speaker_of
from bot.minutes.lines import Line
from bot.minutes.notes import Notes, head_lines, title_line
from bot.minutes.people import People
from bot.minutes.times import Times, find_times, iana_zone
from storage.minutes import NextMeeting

UNTITLED = "TBD"
_PREFIX = re.compile(
    r"(?:(?:meeting\s)?(?:minutes|notes|mom|summary|transcript)"
    r"(?:\s(?:of|for|from)(?:\sthe)?(?:\smeeting)?)?\s*(?:[-\u2013—:|]|of\b|for\b)\s*|(?:re|fw|fwd):\s*)",
    re.IGNORECASE,
)
_GENERIC = re.compile(r"(?:meeting\s)?(?:minutes|notes|mom|transcript|summary)$", re.IGNORECASE)
_LONGEST = 400
_LONGEST_WHEN = 160
_EDGES = " \t,;:\u2013—-|()[]"
_GLUE = re.compile(
    r"^(?:on|at|in|via|the|from|,|;|-|\u2013|—|\s|\(|\)|@|\|)+|\b(?:on|at|from|held)\s*$", re.I
)
_ONLINE = re.compile(
    r"teams\.microsoft\.com|teams\.live\.com|zoom\.us/|meet\.google\.com|webex\.com", re.IGNORECASE
)
_NO_NEXT = re.compile(r"(?:none|n/?a|no\b.*|-)\.?$", re.IGNORECASE)
_MEET_AGAIN = re.compile(
    r"\b(?:same time|next (?:meeting|call|session|sync)|meet again|reconvene|see you|talk again)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class When:
    """A day and times read from words, and the words before and after them."""

    day: date | None
    times: Times | None
    time_said: str
    before: str
    after: str


def read_when(words: str, days: DayReader) -> When:
    """Read one line that tells when, and perhaps where."""
    words = words[:_LONGEST]
    said = days.first_exact(words) or next((one for one in days.find(words) if one.day), None)
    rest = (
        words
        if said is None
        else words[: said.start] + "\0" * (said.end - said.start) + words[said.end :]
    )
    times = find_times(rest)
    spans = [(one.start, one.end) for one in (said, times) if one is not None]
    if not spans:
        return When(None, None, "", words, "")
    begin, end = min(spans)[0], max(span[1] for span in spans)
    time_said = "" if times is None else words[times.start : times.end].strip(" ,;")
    return When(
        said.day if said else None, times, time_said, _clean(words[:begin]), _clean(words[end:])
    )


def _clean(words: str) -> str:
    return _GLUE.sub("", words.strip(_EDGES)).strip(_EDGES).removesuffix(".")


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of the notes tells. `used` are its lines, told here and nowhere else."""

    title: str
    day: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    zone: str | None
    time_said: str
    location: str | None
    used: tuple[str, ...]


def read_header(notes: Notes, days: DayReader, *, zone: str | None, text: str) -> Header:
    """Read title, day, times, zone and place; what is not said is None, the title `TBD`.

    `zone` is the sender's own, for notes that name none.
    """
    first = title_line(notes)
    title_words = notes.fields.get(Part.TITLE) or (first.text if first else "")
    used = [] if first is None else [first.text]
    whens = [
        read_when(notes.fields[part], days)
        for part in (Part.DATE, Part.TIME)
        if part in notes.fields
    ]
    for line in head_lines(notes):
        when = _heading_when(line, days, first=line == (first.text if first else None))
        if when is not None:
            whens.append(when)
            used.append(line)
    day = next((when.day for when in whens if when.day), None)
    times, time_said = next(((w.times, w.time_said) for w in whens if w.times), (None, ""))
    place = notes.fields.get(Part.LOCATION)
    if place is None and whens and Part.LOCATION not in notes.fields:
        place = next((w.after for w in whens if w.times and w.day and w.after), None)
    if place is None and _ONLINE.search(text):
        place = "Virtual"
    starts, ends = times.on(day) if times and day else (None, None)
    where = iana_zone(times.zone if times else "", day=day, own=zone)
    return Header(
        _title(title_words, days), day, starts, ends, where, time_said, place, tuple(used)
    )


def _heading_when(line: str, days: DayReader, *, first: bool) -> When | None:
    """Read a line of the head that tells when the meeting was, and hardly anything else.

    A title may end or begin with its day; a sentence with a day in it tells of something else.
    """
    if len(line) >= _LONGEST_WHEN or speaker_of(line) is not None:
        return None
    said = days.first_exact(line)
    if said is None:
        return None
    when = read_when(line, days)
    if first:
        at_edge = not line[said.end :].strip(_EDGES) or not line[: said.start].strip(_EDGES)
        return when if at_edge or when.times else None
    return when if len(when.before.split()) <= 2 and len(when.after.split()) <= 4 else None


def _title(words: str, days: DayReader) -> str:
    title = _PREFIX.sub("", words.strip()[:_LONGEST], count=1)
    said = days.first_exact(title)
    if said is not None:
        title = _without(title, said)
    title = title.strip(_EDGES).strip()
    return UNTITLED if not title or _GENERIC.match(title) else title


def _without(title: str, said: Said) -> str:
    """Take the day off a title's end or beginning; in the middle it belongs to the name."""
    before, after = title[: said.start], title[said.end :]
    if not after.strip(_EDGES):
        return re.sub(r"[\s,\u2013—(-]+(?:on|of|for)\s*$", "", before)
    return after if not before.strip(_EDGES) else title


def read_next(
    lines: Iterable[Line], days: DayReader, people: People, zone: str | None
) -> NextMeeting | None:
    """Read the part about the next meeting; None when it says that there is none."""
    told: dict[str, str] = {}
    free: list[str] = []
    for line in lines:
        label, _, rest = line.text.partition(": ")
        if label in (Part.DATE, Part.TIME, Part.LOCATION, Part.AGENDA, Part.ATTENDEES, Part.TITLE):
            told.setdefault(label, rest)
        else:
            free.append(line.text)
    words = " ".join(part for part in (told.get(Part.DATE), told.get(Part.TIME), *free[:2]) if part)
    if not told and (not words or _NO_NEXT.match(words)):
        return None
    when = read_when(words, days)
    place = told.get(Part.LOCATION) or (when.after if 0 < len(when.after.split()) <= 8 else None)
    starts = when.times.on(when.day)[0] if when.times and when.day else None
    where = iana_zone(when.times.zone, day=when.day, own=zone) if when.times else zone
    names = [part.strip() for part in re.split(r",|;|\band\b", told.get(Part.ATTENDEES, ""))]
    title = told.get(Part.TITLE) or (
        when.before if when.day and len(when.before.split()) <= 8 else None
    )
    return NextMeeting(
        title=title or None,
        starts_at=starts,
        zone=where,
        location=place,
        attendees=tuple(people.or_as_said(name) for name in names if name),
        said=words,
        day=when.day,
        time_said=when.time_said,
        agenda=(told[Part.AGENDA],) if told.get(Part.AGENDA) else (),
    )


def spoken_next(said: Iterable[Sentence], days: DayReader, header: Header) -> NextMeeting | None:
    """Find a spoken `same time next Monday`; the last one that names a day counts."""
    found = None
    for one in said:
        if len(one.text) > 200 or one.text.endswith("?") or not _MEET_AGAIN.search(one.text):
            continue
        when = read_when(one.text, days)
        if when.day is None:
            continue
        starts = when.times.on(when.day)[0] if when.times else None
        if starts is None and "same time" in one.text.casefold() and header.starts_at:
            starts = datetime.combine(when.day, header.starts_at.time())
        found = NextMeeting(
            starts_at=starts,
            zone=header.zone,
            said=one.text,
            day=when.day,
            time_said=when.time_said,
        )
    return found
