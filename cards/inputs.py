"""Inputs as plain dicts. Ids travel as `in.<name>`, apart from a verb's own fields."""

from collections.abc import Sequence

from cards.elements import Element
from cards.plain import typed
from cards.verbs import INPUT_PREFIX


def _input(kind: str, name: str, label: str, *, required: bool, missing: str = "") -> Element:
    drawn: Element = {
        "type": f"Input.{kind}",
        "id": f"{INPUT_PREFIX}{name}",
        "label": typed(label),
    }
    if required:
        drawn |= {"isRequired": True, "errorMessage": missing or f"{typed(label)} is required"}
    return drawn


def text_input(
    name: str,
    label: str,
    *,
    value: str = "",
    placeholder: str = "",
    required: bool = False,
    long: bool = False,
    secret: bool = False,
    longest: int | None = None,
    missing: str = "",
) -> Element:
    """Ask for text; a secret is typed blind and takes no value.

    `missing` is what the client says when a required text is left out.
    """
    drawn = _input("Text", name, label, required=required, missing=missing)
    if value and not secret:
        drawn["value"] = typed(value)
    if placeholder:
        drawn["placeholder"] = typed(placeholder)
    if long:
        drawn["isMultiline"] = True
    if secret and not long:
        drawn["style"] = "Password"
    if longest is not None:
        drawn["maxLength"] = longest
    return drawn


def number_input(
    name: str,
    label: str,
    *,
    value: str = "",
    placeholder: str = "",
    required: bool = False,
    least: float | None = None,
    most: float | None = None,
) -> Element:
    """Ask for a number within bounds; a value that is none is not shown."""
    drawn = _input("Number", name, label, required=required)
    number = _number(value)
    if number is not None:
        drawn["value"] = number
    elif value:
        drawn["placeholder"] = typed(value)
    if placeholder:
        drawn.setdefault("placeholder", typed(placeholder))
    if least is not None:
        drawn["min"] = least
    if most is not None:
        drawn["max"] = most
    return drawn


def toggle_input(name: str, label: str, *, on: bool = False, caption: str = "") -> Element:
    """Ask yes or no."""
    drawn = _input("Toggle", name, label, required=False)
    return {**drawn, "title": typed(caption or "Yes"), "value": "true" if on else "false"}


def choice_input(
    name: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    *,
    value: str = "",
    required: bool = False,
    expanded: bool = False,
) -> Element:
    """Ask for one of (title, value) pairs."""
    drawn = _input("ChoiceSet", name, label, required=required)
    drawn["style"] = "expanded" if expanded else "compact"
    if not expanded:
        drawn["placeholder"] = "Choose one"
    drawn["choices"] = [{"title": typed(title), "value": sent} for title, sent in choices]
    if value in {sent for _title, sent in choices} and value:
        drawn["value"] = value
    return drawn


def _number(value: str) -> float | None:
    """Read a number a client can show: beyond 2^53 it would show another one."""
    try:
        number = float(value) if "." in value else int(value)
    except ValueError:
        return None
    return number if abs(number) <= 2**53 else None
