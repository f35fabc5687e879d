"""Written notes cut into their parts, whatever their layout."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from bot.minutes.labels import Label, Part, label_of, speaker_of
from bot.minutes.lines import Line, Mark
from bot.minutes.tables import action_columns

_FIELDS = (Part.TITLE, Part.DATE, Part.TIME, Part.LOCATION)
_LISTS = (
    Part.ATTENDEES, Part.ABSENT, Part.AGENDA, Part.MATERIALS, Part.ACTIONS, Part.DECISIONS,
    Part.IGNORED,
)  # fmt: skip
_CLOSING = re.compile(
    r"(?:the )?meeting (?:was )?(?:ended|concluded|adjourned|closed|finished)\b", re.IGNORECASE
)
_STAMPED = re.compile(r".{2,50}?\s\d{1,2}:\d{2}(?::\d{2})?$")  # a name and when they spoke
_HEAD_LINES = 12


@dataclass(slots=True)
class Section:
    """One part of the notes and its lines; `heading` as written, `bare` when nothing followed."""

    part: Part
    heading: str = ""
    lines: list[Line] = field(default_factory=list)
    bare: bool = True
    numbered: bool = False  # `1. Heating`: a topic in an order, as an agenda has


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes in parts: fields of the head by name, sections in order, tagged single items."""

    fields: dict[Part, str]
    sections: tuple[Section, ...]
    tagged: tuple[tuple[Part, str], ...]  # `ACTION: ...` in the middle of something else

    def of(self, *parts: Part) -> list[Line]:
        """Give the lines of all sections of these parts, in order."""
        return [
            line for section in self.sections if section.part in parts for line in section.lines
        ]

    def has(self, part: Part) -> bool:
        """Say whether the notes have such a part, even an empty one."""
        return any(section.part is part for section in self.sections)


def read_notes(lines: Iterable[Line]) -> Notes:
    """Cut lines into parts. Nothing is dropped: what fits no part stays in the one before it."""
    cutter = _Cutter()
    held = list(lines)
    for index, line in enumerate(held):
        follows = held[index + 1] if index + 1 < len(held) else None
        cutter.take(line, follows)
    return Notes(cutter.fields, tuple(cutter.sections), tuple(cutter.tagged))


class _Cutter:
    """Reads one line after another and knows which part it is in."""

    def __init__(self) -> None:
        self.fields: dict[Part, str] = {}
        self.sections: list[Section] = [Section(Part.HEAD)]
        self.tagged: list[tuple[Part, str]] = []
        self._seen: set[Part] = set()

    @property
    def _now(self) -> Section:
        return self.sections[-1]

    def take(self, line: Line, follows: Line | None) -> None:
        """Put the line where it belongs."""
        if _CLOSING.match(line.text):
            self._open(Part.IGNORED, line.text)
            return
        label = None if line.mark is Mark.ROW else _label(line, follows)
        if label is not None and self._labelled(line, label):
            return
        if line.mark is Mark.ROW and self._now.part is not Part.ACTIONS and action_columns(line):
            self._open(Part.ACTIONS, "")
        topic = _topic(line, follows, self._now)
        if topic is not None:
            self._open(Part.UNKNOWN, topic)
            self._now.numbered = line.mark is Mark.NUMBER
            return
        if self._ends_with(line):
            talked = self._seen & {Part.DISCUSSION, Part.ACTIONS, Part.DECISIONS}
            self._open(Part.DISCUSSION if talked else Part.HEAD, "")
        self._now.lines.append(line)

    def _ends_with(self, line: Line) -> bool:
        """Say whether a line without a mark stands behind the list it follows, not in it."""
        now, before = self._now, self._now.lines[-1] if self._now.lines else None
        if line.mark is not Mark.NONE or now.part not in _LISTS:
            return False
        if before is None:
            return now.part is Part.IGNORED and line.after_blank
        if now.part is Part.ATTENDEES and not line.after_blank:
            inline = not now.bare and not before.text.endswith(",")
            return inline or (before.listed and line.indent <= before.indent)
        return line.after_blank and (before.listed or not now.bare or now.part is Part.ATTENDEES)

    def _labelled(self, line: Line, label: Label) -> bool:
        """Use a known label; False where it is only a word of the text."""
        if self._of_next(line, label):
            self._now.lines.append(replace(line, text=f"{label.part}: {label.rest}"))
        elif label.part in _FIELDS:
            return self._field(label)
        elif label.single and label.part is not self._now.part:
            self.tagged.append((label.part, label.rest))
        elif line.listed and label.rest and self._now.part not in (Part.HEAD, label.part):
            return False
        else:
            self._open(label.part, label.said)
            if label.rest:
                self._now.bare = False
                for words in _apart(label):
                    self._now.lines.append(replace(line, text=words, mark=Mark.NONE))
        return True

    def _field(self, label: Label) -> bool:
        headed = self._now.part in (Part.HEAD, Part.ATTENDEES, Part.AGENDA, Part.ABSENT)
        if not headed or not label.rest or label.part in self.fields:
            return False
        self.fields[label.part] = label.rest
        if self._now.part is not Part.HEAD:
            self._open(Part.HEAD, "")
        return True

    def _of_next(self, line: Line, label: Label) -> bool:
        """Say whether a label tells of the next meeting, not of this one."""
        if self._now.part is not Part.NEXT or not label.rest:
            return False
        if label.part in _FIELDS:
            return self._now.bare or not line.after_blank
        told_before = self._now.bare or label.part in self._seen
        return label.part in (Part.AGENDA, Part.ATTENDEES) and told_before

    def _open(self, part: Part, heading: str) -> None:
        self._seen.add(part)
        self.sections.append(Section(part, heading))


