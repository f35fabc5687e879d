"""How much room a text takes on a slide, told without a font: rather too much than too little."""

import math
import unicodedata
from collections.abc import Iterator
from functools import lru_cache


@lru_cache(maxsize=8192)
def wrapped(text: str, width: int) -> int:
    """Tell how many lines a text takes at a width."""
    # A quarter is lost at the line's end where words are long.
    return max(1, math.ceil(width_of(text) * (1.0 if width_of(text) <= width else 1.12) / width))


def width_of(text: str) -> float:
    """Measure a text in ordinary letters: East Asian ones take two, wide ones a bit more."""
    return sum(_letter(letter) for letter in text)


def _letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 2.0
    if unicodedata.combining(letter):
        return 0.0
    return 1.3 if letter.isupper() or letter in "mwMW@%" else 1.0


def shorten(text: str, width: float) -> str:
    """Cut a text to a width, at a word's end where there is one, and show that it was cut."""
    parts = parts_of(text, width)
    return text if len(parts) == 1 else f"{parts[0]}…"


def parts_of(text: str, width: float) -> list[str]:
    """Break a long text into parts of at most `width`, between words where there are any."""
    parts = [""]
    room = width
    for word in _pieces(text, width):
        size = width_of(word) + 1
        if size > room and parts[-1]:
            parts.append("")
            room = width
        parts[-1] = f"{parts[-1]} {word}".strip()
        room -= size
    return parts


def _pieces(text: str, width: float) -> Iterator[str]:
    """Give the words of a text, one that is too wide for a part in pieces."""
    fits = max(1, int(width / 2))
    for word in text.split(" "):
        if width_of(word) + 1 <= width:
            yield word
        else:
            yield from (word[start : start + fits] for start in range(0, len(word), fits))
