"""A change made in chat touches what it is about; all else another program drew stays as it was."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows.draft import Draft, DraftStep, draft_of, edited
from bot.workflows.graph import nodes_of, plan_of
from storage.errors import StaleError
from storage.models import SendPolicy, TriggerName
from tests.fakes.canvases import ACTIONS, EMPTY, TITLES, arrow, canvas, dags, node, note

NOTE = {**note("why"), "width": 300, "height": 200, "position": {"x": 480, "y": 0}}
CHAIN = {
    **canvas(
        [
            {**node("b", "save_data", config={"n": 2}), "position": {"x": 240, "y": 7}, "z": 1},
            NOTE,
            {**node("t", label="Start"), "selected": True},
            {**node("a", "generate_mom", label="Mine"), "position": {"x": 0, "y": 300}},
        ],
        [],
        viewport={"zoom": 2},
    ),
    "edges": [arrow("t", "a", animated=True), arrow("a", "b", style={"w": 2})],
}
DRAWN = replace(
    EMPTY, canvas=CHAIN, actions=("generate_mom", "save_data"), action_configs={"theirs": {"x": 1}}
)


def body(workflow, name):
    return next(one for one in workflow.canvas["nodes"] if one["id"] == name)


def ends(workflow):
    return [(edge["source"], edge["target"]) for edge in workflow.canvas["edges"]]


def steps_with(draft, place, **changes):
    steps = list(draft.steps)
    steps[place] = replace(steps[place], **changes)
    return replace(draft, steps=tuple(steps))


def is_free(workflow, name):
    """Say whether no other node lies under this one, as wide and high as they say they are."""
    mine = body(workflow, name)["position"]
    for other in workflow.canvas["nodes"]:
        width, height = other.get("width", 240), other.get("height", 120)
        apart_x = mine["x"] - other["position"]["x"]
        apart_y = mine["y"] - other["position"]["y"]
        if other["id"] != name and -240 < apart_x < width and -120 < apart_y < height:
            return False
    return True


def test_an_edit_that_changes_nothing_leaves_the_canvas_as_it_was():
    assert edited(DRAWN, draft_of(DRAWN), TITLES).canvas == CHAIN


def test_a_new_name_policy_and_setting_change_that_and_no_more():
    draft = steps_with(draft_of(DRAWN), 1, config={"n": 3})
    changed = edited(DRAWN, replace(draft, name="New", send_policy=SendPolicy.AUTO), TITLES)
    assert (changed.name, changed.send_policy) == ("New", SendPolicy.AUTO)
    assert changed.action_configs == {"theirs": {"x": 1}, "generate_mom": {}, "save_data": {"n": 3}}
    before = body(DRAWN, "b")
    assert body(changed, "b") == {**before, "data": {**before["data"], "config": {"n": 3}}}
    others = [one for one in changed.canvas["nodes"] if one["id"] != "b"]
    assert others == [one for one in CHAIN["nodes"] if one["id"] != "b"]
    assert {**changed.canvas, "nodes": 0} == {**CHAIN, "nodes": 0}


def test_another_trigger_is_said_by_its_node():
    changed = edited(DRAWN, replace(draft_of(DRAWN), trigger=TriggerName.TRANSCRIPT), TITLES)
    assert changed.trigger is TriggerName.TRANSCRIPT
    assert plan_of(changed) == plan_of(DRAWN)
    stored = replace(DRAWN, canvas=draft_of(DRAWN).canvas(TITLES))
    changed = edited(stored, replace(draft_of(stored), trigger=TriggerName.TRANSCRIPT), TITLES)
    assert body(changed, "trigger-1")["data"] == {
        "label": "Transcript",
        "triggerType": "transcript",
    }


def test_a_new_step_stands_beside_the_others_and_under_nothing():
    draft = draft_of(DRAWN)
    beside, after = DraftStep("save_data", {"n": 9}, beside=True), DraftStep("api_call")
    changed = edited(DRAWN, replace(draft, steps=(*draft.steps, beside, after)), TITLES)
    assert changed.actions == ("generate_mom", "save_data", "save_data", "api_call")
    assert nodes_of(changed) == ("a", "b", "action-1", "action-2")
    assert plan_of(changed)[3].after == ("save_data", "save_data#2")
    assert body(changed, "action-1")["position"] == {"x": 240, "y": 127}
    assert is_free(changed, "action-1")
    assert is_free(changed, "action-2")
    assert changed.canvas["edges"][:2] == CHAIN["edges"]
    assert ends(changed)[2:] == [("a", "action-1"), ("b", "action-2"), ("action-1", "action-2")]


def test_a_step_that_is_removed_goes_with_its_arrows_and_nothing_else():
    draft = draft_of(DRAWN)
    changed = edited(DRAWN, replace(draft, steps=draft.steps[1:]), TITLES)
    assert [one["id"] for one in changed.canvas["nodes"]] == ["b", "why", "t"]
    assert ends(changed) == [("t", "b")]
    assert changed.action_configs == {"theirs": {"x": 1}, "save_data": {"n": 2}}


def test_steps_that_change_places_keep_their_nodes():
    draft = draft_of(DRAWN)
    changed = edited(DRAWN, replace(draft, steps=draft.steps[::-1]), TITLES)
    assert nodes_of(changed) == ("b", "a")
    assert sorted(ends(changed)) == [("b", "a"), ("t", "b")]
    assert [body(changed, name)["position"] for name in "ab"] == [
        body(DRAWN, name)["position"] for name in "ab"
    ]


def test_a_draft_made_elsewhere_finds_its_steps_by_their_ids():
    steps = (DraftStep("generate_mom"), DraftStep("api_call"))
    changed = edited(DRAWN, Draft("New", TriggerName.MANUAL, steps), TITLES)
    assert nodes_of(changed) == ("a", "action-1")
    assert body(changed, "a") == body(DRAWN, "a")


def test_an_arrow_from_the_trigger_that_says_nothing_stays_while_it_says_nothing():
    said_twice = {**CHAIN, "edges": [*CHAIN["edges"], arrow("t", "b")]}
    workflow = replace(DRAWN, canvas=said_twice)
    draft = draft_of(workflow)
    assert edited(workflow, draft, TITLES).canvas == said_twice
    turned = edited(workflow, replace(draft, steps=draft.steps[::-1]), TITLES)
    assert sorted(ends(turned)) == [("b", "a"), ("t", "b")]


def test_what_changed_while_it_was_open_is_not_written_over_whoever_changed_it():
    draft = draft_of(DRAWN)
    for changes in (
        {"canvas": {**CHAIN, "viewport": {"zoom": 3}}},
        {"action_configs": {}},
        {"trigger": TriggerName.WEBHOOK},
    ):
        with pytest.raises(StaleError, match="changed in the meantime"):
            edited(replace(DRAWN, **changes), draft, TITLES)
    assert edited(replace(DRAWN, name="Renamed"), draft, TITLES).name == "Follow-up"


def test_without_a_canvas_one_is_laid_out():
    listed = replace(EMPTY, actions=("generate_mom", "save_data"), canvas={"viewport": 1})
    changed = edited(listed, draft_of(listed), TITLES)
    assert [one["id"] for one in changed.canvas["nodes"]] == ["trigger-1", "action-1", "action-2"]
    assert changed.canvas["viewport"] == 1


SPLIT = replace(
    EMPTY,
    canvas=canvas(
        [node("t"), node("a", "generate_mom"), *(node(name, "save_data") for name in "bcd")],
        [("t", "a"), ("a", "b"), ("a", "c"), ("b", "d")],
    ),
)


def test_steps_that_branch_as_no_chain_does_keep_their_arrows_through_an_edit():
    draft = steps_with(draft_of(SPLIT), 2, config={"n": 7})
    changed = edited(SPLIT, replace(draft, name="New"), TITLES)
    assert (changed.name, changed.canvas["edges"]) == ("New", SPLIT.canvas["edges"])
    assert body(changed, "c")["data"]["config"] == {"n": 7}
    assert [step.after for step in plan_of(changed)] == [step.after for step in plan_of(SPLIT)]


@given(dags(), st.data())
def test_settings_of_any_canvas_can_be_changed_and_nothing_else_moves(made, data):
    workflow = replace(EMPTY, canvas=made[0])
    draft = draft_of(workflow)
    place = data.draw(st.integers(0, len(draft.steps) - 1))
    changed = edited(workflow, steps_with(draft, place, config={"n": 1}), TITLES)
    name = nodes_of(workflow)[place]
    expected = [
        {**one, "data": {**one["data"], "config": {"n": 1}}} if one["id"] == name else one
        for one in made[0]["nodes"]
    ]
    assert changed.canvas == {**made[0], "nodes": expected}
    assert changed.actions == tuple(step.action for step in plan_of(changed))


@given(dags(), st.data())
def test_whatever_is_edited_what_is_not_ours_survives_and_the_plan_is_the_draft(made, data):
    workflow = replace(EMPTY, canvas=made[0])
    opened = draft_of(workflow)
    old = data.draw(st.permutations(opened.steps))[: data.draw(st.integers(0, 20))]
    new = [
        DraftStep(data.draw(st.sampled_from(ACTIONS))) for _ in range(data.draw(st.integers(1, 4)))
    ]
    steps = data.draw(st.permutations([*old, *new]))
    beside = [place > 0 and data.draw(st.booleans()) for place in range(len(steps))]
    steps = tuple(replace(one, beside=is_) for one, is_ in zip(steps, beside, strict=True))
    draft = replace(opened, steps=steps, arrows=None)
    changed = edited(workflow, draft, TITLES)
    assert plan_of(changed) == draft.plan
    assert changed.canvas["viewport"] == made[0]["viewport"]
    kept = {one.node for one in steps if one.node} | {"t"}
    for one in made[0]["nodes"]:
        if one["id"] in kept or one["type"] == "note":
            assert one in changed.canvas["nodes"]
    assert all(edge in changed.canvas["edges"] or gone(edge, changed) for edge in made[0]["edges"])
    assert all(is_free(changed, name) for name in nodes_of(changed) if name.startswith("action-"))


def gone(edge, changed):
    return (edge["source"], edge["target"]) not in ends(changed)
