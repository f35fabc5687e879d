"""A file's cards say what it is, whatever it is called."""

import json

import pytest

from cards.file import ConsentCard, FileCard

NAMES = ["Weekly.pptx", "", "a" * 900, "\ud800\x00.pptx", "**b** <at>x</at>.pptx"]


@pytest.mark.parametrize("name", NAMES)
def test_they_are_json_and_say_something_in_a_notification(name):
    for card in (
        ConsentCard(name, f"About {name}", 7, "f1"),
        FileCard(name, "https://contoso.sharepoint.com/a", "u1", "pptx"),
    ):
        json.dumps(card.to_json()).encode()
        card.summary.encode()
        assert 3 < len(card.summary) < 400


def test_a_consent_card_carries_an_id_and_nothing_else():
    told = ConsentCard("Weekly.pptx", "From your workflow", 7, "f1").to_json()
    assert told == {
        "description": "From your workflow",
        "sizeInBytes": 7,
        "acceptContext": {"file": "f1"},
        "declineContext": {"file": "f1"},
    }
