"""Whatever comes in can be kept and read back, or is refused with a sentence."""

import json

import pytest

from storage.errors import RefusedError
from storage.json_values import MAX_DEPTH, clean_json, clean_text, from_text, to_text


def nested(levels):
    value = "core"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("poison", "kept"),
    [
        ("half \ud83d of a face", "half \ufffd of a face"),
        ("two \ud83d\ude00 halves make one", "two 😀 halves make one"),
        ("a\0b", "a\ufffdb"),
        ("plain", "plain"),
        ("Ünïcødé 文字", "Ünïcødé 文字"),
    ],
)
def test_text_nothing_can_store_is_replaced_and_the_rest_left_alone(poison, kept):
    assert clean_text(poison) == kept
    assert clean_json({poison: [poison]}, most_bytes=1000) == {kept: [kept]}


def test_whole_numbers_beyond_64_bits_become_text():
    assert clean_json([2**63 - 1, 2**63, -(2**63) - 1], most_bytes=1000) == [
        2**63 - 1,
        "9223372036854775808",
        "-9223372036854775809",
    ]


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_refused(odd):
    with pytest.raises(RefusedError, match="not finite"):
        clean_json({"x": [odd]}, most_bytes=1000)


def test_a_number_of_5000_digits_is_refused_not_a_crash():
    with pytest.raises(RefusedError, match="too many digits"):
        clean_json(10**5000, most_bytes=10_000)


def test_64_levels_are_kept_and_65_refused():
    assert clean_json(nested(MAX_DEPTH), most_bytes=1000) == nested(MAX_DEPTH)
    for levels in (MAX_DEPTH + 1, 900):
        with pytest.raises(RefusedError, match="64 levels"):
            clean_json(nested(levels), most_bytes=10_000)


def test_a_refusal_for_size_says_what_and_how_much():
    with pytest.raises(RefusedError) as refused:
        clean_json("x" * 70_000, most_bytes=64 * 1024, what="The value to save")
    assert str(refused.value) == "The value to save is too large: 68 KB of at most 64 KB."


@pytest.mark.parametrize("odd", [object(), {1: "a"}, {"x": b"bytes"}])
def test_what_is_not_json_is_refused(odd):
    with pytest.raises(RefusedError, match="not"):
        clean_json(odd, most_bytes=1000)


def test_every_json_text_of_the_suite_is_kept_or_refused(suite):
    kept = refused = 0
    for file in sorted((suite("JSONTestSuite")).rglob("*.json")):
        try:
            value = json.loads(file.read_bytes())
        except (ValueError, RecursionError):
            continue
        try:
            assert from_text(to_text(value, most_bytes=100_000)) is not ...
            kept += 1
        except RefusedError:
            refused += 1
    assert kept > 90
    assert refused > 0
