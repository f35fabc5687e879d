"""What a pydantic field asks for: its kind, label and bounds, read from its annotation."""

import types
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo


class Kind(StrEnum):
    """How a field is asked for."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret
    CHOICE = "choice"
    TOGGLE = "toggle"
    WHOLE = "whole"
    NUMBER = "number"
    ITEMS = "items"
    PAIRS = "pairs"
    SECRET_PAIRS = "secret_pairs"  # noqa: S105 - as above


@dataclass(frozen=True, slots=True)
class FormField:
    """One question of a form."""

    name: str
    label: str
    hint: str
    kind: Kind
    required: bool
    optional: bool  # None is an answer, and blank means it
    long: bool = False
    choices: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    default: Any = None

    @property
    def secret(self) -> bool:
        """Whether what is typed must never be shown again."""
        return self.kind in (Kind.SECRET, Kind.SECRET_PAIRS)


def form_fields(model_type: type[BaseModel]) -> tuple[FormField, ...]:
    """Read the questions of a model, in its order.

    Errors: TypeError for a field no input can ask for, naming it.
    """
    return tuple(_field(name, info) for name, info in model_type.model_fields.items())


def _field(name: str, info: FieldInfo) -> FormField:
    annotation, optional, marks = _unwrapped(info.annotation, list(info.metadata))
    kind = _kind(annotation)
    if kind is None:
        raise TypeError(f"No input can ask for {name}: {info.annotation}")
    values = _values(annotation) if kind is Kind.CHOICE else ()
    return FormField(
        name=name,
        label=info.title or name.replace("_", " ").capitalize(),
        hint=info.description or "",
        kind=kind,
        required=info.is_required(),
        optional=optional,
        long="long" in marks or kind in (Kind.PAIRS, Kind.SECRET_PAIRS),
        choices=tuple(map(str, values)),
        titles=tuple(_title(value) for value in values),
        least=_bound(marks, "ge", "gt", step=1 if kind is Kind.WHOLE else 0),
        most=_bound(marks, "le", "lt", step=-1 if kind is Kind.WHOLE else 0),
        longest=_longest(marks) if kind is Kind.TEXT else None,
        default=None if info.is_required() else info.get_default(call_default_factory=True),
    )


def _unwrapped(annotation: Any, marks: list[Any]) -> tuple[Any, bool, list[Any]]:
    """Take off Annotated and `| None`, wherever they stand."""
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            for mark in more:
                marks = [*marks, *(mark.metadata if isinstance(mark, FieldInfo) else [mark])]
        elif origin in (Union, types.UnionType):
            rest = [part for part in get_args(annotation) if part is not type(None)]
            optional = optional or len(rest) < len(get_args(annotation))
            if len(rest) != 1:
                return annotation, optional, marks
            annotation = rest[0]
        else:
            return annotation, optional, marks


_PLAIN: dict[Any, Kind] = {
    str: Kind.TEXT,
    SecretStr: Kind.SECRET,
    bool: Kind.TOGGLE,
    int: Kind.WHOLE,
    float: Kind.NUMBER,
}


def _kind(annotation: Any) -> Kind | None:
    origin = get_origin(annotation)
    if origin is Literal or (isinstance(annotation, type) and issubclass(annotation, StrEnum)):
        return Kind.CHOICE
    if origin in (list, tuple):
        return Kind.ITEMS if _unwrapped(get_args(annotation)[0], [])[0] is str else None
    if origin is dict:
        held = _unwrapped(get_args(annotation)[1], [])[0]
        return {str: Kind.PAIRS, SecretStr: Kind.SECRET_PAIRS}.get(held)
    return _PLAIN.get(annotation)


def _values(annotation: Any) -> list[str]:
    return list(get_args(annotation) if get_origin(annotation) is Literal else annotation)


def _title(value: str) -> str:
    """Give the words for a choice: its own `label`, where it has one, else its value's."""
    label = getattr(value, "label", None)
    return label if isinstance(label, str) else str(value).replace("_", " ").capitalize()


def _bound(marks: list[Any], inclusive: str, exclusive: str, *, step: float) -> float | None:
    for mark in marks:
        if (bound := getattr(mark, inclusive, None)) is not None:
            return float(bound) if step == 0 else int(bound)
        if (bound := getattr(mark, exclusive, None)) is not None:
            return float(bound) if step == 0 else int(bound) + int(step)
    return None


def _longest(marks: list[Any]) -> int | None:
    found = [mark.max_length for mark in marks if getattr(mark, "max_length", None) is not None]
    return found[0] if found else None
