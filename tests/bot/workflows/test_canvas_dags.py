"""For any canvas without a circle: the order keeps every arrow, and is always the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.workflows.draft import draft_of
from bot.workflows.graph import nodes_of, plan_of, step_ids
from bot.workflows.layout import draw
from storage.models import TriggerName
from tests.fakes.canvases import EMPTY, TITLES, dags, drawn, node


@given(dags())
def test_the_order_keeps_every_arrow_and_each_step_waits_for_its_own(made):
    canvas, arrows = made
    workflow = replace(EMPTY, canvas=canvas)
    plan, nodes = plan_of(workflow), nodes_of(workflow)
    place = {name: number for number, name in enumerate(nodes)}
    assert all(place[one] < place[two] for one, two in arrows)
    ids = dict(zip(nodes, (step.id for step in plan), strict=True))
    for name, step in zip(nodes, plan, strict=True):
        assert sorted(step.after) == sorted(ids[one] for one, two in arrows if two == name)
    assert [step.id for step in plan] == step_ids([step.action for step in plan])


@given(dags(), st.randoms())
def test_the_order_is_as_listed_where_no_arrow_says_otherwise(made, chance):
    canvas, arrows = made
    shuffled = {**canvas, "edges": chance.sample(canvas["edges"], len(canvas["edges"]))}
    nodes = nodes_of(replace(EMPTY, canvas=canvas))
    assert nodes == nodes_of(replace(EMPTY, canvas=shuffled))
    listed = [body["id"] for body in canvas["nodes"] if body["id"] in nodes]
    before = {name: {one for one, two in arrows if two == name} for name in listed}
    expected = []
    while len(expected) < len(listed):
        left = [name for name in listed if name not in expected]
        expected.append(next(name for name in left if before[name] <= set(expected)))
    assert list(nodes) == expected


@given(dags())
def test_a_plan_drawn_anew_is_the_same_plan_and_no_node_lies_on_another(made):
    plan = plan_of(replace(EMPTY, canvas=made[0]))
    anew = replace(EMPTY, canvas=draw(TriggerName.MANUAL, plan, TITLES))
    assert plan_of(anew) == plan
    assert draw(TriggerName.MANUAL, plan_of(anew), TITLES) == anew.canvas
    spots = [tuple(body["position"].values()) for body in anew.canvas["nodes"]]
    assert len(set(spots)) == len(spots)


@given(dags())
def test_a_draft_says_the_plan_it_was_opened_from(made):
    workflow = replace(EMPTY, canvas=made[0])
    assert draft_of(workflow).plan == plan_of(workflow)


def test_of_two_mails_the_one_the_arrow_leaves_is_the_first_whatever_the_list_says():
    second, first = node("b", "api_call", config={"n": 2}), node("a", "api_call", config={"n": 1})
    workflow = drawn([second, node("t"), first], [("t", "a"), ("a", "b")])
    plan = plan_of(replace(workflow, actions=("api_call", "api_call")))
    assert [(step.id, step.config["n"]) for step in plan] == [("api_call", 1), ("api_call#2", 2)]


def test_settings_of_the_list_go_to_the_step_of_that_number():
    nodes = [node("b", "api_call"), node("t"), node("a", "api_call")]
    listed = {"api_call": {"n": 1}, "api_call#2": {"n": 2}}
    workflow = replace(drawn(nodes, [("t", "a"), ("a", "b")]), action_configs=listed)
    assert [(step.after, step.config["n"]) for step in plan_of(workflow)] == [
        ((), 1),
        (("api_call",), 2),
    ]
