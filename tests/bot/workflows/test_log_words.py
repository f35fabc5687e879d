"""Logs can be questioned in words."""

from datetime import UTC, datetime

import pytest

from bot.workflows.log_words import read_log_words
from storage.errors import RefusedError
from storage.models import RunStatus, TriggerName

NOW = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)  # the 5th already, in Kolkata


def read(words, zone="UTC"):
    return read_log_words(words, now=NOW, zone=zone)


def test_no_words_mean_all_runs_first_page():
    words = read("")
    assert words.page == 1
    assert words.wanted.status is None
    assert words.wanted.since is None


def test_a_state_and_a_week():
    wanted = read("failed last 7 days").wanted
    assert wanted.status is RunStatus.FAILED
    assert wanted.since == datetime(2026, 2, 26, tzinfo=UTC)
    assert wanted.until == datetime(2026, 3, 5, tzinfo=UTC)


def test_today_is_the_day_of_the_reader():
    wanted = read("today", "Asia/Kolkata").wanted
    assert wanted.since == datetime(2026, 3, 4, 18, 30, tzinfo=UTC)


def test_yesterday_and_a_range_in_either_order():
    assert read("yesterday").wanted.since == datetime(2026, 3, 3, tzinfo=UTC)
    wanted = read("2026-03-02..2026-02-01").wanted
    assert wanted.since == datetime(2026, 2, 1, tzinfo=UTC)
    assert wanted.until == datetime(2026, 3, 3, tzinfo=UTC)


def test_everything_at_once_in_any_order():
    words = read('page 3 "Mail.Send" workflow Weekly Report completed trigger manual last 2 days')
    assert words.page == 3
    assert words.wanted.text == "Mail.Send"
    assert words.wanted.workflow_name == "Weekly Report"
    assert words.wanted.status is RunStatus.COMPLETED
    assert words.wanted.trigger is TriggerName.MANUAL


def test_a_quoted_workflow_is_a_name_and_not_a_text():
    wanted = read('workflow "Weekly Report" failed').wanted
    assert wanted.workflow_name == "Weekly Report"
    assert wanted.text is None
    assert wanted.status is RunStatus.FAILED


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("fialed", "fialed"),
        ("trigger carrier-pigeon", "carrier"),
        ("2026-02-30..2026-03-01", "2026-02-30"),
    ],
)
def test_what_is_not_understood_is_named_with_a_way_on(words, names):
    with pytest.raises(RefusedError, match=names):
        read(words)
