"""What people are promised of the step that books events: once, at the time they saw."""

import pytest

from bot.actions.create_calendar import Config, audience, create_calendar, propose
from storage.errors import GraphError, RefusedError
from tests.fakes.contexts import context_for

NEXT = {"dateTime": "2026-03-11T14:00:00", "timeZone": "Asia/Kolkata"}


async def test_the_next_meeting_of_the_notes_is_proposed(fake, given):
    seen = await propose({}, await given("create_calendar"))
    assert seen["title"] == "Follow-up Meeting"
    assert (seen["start"], seen["end"]) == ("2026-03-11 14:00", "2026-03-11 14:45")
    assert seen["zone"] == "Asia/Kolkata"
    assert seen["attendees"] == [
        "asha.rao@contoso.example",
        "ben.ortiz@contoso.example",
        "chen.li@acme.example",
    ]
    assert fake.exchanges == []


async def test_it_is_booked_once_in_local_time_beside_its_zone(fake, go):
    result = await go(create_calendar, {})
    (sent,) = fake.calls("POST", "/me/events")
    assert sent["body"]["start"] == NEXT
    assert sent["body"]["end"] == {**NEXT, "dateTime": "2026-03-11T14:45:00"}
    assert len(sent["body"]["attendees"]) == 3
    assert sent["body"]["transactionId"] == "65f0c0ffee0000000000beef:create_calendar"
    assert result.join_link == "https://teams.example/j"
    await go(create_calendar, {})
    assert len(fake.events) == 1


async def test_the_zone_of_the_notes_is_not_the_runners(given):
    context = await given("create_calendar", inputs={"timeZone": "Europe/London"})
    seen = await propose({}, context)
    assert (seen["start"], seen["zone"]) == ("2026-03-11 14:00", "Asia/Kolkata")
    asked = await propose({"zone": "Europe/London"}, context)
    assert (asked["start"], asked["end"]) == ("2026-03-11 08:30", "2026-03-11 09:15")


async def test_a_time_that_was_typed_is_the_runners_own(fake, go):
    typed = {"start": "2026-03-29 09:00"}
    await go(create_calendar, typed, inputs={"timeZone": "Europe/London"})
    body = fake.exchanges[0]["body"]
    assert body["start"] == {"dateTime": "2026-03-29T09:00:00", "timeZone": "Europe/London"}
    assert body["end"]["dateTime"] == "2026-03-29T09:45:00"


async def test_an_hour_is_usual_where_the_notes_do_not_say_how_long(given):
    notes = "Attendees:\n- Ana Gray - a@b.example\nNext Meeting: March 11, 2026 at 2:00 PM"
    seen = await propose({}, await given("create_calendar", notes=notes))
    assert (seen["start"], seen["end"]) == ("2026-03-11 14:00", "2026-03-11 15:00")


@pytest.mark.parametrize("missing", ["title", "start", "end"])
async def test_nothing_is_booked_without_title_start_and_end(fake, go, missing):
    with pytest.raises(RefusedError) as refused:
        await go(create_calendar, {}, {missing: " "})
    assert str(refused.value) == "Calendar title, start, and end times are required"
    assert fake.exchanges == []


async def test_without_minutes_nothing_is_made_up(given):
    seen = await propose({}, await given("create_calendar", notes=None))
    assert (seen["title"], seen["start"], seen["end"], seen["attendees"]) == ("", "", "", [])


@pytest.mark.parametrize(
    "start, end, booked",
    [
        ("2026-03-11T14:00", "2026-03-11T15:30:00", "2026-03-11T15:30:00"),
        ("2026-03-11 14:00", "15:30", "2026-03-11T15:30:00"),
        ("2026-03-11T08:30Z", "2026-03-11T15:00+05:30", "2026-03-11T15:00:00"),
    ],
)
async def test_times_may_be_typed_in_more_than_one_way(fake, go, start, end, booked):
    await go(create_calendar, {}, {"start": start, "end": end})
    body = fake.exchanges[0]["body"]
    assert (body["start"], body["end"]["dateTime"]) == (NEXT, booked)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"start": "next week"}, "can't read the time"),
        ({"start": "2026-03-11"}, "no time of day"),
        ({"end": "2026-03-11 13:00"}, "ends before it starts"),
        ({"end": "2026-03-11 14:00"}, "ends before it starts"),
        ({"end": "25:99"}, "can't read the time"),
        ({"zone": "Mars/Base"}, "don't know the time zone"),
        ({"zone": "../../etc/passwd"}, "don't know the time zone"),
        ({"attendees": ["nobody"]}, "not a mail address"),
    ],
)
async def test_what_cannot_be_read_is_told_and_not_booked(fake, go, changes, said):
    with pytest.raises(RefusedError, match=said):
        await go(create_calendar, {}, changes)
    assert fake.exchanges == []


async def test_a_lost_answer_books_nothing_twice(fake, go):
    fake.fault(504, after=True)
    fake.fault(201, after=True, reply="none")
    await go(create_calendar, {})
    assert len(fake.calls("POST", "/me/events")) == 3
    assert len(fake.events) == 1


async def test_a_missing_permission_is_named(fake, go):
    fake.fault(403)
    with pytest.raises(GraphError) as failed:
        await go(create_calendar, {})
    assert str(failed.value).startswith("Permission denied (403):")
    assert "Calendars.ReadWrite" in str(failed.value)
    assert failed.value.scope == "Calendars.ReadWrite"


async def test_only_those_named_for_the_next_meeting_are_invited(given):
    context = await given("create_calendar")
    minutes = context.outputs["generate_mom"]["minutes"]
    minutes["nextMeeting"]["attendees"] = ["Ben Ortiz", "Dana Fox"]
    minutes["nextMeeting"]["title"] = "Go-live check"
    minutes["nextMeeting"]["agenda"] = ["DPA", "Load test"]
    seen = await propose({}, context)
    assert seen["attendees"] == ["ben.ortiz@contoso.example", "Dana Fox <>"]
    assert (seen["title"], seen["body"]) == ("Go-live check", "- DPA\n- Load test")
    assert audience(seen) == ["ben.ortiz@contoso.example"]


async def test_it_says_so_where_there_is_no_calendar():
    with pytest.raises(RefusedError, match="Ask your admin"):
        await create_calendar.run(create_calendar.example, context_for("create_calendar"))
    assert isinstance(create_calendar.example, Config)


async def test_a_title_can_not_smuggle_a_header(fake, go):
    await go(create_calendar, {"title": "Go\r\nBcc: x@evil.example\x00"})
    assert fake.exchanges[0]["body"]["subject"] == "Go Bcc: x@evil.example"


def test_whom_it_would_invite_counts_what_cannot_be_read_too():
    assert audience({"attendees": ["a@b.example", "nobody"]}) == ["a@b.example", "nobody"]
