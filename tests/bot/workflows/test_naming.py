"""People name workflows as they remember them."""

import pytest

from bot.workflows.naming import matches, nearest, unquote

NAMES = ["Weekly Report", "Weekly Review", "Meeting Follow-up Automation", "week", "Über Notes"]


def found(typed):
    return matches(typed, NAMES, str)


def test_the_whole_name_in_any_case_wins_over_longer_ones():
    assert found("WEEK") == ["week"]
    assert found("über notes") == ["Über Notes"]


def test_a_beginning_that_fits_several_gives_them_all():
    assert found("weekly r") == ["Weekly Report", "Weekly Review"]


def test_words_from_the_middle_find_it():
    assert found("meeting follow") == ["Meeting Follow-up Automation"]
    assert found("follow-up auto") == ["Meeting Follow-up Automation"]


def test_a_slip_of_the_finger_still_finds_it():
    assert found("Wekly Reprot")[0] == "Weekly Report"


@pytest.mark.parametrize("typed", ["", "   ", "zzzz", '""'])
def test_nothing_like_it_finds_nothing(typed):
    assert found(typed) == []


@pytest.mark.parametrize(
    ("typed", "bare"),
    [('"Weekly"', "Weekly"), ("“Weekly”", "Weekly"), ("'W'", "W"), ('"', '"'), ("W", "W")],
)
def test_quotes_are_optional(typed, bare):
    assert unquote(typed) == bare


def test_an_unknown_word_is_answered_with_the_nearest_ones():
    assert nearest("wrokflows", ["workflows", "logs", "help"])[0] == "workflows"
    assert nearest("%%%%", ["workflows", "logs"]) == []
