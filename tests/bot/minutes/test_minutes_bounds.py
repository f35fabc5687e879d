"""What minutes must never do: invent, crash, or take longer than the text is long."""

import json
import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.minutes.lines import is_blank
from bot.minutes.make import make_minutes
from bot.minutes.record import from_json, to_json
from bot.minutes.render import to_html, to_markdown, to_text
from storage.errors import RefusedError

TODAY = date(2026, 3, 4)
WORDS = st.sampled_from(
    [
        "Ben", "Asha Rao", "Attendees:", "Action Items:", "Decisions:", "Next Meeting:", "- ", "* ",
        "1. ", "@", "a.b@x.example", "c@", "\n", "\n\n", ": ", " to ", "send", "by Friday", "(",
        ")", "|", "March 12", "2026-03-12", "31 February", "2:00 PM", "<v Ben>", "-->", "WEBVTT",
        "#", "**", ",", ";", "and", "\t", "I will", "can you", "Let's go with", "99/99",
        "next Friday",
        "🚀", "שלום", "\x00", "\u200f", "0:0:0.0", "&lt;", "next week", "TBD",
    ]
)  # fmt: skip
NOTES = st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=40).map(" ".join)


def squeezed(text):
    """Only what can be seen, so that joined lines still count as the source's words."""
    return "".join(character for character in text if character.isalnum() or character in "@.")


@settings(max_examples=300, deadline=None)
@given(NOTES)
def test_nobody_and_no_address_appears_that_the_notes_do_not_hold(notes):
    try:
        minutes = make_minutes(notes, today=TODAY)
    except RefusedError:
        return
    source = squeezed(notes)
    for attendee in minutes.attendees:
        assert squeezed(attendee.name) in source
        assert squeezed(attendee.email or "") in source
        assert squeezed(attendee.role or "") in source
    for item in minutes.action_items:
        for owner in (item.assignee or "").split(", "):
            assert squeezed(owner) in source
    assert len(minutes.overview.split()) <= 80
    assert from_json(to_json(minutes)) == minutes


@settings(max_examples=300, deadline=None)
@given(NOTES)
def test_the_same_notes_always_give_the_same_minutes_or_a_refusal(notes):
    def outcome():
        try:
            return to_markdown(make_minutes(notes, today=TODAY))
        except RefusedError as error:
            return str(error)

    assert outcome() == outcome()


@pytest.mark.parametrize(
    "layout", ["{}", "Ben: {}", "- {}", "Action Items:\n- {}", "Attendees: {}"]
)
def test_no_string_of_the_naughty_list_breaks_minutes(suite, layout):
    for string in json.loads((suite("blns") / "blns.json").read_text("utf-8")):
        try:
            minutes = make_minutes(layout.format(string), today=TODAY)
        except RefusedError:
            assert is_blank(string) or "-->" in string
            continue
        json.dumps(to_json(minutes))
        assert "<script" not in to_html(minutes).lower()
        to_text(minutes)


def test_every_naughty_string_shows_as_it_was_typed(suite):
    for string in json.loads((suite("blns") / "blns.json").read_text("utf-8")):
        line = next(iter(string.splitlines()), "")
        if is_blank(line) or ":" in line or squeezed(line) == "":
            continue
        minutes = make_minutes(f"Weekly\n\nBen: it says {line}", today=TODAY)
        assert squeezed(line) in squeezed(to_markdown(minutes)), string


SHAPES = {
    "notes": lambda n: "Ben: I will send the report by Friday.\nAsha: Fine.\n" * (n // 51),
    "actions": lambda n: "Action Items:\n" + "- Ben to send it by Friday\n" * (n // 27),
    "one line": lambda n: "Action Items:\n- x " + "by Friday " * (n // 10),
    "blanks": lambda n: "Attendees: a" + " " * n + "b",
    "people": lambda n: "Attendees:\n" + "".join(f"- Ann B{i}\n" for i in range(n // 11)),
    "wrapped": lambda n: "Action Items:\n- x\n" + "   y\n" * (n // 5),
    "heading": lambda n: "# x" + " " * n + "# y",
    "titles": lambda n: "Dr. " * (n // 4),
    "angles": lambda n: "WEBVTT\n\n00:00.000 --> 00:01.000\n" + "<v x>" * (n // 5),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_ten_times_the_text_takes_about_ten_times_as_long(shape):
    def cost(text):
        begin = time.process_time()
        with suppress(RefusedError):
            to_markdown(make_minutes(text, today=TODAY))
        return time.process_time() - begin

    cost(shape(1_000))
    small = min(cost(shape(30_000)) for _ in range(3))
    assert cost(shape(300_000)) < 30 * small + 0.25


def test_five_megabytes_of_notes_are_read():
    minutes = make_minutes("Ben: We froze scope for release 1.\n" * 150_000, today=TODAY)
    assert len(minutes.discussion["Ben"]) == 150_000


@pytest.mark.parametrize(
    "notes",
    [
        "Ben: " + "word " * 500 + ".",
        "Decisions:\n" + "- We keep the release train on every single Thursday of the year\n" * 40,
        "Summary: " + "The launch went well for all of us. " * 60,
        "\n".join(
            f"P{i}: The migration of system number {i} is nearly done now." for i in range(90)
        ),
    ],
    ids=["one sentence", "decisions", "summary", "speakers"],
)
def test_the_overview_never_has_more_than_80_words(notes):
    assert 0 < len(make_minutes(notes, today=TODAY).overview.split()) <= 80
