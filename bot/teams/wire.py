"""JSON to the SDK's Activity and back, without msrest: tables made once from its own maps."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

import orjson
from botbuilder import schema
from msrest.serialization import Model

from bot.teams.payload import MalformedError

Convert = Callable[[Any], Any]

_PLAIN: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "bool": bool,
    "int": int,
    "float": (int, float),
}


def load(data: Mapping[str, Any]) -> schema.Activity:
    """Make an Activity of a JSON object. Properties the SDK does not know are kept aside.

    Errors: MalformedError when a property has a type it cannot have, or `type` is missing.
    """
    activity = cast("schema.Activity", _table(schema.Activity).load(data))
    if not activity.type:
        raise MalformedError("not an activity: no type")
    return activity


def dump(model: Model) -> dict[str, Any]:
    """Give the wire form of an SDK object, leaving out what is not set."""
    return _table(type(model)).dump(model)


def encode(value: Any) -> bytes:
    """Write JSON; SDK objects anywhere inside are written as their wire form."""
    return orjson.dumps(value, default=_encode_other)


def _encode_other(value: Any) -> Any:
    if isinstance(value, Model):
        return dump(value)
    raise TypeError(f"{type(value).__name__} has no place in an activity")


class _Table:
    """How one class of the SDK is read and written."""

    def __init__(self, kind: type[Model]) -> None:
        # The blank's attributes are what the constructor would have set, copied in one go.
        self._kind = kind
        self._blank = dict(vars(kind()))
        self._blank.pop("additional_properties", None)
        self._read: dict[str, tuple[str, Convert]] = {}
        self._write: list[tuple[str, str, Convert | None]] = []
        for attribute, entry in kind._attribute_map.items():  # noqa: SLF001  its only description
            if not entry["key"]:
                continue  # "additional_properties" itself
            self._read[entry["key"]] = (attribute, _reader(entry["type"]))
            self._write.append((attribute, entry["key"], _writer(entry["type"])))

    def load(self, data: Any) -> Model:
        """Build the object without running its constructor."""
        if not isinstance(data, Mapping):
            raise MalformedError(f"{self._kind.__name__} is not an object")
        values = self._blank.copy()
        others: dict[str, Any] = {}
        for key, value in data.items():
            entry = self._read.get(key)
            if entry is None:
                others[key] = value
            elif value is not None:
                values[entry[0]] = entry[1](value)
        model = self._kind.__new__(self._kind)
        values["additional_properties"] = others
        model.__dict__ = values
        return model

    def dump(self, model: Model) -> dict[str, Any]:
        """Write every attribute that is set."""
        values = vars(model)
        written: dict[str, Any] = dict(values.get("additional_properties") or {})
        for attribute, key, convert in self._write:
            value = values.get(attribute)
            if value is not None:
                written[key] = value if convert is None else convert(value)
        return written


_TABLES: dict[type[Model], _Table] = {}


def _table(kind: type[Model]) -> _Table:
    table = _TABLES.get(kind)
    if table is None:
        table = _TABLES[kind] = _Table(kind)
    return table


def _class(name: str) -> type[Model] | None:
    found = getattr(schema, name, None)
    return found if isinstance(found, type) and issubclass(found, Model) else None


def _reader(type_name: str) -> Convert:
    if type_name.startswith("["):
        return _list_reader(_reader(type_name[1:-1]))
    if (plain := _PLAIN.get(type_name)) is not None:
        return _plain_reader(plain)
    if type_name == "iso-8601":
        return _read_instant
    if (kind := _class(type_name)) is not None:
        return lambda value: _table(kind).load(value)
    return lambda value: value


def _plain_reader(plain: type | tuple[type, ...]) -> Convert:
    def read(value: Any) -> Any:
        if not isinstance(value, plain):
            raise MalformedError(f"{type(value).__name__} where it does not belong")
        return value

    return read


def _list_reader(item: Convert) -> Convert:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise MalformedError("not a list")
        return [item(inner) for inner in value]

    return read


def _read_instant(value: Any) -> datetime | None:
    """Read a time; what is not one is dropped, since nothing we do rests on it."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _writer(type_name: str) -> Convert | None:
    if type_name.startswith("[") and _class(type_name[1:-1]) is not None:
        return lambda value: [dump(inner) for inner in value]
    if _class(type_name) is not None:
        return dump
    if type_name == "iso-8601":
        return datetime.isoformat
    return None
