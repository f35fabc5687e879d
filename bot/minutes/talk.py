"""Who says what in written notes: `Name: words` lines, or points under a topic."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.minutes.extract import Sentence, sentences
from bot.minutes.labels import Part, is_name_like, speaker_of
from bot.minutes.lines import Line, Mark
from bot.minutes.notes import Notes, Section
from bot.minutes.overview import weightiest
from bot.minutes.people import People
from bot.minutes.vtt import Spoken

NO_SPEAKER = "Notes"
_POINTS_A_SPEAKER = 8
_CLOCK = r"[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,3})?(?:\s?[AaPp][Mm])?[\])]?"
_STAMP = re.compile(rf"{_CLOCK}(?:\s+[-\u2013—])?\s+")
_NAME_AND_TIME = re.compile(rf"(.{{2,50}}?)\s+{_CLOCK}$")
_TALK_PARTS = (Part.HEAD, Part.DISCUSSION, Part.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Point:
    """Something said or noted. `said` tells a speaker's words from a point under a topic."""

    under: str
    text: str
    said: bool


def read_talk(notes: Notes, people: People, used: Iterable[str]) -> list[Point]:
    """Give the points of the discussion in order. `used` are head lines told elsewhere."""
    skip = set(used)
    reader = _Reader(people, _repeated(notes))
    for section in notes.sections:
        if section.part in _TALK_PARTS:
            reader.begin(section)
            for line in section.lines:
                if section.part is not Part.HEAD or line.text not in skip:
                    reader.take(line)
    return reader.points


def _repeated(notes: Notes) -> set[str]:
    """Give the labels that begin several lines: names of speakers, even in a bulleted list."""
    heads = [speaker_of(line.text) for line in notes.of(*_TALK_PARTS)]
    counts = Counter(head[0].casefold() for head in heads if head)
    return {name for name, count in counts.items() if count > 1}


class _Reader:
    def __init__(self, people: People, repeated: set[str]) -> None:
        self.points: list[Point] = []
        self._people = people
        self._repeated = repeated
        self._under, self._said, self._topic = NO_SPEAKER, False, NO_SPEAKER
        self._part = Part.HEAD

    def begin(self, section: Section) -> None:
        """Start a part: its topic, and no speaker yet."""
        heading = section.heading if section.part is Part.UNKNOWN else ""
        self._part, self._topic = section.part, heading or NO_SPEAKER
        self._under, self._said = self._topic, False
        if heading and self._people.knows(heading):
            self._under, self._said = self._people.or_as_said(heading), True

    def take(self, line: Line) -> None:
        """Add the line to who says it, or to what it is about."""
        text = " | ".join(line.cells) if line.mark is Mark.ROW else line.text
        spoken = self._speaker(text, listed=line.listed)
        if spoken is not None:
            self._under, self._said = self._people.or_as_said(spoken[0]), True
            text = spoken[1]
        elif line.after_blank and not line.listed:
            self._under, self._said = self._topic, False
        if text:
            self.points.append(Point(self._under, text, self._said))

    def _speaker(self, text: str, *, listed: bool) -> tuple[str, str] | None:
        timed = _NAME_AND_TIME.match(text)
        if timed and (
            self._people.knows(timed[1]) or (not self._people and is_name_like(timed[1]))
        ):
            return timed[1].strip(), ""
        found = speaker_of(_STAMP.sub("", text, count=1))
        if found is None or self._people.knows(found[0]):
            return found
        if listed and found[0].casefold() not in self._repeated:
            return None
        return found if not self._people or self._part is Part.DISCUSSION else None


def turns_of(points: Iterable[Point]) -> list[Spoken]:
    """Give what was said as turns: consecutive points of one speaker are one."""
    turns: list[tuple[str | None, list[str]]] = []
    for point in points:
        speaker = point.under if point.said else None
        if turns and turns[-1][0] == speaker:
            turns[-1][1].append(point.text)
        else:
            turns.append((speaker, [point.text]))
    return [Spoken(speaker, "\n".join(texts)) for speaker, texts in turns]


def speakers_of(turns: Iterable[Spoken]) -> list[str]:
    """Name everybody who speaks, in order of their first words."""
    return list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker))


def by_speaker(points: Iterable[Point]) -> Mapping[str, tuple[str, ...]]:
    """Group points by who said them or what they are about, in order of appearance."""
    held: dict[str, list[str]] = {}
    for point in points:
        held.setdefault(point.under, []).append(point.text)
    return {under: tuple(texts) for under, texts in held.items()}


def main_points(turns: Sequence[Spoken]) -> Mapping[str, tuple[str, ...]]:
    """Give each speaker's weightiest sentences of a long talk, in their order."""
    held: dict[str, list[Sentence]] = {}
    for one in sentences(turns):
        held.setdefault(one.speaker or NO_SPEAKER, []).append(one)
    return {
        speaker: tuple(said[index].text for index in sorted(weightiest(said, _POINTS_A_SPEAKER)))
        or tuple(one.text for one in said[:_POINTS_A_SPEAKER])
        for speaker, said in held.items()
    }
