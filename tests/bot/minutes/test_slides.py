"""How a deck is laid out: everything fits, in order, on no more slides than allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.minutes.measure import parts_of, shorten, width_of
from bot.minutes.slides import (
    COMFORTABLE_LINES,
    DENSE_LINES,
    Line,
    Row,
    Section,
    digest,
    paginate,
    weigh,
)

TEXT = st.text(alphabet="ab cd\u8fdb WM", min_size=1, max_size=600)
LISTS = st.builds(
    lambda title, texts: Section(title, tuple(Line(text) for text in texts)),
    st.sampled_from(["Agenda", "Discussion", "Pros and cons"]),
    st.lists(TEXT, max_size=40),
)
HEADER = ("Action item", "Owner", "Due date")
TABLES = st.builds(
    lambda texts: Section("Actions", tuple(Row((text, "Ben", "TBD")) for text in texts), HEADER),
    st.lists(TEXT, max_size=40),
)


def _lines(title, count, text="One point"):
    return Section(title, tuple(Line(f"{text} {n}") for n in range(count)))


def _table(count):
    rows = tuple(Row((f"Task {n}", "Ben", "TBD")) for n in range(count))
    return Section("Action items", rows, HEADER)


def _texts(pages):
    return [
        unit.text if isinstance(unit, Line) else unit.cells[0]
        for page in pages
        for unit in page.units
    ]


@given(st.lists(LISTS | TABLES, max_size=12), st.integers(0, 49))
def test_no_page_overflows_and_no_deck_is_longer_than_asked(sections, room):
    pages = paginate(sections, room)
    assert len(pages) <= room
    assert bool(pages) == (room > 0 and any(section.units for section in sections))
    for page in pages:
        assert page.units
        used = sum(weigh(unit, dense=page.dense) for unit in page.units) + bool(page.header)
        assert used <= (DENSE_LINES if page.dense else COMFORTABLE_LINES) or len(page.units) == 1
        assert all(isinstance(unit, Row) == bool(page.header) for unit in page.units)


def test_where_there_is_room_each_part_has_its_slide_and_all_is_said():
    pages = paginate([_lines("Agenda", 3), _table(3), _lines("Next steps", 2)], 9)
    assert [page.title for page in pages] == ["Agenda", "Action items", "Next steps"]
    assert len(_texts(pages)) == 8
    assert not any(page.dense for page in pages)


def test_a_long_part_goes_on_over_numbered_pages():
    pages = paginate([_table(40)], 49)
    assert [page.title for page in pages][:2] == ["Action items", "Action items (2)"]
    assert _texts(pages) == [f"Task {n}" for n in range(40)]
    assert all(page.header for page in pages)


def test_fewer_pages_set_it_smaller_before_anything_is_left_out():
    pages = paginate([_lines("Discussion", 30)], 2)
    assert all(page.dense for page in pages)
    assert len(_texts(pages)) == 30


def test_what_is_left_out_is_counted():
    (page,) = paginate([_lines("Discussion", 30)], 1)
    shown = len(page.units) - 1
    assert _texts([page])[-1] == f"… and {30 - shown} more in the minutes"
    (page,) = paginate([_table(30)], 1)
    assert page.units[-1].cells == (f"… and {31 - len(page.units)} more in the minutes", "", "")


def test_neighbours_share_a_page_under_their_own_headings_and_the_table_stays_one():
    sections = [_lines("Agenda", 2), _lines("Overview", 1), _lines("Decisions", 1), _table(3)]
    pages = paginate(sections, 3)
    assert [page.title for page in pages] == ["Agenda", "Overview and decisions", "Action items"]
    assert pages[1].units[0] == Line("Overview", heading=True)
    assert [page.title for page in paginate(sections, 2)] == ["Agenda and more", "Action items"]


def test_on_one_page_every_part_still_has_its_say():
    sections = [_lines("Agenda", 90), _lines("Decisions", 2), _table(40)]
    (page,) = paginate(sections, 1)
    texts = _texts([page])
    assert {"Agenda", "Decisions", "Action items", "One point 1"} <= set(texts)
    assert "Task 0 · Ben · TBD" in texts


def test_a_heading_is_never_the_last_line_of_a_page():
    units = [unit for n in range(40) for unit in (Line(f"Who {n}", heading=True), Line("Said"))]
    for room in (20, 6, 4, 3):
        for page in paginate([Section("Discussion", tuple(units))], room)[:-1]:
            assert not page.units[-1].heading


def test_a_deck_of_one_slide_names_what_there_is():
    said = digest([_lines("Agenda", 2), _table(9)], 4)
    assert said[0] == "Agenda: One point 0"
    assert said[2] == "Action items: Task 0 · Ben · TBD"
    assert said[3] == "… and 8 more in the minutes"
    assert digest([_lines("Agenda", 2)], 4) == ["Agenda: One point 0", "Agenda: One point 1"]


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]) | st.just(" "), max_size=400),
    st.integers(4, 80),
)
def test_a_long_text_is_broken_without_losing_a_letter(text, width):
    parts = parts_of(text, width)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    assert width_of(shorten(text, width)) <= width + 2


@pytest.mark.parametrize("text, width", [("abc", 3), ("ＡＢ", 4), ("进度", 4), ("e\u0301", 1)])
def test_wide_letters_take_more_room(text, width):
    assert width_of(text) == width
