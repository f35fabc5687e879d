"""Fill `{{ trigger.x }}`, `{{ steps.<id>.<path> }}`, `{{ data.<name> }}`: paths, no expressions.

A slot is one of three roots followed by names (letters, digits, `_`, `-`, `#`) or list indexes.
Everything else in double braces is ordinary text, so other engines' templates pass unharmed.
What is filled in is never read again for slots.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from storage.errors import RefusedError
from storage.json_values import clean_text

ROOTS = ("trigger", "steps", "data")
LIMIT_BYTES = 64 * 1024

# Bounded repeats: a text made of nothing but braces or blanks is still read in one pass.
_PATH = r"(?:\.[\w#-]{1,128}){1,16}"
_SLOT = re.compile(rf"\{{\{{[ \t]{{0,8}}((?:{'|'.join(ROOTS)}){_PATH})[ \t]{{0,8}}\}}\}}")
_NEAR_SLOT = re.compile(rf"\{{\{{[ \t]{{0,8}}(([A-Za-z]{{1,20}}){_PATH})[ \t]{{0,8}}\}}\}}")
_ADDRESS = re.compile(r"https?://[^\s]+", re.IGNORECASE)
_PLAIN = (str, int, float, bool)
_MOST_PROBLEMS = 20
_MISSING = object()


def paths_in(value: Any) -> list[tuple[str, ...]]:
    """List the paths asked for in a text, or in settings however deep, in order and in parts."""
    return [tuple(path.split(".")) for text in _texts(value) for path in _slots(text)]


def fill(template: str, scope: Mapping[str, Any]) -> str:
    """Put the values of a scope into a text, in one pass.

    Shape: text and numbers as they are, null as nothing, a list of plain values joined by commas,
    anything deeper as JSON. In a text that is one web address a value is percent-encoded, and may
    not name the host. In a text that is JSON the slots fill its strings, and a string that is one
    slot takes the value's own JSON type, so that no value can break out of its place.
    Errors: RefusedError for a path that is not there, or a result over 64 KB.
    """
    filling = _Filling(scope, LIMIT_BYTES)
    document = _json(template) if _slots(template) else _MISSING
    if document is not _MISSING:
        return _capped(json.dumps(filling.json(document), ensure_ascii=False))
    if _is_address(template):
        if _slot_in_host(template):
            raise RefusedError(_NO_HOST)
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
            raise RefusedError(_unknown(path, _paths(scope)))
    return value


def check(value: Any, known: Mapping[str, Any]) -> list[str]:
    """List what is wrong with a text or settings before they are saved; empty when all is well.

    Shape: one sentence a problem. `known` is nested as the scope will be: names to what is beneath
    them, None where anything may be, {} where nothing is; below() gives that of a step's result.
    """
    problems = (problem for text in _texts(value) for problem in _problems(text, known))
    return list(dict.fromkeys(islice(problems, _MOST_PROBLEMS)))


def below(model: type[BaseModel]) -> dict[str, Any]:
    """Tell what a step's result will hold, for check(): {"url": {}, "body": None}."""
    known: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known[name] = below(kind)
        else:
            known[name] = {} if kind in _PLAIN else None
    return known


_TOO_LONG = (
    "A text is longer than 64 KB once its slots are filled. "
    "Use a slot that holds less, such as a title or an overview."
)
_NO_HOST = (
    "The host of a web address can't be filled in by a slot. Write the host out; "
    "slots may stand after it."
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
        return _SLOT.sub(lambda match: encode(self._value(match[1])[1]), template)

    def json(self, value: Any) -> Any:
        if isinstance(value, str):
            whole = _SLOT.fullmatch(value)
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


def _slot_in_host(template: str) -> bool:
    host = re.split(r"[/?#\\]", template.split("//", 1)[1], maxsplit=1)[0]
    return "{{" in host


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


def _slots(template: str) -> list[str]:
    return [match[1] for match in _SLOT.finditer(template)]


def _problems(template: str, known: Mapping[str, Any]) -> Iterator[str]:
    for path in _slots(template):
        if not _is_known(path, known):
            yield _unknown(path, _paths(known))
    for match in _NEAR_SLOT.finditer(template):
        if match[2] not in ROOTS and get_close_matches(match[2], ROOTS, 1, 0.75):
            yield _unknown(match[1], _paths(known))
    if _is_address(template) and _slot_in_host(template):
        yield _NO_HOST


def _is_known(path: str, known: Mapping[str, Any] | None) -> bool:
    for part in path.split("."):
        if known is None:
            return True
        if part not in known:
            return False
        known = known[part]
    return True


def _is_address(template: str) -> bool:
    return _ADDRESS.fullmatch(_SLOT.sub("x", template)) is not None


def _unknown(path: str, known: list[str]) -> str:
    close = get_close_matches(path, known, 2, 0.6)
    hint = f" Did you mean {' or '.join(f'{{{{ {one} }}}}' for one in close)}?" if close else ""
    return f"There is nothing called {{{{ {path} }}}} to fill in.{hint}"


def _paths(scope: Mapping[str, Any], depth: int = 5) -> list[str]:
    """Name at most 200 paths of a scope, for a suggestion."""
    found: list[str] = []
    for name, value in islice(scope.items(), 200):
        part = str(name).replace(" ", "_")
        found.append(part)
        if isinstance(value, Mapping) and depth > 1:
            found += [f"{part}.{rest}" for rest in _paths(value, depth - 1)]
    return found[:200]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
