"""A text as lines with their marks taken off: headings, bullets, numbers, boxes, table rows."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_HEADING = re.compile(r"#{1,6}\s+(?=\S)")
_BOX = re.compile(r"\[([ xX✓])\]\s+")
_BULLET = re.compile(r"(?:[-*+•‣▪◦●○\u2013—·∙➢➤→✓✔☐☑]|[oO](?=\s{2,}|\t))\s+")
_NUMBER = re.compile(r"(?:\(?(\d{1,3})[.)]|([a-z])[.)])\s+")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.{1,200}?)(?<=\S)\1")
_RULE = re.compile(r"(?:[-*_=~]\s?){3,}$")
_ROW_RULE = re.compile(r"[\s|:+-]+$")
_UNESCAPED_BAR = re.compile(r"(?<!\\)\|")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})


class Mark(StrEnum):
    """What stood before a line's words."""

    NONE = "none"
    HEADING = "heading"
    BULLET = "bullet"
    NUMBER = "number"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its marks. `indent` is in columns; `cells` are those of a table's row."""

    text: str
    mark: Mark = Mark.NONE
    indent: int = 0
    number: int | None = None
    after_blank: bool = False
    cells: tuple[str, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether the line is an item of a list."""
        return self.mark in (Mark.BULLET, Mark.NUMBER)


def is_blank(text: str) -> bool:
    """Say whether a text holds nothing anybody could see."""
    return all(unicodedata.category(character) in _UNSEEN for character in text)


def read_lines(text: str) -> Iterator[Line]:
    """Give the lines that hold something, in order; rules and empty lines are dropped."""
    blank = True
    for raw in text.removeprefix("\ufeff").splitlines():
        line = _visible(raw).rstrip()
        words = line.strip()
        if not words or _RULE.match(words):
            blank = True
            continue
        if words.startswith("|") and _ROW_RULE.match(words):
            continue
        indent = len(line[: len(line) - len(words)].expandtabs(4))
        yield _line(words, indent, after_blank=blank)
        blank = False


def _visible(raw: str) -> str:
    """Drop control characters, which no card or file may carry; the rest stays as typed."""
    if raw.isprintable():
        return raw
    return "".join(
        character
        for character in raw
        if character == "\t" or unicodedata.category(character) not in ("Cc", "Cs")
    )


def _line(words: str, indent: int, *, after_blank: bool) -> Line:
    words = words.removeprefix("> ").lstrip() or words
    if words.startswith("|") and words.count("|") > 2:
        return Line(words, Mark.ROW, indent, None, after_blank, _cells(words))
    heading = _HEADING.match(words)
    if heading:
        title = _unclosed(words[heading.end() :])
        return Line(_unbold(title), Mark.HEADING, indent, None, after_blank)
    mark, number = Mark.NONE, None
    bullet, numbered = _BULLET.match(words), _NUMBER.match(words)
    if bullet:
        mark, words = Mark.BULLET, words[bullet.end() :]
    elif numbered:
        mark, words = Mark.NUMBER, words[numbered.end() :]
        number = int(numbered[1]) if numbered[1] else None
    box = _BOX.match(words)
    if box:
        mark, words = (mark if mark is not Mark.NONE else Mark.BULLET), words[box.end() :]
    return Line(_unbold(words), mark, indent, number, after_blank)


def _unclosed(title: str) -> str:
    """Take off the marks that may close a heading: `## Agenda ##`."""
    bare = title.rstrip("#")
    return bare.rstrip() or title if bare.endswith(" ") else title


def _unbold(words: str) -> str:
    """Take emphasis off the words that begin a line, where names and labels stand."""
    found = _BOLD.match(words)
    return words if found is None else (found[2] + words[found.end() :]).strip()


def _cells(words: str) -> tuple[str, ...]:
    parts = _UNESCAPED_BAR.split(words.strip().removeprefix("|").removesuffix("|"))
    return tuple(_unbold(part.strip().replace("\\|", "|")) for part in parts)
