"""A canvas is read as a plan, and a chain is drawn as a canvas."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows.draft import Draft, DraftStep, draft_of
from bot.workflows.graph import plan_of, step_ids
from storage.errors import RefusedError
from storage.models import TriggerName
from tests.fakes.canvases import EMPTY, lay_out

TITLES = {
    "manual": "By hand",
    "transcript": "Transcript",
    "generate_mom": "Generate MOM",
    "send_email": "Send Email",
    "create_calendar": "Calendar Event",
    "save_data": "Save data",
}


def drawn(groups, configs=None):
    canvas = lay_out(TriggerName.MANUAL, groups, configs or {}, TITLES)
    return replace(EMPTY, canvas=canvas, actions=tuple(a for group in groups for a in group))


def node(node_id, **data):
    kind = "trigger" if node_id.startswith("trigger") else "action"
    return {"id": node_id, "type": kind, "position": {"x": 0, "y": 0}, "data": data}


def arrow(source, target):
    return {"id": f"{source}>{target}", "source": source, "target": target}


def canvas(nodes, arrows):
    return replace(EMPTY, canvas={"nodes": nodes, "edges": [arrow(*a) for a in arrows]})


def test_minutes_then_mail_and_event_at_once_is_drawn_with_the_four_nodes_and_three_arrows():
    drawing = drawn([["generate_mom"], ["send_email", "create_calendar"]]).canvas
    assert [n["id"] for n in drawing["nodes"]] == ["trigger-1", "action-1", "action-2", "action-3"]
    assert [e["id"] for e in drawing["edges"]] == [
        "trigger-1>action-1",
        "action-1>action-2",
        "action-1>action-3",
    ]
    spots = [(n["position"]["x"], n["position"]["y"]) for n in drawing["nodes"]]
    assert len(set(spots)) == 4


def test_what_is_drawn_is_planned_as_it_was_meant():
    plan = plan_of(drawn([["generate_mom"], ["send_email", "create_calendar"]]))
    assert [(s.id, s.after) for s in plan] == [
        ("generate_mom", ()),
        ("send_email", ("generate_mom",)),
        ("create_calendar", ("generate_mom",)),
    ]


def test_without_a_canvas_the_actions_run_one_after_the_other_with_their_settings():
    listed = replace(
        EMPTY,
        actions=("save_data", "save_data"),
        action_configs={"save_data": {"name": "a"}, "save_data#2": {"name": "b"}},
    )
    plan = plan_of(listed)
    assert [(s.id, s.config["name"], s.after) for s in plan] == [
        ("save_data", "a", ()),
        ("save_data#2", "b", ("save_data",)),
    ]


def test_the_settings_in_the_canvas_win_over_the_list():
    workflow = drawn([["save_data"]], {"save_data": {"name": "canvas"}})
    workflow = replace(workflow, action_configs={"save_data": {"name": "list"}})
    assert plan_of(workflow)[0].config == {"name": "canvas"}


def test_a_circle_is_refused_naming_a_node_in_it():
    looped = canvas(
        [
            node("trigger-1", label="By hand"),
            node("a", label="Mail", actionType="send_email"),
            node("b", label="Save", actionType="save_data"),
        ],
        [("trigger-1", "a"), ("a", "b"), ("b", "a")],
    )
    with pytest.raises(RefusedError, match=r"circle at Mail \(a\)"):
        plan_of(looped)


def test_a_second_trigger_is_refused_by_name():
    two = canvas(
        [node("trigger-1"), node("trigger-2", label="Webhook"), node("a", actionType="save_data")],
        [("trigger-1", "a"), ("trigger-2", "a")],
    )
    with pytest.raises(RefusedError, match="Webhook"):
        plan_of(two)


def test_a_step_nothing_leads_to_is_refused_by_name():
    alone = canvas([node("trigger-1"), node("a", label="Lonely", actionType="save_data")], [])
    with pytest.raises(RefusedError, match="Nothing leads to Lonely"):
        plan_of(alone)


def test_an_arrow_to_nowhere_and_a_node_without_an_action_are_refused():
    with pytest.raises(RefusedError, match="ghost"):
        plan_of(canvas([node("trigger-1")], [("trigger-1", "ghost")]))
    with pytest.raises(RefusedError, match="does not say which action"):
        plan_of(canvas([node("trigger-1"), node("a")], [("trigger-1", "a")]))


def test_the_second_of_a_kind_has_a_number():
    assert step_ids(["save_data", "send_email", "save_data"]) == [
        "save_data",
        "send_email",
        "save_data#2",
    ]


ACTIONS = st.sampled_from(["generate_mom", "send_email", "create_calendar", "save_data"])


@given(st.lists(st.tuples(ACTIONS, st.booleans()), min_size=1, max_size=12))
def test_a_draft_opens_again_exactly_as_it_was_saved(made):
    steps = tuple(
        DraftStep(action, {"n": place}, beside=beside and place > 0)
        for place, (action, beside) in enumerate(made)
    )
    draft = Draft("Any", TriggerName.MANUAL, steps)
    saved = replace(
        EMPTY,
        name="Any",
        canvas=draft.canvas(TITLES),
        actions=draft.actions,
        action_configs=draft.configs,
    )
    assert draft_of(saved) == draft
    assert [step.action for step in plan_of(saved)] == list(saved.actions)
