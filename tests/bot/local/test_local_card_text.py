"""A card printed in a terminal says what the drawn one says."""

import pytest

from bot.local.card_buttons import buttons, filled, find_button, find_input
from bot.local.card_text import card_text
from storage.errors import RefusedError


def t(words, **more):
    return {"type": "TextBlock", "text": words, **more}


FULL = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [
        t("Title"),
        t("hidden", isVisible=False),
        {"type": "RichTextBlock", "inlines": ["a ", {"type": "TextRun", "text": "b"}]},
        {"type": "Container", "items": [t("inside")]},
        {
            "type": "ColumnSet",
            "columns": [
                {"type": "Column", "items": [t("left")]},
                {"type": "Column", "items": [t("right")]},
                {"type": "Column", "items": [t("gone")], "isVisible": False},
            ],
        },
        {
            "type": "ColumnSet",
            "columns": [{"type": "Column", "items": [t("one"), t("two")]}],
        },
        {"type": "ColumnSet"},
        {"type": "FactSet", "facts": [{"title": "Due", "value": "Friday"}]},
        {
            "type": "Table",
            "rows": [{"cells": [{"items": [t("x")]}, {"items": [t("y"), t("z")]}]}],
        },
        {"type": "Image", "url": "data:,", "altText": "a chart"},
        {"type": "ImageSet", "images": [{"type": "Image"}]},
        {"type": "Input.Text", "id": "in.name", "label": "Name", "isRequired": True},
        {"type": "Input.Number", "id": "in.count", "label": "Count", "value": 3},
        {"type": "Input.Toggle", "id": "in.on", "title": "On", "value": "true"},
        {
            "type": "Input.ChoiceSet",
            "id": "in.which",
            "label": "Which",
            "value": "b",
            "choices": [{"title": "A", "value": "a"}, {"title": "B", "value": "b"}],
        },
        {"type": "ActionSet", "actions": [{"type": "Action.Execute", "title": "Inner"}]},
        {"type": "Media"},
        "no element",
    ],
    "actions": [
        {"type": "Action.Execute", "title": "Save", "verb": "save", "data": {"v": 1}},
        {"type": "Action.Execute", "title": "Skip", "data": {}, "associatedInputs": "none"},
        {"type": "Action.Submit", "title": "Say", "data": "plain"},
        {
            "type": "Action.ShowCard",
            "title": "More",
            "card": {
                "type": "AdaptiveCard",
                "body": [t("below")],
                "actions": [
                    {"type": "Action.OpenUrl", "title": "Open", "url": "https://a.example"}
                ],
            },
        },
    ],
}


def test_every_part_of_a_card_is_written():
    assert card_text(FULL).split("\n") == [
        "Title",
        "a b",
        "inside",
        "left   right",
        "one",
        "two",
        "Due: Friday",
        "x | y z",
        "(picture: a chart)",
        "(picture: no description)",
        "Name *: [____]",
        "Count: [3]",
        "[x] On",
        "Which: ( ) A  (x) B",
        "[Inner]",
        "(Media that cannot be shown here)",
        "[Save] [Skip] [Say] [More]",
        "    below",
        "    [Open]",
    ]
    assert card_text({}) == ""


def test_buttons_are_found_by_title_verb_or_whatever_case():
    titles = [button["title"] for button in buttons(FULL)]
    assert titles == ["Inner", "Save", "Skip", "Say", "More", "Open"]
    for what in ("Save", "save", "SAVE"):
        assert find_button(FULL, what)["title"] == "Save"


def test_a_button_sends_its_data_and_the_cards_inputs():
    save = find_button(FULL, "Save")
    assert filled(FULL, save, {"name": "Weekly", "Which": "a"}) == {
        "v": 1,
        "in.name": "Weekly",
        "in.count": "3",
        "in.on": "true",
        "in.which": "a",
    }
    with pytest.raises(RefusedError, match="Name: it must be filled in"):
        filled(FULL, save, {})
    assert filled(FULL, find_button(FULL, "Skip"), {}) == {}
    assert filled(FULL, find_button(FULL, "Say"), {}) == "plain"
    assert find_input(FULL, "in.name") == find_input(FULL, "name") == "in.name"


def test_a_sub_cards_inputs_stay_with_the_card():
    card = {"body": [{"type": "Input.Toggle", "id": "t", "valueOff": "no"}], "actions": []}
    assert filled(card, {"type": "Action.Execute"}, {}) == {"t": "no"}


def test_signs_kept_from_markdown_and_gaps_are_written_as_they_are_read():
    runs = ["✓  ", {"type": "TextRun", "text": "Save Data"}, {"type": "TextRun", "text": "  1 s"}]
    card = {
        "body": [
            t(r"Acme\_1 \[v2\]: C:\\x \d"),
            {"type": "FactSet", "facts": [{"title": r"a\*b", "value": r"\#1"}]},
            {"type": "RichTextBlock", "inlines": runs},
        ]
    }
    assert card_text(card) == "Acme_1 [v2]: C:\\x \\d\na*b: #1\n✓ Save Data 1 s"
