"""What a step takes from earlier ones, in the product's order, and what it leaves alone."""

from datetime import datetime, timedelta

import pytest

from bot.minutes.record import to_json
from bot.workflows.prefill import minutes_in, next_start, runner_zone, source_length, written
from storage.minutes import Minutes, NextMeeting
from tests.fakes.contexts import context_for

AT = datetime.fromisoformat("2026-03-04T14:00")


def _context(minutes=None, **inputs):
    made = {"minutes": to_json(minutes), "markdown": "# M"} if minutes else None
    outputs = {"generate_mom": made} if made else {}
    return context_for("send_email", inputs=inputs, outputs=outputs)


def test_what_was_typed_wins_then_the_minutes_then_the_notes():
    minutes = Minutes("Weekly")
    assert written("Mine", _context(minutes, notes="N")) == "Mine"
    assert written(" ", _context(minutes, notes="N")) == "# M"
    assert written("", _context(notes="N")) == "N"
    assert written("", _context(notes=5)) == ""


def test_minutes_come_back_as_they_were_made():
    assert minutes_in(_context(Minutes("Weekly", location="Room 1"))) == Minutes(
        "Weekly", location="Room 1"
    )
    assert minutes_in(_context()) is None


@pytest.mark.parametrize(
    "ends, length", [(45, 45), (None, 60), (0, 60), (-5, 60), (25 * 60, 60), (24 * 60, 24 * 60)]
)
def test_the_next_meeting_is_as_long_as_the_last_or_an_hour(ends, length):
    end = None if ends is None else AT + timedelta(minutes=ends)
    found = source_length(Minutes("Weekly", starts_at=AT, ends_at=end))
    assert found == timedelta(minutes=length)
    assert source_length(None) == timedelta(minutes=60)


def test_a_day_without_a_time_is_no_start():
    day_only = Minutes("Weekly", next_meeting=NextMeeting(day=AT.date()))
    assert next_start(day_only) is None
    assert next_start(Minutes("Weekly")) is None
    said = Minutes("Weekly", next_meeting=NextMeeting(starts_at=AT, zone="Asia/Kolkata"))
    assert next_start(said) == (AT, "Asia/Kolkata")


def test_the_runners_zone_is_what_their_client_says():
    assert runner_zone(_context(timeZone="Europe/London")) == "Europe/London"
    assert runner_zone(_context()) is None
