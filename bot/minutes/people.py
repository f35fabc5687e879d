"""Who was there: attendees as written, and short names resolved to the one they fit."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.minutes.lines import Line, Mark
from storage.minutes import Attendee

_ADDRESS = re.compile(r"(?:mailto:)?([\w.+'%&-]{1,64}@[\w-][\w.-]{0,253}\w)")
_PARENTHESIS = re.compile(r"\(([^()]{0,200})\)|\[([^\[\]]{0,200})\]")
_DASH = re.compile(r"\s+[-\u2013—|:/]\s+|\s+[-\u2013—]$|\t+")
_AND = re.compile(r",?\s+(?:and|&)\s+", re.IGNORECASE)
_AWAY = re.compile(
    r"\b(?:absent|apologies|regrets|not present|did not attend|on leave|declined)\b", re.IGNORECASE
)
_NOBODY = re.compile(
    r"(?:all|all team members|everyone|everybody|the team|team|as above|same as above|tbd|tbc|none"
    r"|n/?a|nobody|-|\?)\.?$",
    re.IGNORECASE,
)
_GROUP = re.compile(r"[^,;:@()]{1,40}:\s+(?=\S)")
_TOKEN = re.compile(r"[^\W_]+", re.UNICODE)
_NAME_CHARS = 80
_LONGEST = 400  # a longer entry is a story, not a person
_MOST_NAMESAKES = 50


class People:
    """The names the notes hold, and which one a shorter form means."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: list[str] = []
        self._by_token: dict[str, set[int]] = {}
        self._whole: dict[str, int] = {}
        for name in names:
            self._add(name)

    def _add(self, name: str) -> None:
        key = " ".join(_tokens(name))
        if not key or key in self._whole:
            return
        index = self._whole[key] = len(self._names)
        self._names.append(name)
        for token in _tokens(name):
            self._by_token.setdefault(token, set()).add(index)

    def __bool__(self) -> bool:
        return bool(self._names)

    def one(self, said: str) -> str | None:
        """Give the one name these words fit; None when none or several do."""
        tokens = _tokens(said)
        if not tokens or len(said) > _NAME_CHARS:
            return None
        whole = self._whole.get(" ".join(tokens))
        if whole is not None:
            return self._names[whole]
        sets = sorted((self._by_token.get(token, set()) for token in tokens), key=len)
        if len(sets[0]) > _MOST_NAMESAKES:
            return None
        fits = set.intersection(*sets)
        return self._names[fits.pop()] if len(fits) == 1 else None

    def knows(self, said: str) -> bool:
        """Say whether these words are (part of) at least one name."""
        tokens = _tokens(said)
        return bool(tokens) and all(token in self._by_token for token in tokens)

    def or_as_said(self, said: str) -> str:
        """Give the one name these words fit, or else the words themselves."""
        return self.one(said) or said.strip()


def _tokens(name: str) -> list[str]:
    return [token.casefold() for token in _TOKEN.findall(re.sub(r"['\u2019]s$", "", name.strip()))]


@dataclass(frozen=True, slots=True)
class _Entry:
    words: str
    alone: bool  # the only one of its line: what follows a comma is a role, not a name


def read_attendees(lines: Iterable[Line]) -> tuple[Attendee, ...]:
    """Read a list of people in any layout: one a line, several in a line, or a table."""
    held = list(lines)
    found: dict[str, Attendee] = {}
    for entry in _entries(held):
        attendee = None if _AWAY.search(entry.words) else _attendee(entry)
        if attendee is not None:
            found.setdefault(attendee.name.casefold(), attendee)
    return tuple(found.values())


def _entries(lines: list[Line]) -> Iterator[_Entry]:
    one_each = sum(line.mark is not Mark.ROW for line in lines) > 1
    columns: list[str] | None = None
    for line in lines:
        if line.mark is Mark.ROW:
            if columns is None:
                columns = [cell.casefold() for cell in line.cells]
                if _is_header(columns):
                    continue
            yield _Entry(" - ".join(cell for cell in line.cells if cell), alone=True)
            continue
        whole = " ".join(line.text.split())
        # In the middle of a line a group's name parts people, as a comma does.
        words = _GROUP.sub(lambda found: ", " if found.start() else "", whole, count=1)
        parts = _split(words, ",;")
        grouped = words != whole
        alone = one_each and not grouped and len(parts) > 1 and not _all_names(parts)
        for part in [words] if alone else parts:
            yield _Entry(part, alone=alone)


def _is_header(cells: list[str]) -> bool:
    return any(
        cell in ("name", "attendee", "participant", "person", "email", "role") for cell in cells
    )


def _all_names(parts: list[str]) -> bool:
    """Say whether each part could be a name: no address, at least one that is no first name."""
    return len(parts) > 2 and all(
        "@" not in part and len(part.split()) <= 3 and part[:1].isupper() for part in parts
    )


def _split(words: str, marks: str) -> list[str]:
    """Cut at marks outside brackets, and at the last `and`."""
    parts, depth, begin = [], 0, 0
    for index, character in enumerate(words):
        depth += (character in "([<") - (character in ")]>" and depth > 0)
        if character in marks and depth == 0:
            parts.append(words[begin:index])
            begin = index + 1
    parts.append(words[begin:])
    if not _PARENTHESIS.search(parts[-1]):
        parts[-1:] = _AND.split(parts[-1])
    return [part.strip() for part in parts if part.strip()]


def _attendee(entry: _Entry) -> Attendee | None:
    if len(entry.words) > _LONGEST:
        return None
    address = _ADDRESS.search(entry.words)
    rest = entry.words
    if address:
        rest = rest[: address.start()].rstrip("<([ ") + " " + rest[address.end() :].lstrip(">)] ")
    bracket = _PARENTHESIS.search(rest)
    role = (bracket[1] or bracket[2] or "").strip() if bracket else ""
    if bracket:
        rest = rest[: bracket.start()] + " - " + rest[bracket.end() :]
    parts = [part.strip(" ,;:-\u2013—<>@") for part in _DASH.split(f" {rest} ")]
    parts = [part for part in parts if part]
    if entry.alone and parts and "," in parts[0]:
        parts = [part.strip() for part in parts[0].split(",", 1)] + parts[1:]
    name = parts[0] if parts else (address[1] if address else "")
    if not name or len(name) > _NAME_CHARS or _NOBODY.match(name):
        return None
    role = role or ", ".join(parts[1:])
    return Attendee(name, role or None, address[1] if address else None)
