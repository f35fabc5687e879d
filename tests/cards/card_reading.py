"""A card as plain text, as its reader sees it: what it says, hidden parts too, asks and offers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cards.verbs import INPUT_PREFIX


def as_text(card: Mapping[str, Any]) -> str:
    """Write a card's JSON as lines: text, `name [value]` for inputs, `[ Title ]` for buttons."""
    lines = [line for element in card.get("body", ()) for line in _element(element)]
    return "\n".join([*lines, *_buttons(card.get("actions", ()))]).replace("\u00a0", " ")


def _element(element: Mapping[str, Any]) -> Iterator[str]:
    match str(element.get("type")):
        case "RichTextBlock":
            yield "".join(str(run.get("text", "")) for run in element["inlines"])
        case "TextBlock":
            yield _unescaped(str(element.get("text", "")))
        case "FactSet":
            for fact in element["facts"]:
                yield f"{_unescaped(fact['title'])}: {_unescaped(fact['value'])}"
        case "ActionSet":
            yield from _buttons(element["actions"])
        case "Table":
            yield from map(_row, element["rows"])
        case kind if kind.startswith("Input."):
            name = str(element["id"]).removeprefix(INPUT_PREFIX)
            yield f"{element.get('label', name)}: [{element.get('value', '')}]"
        case _:
            yield from _all([*element.get("items", ()), *element.get("columns", ())])


def _row(row: Mapping[str, Any]) -> str:
    return " | ".join(" ".join(_all(cell["items"])) for cell in row["cells"])


def _all(elements: Any) -> Iterator[str]:
    for element in elements:
        yield from _element(element)


def _buttons(actions: Any) -> Iterator[str]:
    if actions:
        yield " ".join(f"[ {action.get('title', '')} ]" for action in actions)


def _unescaped(markdown: str) -> str:
    """Undo what elements.plain did: a backslash before a mark says only that it is no mark."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)
