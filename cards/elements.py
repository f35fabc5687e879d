"""Element builders on `adaptivecards`: the only file that touches that package.

The package draws what shows (card, text, containers, columns, facts). It knows no inputs, actions
or tables, keeps version "1.2" whatever is assigned, and swallows a misspelt property: `_drawn`
refuses those, and buttons.py and inputs.py write the rest as plain dicts. Way out: every builder
returns a plain dict, so giving `_drawn` and `Card` other bodies replaces the package.

Text goes out as RichTextBlock runs, which no client reads as markdown: what somebody typed shows as
typed. Only `heading` and `facts` are markdown; they escape, which phones honour least well
(github.com/MicrosoftDocs/msteams-docs/issues/5793), so prefer runs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import adaptivecards.adaptivecard as package_card
import adaptivecards.baseobject as package_base
import adaptivecards.containers as package_containers
import adaptivecards.elements as package_elements
import orjson

from cards.plain import plain, typed
from storage.errors import ConsultFlowError

Element = dict[str, Any]
Color = Literal["default", "dark", "light", "accent", "good", "warning", "attention"]

TARGET_BYTES = 25 * 1024  # of JSON in UTF-8: what every card of ours keeps to
HARD_BYTES = 80 * 1024  # of JSON in UTF-16: Teams advises no more, and refuses over 100 KB

_FUNCTION = re.compile(r"\{(?=\{[A-Z]+\()")


class CardTooLargeError(ConsultFlowError):
    """The card would be more than Teams takes; whoever draws it must show less."""


@dataclass(frozen=True)
class Card:
    """A card ready to send. `summary` is the plain line a notification shows."""

    body: tuple[Element, ...]
    summary: str
    actions: tuple[Element, ...] = ()
    run_id: str | None = None  # the run whose one living card this is
    refresh: Element | None = None
    in_company: "Card | None" = None  # what everybody sees where others read along

    def to_json(self) -> dict[str, Any]:
        """Give the card as Adaptive Card 1.5 JSON: the same dict each time, not to be changed.

        Errors: CardTooLargeError over 80 KB of UTF-16.
        """
        if self._sizes[1] > HARD_BYTES:
            raise CardTooLargeError("That is more than fits on one card. Ask for a part of it.")
        return self._json

    @property
    def size(self) -> int:
        """Measure the card in bytes of UTF-8 JSON, to be held against TARGET_BYTES."""
        return self._sizes[0]

    @cached_property
    def _sizes(self) -> tuple[int, int]:
        written = orjson.dumps(self._json)
        return len(written), len(written.decode().encode("utf-16-le"))

    @cached_property
    def _json(self) -> dict[str, Any]:
        drawn = package_card.AdaptiveCard()
        drawn.body = list(self.body)
        if self.actions:
            drawn.actions = list(self.actions)
        drawn.fallback_text = typed(self.summary)
        card: dict[str, Any] = drawn.render()  # type: ignore[no-untyped-call]
        card["version"] = "1.5"
        card["msteams"] = {"width": "Full"}
        if self.refresh is not None:
            card["refresh"] = self.refresh
        return card


def _drawn(kind: type[Any], **properties: Any) -> Element:
    """Draw an element of the package; None leaves a property out, an unknown one is refused."""
    for name in properties:
        if not isinstance(vars(kind).get(name), package_base.PropertyType) and not isinstance(
            vars(package_base.Element).get(name), package_base.PropertyType
        ):
            raise TypeError(f"{kind.__name__} has no property {name}")
    given = {name: value for name, value in properties.items() if value is not None}
    element: Element = kind(**given).render()
    return element


def run(
    text: str,
    *,
    bold: bool = False,
    subtle: bool = False,
    color: Color | None = None,
    size: str | None = None,
    mono: bool = False,
) -> Element:
    """Draw a stretch of a line, shown exactly as typed."""
    # A client fills in {{DATE(...)}} wherever it stands; a word joiner between the braces stops it.
    shown = _FUNCTION.sub("{\u2060", typed(text))
    return _drawn(
        package_elements.TextRun,
        text=shown,
        weight="bolder" if bold else None,
        isSubtle=True if subtle else None,
        color=color,
        size=size,
        fontType="monospace" if mono else None,
    )


def line(*runs: Element, spacing: str | None = None, separator: bool | None = None) -> Element:
    """Draw a paragraph of runs."""
    return _drawn(
        package_elements.RichTextBlock, inlines=list(runs), spacing=spacing, separator=separator
    )


def text(
    words: str,
    *,
    bold: bool = False,
    subtle: bool = False,
    color: Color | None = None,
    size: str | None = None,
    mono: bool = False,
    spacing: str | None = None,
    separator: bool | None = None,
) -> Element:
    """Draw a paragraph shown exactly as typed, newlines kept."""
    only = run(words, bold=bold, subtle=subtle, color=color, size=size, mono=mono)
    return line(only, spacing=spacing, separator=separator)


def heading(words: str, *, size: str = "large", spacing: str | None = None) -> Element:
    """Draw a title that screen readers announce as one."""
    block = _drawn(
        package_elements.TextBlock,
        text=plain(words),
        size=size,
        weight="bolder",
        wrap=True,
        spacing=spacing,
    )
    return {**block, "style": "heading"}


def container(
    *items: Element,
    style: str | None = None,
    spacing: str | None = None,
    separator: bool | None = None,
    key: str | None = None,
    visible: bool | None = None,
) -> Element:
    """Group elements; with `visible=False` they wait for a toggle on `key`."""
    return _drawn(
        package_containers.Container,
        items=list(items),
        style=style,
        spacing=spacing,
        separator=separator,
        id=key,
        visible=visible,
    )


def columns(*sides: tuple[str, Sequence[Element]], spacing: str | None = None) -> Element:
    """Set elements side by side; each side is its width ("auto", "stretch") and its elements."""
    drawn = [
        _drawn(
            package_containers.Column,
            width=width,
            items=list(items),
            verticalContentAlignment="center",
        )
        for width, items in sides
    ]
    return _drawn(package_containers.ColumnSet, columns=drawn, spacing=spacing)


def facts(pairs: Sequence[tuple[str, str]]) -> Element:
    """Draw names beside values."""
    rows = [{"title": plain(title), "value": plain(value)} for title, value in pairs]
    return _drawn(package_containers.FactSet, facts=rows)


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Element:
    """Draw a table with a header row; `widths` are relative.

    That the first row is a header is left to the default: schema and clients spell it differently.
    """
    head = _row([text(header, bold=True) for header in headers])
    return {
        "type": "Table",
        "showGridLines": True,
        "columns": [{"width": width} for width in widths],
        "rows": [head, *(_row([text(cell) for cell in row]) for row in rows)],
    }


def _row(cells: Sequence[Element]) -> Element:
    return {"type": "TableRow", "cells": [{"type": "TableCell", "items": [cell]} for cell in cells]}
