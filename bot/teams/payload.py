"""The body of a request as JSON, strictly: a bad one is refused and costs only its size."""

from typing import Any

import orjson

DEEPEST = 64


class MalformedError(Exception):
    """The body is not the JSON object we accept; the message is for the log."""


def read_object(body: bytes) -> dict[str, Any]:
    """Read one JSON object. Of a key given twice the last wins, everywhere in this program.

    Errors: MalformedError for what RFC 8259 refuses, NaN, lone surrogates, bytes that are not
    UTF-8, nesting deeper than 64, and anything but an object.
    """
    try:
        value = orjson.loads(body)
    except ValueError as error:
        raise MalformedError(str(error)) from error
    if not isinstance(value, dict):
        raise MalformedError("not an object")
    # Most bodies open fewer brackets in all than may be nested: they need no second look.
    if body.count(b"{") + body.count(b"[") > DEEPEST:
        _check_depth(value)
    return value


def _check_depth(value: dict[str, Any]) -> None:
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise MalformedError("nested too deep")
