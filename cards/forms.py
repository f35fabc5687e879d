"""Any pydantic model asked as a card: model -> inputs, answers -> model, model -> answers.

A text is asked as text, `Annotated[str, "long"]` over several lines, a list by comma, semicolon or
line (a long one by line only), a dict as `Name: value` lines, Literal and StrEnum as a choice, bool
as a toggle, bounds as bounds. A secret is typed blind and never shown again.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from cards.elements import Element, text
from cards.fields import FormField, Kind, form_fields
from cards.inputs import choice_input, number_input, text_input, toggle_input
from cards.plain import shorten
from storage.errors import ConsultFlowError

Model = TypeVar("Model", bound=BaseModel)

_COMMAS = re.compile(r"[,;\n]")


class FormError(ConsultFlowError):
    """Some answers cannot be used. `errors` has a sentence per field; "" is for the whole form."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


def form_inputs(
    model_type: type[BaseModel],
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    *,
    kept: Collection[str] = (),
) -> tuple[Element, ...]:
    """Draw the inputs of a model, filled with `values`, each followed by what is wrong with it.

    `kept` names secrets stored already: they may stay blank. An absent value shows the default.
    """
    errors = errors or {}
    drawn: list[Element] = [error_text(errors[""])] if "" in errors else []
    for field in form_fields(model_type):
        drawn.append(_input(field, values.get(field.name, _shown(field)), field.name in kept))
        if field.name in errors:
            drawn.append(error_text(errors[field.name]))
    return tuple(drawn)


def error_text(sentence: str) -> Element:
    """Draw what is wrong, as it stands under an input."""
    return text(f"⚠ {shorten(sentence, 300)}", color="attention", spacing="small")


def parse(
    model_type: type[Model], given: Mapping[str, str], *, kept: BaseModel | None = None
) -> Model:
    """Make the model of what was typed; blank means "not said", and takes the default.

    `kept` is the model being edited: a secret left blank stays as it is there.
    Errors: FormError with a sentence for each field that cannot be used.
    """
    values: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for field in form_fields(model_type):
        answer = given.get(field.name)
        if field.secret and not (answer or "").strip() and kept is not None:
            values[field.name] = getattr(kept, field.name)
        elif answer is not None and (answer.strip() or _takes_blank(field)):
            values[field.name] = _value(field, answer)
        elif answer is not None and field.optional:
            values[field.name] = None
        elif field.required:
            missing[field.name] = f"{field.label} is required"
    return _validated(model_type, values, missing)


def answers(model: BaseModel) -> dict[str, str]:
    """Give what one would type to get this model, secrets included: see without_secrets."""
    fields = form_fields(type(model))
    return {field.name: _typed(getattr(model, field.name)) for field in fields}


def without_secrets(model_type: type[BaseModel], given: Mapping[str, str]) -> dict[str, str]:
    """Leave out the answers that may not be kept in the clear nor shown again."""
    secret = {field.name for field in form_fields(model_type) if field.secret}
    return {name: answer for name, answer in given.items() if name not in secret}


def _takes_blank(field: FormField) -> bool:
    if field.optional or field.required:
        return False
    return field.kind not in (Kind.WHOLE, Kind.NUMBER, Kind.CHOICE, Kind.TOGGLE)


def _value(field: FormField, answer: str) -> Any:
    match field.kind:
        case Kind.ITEMS:
            parts = answer.splitlines() if field.long else _COMMAS.split(answer)
            return [part.strip() for part in parts if part.strip()]
        case Kind.PAIRS | Kind.SECRET_PAIRS:
            return dict(_pairs(answer)) if all(":" in part for part in _lines(answer)) else answer
        case Kind.TOGGLE:
            return {"true": True, "false": False}.get(answer.strip().lower(), answer)
        case Kind.WHOLE | Kind.NUMBER:
            return answer.strip().removesuffix(".0")
        case _:
            return answer


def _lines(answer: str) -> list[str]:
    return [part for part in answer.splitlines() if part.strip()]


def _pairs(answer: str) -> Iterator[tuple[str, str]]:
    for part in _lines(answer):
        name, _colon, value = part.partition(":")
        yield name.strip(), value.strip()


def _typed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_typed(held)}" for name, held in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(value)
    return str(value)


def _shown(field: FormField) -> str:
    return "" if field.default is None or field.secret else _typed(field.default)


def _input(field: FormField, value: str, is_kept: bool) -> Element:  # noqa: FBT001 - a fact, not a mode
    required = field.required and not is_kept
    match field.kind:
        case Kind.CHOICE:
            choices = list(zip(field.titles, field.choices, strict=True))
            return choice_input(field.name, field.label, choices, value=value, required=required)
        case Kind.TOGGLE:
            return toggle_input(
                field.name, field.label, on=value.strip().lower() == "true", caption=field.hint
            )
        case Kind.WHOLE | Kind.NUMBER:
            return number_input(
                field.name, field.label, value=value, placeholder=field.hint, required=required,
                least=field.least, most=field.most,
            )  # fmt: skip
        case Kind.ITEMS if not field.long:
            value = ", ".join(_lines(value))
    return text_input(
        field.name, field.label, value=value, required=required, long=field.long,
        placeholder="Leave blank to keep the one saved" if is_kept else _hint(field),
        secret=field.secret, longest=field.longest,
    )  # fmt: skip


def _hint(field: FormField) -> str:
    if field.hint:
        return field.hint
    return {
        Kind.ITEMS: "One per line" if field.long else "Separated by commas",
        Kind.PAIRS: "Name: value, one per line",
        Kind.SECRET_PAIRS: "Name: value, one per line",
    }.get(field.kind, "")


def _validated(
    model_type: type[Model], values: Mapping[str, Any], missing: Mapping[str, str]
) -> Model:
    try:
        model = model_type.model_validate(values)
    except ValidationError as error:
        raise FormError({**_sentences(model_type, error), **missing}) from error
    if missing:
        raise FormError(missing)
    return model


def _sentences(model_type: type[BaseModel], error: ValidationError) -> dict[str, str]:
    fields = {field.name: field for field in form_fields(model_type)}
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        field = fields.get(str(fault["loc"][0])) if fault["loc"] else None
        found.setdefault(field.name if field else "", _sentence(field, fault))
    return found


_WORDING = {
    "missing": "{label} is required",
    "string_too_short": "{label} needs at least {min_length} characters",
    "string_too_long": "{label} can have {max_length} characters at most",
    "too_short": "{label} needs at least {min_length}",
    "too_long": "{label} can have {max_length} at most",
    "int_parsing": "{label} must be a whole number",
    "int_from_float": "{label} must be a whole number",
    "float_parsing": "{label} must be a number",
    "bool_parsing": "{label} must be yes or no",
    "bool_type": "{label} must be yes or no",
    "greater_than_equal": "{label} must be {ge} or more",
    "greater_than": "{label} must be more than {gt}",
    "less_than_equal": "{label} must be {le} or less",
    "less_than": "{label} must be less than {lt}",
    "literal_error": "{label} must be {expected}",
    "enum": "{label} must be {expected}",
    "dict_type": "{label} takes lines of the form Name: value",
    "string_pattern_mismatch": "{label} does not have the form it needs",
}


def _sentence(field: FormField | None, fault: Any) -> str:
    label = field.label if field else "This form"
    context = fault.get("ctx", {})
    if fault["type"] == "value_error":
        return str(context["error"])
    if fault["type"] in ("string_too_short", "too_short") and context["min_length"] == 1:
        return f"{label} is required"
    wording = _WORDING.get(fault["type"], "{label}: {reason}")
    return wording.format(label=label, reason=fault["msg"], **context)
