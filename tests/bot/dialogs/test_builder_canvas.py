"""The builder opened on a workflow that was drawn elsewhere."""

import json

import pytest

from bot.dialogs.build_workflow import BuildWorkflow
from bot.dialogs.dialog import Place
from bot.triggers.manual import manual
from bot.workflows.run_service import RunService
from bot.workflows.service import WorkflowService
from bot.workflows.services import Services
from storage.errors import RefusedError, StaleError
from storage.models import SendPolicy, TriggerName
from tests.fakes.canvases import arrow, canvas, node, note
from tests.fakes.toys import Marks

SPLIT = canvas(
    [
        node("t"),
        {**node("m", "generate_mom"), "theirs": 1},
        node("s", "save_data", config={"says": "old"}),
        node("p", "api_call"),
        node("q", "api_call"),
        note("why"),
    ],
    [("t", "m"), ("m", "s"), ("m", "p"), ("s", "q")],
    viewport={"zoom": 2},
)
CHAIN = canvas([node("t"), {**node("m", "generate_mom"), "theirs": 1}, note("why")], [("t", "m")])
HERE = Place("d", 1)


@pytest.fixture
def builder(storage, vault, clock):
    marks = Marks()
    actions = {name: marks.toy(name) for name in ("generate_mom", "save_data", "api_call")}
    actions["api_call"] = marks.letter("api_call", {})
    service = WorkflowService(storage, actions, {"manual": manual}, clock, lambda _run: None)
    runs = RunService(storage, service, clock, lambda _run: None)
    return BuildWorkflow(Services(service, runs, storage, vault, clock))


@pytest.fixture
async def opened(storage, builder, turn, clock):
    """Open the builder on a canvas; gives the workflow and the dialog's state."""

    async def open_(drawing):
        workflow = await storage.workflows.add(
            user_id=turn().user.id,
            name="Drawn",
            trigger=TriggerName.MANUAL,
            actions=[],
            action_configs={},
            canvas=drawing,
            now=clock.now(),
        )
        going = await builder.begin({"wf": workflow.id}, turn())
        return workflow, json.loads(json.dumps(going.state))

    return open_


def shown(builder, state):
    return json.dumps([str(part) for part in builder.card(state, HERE).body])


async def pressed(builder, turn, state, *choices):
    """Press buttons one after the other: (choice, answers) or a choice alone."""
    for each in choices:
        choice, answers = each if isinstance(each, tuple) else (each, {})
        step = await builder.choose(state, choice, answers, turn())
        state = getattr(step, "state", step)
    return state


async def test_settings_name_and_policy_of_a_branched_canvas_change_and_its_arrows_stay(
    storage, builder, opened, turn
):
    workflow, state = await opened(SPLIT)
    await pressed(
        builder,
        turn,
        state,
        "config:1",
        ("next", {"says": "{{ steps.generate_mom.said }}"}),
        "name",
        ("next", {"name": "Renamed"}),
        ("save", {"policy": "auto"}),
    )
    saved = await storage.workflows.get(workflow.user_id, workflow.id)
    assert (saved.name, saved.send_policy, saved.version) == ("Renamed", SendPolicy.AUTO, 2)
    assert saved.actions == ("generate_mom", "save_data", "api_call", "api_call")
    changed = {**SPLIT["nodes"][2]}
    changed["data"] = {**changed["data"], "config": {"says": "{{ steps.generate_mom.said }}"}}
    nodes = [changed if one["id"] == "s" else one for one in SPLIT["nodes"]]
    assert saved.canvas == {**SPLIT, "nodes": nodes}


@pytest.mark.parametrize("way", ["steps", ("name", "back"), ("config:0", "back")])
async def test_the_steps_of_a_branched_canvas_are_shown_and_changed_where_they_were_drawn(
    builder, opened, turn, way
):
    _workflow, state = await opened(SPLIT)
    state = await pressed(builder, turn, state, *([way] if isinstance(way, str) else way))
    assert state["at"] == "review"
    assert "branch in a way I can only show" in shown(builder, state)


async def test_a_slot_that_reads_a_sibling_is_refused_on_the_form(builder, opened, turn):
    _workflow, state = await opened(SPLIT)
    typed = {"to": "ben@contoso.example", "says": "{{ steps.save_data.said }}"}
    state = await pressed(builder, turn, state, "config:2", ("next", typed))
    assert state["at"] == "config"
    assert "save_data runs in another branch" in state["errors"][""]


async def test_a_step_added_to_a_drawn_chain_leaves_what_is_not_ours(
    storage, builder, opened, turn
):
    workflow, state = await opened(CHAIN)
    added = await pressed(
        builder,
        turn,
        state,
        "steps",
        ("add", {"action": "save_data"}),
        "next",
        ("next", {}),
        "save",
    )
    assert f'Saved "{workflow.name}" (v2).' in str(added)
    saved = await storage.workflows.get(workflow.user_id, workflow.id)
    assert saved.canvas["nodes"][:3] == CHAIN["nodes"]
    assert [one["id"] for one in saved.canvas["nodes"][3:]] == ["action-1"]
    assert saved.canvas["edges"][:1] == [arrow("t", "m")]
    assert saved.actions == ("generate_mom", "save_data")


async def test_a_canvas_that_was_drawn_on_meanwhile_is_not_written_over(raw, builder, opened, turn):
    workflow, state = await opened(SPLIT)
    moved = {**SPLIT, "viewport": {"zoom": 9}}
    raw["workflows"].update_one({"name": workflow.name}, {"$set": {"canvasData": moved}})
    with pytest.raises(StaleError, match="changed in the meantime"):
        await pressed(builder, turn, state, "save")
    assert raw["workflows"].find_one({})["canvasData"] == moved


async def test_a_canvas_that_cannot_be_run_is_not_opened_and_says_why(opened):
    with pytest.raises(RefusedError, match="from s to itself"):
        await opened({**SPLIT, "edges": [*SPLIT["edges"], arrow("s", "s")]})
