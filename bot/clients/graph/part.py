"""What every group of calls stands on."""

from typing import Any
from urllib.parse import quote

from bot.clients.graph.line import Line


class Part:
    """A group of calls over one person's line."""

    def __init__(self, line: Line) -> None:
        self._line = line


def segment(text: str) -> str:
    """Escape one part of a path, slashes included."""
    return quote(text, safe="")


def words(found: dict[str, Any], name: str) -> str:
    """Give a text property, "" where it is missing or null."""
    value = found.get(name)
    return value if isinstance(value, str) else ""
