"""Promises, requests and decisions in plain talk, where nobody wrote a list of them."""

from datetime import date

import pytest

from bot.minutes.make import make_minutes
from bot.minutes.render import action_rows

WEDNESDAY = date(2026, 3, 4)


def minutes_of(talk):
    return make_minutes(f"Product sync\n\n{talk}", today=WEDNESDAY)


def rows(talk):
    return action_rows(minutes_of(talk))


@pytest.mark.parametrize(
    ("talk", "row"),
    [
        ("Ben: I'll call the vendor tomorrow.", ("Call the vendor", "Ben", "03/05 & Thursday")),
        ("Ben: Okay, so I'm going to fix the login.", ("Fix the login", "Ben", "TBD")),
        ("Ben: I can mail finance by Friday.", ("Mail finance", "Ben", "03/06 & Friday")),
        ("Asha: Fine.\nBen: Asha will brief the board by March 12.",
         ("Brief the board", "Asha", "03/12 & Thursday")),
        ("Asha: Can you send the footer to legal today?\nBen: Yep, will do.",
         ("Send the footer to legal", "Ben", "03/04 & Wednesday")),
        ("Asha: Ben, could you write up the outage?\nBen: Sure, I'll write it up tomorrow.",
         ("Write up the outage", "Ben", "03/05 & Thursday")),
        ("Asha: Please check the list.\nBen: Sure, I'll check the whole list by Friday.",
         ("Check the whole list", "Ben", "03/06 & Friday")),
        ("Asha: We need to book the room by Friday.",
         ("Book the room", "Unassigned", "03/06 & Friday")),
        ("We met Acme. Dana will send the contract.", ("Send the contract", "Dana", "TBD")),
    ],
)  # fmt: skip
def test_what_somebody_takes_on_is_an_action(talk, row):
    assert rows(talk) == [row]


@pytest.mark.parametrize(
    "talk",
    [
        "Ben: I'll need two more people.",
        "Ben: I can show it later.",
        "Ben: We should tell finance.",
        "Ben: It will rain.",
        "Asha: Can you send it?\nBen: No, I can't.",
        "Asha: Ben, can you send it?\nChen: Yes.\nBen: Hm.",
        "Asha: Can you send it?",
        "Asha: Who will send it?\nBen: Not me.",
        "We will see about that.",
    ],
)
def test_what_nobody_took_on_is_none(talk):
    assert rows(talk) == [("No action items identified.", "", "")]


@pytest.mark.parametrize(
    ("talk", "text"),
    [
        ("Asha: Let's go with the three tier model.", "Go with the three tier model"),
        ("Asha: No, let's push the webinar to March.", "Push the webinar to March"),
        ("Asha: We agreed with operations, cutover is on Saturday.", "Cutover is on Saturday"),
        ("Everyone agreed that the launch moves to April.", "The launch moves to April"),
    ],
)
def test_what_was_settled_is_a_decision_with_its_words(talk, text):
    (decision,) = minutes_of(talk).decisions
    assert decision.text == text
    assert decision.quote in talk


@pytest.mark.parametrize(
    "talk", ["Asha: Let's keep this short.", "Asha: Let's start.", "Ben: Have we decided to wait?"]
)
def test_small_talk_is_no_decision(talk):
    assert minutes_of(talk).decisions == ()


def test_a_spoken_next_meeting_is_heard():
    talk = "Time: 14:00 - 15:00\n\nBen: All right, same time next Monday. Bye!"
    following = make_minutes(f"Sync - March 4, 2026\n{talk}", today=WEDNESDAY).next_meeting
    assert following.starts_at.isoformat() == "2026-03-09T14:00:00"
    assert minutes_of("Ben: See you all on Tuesday at 10:30.").next_meeting.time_said == "10:30"
    assert minutes_of("Ben: See you soon.").next_meeting is None


def test_talk_copied_from_teams_with_times_beside_the_names_is_read():
    minutes = make_minutes(
        "Ben Ortiz   0:03\nHello everyone.\nAsha Rao   0:10\nI'll send the deck tomorrow.\n"
        "[00:01:02] Ben Ortiz: Great.",
        today=WEDNESDAY,
    )
    assert [one.name for one in minutes.attendees] == ["Ben Ortiz", "Asha Rao"]
    assert action_rows(minutes) == [("Send the deck", "Asha Rao", "03/05 & Thursday")]
    assert minutes.discussion["Ben Ortiz"] == ("Hello everyone.", "Great.")


def test_a_label_that_is_no_name_is_not_taken_for_somebody():
    minutes = minutes_of("Attendees: Asha Rao\n\nBudget: 40 k\nAsha: Fine.\nhttps://x.example: ok")
    assert [one.name for one in minutes.attendees] == ["Asha Rao"]
    assert "Budget" not in minutes.discussion


@pytest.mark.parametrize(
    "people",
    ["Attendees: Asha Rao, Ben Ortiz\n", "Attendees: Asha Rao, Ben Ortiz\n\n",
     "Attendees:\n- Asha Rao\n- Ben Ortiz\n", "Attendees:\n- Asha Rao\n- Ben Ortiz\n\n",
     "Attendees:\nAsha Rao\nBen Ortiz\n\n"],
)  # fmt: skip
def test_talk_that_follows_the_list_of_people_is_not_part_of_it(people):
    minutes = minutes_of(f"{people}Asha: Fine.\nBen: I'll call Dana.")
    assert [one.name for one in minutes.attendees] == ["Asha Rao", "Ben Ortiz"]
    assert list(minutes.discussion) == ["Asha Rao", "Ben Ortiz"]
    assert action_rows(minutes) == [("Call Dana", "Ben Ortiz", "TBD")]


def test_a_goodbye_after_the_action_list_is_no_action():
    assert rows("Action items:\n- Ben to call\n\nThanks, everybody!") == [("Call", "Ben", "TBD")]
