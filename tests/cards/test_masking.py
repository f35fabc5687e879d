"""What a setting or a result looks like on a card, and what it never shows."""

from datetime import UTC, datetime

import pytest

from cards.masking import HIDDEN, as_line, masked


@pytest.mark.parametrize(
    "name",
    ["password", "API key", "apiKey", "secret_headers", "Authorization", "refreshToken", "cookie"],
)
def test_a_value_whose_name_says_secret_is_dots(name):
    assert masked(name, "CANARY") == HIDDEN
    assert "CANARY" not in as_line({"a": [{name: {"deep": "CANARY"}}]})


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_what_is_empty_shows_nothing(nothing):
    assert masked("body", nothing) == ""
    assert masked("token", nothing) == ""


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("a", "a"), (True, "yes"), (False, "no"), (7, "7"), (["a", "b"], "a, b"),
        ([1, "a"], '[1, "a"]'), ({"a": None}, "a: "),
        ({"a": 1, "b": "x"}, "a: 1; b: x"), ({"a": {"b": "é"}}, '{"a": {"b": "é"}}'),
        ({"at": datetime(2026, 3, 4, tzinfo=UTC)}, "at: 2026-03-04 00:00:00+00:00"),
        (10**30, "1" + "0" * 30), ({1: 2}, "1: 2"),
    ],
)  # fmt: skip
def test_any_value_becomes_a_line(value, line):
    assert as_line(value) == line


def test_a_value_nested_without_end_stops():
    value = []
    value.append(value)
    assert as_line(value).count("[") < 30
