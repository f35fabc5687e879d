"""Acceptance story S1, and the same promises for notes in other layouts."""

from datetime import date, datetime
from pathlib import Path

import pytest

from bot.minutes.make import make_minutes
from bot.minutes.render import action_rows, attendee_text, decision_text
from storage.errors import RefusedError

TODAY = date(2026, 3, 4)
FX1 = (Path(__file__).parents[2] / "data" / "fx1.txt").read_text()


def people_of(text):
    return [one.name for one in minutes_of(text).attendees]


def minutes_of(text, **settings):
    return make_minutes(text, **{"today": TODAY, "zone": "Asia/Kolkata"} | settings)


class TestStoryS1:
    @pytest.fixture(params=["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
    def minutes(self, request):
        # Today and the sender's zone must not matter: the notes say when and where themselves.
        text = FX1.replace("\n", request.param)
        return make_minutes(text, today=date(2031, 7, 1), zone="Europe/London")

    def test_the_title_comes_without_its_date(self, minutes):
        assert minutes.title == "Acme Rollout Weekly"
        assert minutes.day == date(2026, 3, 4)

    def test_attendees_are_exactly_those_in_the_notes_with_roles_and_addresses(self, minutes):
        assert [attendee_text(one) for one in minutes.attendees] == [
            "Asha Rao (Engagement Lead) - asha.rao@contoso.example",
            "Ben Ortiz (Analyst) - ben.ortiz@contoso.example",
            "Chen Li (Client PM) - chen.li@acme.example",
        ]

    def test_three_action_rows_and_the_spoken_promise_is_not_a_fourth(self, minutes):
        assert action_rows(minutes) == [
            ("Send reconciliation report", "Ben Ortiz", "03/06 & Friday"),
            ("Return signed DPA", "Chen Li", "03/12 & Thursday"),
            ("Book load test environment", "Unassigned", "TBD"),
        ]
        assert minutes.action_items[0].quote == "Ben to send reconciliation report by Friday"

    def test_one_decision_with_who_made_it(self, minutes):
        assert list(map(decision_text, minutes.decisions)) == [
            "Scope frozen for release 1 (Asha Rao)"
        ]

    def test_the_meeting_and_the_next_are_in_the_zone_of_the_notes(self, minutes):
        assert minutes.starts_at == datetime.fromisoformat("2026-03-04T14:00")
        assert minutes.ends_at == datetime.fromisoformat("2026-03-04T14:45")
        assert minutes.zone == "Asia/Kolkata"
        assert minutes.location == "Virtual (Teams)"
        assert minutes.next_meeting.starts_at == datetime.fromisoformat("2026-03-11T14:00")
        assert minutes.next_meeting.zone == "Asia/Kolkata"

    def test_the_overview_has_at_most_80_words_of_the_notes(self, minutes):
        assert 0 < len(minutes.overview.split()) <= 80
        assert "Data migration is 80 percent done." in minutes.overview

    def test_the_overview_tells_a_day_as_the_card_does(self, minutes):
        told = "The next meeting is on Wednesday, 11 March 2026 at 14:00."
        assert minutes.overview.endswith(told)

    def test_the_discussion_is_told_by_speaker(self, minutes):
        assert list(minutes.discussion) == ["Asha Rao", "Chen Li", "Ben Ortiz"]
        assert minutes.made_by == "rules"


@pytest.mark.parametrize("nothing", ["", " \n\t\r\n ", "\u200b\u200e\ufeff", "\x00\x00"])
def test_no_notes_are_asked_for_in_the_words_of_the_product(nothing):
    with pytest.raises(RefusedError, match=r"^Meeting notes are required$"):
        minutes_of(nothing)


@pytest.mark.parametrize("said", ["", "Action Items:\nNone", "Action Items:\n- N/A\n- No action."])
def test_notes_without_actions_have_one_row_that_says_so(said):
    assert action_rows(minutes_of(f"Weekly\nAsha: All good.\n{said}")) == [
        ("No action items identified.", "", "")
    ]


def test_a_short_name_that_fits_two_people_stays_as_it_was_said():
    minutes = minutes_of(
        "Attendees: Ben Ortiz, Ben Li\nAction items:\n- Ben to call\n- Ben Li to go"
    )
    assert [item.assignee for item in minutes.action_items] == ["Ben", "Ben Li"]


def test_somebody_who_was_away_is_no_attendee():
    minutes = minutes_of(
        "Present: Asha Rao, Ben Ortiz (absent)\nApologies: Gina Rossi\n\nAll well."
    )
    assert [one.name for one in minutes.attendees] == ["Asha Rao"]


def test_notes_without_a_list_of_people_take_the_speakers():
    minutes = minutes_of("Asha: We should freeze scope.\nBen: I will send the report by Friday.")
    assert [one.name for one in minutes.attendees] == ["Asha", "Ben"]
    assert action_rows(minutes) == [("Send the report", "Ben", "03/06 & Friday")]


MARKDOWN = """# Payments sync
**Date:** 2026-03-04
**Time:** 14:00 - 14:45 CET
**Participants:** Laura Brandt (EM), Tomasz Nowak
## Agenda
* Dashboard
* Audit
## Decisions
* Keep the release train.
## Action items
- [ ] @Tomasz: open a ticket (due 2026-03-12)
- [x] @Laura: publish the rota (due 2026-03-11)
## Next meeting
2026-03-18, 14:00 CET, Room 4
"""
TABLE = """Weekly sync
Attendees: Asha Rao, Ben Ortiz

| # | Task | Owner | Due date |
|:--|------|:-----:|---------|
| 1 | Send \\| pipe report | Ben | Friday |
| 2 | Book venue | TBD | TBD |
"""
GROUPED = """Kickoff
Participants
- Asha Rao
- Ben Ortiz

Action items
Ben:
- send the deck by tomorrow
- call legal
Asha:
- review budget (due 10 March)
"""
MAIL = """Subject: Notes from the client call
Hi all,

ATTENDEES
Asha Rao, Ben Ortiz

TO DO
* Ben -> send contract -> 3/12
* Asha: book room
   - Due: Friday

NEXT CALL
Thursday 12 March 2026, 10:00-11:00 GMT via Teams
"""
TAGGED = """Minutes - Facilities committee
Held on 6 May 2026 at 09:30, Room B12
Present: Hugh Fenwick (chair), Mara Olsen

1. Heating
Two options were quoted.
DECISION: Accept the quote.
ACTION: Mara Olsen to ask for the terms by 9 May 2026.

2. AOB
None.
"""


@pytest.mark.parametrize(
    ("notes", "rows"),
    [
        (MARKDOWN, [("Open a ticket", "Tomasz Nowak", "03/12 & Thursday"),
                    ("Publish the rota", "Laura Brandt", "03/11 & Wednesday")]),
        (TABLE, [("Send | pipe report", "Ben Ortiz", "03/06 & Friday"),
                 ("Book venue", "Unassigned", "TBD")]),
        (GROUPED, [("Send the deck", "Ben Ortiz", "03/05 & Thursday"),
                   ("Call legal", "Ben Ortiz", "TBD"),
                   ("Review budget", "Asha Rao", "03/10 & Tuesday")]),
        (MAIL, [("Send contract", "Ben Ortiz", "03/12 & Thursday"),
                ("Book room", "Asha Rao", "03/06 & Friday")]),
        (TAGGED, [("Ask for the terms", "Mara Olsen", "05/09 & Saturday")]),
    ],
    ids=["markdown", "table", "grouped", "mail", "tagged"],
)  # fmt: skip
def test_actions_are_found_in_any_layout(notes, rows):
    assert action_rows(minutes_of(notes)) == rows


def test_the_parts_of_markdown_notes_are_all_read():
    minutes = minutes_of(MARKDOWN)
    assert (minutes.title, minutes.zone) == ("Payments sync", "CET")
    assert minutes.agenda == ("Dashboard", "Audit")
    assert [one.text for one in minutes.decisions] == ["Keep the release train"]
    assert minutes.next_meeting.location == "Room 4"


def test_numbered_topics_are_the_agenda_and_the_held_on_line_tells_when_and_where():
    minutes = minutes_of(TAGGED)
    assert minutes.title == "Facilities committee"
    assert minutes.starts_at == datetime.fromisoformat("2026-05-06T09:30")
    assert minutes.location == "Room B12"
    assert minutes.agenda == ("Heating", "AOB")


def test_letters_that_name_several_zones_mean_the_senders_own_or_stay_as_written():
    notes = "Sync - March 4, 2026\nTime: 10:00 AM - 11:00 AM IST\n"
    assert minutes_of(notes, zone="Asia/Kolkata").zone == "Asia/Kolkata"
    elsewhere = minutes_of(notes, zone="America/New_York")
    assert (elsewhere.zone, elsewhere.time_said) == (None, "10:00 AM - 11:00 AM IST")


def test_the_next_meeting_has_its_own_place_agenda_and_people():
    minutes = minutes_of(
        "Sync\nAttendees: Asha Rao, Ben Ortiz\nLocation: Room 1\n\nNext Meeting:\n"
        "Date: March 11, 2026\nTime: 2 PM\nLocation: Room 2\nAgenda: Demo\nAttendees: Asha, Dana\n"
    )
    following = minutes.next_meeting
    assert minutes.location == "Room 1"
    assert (following.location, following.agenda) == ("Room 2", ("Demo",))
    assert following.attendees == ("Asha Rao", "Dana")
    assert following.starts_at == datetime.fromisoformat("2026-03-11T14:00")


def test_right_to_left_notes_keep_their_words():
    minutes = minutes_of("פגישה שבועית\nדנה: אשלח את הדוח.\nיוסי: מצוין 👍")
    assert minutes.title == "פגישה שבועית"
    assert minutes.discussion["יוסי"] == ("מצוין 👍",)


@pytest.mark.parametrize(
    "sentence",
    ["Ben: it slips to March 12, 2026", "The launch moves to March 12, 2026 at 2 PM then."],
)
def test_a_day_somebody_talks_about_is_not_the_meetings_day_and_is_kept(sentence):
    minutes = minutes_of(f"Weekly\n\n{sentence}")
    assert minutes.day is None
    assert [sentence.removeprefix("Ben: ")] in [list(said) for said in minutes.discussion.values()]


def test_a_mention_is_a_name_and_a_group_in_the_middle_of_a_line_joins_nobody():
    made = people_of("Attendees: @Asha Rao, Client: Chen Li\n")
    assert made == ["Asha Rao", "Chen Li"]
    assert people_of("Attendees: @ Attendees: Ben\n") == ["Ben"]
