"""Fill the slots of texts and settings. What is filled in is never read again for slots."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.workflows.slots import (
    NO_HOST,
    SLOT,
    is_address,
    known_paths,
    slot_in_host,
    slots_in,
    unknown,
)
from storage.errors import RefusedError
from storage.json_values import clean_text

LIMIT_BYTES = 64 * 1024
_MISSING = object()


def fill(template: str, scope: Mapping[str, Any]) -> str:
    """Put the values of a scope into a text, in one pass.

    Shape: text and numbers as they are, null as nothing, a list of plain values joined by commas,
    anything deeper as JSON. In a text that is one web address a value is percent-encoded, and may
    not name the host. In a text that is JSON the slots fill its strings, and a string that is one
    slot takes the value's own JSON type, so that no value can break out of its place.
    Errors: RefusedError for a path that is not there, or a result over 64 KB.
    """
    filling = _Filling(scope, LIMIT_BYTES)
    document = _json(template) if slots_in(template) else _MISSING
    if document is not _MISSING:
        return _capped(json.dumps(filling.json(document), ensure_ascii=False))
    if is_address(template):
        if slot_in_host(template):
            raise RefusedError(NO_HOST)
        return _capped(filling.text(template, encode=_percent))
    return _capped(filling.text(template))


def fill_config(config: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """Fill every text in an action's settings, however deep; names stay as they are.

    Shape: text stays text; halves of characters, which a database can't keep, become U+FFFD.
    """
    return {name: _fill_value(value, scope) for name, value in config.items()}


def find(path: str, scope: Mapping[str, Any]) -> Any:
    """Look a path up in a scope. Errors: RefusedError naming the nearest paths there are."""
    value: Any = scope
    for part in path.split("."):
        value = _member(value, part)
        if value is _MISSING:
            raise RefusedError(unknown(path, known_paths(scope)))
    return value


_TOO_LONG = (
    "A text is longer than 64 KB once its slots are filled. "
    "Use a slot that holds less, such as a title or an overview."
)


def _fill_value(value: Any, scope: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return clean_text(fill(value, scope))
    if isinstance(value, Mapping):
        return fill_config(value, scope)
    if isinstance(value, list | tuple):
        return [_fill_value(item, scope) for item in value]
    return value


@dataclass
class _Filling:
    """One pass over one text; `room` is what may still be filled in, so that memory is bounded."""

    scope: Mapping[str, Any]
    room: int

    def text(self, template: str, encode: Callable[[str], str] = str) -> str:
        return SLOT.sub(lambda match: encode(self._value(match[1])[1]), template)

    def json(self, value: Any) -> Any:
        if isinstance(value, str):
            whole = SLOT.fullmatch(value)
            return self._value(whole[1])[0] if whole else self.text(value)
        if isinstance(value, dict):
            return {name: self.json(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.json(inner) for inner in value]
        return value

    def _value(self, path: str) -> tuple[Any, str]:
        value = find(path, self.scope)
        text = _text(value)
        self.room -= len(text)
        if self.room < 0:
            raise RefusedError(_TOO_LONG)
        return value, text


def _percent(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _json(template: str) -> Any:
    if template.lstrip()[:1] not in ("{", "["):
        return _MISSING
    try:
        return json.loads(template)
    except (ValueError, RecursionError):
        return _MISSING


def _member(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        if part in value:
            return value[part]
        # A name saved with blanks is written with `_` in a slot, which holds no blanks.
        spaced = [key for key in value if isinstance(key, str) and key.replace(" ", "_") == part]
        return value[spaced[0]] if spaced else _MISSING
    if isinstance(value, list | tuple) and part.isascii() and part.isdigit():
        return value[int(part)] if len(part) < 7 and int(part) < len(value) else _MISSING
    return _MISSING


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(item, str | int) for item in value):
        return ", ".join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _capped(text: str) -> str:
    if len(text) > LIMIT_BYTES or len(text.encode("utf-8", "replace")) > LIMIT_BYTES:
        raise RefusedError(_TOO_LONG)
    return text
