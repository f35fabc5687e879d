"""The edge where free text and free JSON come in: what is kept can always be kept and read back."""

import math
from collections.abc import Mapping
from typing import Any

import orjson

from storage.errors import RefusedError

MAX_DEPTH = 64
_INT64 = range(-(2**63), 2**63)


def clean_text(text: str) -> str:
    """Give the text as MongoDB and JSON can carry it: lone surrogates and NUL become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


def clean_json(value: Any, *, most_bytes: int, what: str = "This value") -> Any:
    """Give an equal JSON value that can be kept; whole numbers beyond 64 bits become text.

    `what` begins the sentence of a refusal. Errors: RefusedError for NaN and infinity, for more
    than 64 levels, for more than `most_bytes` bytes of JSON, and for what is not JSON at all.
    """
    cleaned = _clean(value, what, 0)
    _written(cleaned, most_bytes, what)
    return cleaned


def to_text(value: Any, *, most_bytes: int, what: str = "This value") -> str:
    """Write a JSON value as the text it is kept as; refuses like clean_json."""
    return _written(_clean(value, what, 0), most_bytes, what).decode()


def from_text(text: str | None) -> Any:
    """Read back what to_text wrote; None for nothing."""
    return None if text is None else orjson.loads(text)


def _written(cleaned: Any, most_bytes: int, what: str) -> bytes:
    written = orjson.dumps(cleaned)
    if len(written) > most_bytes:
        size, most = _kilobytes(len(written)), _kilobytes(most_bytes)
        raise RefusedError(f"{what} is too large: {size} of at most {most}.")
    return written


def _clean(value: Any, what: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise RefusedError(f"{what} is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, Mapping):
        return {_key(key, what): _clean(inner, what, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner, what, depth + 1) for inner in value]
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    return _number(value, what)


def _number(value: object, what: str) -> int | float | str:
    if isinstance(value, int):
        return int(value) if value in _INT64 else _digits(value, what)
    if not isinstance(value, float):
        raise RefusedError(f"{what} holds something that is not JSON.")
    if not math.isfinite(value):
        raise RefusedError(f"{what} holds a number that is not finite.")
    return value


def _key(key: object, what: str) -> str:
    if isinstance(key, str):
        return clean_text(key)
    raise RefusedError(f"{what} holds a name that is not text.")


def _digits(value: int, what: str) -> str:
    try:
        return str(value)
    except ValueError as error:  # Python writes no more than 4300 digits
        raise RefusedError(f"{what} holds a number with too many digits.") from error


def _kilobytes(size: int) -> str:
    return f"{size / 1024:,.0f} KB" if size >= 10 * 1024 else f"{size:,} bytes"
