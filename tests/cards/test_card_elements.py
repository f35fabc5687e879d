"""What is drawn is what was typed."""

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cards.buttons import button, foot, link, redrawn_by
from cards.elements import (
    HARD_BYTES,
    Card,
    CardTooLargeError,
    _drawn,
    facts,
    heading,
    package_elements,
    run,
    text,
)
from cards.plain import plain, shorten, typed
from cards.verbs import RefreshRun, RunNow, ShowHome

MARKDOWN = MarkdownIt("default", {"html": False, "breaks": True, "linkify": False})
TAGS = re.compile(r"<(/?[a-z0-9]+)[^>]*>")


def shown(markdown):
    """Show markdown as a client does: the tags it made, and the text without them."""
    drawn = MARKDOWN.render(markdown)
    words = html.unescape(TAGS.sub("", drawn)).replace("\u00a0", " ")
    return set(TAGS.findall(drawn)), words


@pytest.mark.parametrize(
    "typed_text",
    [
        "[Sign in](https://evil.example)", "![x](https://evil.example/x.png)", "<https://evil>",
        "**bold** _em_ ~~gone~~ `code`", "# Title", "- item", "+ item", "* item", "1. item",
        "2) item", "> said", "---", "===", "Title\n===", "Title\n---", "    code", "\tcode",
        "```\ncode\n```", "&amp; &lt;b&gt; &#x41;", "<at>Ben</at>", "<b>x</b>", "a\\*b", "\\",
        "| a | b |\n|---|---|\n| 1 | 2 |", "[x]: https://evil.example", "one\ntwo", "one\n\n\ntwo",
        "{{DATE(2026-02-14T06:08:39Z,SHORT)}}",
    ],
)  # fmt: skip
def test_a_heading_shows_marks_as_they_were_typed(typed_text):
    tags, words = shown(heading(typed_text)["text"])
    assert tags <= {"p", "/p", "br"}
    assert words.split() == typed_text.split()


@given(st.text(alphabet=" \n\t*_[]()<>#&;:!~|`\\-+=.1a{}\"'", max_size=40))
def test_no_arrangement_of_marks_means_anything(typed_text):
    tags, words = shown(plain(typed_text))
    assert tags <= {"p", "/p", "br"}
    assert words.split() == typed_text.split()


@given(st.text(alphabet="ab \n", max_size=20))
def test_lines_stay_lines(typed_text):
    drawn = MARKDOWN.render(plain(typed_text.strip()))
    assert drawn.count("<br") == typed_text.strip().count("\n")


def test_strings_from_the_wild_show_as_typed_in_headings(suite):
    for typed_text in json.loads((suite("blns") / "blns.json").read_text(encoding="utf-8")):
        tags, words = shown(plain(typed_text))
        assert tags <= {"p", "/p", "br"}
        bare = re.sub("[\u2066-\u2069]", "", words)
        assert bare.split() == re.sub("[\u2066-\u2069]", "", typed_text).replace("\0", "�").split()


def test_a_line_is_no_markdown_at_all():
    assert text("**a**\n[b](c)") == {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": "**a**\n[b](c)"}],
    }


def test_a_client_does_not_fill_in_a_date_somebody_typed():
    assert "{{DATE(" not in run("{{DATE(2026-02-14T06:08:39Z,SHORT)}}")["text"]
    assert run("{{ steps.x }}")["text"] == "{{ steps.x }}"


def test_facts_are_escaped_on_both_sides():
    assert facts([("*a*", "[b](c)")])["facts"] == [{"title": "\\*a\\*", "value": "\\[b\\](c)"}]


def test_half_a_character_and_nul_do_not_break_the_card():
    card = Card((text("a\ud800b\x00"),), "s\udfff")
    assert card.to_json()["body"][0]["inlines"][0]["text"] == "a\ufffdb\ufffd"
    assert card.to_json()["fallbackText"] == "s\ufffd"


def test_a_turned_writing_direction_ends_with_the_text():
    assert typed("\u202eabc") == "\u2068\u202eabc\u2069"
    assert typed("abc") == "abc"


def test_shortened_text_says_so():
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"


def test_a_card_is_version_1_5_at_full_width_and_drawn_once():
    card = Card((text("x"),), "x", (button("Home", ShowHome()),))
    drawn = card.to_json()
    assert (drawn["version"], drawn["msteams"]) == ("1.5", {"width": "Full"})
    assert card.to_json() is drawn


def test_a_card_teams_would_refuse_is_not_sent():
    with pytest.raises(CardTooLargeError, match="more than fits on one card"):
        Card((text("x" * (HARD_BYTES // 2)),), "x").to_json()


def test_a_misspelt_property_is_refused():
    with pytest.raises(TypeError, match="TextRun has no property wieght"):
        _drawn(package_elements.TextRun, text="x", wieght="bolder")


def test_a_button_may_leave_the_inputs_alone():
    drawn = button("Cancel", RunNow(wf="w", key="k"), style="destructive", inputs="none")
    assert drawn["associatedInputs"] == "none"
    assert drawn["fallback"]["style"] == "destructive"
    assert drawn["data"] == {"cf": 1, "verb": "workflow.run", "wf": "w", "once": "k"}


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "file:///etc/passwd", "http://", "https://[", "https://a/\nb", ""],
)
def test_a_link_opens_nothing_but_the_web(address):
    assert link("Open", address) is None
    assert foot(link("Open", address), button("Home", ShowHome())) == (button("Home", ShowHome()),)


def test_sixty_people_at_most_redraw_a_card():
    refresh = redrawn_by(RefreshRun(run="r"), [f"29:{n}" for n in range(99)])
    assert len(refresh["userIds"]) == 60
    assert refresh["action"]["verb"] == "run.refresh"
