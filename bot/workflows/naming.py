"""Find a thing by what somebody typed: exact, then prefix, then fuzzy."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from rapidfuzz import fuzz, process

Thing = TypeVar("Thing")

_NEAR = 78.0  # how alike, of 100, a typed name must be to count as meant
_WORTH_A_HINT = 50.0


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def matches(typed: str, things: Sequence[Thing], name: Callable[[Thing], str]) -> list[Thing]:
    """Give what the typed words may mean, best kind of match only; empty when nothing fits.

    Quotes round the words are taken off.
    """
    wanted = _folded(unquote(typed))
    if not wanted:
        return []
    names = [_folded(name(thing)) for thing in things]
    for fits in (_same, _starts, _holds):
        found = [thing for thing, other in zip(things, names, strict=True) if fits(wanted, other)]
        if found:
            return found
    scored = process.extract(wanted, names, scorer=fuzz.WRatio, score_cutoff=_NEAR, limit=5)
    return [things[place] for _name, _score, place in scored]


def nearest(
    typed: str, names: Sequence[str], limit: int = 3, *, alike: float = _WORTH_A_HINT
) -> list[str]:
    """Give the names most like what was typed, best first; empty when none is at all alike.

    Units: `alike` is how near a name must be, of 100.
    """
    found = process.extract(
        _folded(typed),
        list(names),
        scorer=fuzz.ratio,
        score_cutoff=alike,
        limit=limit,
        processor=_folded,
    )
    return [name for name, _score, _place in found]


def is_name(typed: str, name: str) -> bool:
    """Say whether the typed words are this very name, as far as case and blanks go."""
    return _same(_folded(unquote(typed)), _folded(name))


def begins_name(typed: str, name: str) -> bool:
    """Say whether the typed words are the beginning of this name."""
    return _starts(_folded(unquote(typed)), _folded(name))


def unquote(text: str) -> str:
    """Take one pair of quotes off, straight or curly."""
    text = text.strip()
    for opening, closing in (('"', '"'), ("“", "”"), ("'", "'"), ("„", "“")):
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            return text[1:-1].strip()
    return text


def _same(wanted: str, other: str) -> bool:
    return wanted == other


def _starts(wanted: str, other: str) -> bool:
    return other.startswith(wanted)


def _holds(wanted: str, other: str) -> bool:
    words = other.split()
    return all(any(word.startswith(part) for word in words) for part in wanted.split())
