"""Read JSON that others wrote, as far as it can be stored again."""

import json
import math
from typing import Any

_DEEPEST = 64


def parsed(text: str) -> Any:
    """Give the document, or None for what is no JSON or could not be stored.

    Not stored: NaN and infinities, whole numbers beyond 64 bits, halves of characters, names with
    a NUL, more than 64 levels.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if _storable(document, _DEEPEST) else None


def _storable(value: Any, depth: int) -> bool:
    if depth == 0:
        return False
    match value:
        case dict():
            named = all(_whole(name) and "\0" not in name for name in value)
            return named and all(_storable(inner, depth - 1) for inner in value.values())
        case list():
            return all(_storable(inner, depth - 1) for inner in value)
        case str():
            return _whole(value)
        case float():
            return math.isfinite(value)
        case int():
            return -(2**63) <= value < 2**63
    return True


def _whole(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
