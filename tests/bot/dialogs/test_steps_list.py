"""The builder's list of steps: whatever is pressed, it stays a list that can be run."""

import copy
import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.steps_list import add, change

ACTIONS = st.sampled_from(["generate_mom", "create_ppt", "save_data"])
ADDS = st.tuples(st.just("add"), ACTIONS, st.booleans())
CHANGES = st.tuples(
    st.sampled_from(["remove", "up", "down", "beside", "explode"]), st.integers(-3, 12)
)
PRESSES = st.lists(st.one_of(ADDS, CHANGES), max_size=25)


def pressed(steps, press):
    if press[0] == "add":
        return add(steps, press[1], beside=press[2])
    return change(steps, *press)


def built(presses):
    steps = []
    for press in presses:
        steps = pressed(steps, press)
    return steps


def numbered(presses):
    """A list whose steps can be told apart, by their settings."""
    return [{**step, "config": {"n": number}} for number, step in enumerate(built(presses))]


def of(steps):
    return Counter(step["config"]["n"] for step in steps)


@given(PRESSES)
def test_the_first_step_never_stands_beside_another_and_all_is_json(presses):
    steps = built(presses)
    assert not steps or steps[0]["beside"] is False
    assert json.loads(json.dumps(steps)) == steps


@given(PRESSES, CHANGES)
def test_moving_loses_and_invents_no_step(presses, press):
    steps = numbered(presses)
    before, after = (
        Counter(step["config"]["n"] for step in s) for s in (steps, change(steps, *press))
    )
    gone = 1 if press[0] == "remove" and 0 <= press[1] < len(steps) else 0
    assert sum((before - after).values()) == gone
    assert not after - before


@given(PRESSES, st.sampled_from(["up", "down"]), st.integers(-3, 12))
def test_moving_leaves_which_places_run_together(presses, way, place):
    steps = numbered(presses)
    moved = change(steps, way, place)
    assert [step["beside"] for step in moved] == [step["beside"] for step in steps]


@given(PRESSES, st.integers(0, 12))
def test_down_then_up_is_as_it_was(presses, place):
    steps = numbered(presses)
    if place + 1 < len(steps):
        assert change(change(steps, "down", place), "up", place + 1) == steps


@given(PRESSES, st.integers(0, 12))
def test_beside_twice_is_as_it_was(presses, place):
    steps = numbered(presses)
    assert change(change(steps, "beside", place), "beside", place) == steps


TWO = [
    {"action": "save_data", "config": {"value": "first"}, "beside": False, "node": "a"},
    {"action": "save_data", "config": {"value": "second"}, "beside": False, "node": "b"},
    {
        "action": "create_ppt",
        "config": {"text": ["{{ steps.save_data.value }}, {{steps.save_data#2.value}}"]},
        "beside": False,
    },
]


def test_texts_go_on_reading_the_step_they_read_when_steps_change_places():
    moved = change(TWO, "down", 0)
    assert [step["node"] for step in moved[:2]] == ["b", "a"]
    assert moved[2]["config"] == {
        "text": ["{{ steps.save_data#2.value }}, {{steps.save_data.value}}"]
    }
    assert change(moved, "up", 1) == TWO


def test_a_step_that_is_gone_is_never_taken_for_another_of_its_kind():
    left = change(TWO, "remove", 0)
    assert left[1]["config"] == {
        "text": ["{{ steps.save_data-removed.value }}, {{steps.save_data.value}}"]
    }
    assert change(TWO, "remove", 1)[1]["config"] == TWO[2]["config"]  # refused by name at save


@given(PRESSES, st.one_of(ADDS, CHANGES))
def test_the_list_that_was_given_is_not_touched(presses, press):
    steps = numbered(presses)
    before = copy.deepcopy(steps)
    pressed(steps, press)
    assert steps == before
