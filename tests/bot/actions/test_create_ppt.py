"""What people are promised of the step that makes slides: a real deck, never an empty one."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime

import pytest
from pptx import Presentation

from bot.actions.create_ppt import Config, Place, create_ppt, scopes_for, shelf_of
from bot.minutes.record import to_json
from bot.workflows.action import Shelf
from cards.fields import form_fields
from storage.errors import RefusedError
from storage.minutes import ActionItem, Attendee, Decision, Minutes, NextMeeting
from storage.models import Conversation, ConversationKind
from tests.fakes.contexts import FolderDrive, context_for

MINUTES = Minutes(
    title="Acme Rollout Weekly",
    day=date(2026, 3, 4),
    starts_at=datetime.fromisoformat("2026-03-04T14:00"),
    ends_at=datetime.fromisoformat("2026-03-04T14:45"),
    zone="Asia/Kolkata",
    location="Virtual (Teams)",
    attendees=(Attendee("Asha Rao"), Attendee("Ben Ortiz"), Attendee("Chen Li")),
    agenda=("Migration", "Scope"),
    overview="Data migration is 80 percent done.",
    discussion={"Asha": ("We should freeze scope.",), "Chen": ("Legal needs the DPA.",)},
    decisions=(Decision("Scope frozen for release 1", "Asha"),),
    action_items=(
        ActionItem("Send reconciliation report", "Ben Ortiz", date(2026, 3, 6)),
        ActionItem("Return signed DPA", "Chen Li", date(2026, 3, 12)),
        ActionItem("Book load test environment"),
    ),
    next_meeting=NextMeeting(
        starts_at=datetime.fromisoformat("2026-03-11T14:00"),
        day=date(2026, 3, 11),
        zone="Asia/Kolkata",
    ),
)
LONG = replace(
    MINUTES,
    discussion={f"Speaker {n}": ("It was said at some length. " * 6,) * 8 for n in range(9)},
    action_items=tuple(ActionItem(f"Task {n} " + "and more " * (n % 30)) for n in range(70)),
)


async def _deck(minutes=MINUTES, *, inputs=None, **settings):
    """Run the step; give its result, the file and the deck opened again."""
    drive = FolderDrive()
    outputs = {} if minutes is None else {"generate_mom": {"minutes": to_json(minutes)}}
    context = context_for("create_ppt", drive=drive, outputs=outputs, inputs=inputs or {})
    result = await create_ppt.run(Config(**settings), context)
    ((owner, name, content),) = drive.files.values()
    assert (owner, name) == (context.owner.id, result.name)
    return result, content, Presentation(io.BytesIO(content))


def _tables(deck):
    return [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]


def _words(deck):
    texts = [
        shape.text_frame.text
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_text_frame
    ]
    cells = [cell.text for table in _tables(deck) for row in table.rows for cell in row.cells]
    return "\n".join([*texts, *cells])


async def test_the_deck_tells_the_meeting():
    result, _content, deck = await _deck(template="meeting", maxSlides=6)
    assert 1 <= len(deck.slides) <= 6
    assert result.slides == len(deck.slides)
    assert deck.slides[0].shapes.title.text == "Acme Rollout Weekly"
    (table,) = _tables(deck)
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Action item", "Owner", "Due date"],
        ["Send reconciliation report", "Ben Ortiz", "03/06 & Friday"],
        ["Return signed DPA", "Chen Li", "03/12 & Thursday"],
        ["Book load test environment", "Unassigned", "TBD"],
    ]
    words = _words(deck)
    for told in ("Scope frozen for release 1 (Asha)", "Migration", "80 percent", "2026-03-11"):
        assert told in words


@pytest.mark.parametrize("most", range(1, 51))
async def test_it_has_at_most_as_many_slides_as_asked_for(most):
    result, _content, deck = await _deck(LONG, maxSlides=most)
    assert 1 <= len(deck.slides) <= most
    assert result.slides == len(deck.slides)
    assert all(slide.shapes.title.text for slide in deck.slides)
    assert "Task 0" in _words(deck) or most < 3


async def test_nothing_lies_outside_its_slide():
    for most in (1, 3, 12, 50):
        _result, _content, deck = await _deck(LONG, maxSlides=most)
        for slide in deck.slides:
            for shape in slide.shapes:
                assert shape.left >= 0
                assert shape.top >= 0
                assert shape.left + shape.width <= deck.slide_width
                assert shape.top + shape.height <= deck.slide_height


@pytest.mark.parametrize("template", ["default", "executive", "technical", "meeting"])
async def test_each_template_opens_and_looks_its_own(template):
    _result, content, deck = await _deck(template=template)
    assert deck.slides[0].shapes.title.text == "Acme Rollout Weekly"
    others = [await _deck(template=other) for other in ("default", "meeting") if other != template]
    assert all(content != other for _result, other, _deck_of_it in others)


async def test_the_executive_deck_begins_with_what_came_out():
    _result, _content, deck = await _deck(template="executive")
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert titles[1:4] == ["Overview", "Decisions", "Action items"]


async def test_the_same_input_gives_the_same_file_in_the_same_place():
    drive = FolderDrive()
    outputs = {"generate_mom": {"minutes": to_json(MINUTES)}}
    context = context_for("create_ppt", drive=drive, outputs=outputs)
    first = await create_ppt.run(create_ppt.example, context)
    once = dict(drive.files)
    assert await create_ppt.run(create_ppt.example, context) == first
    assert drive.files == once


async def test_the_title_can_be_another():
    result, _content, deck = await _deck(title="Client update")
    assert deck.slides[0].shapes.title.text == "Client update"
    assert re.fullmatch(r"Client update R-[0-9A-F]{4,}\.pptx", result.name)


async def test_without_minutes_the_notes_are_shown():
    notes = "Kick-off\n# Scope\n- Release 1\n- Release 2\nRisks:\n1. Legal\n**bold** end"
    _result, _content, deck = await _deck(None, inputs={"notes": notes})
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert titles == ["Weekly minutes", "Notes", "Scope", "Risks"]
    assert "Release 1\nRelease 2" in _words(deck)


@pytest.mark.parametrize(
    "minutes, inputs",
    [
        (None, {}),
        (None, {"notes": "  \n\n \x00\x01"}),
        (None, {"notes": "# Only a heading"}),
        (None, {"notes": 7}),
        (Minutes(title="Nothing was said"), {}),
    ],
)
async def test_an_empty_deck_is_refused_with_a_way_on(minutes, inputs):
    with pytest.raises(RefusedError, match="nothing to put on slides") as refused:
        await _deck(minutes, inputs=inputs)
    assert "Generate minutes" in str(refused.value)


async def test_without_actions_the_table_says_so():
    _result, _content, deck = await _deck(replace(MINUTES, action_items=()))
    (table,) = _tables(deck)
    assert table.rows[1].cells[0].text == "No action items identified."


async def test_every_naughty_string_leaves_a_deck_that_opens(suite):
    texts = json.loads((suite("blns") / "blns.json").read_text("utf-8"))
    texts += ["\ufffe", "\uffff", "a\0b", "\x0b\x0c\x1f", "\ud800", "_x0041_", "x" * 9000]
    minutes = replace(
        MINUTES,
        agenda=tuple(texts),
        discussion=dict.fromkeys(texts[:40], tuple(texts[:9])),
        action_items=tuple(ActionItem(text, text) for text in texts),
    )
    _result, _content, deck = await _deck(minutes, maxSlides=50, title=texts[40])
    assert len(deck.slides) == 50
    for text in texts[::25]:
        _result, _content, deck = await _deck(replace(MINUTES, title=text))
        assert deck.slides[0].shapes.title.text


async def test_the_file_points_nowhere_and_carries_nothing_live():
    hostile = "=cmd|' /C calc'!A0 https://evil.example/x.png <a href='https://evil.example'>"
    _result, content, _deck_of_it = await _deck(
        replace(MINUTES, agenda=(hostile,), title=hostile), title=hostile
    )
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        for name in opened.namelist():
            part = opened.read(name)
            assert b'TargetMode="External"' not in part, name
            assert b"hlinkClick" not in part, name
            assert name.endswith((".xml", ".rels")), name


async def test_a_very_long_text_costs_little():
    notes = "\n".join(f"Heading {n}:\n{'word ' * 40}" for n in range(20_000))
    _result, _content, deck = await _deck(None, inputs={"notes": notes}, maxSlides=50)
    assert len(deck.slides) == 50


async def test_without_a_place_for_files_it_says_so():
    with pytest.raises(RefusedError, match="no place to keep files"):
        await create_ppt.run(create_ppt.example, context_for("create_ppt"))


def place_of(kind):
    return Conversation("c", kind, "tenant", "https://smba.example", "28:b")


@pytest.mark.parametrize(
    "kind, shelf",
    [
        (ConversationKind.CHANNEL, Shelf.CHANNEL),
        (ConversationKind.PERSONAL, Shelf.CHAT),
        (ConversationKind.GROUP, Shelf.ONE_DRIVE),
    ],
)
async def test_left_to_itself_the_deck_goes_where_it_is_run(kind, shelf):
    drive, at = FolderDrive(), place_of(kind)
    outputs = {"generate_mom": {"minutes": to_json(MINUTES)}}
    context = context_for("create_ppt", drive=drive, outputs=outputs, conversation=at)
    result = await create_ppt.run(Config(), context)
    assert drive.places == [(shelf, at)]
    offered = shelf is Shelf.CHAT
    assert bool(result.url) is not offered
    assert ("Accept" in result.note) is offered
    assert shelf_of(Place.AUTOMATIC, None) is Shelf.ONE_DRIVE


@pytest.mark.parametrize("kind", ConversationKind)
def test_a_place_that_was_chosen_is_the_place(kind):
    at = place_of(kind)
    assert shelf_of(Place.ONE_DRIVE, at) is Shelf.ONE_DRIVE
    assert shelf_of(Place.CHANNEL, at) is Shelf.CHANNEL
    assert shelf_of(Place.CHAT, at) is Shelf.CHAT


def test_each_place_asks_for_no_more_than_it_needs():
    assert scopes_for({"place": "chat"}) == ()
    assert scopes_for({"place": "onedrive"}) == ("Files.ReadWrite",)
    assert set(scopes_for({"place": "channel"})) == {"Files.Read.All", "Files.ReadWrite"}
    assert scopes_for({}) == scopes_for({"place": "channel"}) == create_ppt.scopes


def test_the_form_names_the_places_in_words():
    (field,) = [one for one in form_fields(Config) if one.name == "place"]
    assert field.choices == ("automatic", "onedrive", "channel", "chat")
    assert field.titles[1:3] == ("My OneDrive", "The channel's files")
