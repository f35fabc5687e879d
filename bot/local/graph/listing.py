"""Lists of the local Graph: $select, $top and pages with an opaque $skiptoken."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.local.graph.call import Answer, Call, bad


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of Graph: its name and the properties one may select."""

    name: str
    properties: frozenset[str]


def selected(call: Call, kind: Kind, item: Mapping[str, Any]) -> dict[str, Any]:
    """Give an item with what $select asks for, or all of it.

    Errors: GraphRefusal 400 for a property the type has not.
    """
    names = [name for name in call.query.get("$select", "").split(",") if name]
    wrong = next((name for name in names if name.strip() not in kind.properties), None)
    if wrong is not None:
        raise bad(
            f"Parsing OData Select and Expand failed: Could not find a property named "
            f"'{wrong}' on type 'microsoft.graph.{kind.name}'."
        )
    if not names:
        return dict(item)
    wanted = {"id", *(name.strip() for name in names)}
    return {name: value for name, value in item.items() if name in wanted or "@" in name}


def one(call: Call, kind: Kind, item: Mapping[str, Any], base: str, *, status: int = 200) -> Answer:
    """Answer with one object."""
    place = call.path.strip("/").partition("/")[0]
    context = f"{base}/$metadata#{place}/$entity"
    return Answer(status, {"@odata.context": context, **selected(call, kind, item)})


def many(
    call: Call,
    kind: Kind,
    items: Sequence[Mapping[str, Any]],
    base: str,
    *,
    page: int = 100,
    most: int = 999,
) -> Answer:
    """Answer with a page of a list, and where the next one is.

    Errors: GraphRefusal 400 for a page size or a token that is not as it was given.
    """
    size = _size(call.query.get("$top"), page, most)
    start = _start(call)
    shown = [selected(call, kind, item) for item in items[start : start + size]]
    body: dict[str, Any] = {"@odata.context": f"{base}/$metadata#{call.path.strip('/')}"}
    if call.query.get("$count") == "true":
        body["@odata.count"] = len(items)
    if start + size < len(items):
        query = call.query | {"$skiptoken": _token(call, start + size)}
        body["@odata.nextLink"] = f"{base}{call.path}?{urlencode(query)}"
    return Answer(200, body | {"value": shown})


def _size(top: str | None, page: int, most: int) -> int:
    if top is None:
        return page
    if not top.isascii() or not top.isdigit() or not 1 <= int(top) <= most:
        raise bad(f"Invalid page size specified: '{top}'. Must be between 1 and {most} inclusive.")
    return int(top)


def _token(call: Call, start: int) -> str:
    told = json.dumps({"at": start, "of": _mark(call)}).encode()
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def _start(call: Call) -> int:
    token = call.query.get("$skiptoken")
    if token is None:
        return 0
    try:
        told = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        start, mark = told["at"], told["of"]
    except (ValueError, KeyError, TypeError) as error:
        raise bad("The skiptoken is not valid.") from error
    if mark != _mark(call) or not isinstance(start, int):
        raise bad("The skiptoken is not valid.")
    return start


def _mark(call: Call) -> str:
    rest = sorted((name, value) for name, value in call.query.items() if name != "$skiptoken")
    whose = call.account.object_id if call.account else ""
    return hashlib.sha256(repr((whose, call.path, rest)).encode()).hexdigest()[:16]
