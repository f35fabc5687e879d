"""What somebody typed, made safe to show: whole, of bounded length, and never read as markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_\[\]{}<>&~|])")
_LINE_START = re.compile(r"^([ \t]*)(?:([#+\-=>:])|(\d+)([.)]))?", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{2,}")
_UNSHOWABLE = re.compile("[\x00\ud800-\udfff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


def whole(text: str) -> str:
    """Replace what no JSON text can hold: half characters and NUL."""
    return _UNSHOWABLE.sub("\ufffd", text)


def typed(text: str) -> str:
    """Make text safe on a line: whole, and its writing direction ending where it ends."""
    text = whole(text)
    return f"\u2068{text}\u2069" if _BIDI.search(text) else text


def plain(text: str) -> str:
    """Escape text for a place that reads markdown, so that it shows as typed, line by line."""
    text = typed(text).replace("\r\n", "\n").replace("\r", "\n")
    escaped = _LINE_START.sub(_start_of_line, _SPECIAL.sub(r"\\\1", text))
    return _BLANK_LINES.sub(lambda gap: "\n" + "\u00a0\n" * (len(gap[0]) - 1), escaped)


def _start_of_line(match: re.Match[str]) -> str:
    indent = match[1].replace("\t", "    ").replace(" ", "\u00a0")
    mark = f"\\{match[2]}" if match[2] else f"{match[3]}\\{match[4]}" if match[3] else ""
    return indent + mark


def shorten(text: str, most: int) -> str:
    """Cut text to at most `most` characters, the last one then an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
