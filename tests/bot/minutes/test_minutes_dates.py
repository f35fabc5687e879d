"""Days and times as people say them; a day that fits two is left alone."""

from datetime import date, time

import pytest

from bot.minutes.dates import DayReader, reads_day_first
from bot.minutes.people import People
from bot.minutes.tasks import TaskReader
from bot.minutes.times import find_times, iana_zone

WEDNESDAY = date(2026, 3, 4)


def day(said, on=WEDNESDAY, *, day_first=False):
    found = next(DayReader(on, day_first).find(said), None)
    return found and found.day


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("March 12, 2026", date(2026, 3, 12)),
        ("12 March", date(2026, 3, 12)),
        ("the 12th of March 2026", date(2026, 3, 12)),
        ("3/12", date(2026, 3, 12)),
        ("13/3", date(2026, 3, 13)),
        ("12.03.2026", date(2026, 3, 12)),
        ("2026-03-12", date(2026, 3, 12)),
        ("Thu, Mar 12", date(2026, 3, 12)),
        ("Friday", date(2026, 3, 6)),
        ("Wednesday", WEDNESDAY),
        ("EOD Friday", date(2026, 3, 6)),
        ("next Tuesday", date(2026, 3, 10)),
        ("tomorrow", date(2026, 3, 5)),
        ("the day after tomorrow", date(2026, 3, 6)),
        ("this afternoon", WEDNESDAY),
        ("EOD", WEDNESDAY),
        ("the end of the week", date(2026, 3, 6)),
        ("end of next week", date(2026, 3, 13)),
        ("end of month", date(2026, 3, 31)),
        ("end of February", date(2027, 2, 28)),
        ("in two weeks", date(2026, 3, 18)),
        ("within 3 days", date(2026, 3, 7)),
        ("the 2nd", date(2026, 4, 2)),
        ("January 5", date(2027, 1, 5)),
        ("February 20", date(2026, 2, 20)),
    ],
)
def test_a_day_is_resolved_against_the_meetings_day(said, means):
    assert day(said) == means


@pytest.mark.parametrize(
    "said",
    ["next Friday", "next week", "last Friday", "31 February", "99/99", "next month", "24/7",
     "version 1.2.3", "10.0.0.1", "soon", "ASAP", "the sun is up"],
)  # fmt: skip
def test_what_fits_no_single_day_is_left_unresolved(said):
    assert day(said) is None


def test_digits_are_read_day_first_where_the_notes_can_only_mean_that():
    assert reads_day_first("Held 25/03/2026. Due 04/05/2026")
    assert not reads_day_first("Held 03/25/2026")
    assert day("04/05/2026", day_first=True) == date(2026, 5, 4)


def test_days_at_the_edges_of_the_calendar_do_not_break_anything():
    for on in (date.min, date.max, date(2024, 2, 29)):
        for said in ("Friday", "next Tuesday", "tomorrow", "March 12", "in ten weeks", "eom",
                     "end of month", "end of January", "the 31st", "end of week",
                     "end of next week", "29 February"):  # fmt: skip
            day(said, on)


@pytest.mark.parametrize(
    ("said", "starts", "ends", "zone"),
    [
        ("2:00 PM - 2:45 PM (Asia/Kolkata)", time(14), time(14, 45), "Asia/Kolkata"),
        ("14:00 - 14:45 CET", time(14), time(14, 45), "CET"),
        ("2-3 PM", time(14), time(15), ""),
        ("11-1pm", time(11), time(13), ""),
        ("at 9.30am", time(9, 30), None, ""),
        ("12 AM", time(0), None, ""),
    ],
)
def test_times_are_read_as_written(said, starts, ends, zone):
    found = find_times(said)
    assert (found.starts, found.ends, found.zone) == (starts, ends, zone)


@pytest.mark.parametrize("said", ["room 14", "99:99", "13 PM", "8 points", "25:00"])
def test_a_number_is_no_time(said):
    assert find_times(said) is None


def test_a_zone_is_never_guessed():
    assert iana_zone("IST", day=WEDNESDAY, own="Asia/Kolkata") == "Asia/Kolkata"
    assert iana_zone("IST", day=WEDNESDAY, own="Europe/Paris") is None
    assert iana_zone("Nowhere/Land", day=WEDNESDAY, own="UTC") is None
    assert iana_zone("", day=None, own="Europe/Paris") == "Europe/Paris"


@pytest.fixture
def reader():
    return TaskReader(People(["Asha Rao", "Ben Ortiz", "Chen Li"]), DayReader(WEDNESDAY))


@pytest.mark.parametrize(
    ("line", "task", "owner", "due"),
    [
        ("Ben to send the report by Friday", "Send the report", "Ben Ortiz", date(2026, 3, 6)),
        ("Send report - Ben - 3/12", "Send report", "Ben Ortiz", date(2026, 3, 12)),
        ("Send report (Ben, by Friday)", "Send report", "Ben Ortiz", date(2026, 3, 6)),
        ("[Ben] Send report", "Send report", "Ben Ortiz", None),
        ("By Friday, Ben will send it", "Send it", "Ben Ortiz", date(2026, 3, 6)),
        ("Ben and Chen to align", "Align", "Ben Ortiz, Chen Li", None),
        ("Legal to review the DPA", "Review the DPA", "Legal", None),
        ("Return Signed DPA to legal", "Return Signed DPA to legal", None, None),
        ("Book flights to Delhi", "Book flights to Delhi", None, None),
        ("Share assets (logo, colors)", "Share assets (logo, colors)", None, None),
        ("Review the plan for Friday", "Review the plan for Friday", None, None),
        ("Ben should send it by next Friday", "Send it by next Friday", "Ben Ortiz", None),
        ("Update (Owner: Ben; Due: March 12)", "Update", "Ben Ortiz", date(2026, 3, 12)),
    ],
)
def test_a_line_is_read_into_who_does_what_by_when(reader, line, task, owner, due):
    item = reader.read(line)
    assert (item.task, item.assignee, item.due, item.quote) == (task, owner, due, line)
