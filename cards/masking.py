"""Settings and results as text a card may show: secrets hidden."""

import json
import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "••••••"

_SECRET_NAME = re.compile(
    r"secret|passw|token|authori[sz]ation|api[-_ ]?key|cookie|credential|signature|private",
    re.IGNORECASE,
)


def masked(name: object, value: Any) -> str:
    """Write a value on a line; "" for one that is empty, dots for one whose name says secret."""
    if value is None or value in ("", [], {}):
        return ""
    if _SECRET_NAME.search(str(name)):
        return HIDDEN
    return as_line(value)


def as_line(value: Any) -> str:
    """Write any stored value as text, with what is secret in it hidden."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return _written(_hidden(value, 0))


def _hidden(value: Any, depth: int) -> Any:
    if depth > 20:
        return "…"
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if _SECRET_NAME.search(str(name)) else _hidden(held, depth + 1)
            for name, held in value.items()
        }
    if isinstance(value, list | tuple):
        return [_hidden(each, depth + 1) for each in value]
    return value


def _written(value: Any) -> str:
    if isinstance(value, dict) and not any(
        isinstance(held, dict | list) for held in value.values()
    ):
        return "; ".join(f"{name}: {as_line(held)}" for name, held in value.items())
    if not isinstance(value, dict | list):
        return "" if value is None else str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
