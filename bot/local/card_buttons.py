"""A card's buttons and inputs, for those who press without a screen."""

from collections.abc import Iterator, Mapping
from typing import Any

from storage.errors import NotFoundError, RefusedError

Json = Mapping[str, Any]


def _walk(node: Any) -> Iterator[Json]:
    if isinstance(node, Mapping):
        yield node
        for key, value in node.items():
            if key not in ("data", "fallback", "refresh", "authentication"):
                yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


def buttons(card: Json) -> list[Json]:
    """List the card's buttons in the order they are drawn, those of sub-cards included."""
    return [node for node in _walk(card) if str(node.get("type", "")).startswith("Action.")]


def inputs(card: Json) -> list[Json]:
    """List the card's inputs in the order they are drawn."""
    return [node for node in _walk(card) if str(node.get("type", "")).startswith("Input.")]


def find_button(card: Json, what: str) -> Json:
    """Find a button by title, verb or id: exactly, or else by title whatever its case.

    Errors: NotFoundError naming the buttons there are.
    """
    pressable = [button for button in buttons(card) if button["type"] != "Action.ShowCard"]
    for button in pressable:
        if what in (button.get("title"), button.get("verb"), button.get("id")):
            return button
    for button in pressable:
        if str(button.get("title", "")).casefold() == what.casefold():
            return button
    titles = ", ".join(f'"{button.get("title", "")}"' for button in pressable) or "none"
    raise NotFoundError(f'There is no button "{what}" on this card. It has: {titles}.')


def _default(field: Json) -> str:
    if field["type"] == "Input.Toggle":
        return str(field.get("value", field.get("valueOff", "false")))
    return str(field.get("value", "") or "")


def find_input(card: Json, what: str) -> str:
    """Find an input's id by id, by the id after its prefix (`in.`), or by label.

    Errors: NotFoundError naming the inputs there are.
    """
    for field in inputs(card):
        name = str(field.get("id"))
        if what in (name, name.rpartition(".")[2]):
            return name
        if str(field.get("label", "")).casefold() == what.casefold():
            return name
    known = ", ".join(f'"{field.get("label") or field.get("id")}"' for field in inputs(card))
    raise NotFoundError(f'There is no input "{what}" on this card. It has: {known or "none"}.')


def filled(card: Json, button: Json, answers: Mapping[str, str]) -> dict[str, Any] | str:
    """Give what the button sends: its data, joined by the card's inputs as answered.

    Errors: RefusedError when an input that must be filled in is empty, NotFoundError for an
    answer to no input.
    """
    data = button.get("data") or {}
    if isinstance(data, str):
        return data
    given = {find_input(card, name): value for name, value in answers.items()}
    if button.get("associatedInputs") == "none":
        return dict(data)
    values: dict[str, Any] = {}
    for field in inputs(card):
        name = str(field.get("id"))
        values[name] = given.get(name, _default(field))
        if field.get("isRequired") and not values[name]:
            problem = field.get("errorMessage") or "it must be filled in"
            raise RefusedError(f"{field.get('label') or name}: {problem}")
    return {**data, **values}
