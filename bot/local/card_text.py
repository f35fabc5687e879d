"""A card as plain text: what it says, its inputs as [____], its buttons as [Run]."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]
_BLANK = "[____]"
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def card_text(card: Json) -> str:
    """Write the card, a line for a line; hidden parts are left out, sub-cards stand indented."""
    return "\n".join([*_all(card.get("body")), *_buttons(card.get("actions"))])


def _all(elements: Any) -> list[str]:
    if not isinstance(elements, list):
        return []
    return [line for element in elements for line in _one(element)]


def _one(element: Any) -> list[str]:
    if not isinstance(element, Mapping) or element.get("isVisible") is False:
        return []
    kind = str(element.get("type", ""))
    if kind.startswith("Input."):
        return [_input(kind, element)]
    draw = _DRAW.get(kind)
    return draw(element) if draw else [f"({kind or 'something'} that cannot be shown here)"]


def _text(element: Json) -> list[str]:
    return _unescaped(element.get("text", "")).split("\n")


def _unescaped(markdown: Any) -> str:
    """Take off the backslashes that keep markdown from reading a sign as its own."""
    return _ESCAPED.sub(r"\1", str(markdown))


def _rich(element: Json) -> list[str]:
    parts = element.get("inlines") or []
    words = [part if isinstance(part, str) else str(part.get("text", "")) for part in parts]
    return [re.sub("  +", " ", "".join(words))]


def _facts(element: Json) -> list[str]:
    pairs = [(fact.get("title"), fact.get("value")) for fact in element.get("facts") or ()]
    return [f"{_unescaped(title)}: {_unescaped(value)}" for title, value in pairs]


def _image(element: Json) -> list[str]:
    return [f"(picture: {element.get('altText') or 'no description'})"]


def _columns(element: Json) -> list[str]:
    columns = [column for column in map(_one_column, element.get("columns") or ()) if column]
    if all(len(column) == 1 for column in columns):
        return ["   ".join(column[0] for column in columns)] if columns else []
    return [line for column in columns for line in column]


def _one_column(column: Any) -> list[str]:
    return _all(column.get("items")) if column.get("isVisible") is not False else []


def _table(element: Json) -> list[str]:
    rows = (row.get("cells") or () for row in element.get("rows") or ())
    return [" | ".join(_cell(cell) for cell in cells) for cells in rows]


def _cell(cell: Json) -> str:
    return " ".join(line for line in _all(cell.get("items")) if line)


def _container(element: Json) -> list[str]:
    return _all(element.get("items"))


def _action_set(element: Json) -> list[str]:
    return _buttons(element.get("actions"))


def _images(element: Json) -> list[str]:
    return [line for image in element.get("images") or () for line in _image(image)]


def _buttons(actions: Any) -> list[str]:
    if not isinstance(actions, list) or not actions:
        return []
    line = " ".join(f"[{action.get('title') or action.get('type')}]" for action in actions)
    return [line, *_sub_cards(actions)]


def _sub_cards(actions: Iterable[Json]) -> list[str]:
    cards = [action["card"] for action in actions if isinstance(action.get("card"), Mapping)]
    return [f"    {line}" for card in cards for line in card_text(card).split("\n")]


def _input(kind: str, element: Json) -> str:
    label = element.get("label") or element.get("title") or element.get("id")
    mark = " *" if element.get("isRequired") else ""
    value = str(element.get("value", "") or "")
    if kind == "Input.Toggle":
        ticked = value == str(element.get("valueOn", "true"))
        return f"[{'x' if ticked else ' '}] {element.get('title') or label}"
    if kind == "Input.ChoiceSet":
        chosen = value.split(",") if element.get("isMultiSelect") else [value]
        titles = [
            f"({'x' if str(choice.get('value')) in chosen else ' '}) {choice.get('title')}"
            for choice in element.get("choices") or ()
        ]
        return f"{label}{mark}: {'  '.join(titles)}"
    return f"{label}{mark}: {f'[{value}]' if value else _BLANK}"


_DRAW: dict[str, Callable[[Json], list[str]]] = {
    "TextBlock": _text,
    "RichTextBlock": _rich,
    "FactSet": _facts,
    "Image": _image,
    "ImageSet": _images,
    "ColumnSet": _columns,
    "Container": _container,
    "Table": _table,
    "ActionSet": _action_set,
}
