"""A canvas that cannot be run is refused in a sentence that names the node, whoever stored it."""

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows.draft import draft_of, edited
from bot.workflows.graph import plan_of
from cards.chain import workflow_chain
from storage.errors import RefusedError
from storage.models import TriggerName
from tests.fakes.canvases import EMPTY, TITLES, drawn, node, note

START = node("t", label="By hand")
MAIL = node("a", "save_data", label="Mail")
SAVE = node("b", "api_call", label="Save")
CHAIN = [("t", "a"), ("a", "b")]


@pytest.mark.parametrize(
    "nodes, arrows, sentence",
    [
        ([START, MAIL, SAVE], [*CHAIN, ("b", "a")], "circle at Mail (a)"),
        (
            [START, node("after", "api_call", label="After"), MAIL, SAVE],
            [*CHAIN, ("b", "a"), ("b", "after")],
            "circle at Mail (a)",  # not at After, which only follows it
        ),
        ([START, MAIL, SAVE], [("t", "a")], "Nothing leads to Save (b)"),
        ([START, MAIL], [], "Nothing leads to Mail (a)"),
        ([START, node("t2", label="Webhook"), MAIL], [("t", "a"), ("t2", "a")], "Webhook (t2) is"),
        ([START, MAIL], [("t", "a"), ("a", "ghost")], "arrow to ghost, which is not there"),
        ([START, MAIL, SAVE], [*CHAIN, ("b", "t")], "from Save (b) to By hand (t), where"),
        ([START, MAIL], [("t", "a"), ("a", "a")], "from Mail (a) to itself"),
        ([START, MAIL, SAVE], [*CHAIN, ("a", "b")], "Two arrows lead from Mail (a) to Save (b)"),
        ([START, MAIL, MAIL], [("t", "a")], "Mail (a) has an id that another node has"),
        ([START, {**MAIL, "id": None}], [], "Mail (Node 2) of the canvas has no id"),
        ([START, {"id": "a", "type": "action"}], [("t", "a")], "a does not say which action"),
        ([START, {**MAIL, "data": 7}], [("t", "a")], "a does not say which action"),
        (
            [START, node("a", "save_data", label="Mail", config=[1])],
            [("t", "a")],
            "The settings of Mail (a) can't be read",
        ),
        (
            [START, MAIL, note("why")],
            [("t", "a"), ("a", "why")],
            "why has an arrow, but is no step",
        ),
        ([START, note("why"), MAIL], [("t", "why"), ("why", "a")], "why has an arrow"),
    ],
)
def test_what_cannot_be_run_is_named(nodes, arrows, sentence):
    workflow = drawn(nodes, arrows)
    with pytest.raises(RefusedError, match=re.escape(sentence)):
        plan_of(workflow)
    with pytest.raises(RefusedError, match=re.escape(sentence)):
        draft_of(workflow)


@pytest.mark.parametrize(
    "stored, sentence",
    [
        ("a text", "can't be read"),
        ([1], "can't be read"),
        ({"nodes": {"a": 1}}, "nodes of the canvas are not a list"),
        ({"nodes": [None]}, "Node 1 of the canvas can't be read"),
        ({"nodes": [START, MAIL], "edges": "none"}, "edges of the canvas are not a list"),
        ({"nodes": [START, MAIL], "edges": [7]}, "Arrow 1 of the canvas does not say where"),
        ({"nodes": [START, MAIL], "edges": [{"source": "t"}]}, "Arrow 1"),
        ({"nodes": [START], "edges": [{"source": "t", "target": True}]}, "Arrow 1"),
    ],
)
def test_what_is_no_canvas_is_refused_in_words(stored, sentence):
    with pytest.raises(RefusedError, match=sentence):
        plan_of(replace(EMPTY, canvas=stored))


@pytest.mark.parametrize("stored", [None, {}, {"nodes": None}, {"nodes": [], "edges": []}])
def test_without_nodes_the_actions_run_in_order(stored):
    workflow = replace(EMPTY, canvas=stored, actions=("api_call", "save_data"))
    assert [(step.id, step.after) for step in plan_of(workflow)] == [
        ("api_call", ()),
        ("save_data", ("api_call",)),
    ]


def test_ids_may_be_numbers_and_a_note_without_arrows_is_in_nobodys_way():
    nodes = [node(1), node(2, "save_data"), node(3.0, "api_call"), note("why")]
    nodes[2]["id"] = 3.0
    workflow = drawn(nodes, [(1, "2"), (2, 3)])
    assert [(step.id, step.after) for step in plan_of(workflow)] == [
        ("save_data", ()),
        ("api_call", ("save_data",)),
    ]


def test_notes_may_point_at_each_other():
    nodes = [START, MAIL, note("one"), note("two")]
    assert len(plan_of(drawn(nodes, [("t", "a"), ("one", "two"), ("one", "two")]))) == 1


def test_whatever_names_an_action_is_a_step_and_never_passed_over_in_silence():
    odd = {**MAIL, "type": "mailNode"}
    assert [step.action for step in plan_of(drawn([START, odd], [("t", "a")]))] == ["save_data"]
    with pytest.raises(RefusedError, match="Nothing leads to Mail"):
        plan_of(drawn([START, odd, SAVE], [("t", "b")]))


@pytest.mark.parametrize("action_configs", [{"save_data": 7}, {"save_data": ["x"]}])
def test_settings_that_are_none_are_refused_by_name(action_configs):
    workflow = replace(EMPTY, actions=("save_data",), action_configs=action_configs)
    with pytest.raises(RefusedError, match="settings of save_data can't be read"):
        plan_of(workflow)


def test_ten_thousand_nodes_or_arrows_or_actions_are_refused_at_once():
    many = [node(f"n{number}", "save_data") for number in range(10_000)]
    chained = [(f"n{number}", f"n{number + 1}") for number in range(9_999)]
    long = replace(EMPTY, actions=("save_data",) * 10_000)
    for workflow, sentence in (
        (drawn(many, chained), "10,000 nodes; 200 is the most"),
        (drawn(many[:200], chained[:1] * 10_000), "10,000 edges; 2,000 is the most"),
        (long, "10,000 steps; 200 is the most"),
    ):
        started = time.thread_time()
        with pytest.raises(RefusedError, match=sentence):
            plan_of(workflow)
        workflow_chain(workflow)
        assert time.thread_time() - started < 2  # what grows with the square takes minutes


def test_the_largest_canvas_is_read_in_no_time():
    many = [node(f"n{number}", "save_data") for number in range(200)]
    arrows = [
        (f"n{a}", f"n{b}") for a in range(180, 0, -1) for b in range(a - 1, a - 12, -1) if b > 0
    ]
    started = time.thread_time()
    assert len(plan_of(drawn(many, arrows))) == 200
    assert time.thread_time() - started < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.sampled_from("abt"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "data", "actionType", "config", "source", "target", "label", "x"]
            ),
            inner | st.sampled_from(["trigger", "action", "save_data"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.fixed_dictionaries({"nodes": JSON | st.lists(JSON), "edges": JSON | st.lists(JSON)}))
def test_whatever_is_stored_is_a_plan_or_a_sentence(stored):
    workflow = replace(EMPTY, canvas=stored)
    workflow_chain(workflow)
    try:
        draft = draft_of(workflow)
    except RefusedError:
        return
    changed = edited(workflow, replace(draft, trigger=TriggerName.TRANSCRIPT), TITLES)
    assert [step.action for step in plan_of(changed)] == list(draft.actions)