def _label(line: Line, follows: Line | None) -> Label | None:
    """Read a line's label; a numbered heading with a body under it counts as a heading."""
    label = label_of(line.text, heading=line.mark is Mark.HEADING)
    if label is None or label.rest or line.mark is Mark.HEADING:
        return label
    bare_word = not line.text.rstrip().endswith((":", "\uff1a"))
    heads = follows is not None and (line.after_blank or follows.listed)
    return None if bare_word and (line.listed or not heads) else label


def _apart(label: Label) -> list[str]:
    """Cut items told in one line: `Actions: Ben to call; Asha to write`."""
    several = label.part in (Part.ACTIONS, Part.DECISIONS, Part.MATERIALS)
    return label.rest.split("; ") if several and "(" not in label.rest else [label.rest]


def _topic(line: Line, follows: Line | None, now: Section) -> str | None:
    """Give the words of a heading we do not know: it ends the part before it."""
    if line.mark is Mark.HEADING:
        return None if now.part is Part.HEAD and not now.lines and not now.heading else line.text
    words = line.text
    if line.mark is Mark.NUMBER:
        outside = now.part in (Part.HEAD, Part.UNKNOWN, Part.ABSENT, Part.IGNORED, Part.ATTENDEES)
        body = follows is not None and not follows.listed and not follows.after_blank
        return words if outside and body and line.after_blank and len(words) <= 60 else None
    short = len(words) <= 50 and len(words.split()) <= 6 and words.endswith((":", "\uff1a"))
    short = short and ": " not in words
    if short and not line.listed and (line.after_blank or now.part is not Part.DISCUSSION):
        return words.rstrip(":\uff1a").strip()
    return None


def title_line(notes: Notes) -> Line | None:
    """Give the line that names the meeting: the first, where it is no sentence and no label."""
    if not notes.sections[0].lines:
        return None
    line = notes.sections[0].lines[0]
    if line.listed or line.mark is Mark.ROW or len(line.text) > 120:
        return None
    if sum(_STAMPED.match(one.text) is not None for one in notes.sections[0].lines[:9]) > 1:
        return None
    if line.mark is Mark.HEADING:
        return line
    sentence = line.text.endswith((".", "!", "?", ",", ";")) or len(line.text.split()) > 14
    return None if sentence or speaker_of(line.text) is not None else line


def head_lines(notes: Notes) -> Iterator[str]:
    """Give the first lines of the head, where dates, times and places stand without labels."""
    for section in notes.sections:
        if section.part is Part.HEAD:
            for line in section.lines[:_HEAD_LINES]:
                yield line.text
