"""Slots checked before they are filled: what nothing fills is named, with what there is. Pure."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

from pydantic import BaseModel

from bot.workflows.slots import (
    NO_HOST,
    PATH,
    ROOTS,
    is_address,
    known_paths,
    slot_in_host,
    slots_in,
    texts,
    unknown,
)

_NEAR_SLOT = re.compile(rf"\{{\{{[ \t]{{0,8}}(([A-Za-z]{{1,20}}){PATH})[ \t]{{0,8}}\}}\}}")
_PLAIN = (str, int, float, bool)
_MOST_PROBLEMS = 20


def check(
    value: Any, known: Mapping[str, Any], out_of_reach: Mapping[str, str] | None = None
) -> list[str]:
    """List what is wrong with a text or settings before they are saved; empty when all is well.

    Shape: one sentence a problem. `known` is nested as the scope will be: names to what is beneath
    them, None where anything may be, {} where nothing is; below() gives that of a step's result.
    `out_of_reach` says of the ids of steps that are there why they cannot be read.
    """
    reasons = out_of_reach or {}
    problems = (problem for text in texts(value) for problem in _problems(text, known, reasons))
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


def _problems(template: str, known: Mapping[str, Any], reasons: Mapping[str, str]) -> Iterator[str]:
    for path in slots_in(template):
        if not _is_known(path, known):
            root, step = path.split(".")[:2]
            yield unknown(path, known_paths(known), reasons.get(step) if root == "steps" else None)
    for match in _NEAR_SLOT.finditer(template):
        if match[2] not in ROOTS and get_close_matches(match[2], ROOTS, 1, 0.75):
            yield unknown(match[1], known_paths(known))
    if is_address(template) and slot_in_host(template):
        yield NO_HOST


def _is_known(path: str, known: Mapping[str, Any] | None) -> bool:
    for part in path.split("."):
        if known is None:
            return True
        if part not in known:
            return False
        known = known[part]
    return True
