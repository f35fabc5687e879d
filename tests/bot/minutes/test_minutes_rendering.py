"""Minutes as text: the product's headings in order, and nobody's text becomes markup."""

import json
import re
from datetime import date
from pathlib import Path

from bot.minutes.make import make_minutes
from bot.minutes.record import from_json, to_json
from bot.minutes.render import action_row, to_html, to_markdown, to_text
from storage.minutes import ActionItem, Attendee, Decision, Minutes

FX1 = make_minutes(
    (Path(__file__).parents[2] / "data" / "fx1.txt").read_text(), today=date(2026, 3, 4)
)
HEADINGS = [
    "# Meeting Minutes", "## Overview", "## Discussion Items", "## Action Items",
    "## Date and Time", "## Location", "## Meeting Title", "## Attendees", "## Materials Used",
    "## Agenda", "## Decisions", "## Detailed Minutes", "### Project Progress Report",
    "### Confirmation of Issues/To Do Status", "### Other Contact Items", "## Next Meeting",
]  # fmt: skip
EVIL = "**Ben** [x](http://evil.example) <img src=x> | # a\n| b"


def headings(markdown):
    return [line for line in markdown.splitlines() if line.startswith("#")]


def test_the_headings_are_those_of_the_product_in_its_order():
    assert headings(to_markdown(FX1)) == HEADINGS
    assert headings(to_markdown(Minutes(title="TBD"))) == HEADINGS


def test_the_markdown_of_story_s1_holds_its_rows():
    markdown = to_markdown(FX1)
    for row in (
        "| Action Item | Assignee Name | Due Date |",
        "| Send reconciliation report | Ben Ortiz | 03/06 & Friday |",
        "| Book load test environment | Unassigned | TBD |",
        "**Asha Rao:**",
        "2026-03-04 14:00-14:45 Asia/Kolkata",
        "- Date and Time: 2026-03-11 14:00 Asia/Kolkata",
    ):
        assert row in markdown.splitlines()


def test_what_is_missing_is_tbd_and_no_actions_are_one_row():
    markdown = to_markdown(Minutes(title="TBD"))
    assert markdown.count("No action items identified.") == 1
    assert markdown.count("TBD") == 15


def test_a_due_day_shows_its_weekday_by_the_calendar():
    assert action_row(ActionItem("Go", None, date(2028, 2, 29))) == (
        "Go", "Unassigned", "02/29 & Tuesday",
    )  # fmt: skip


def hostile():
    return Minutes(
        title=EVIL,
        attendees=(Attendee(EVIL, EVIL),),
        overview=EVIL,
        discussion={EVIL: (EVIL, "# not a heading", "1. not a list", "- nor this", "> nor this")},
        action_items=(ActionItem(EVIL, EVIL),),
        decisions=(Decision(EVIL),),
    )


def test_hostile_text_adds_no_heading_link_tag_or_column():
    markdown = to_markdown(hostile())
    assert headings(markdown) == HEADINGS
    assert "](" not in markdown.replace("\\](", "")
    assert re.search(r"(?<!\\)<[a-z/]", markdown) is None
    row = next(line for line in markdown.splitlines() if line.startswith("| ") and "evil" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 4


def test_html_escapes_everything_and_holds_a_real_table():
    html = to_html(hostile())
    assert "<img" not in html
    assert "&lt;img src=x&gt;" in html
    assert to_html(FX1).count("<tr>") == 4
    assert "|---" not in to_html(FX1)


def test_plain_text_holds_the_rows_without_markup():
    assert "Return signed DPA | Chen Li | 03/12 & Thursday" in to_text(FX1)
    assert "**" not in to_text(FX1)


def test_minutes_survive_json_whole_with_the_products_field_names():
    told = json.loads(json.dumps(to_json(FX1)))
    assert from_json(told) == FX1
    assert told["meetingTitle"] == "Acme Rollout Weekly"
    assert told["actionItems"][0] == {
        "task": "Send reconciliation report",
        "assignee": "Ben Ortiz",
        "dueDate": "2026-03-06",
        "quote": "Ben to send reconciliation report by Friday",
    }
    assert told["nextMeeting"]["startsAt"] == "2026-03-11T14:00:00"
