"""Canvases as another program draws them: with what we do not know in every part of them."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.workflows.graph import step_ids
from bot.workflows.layout import draw
from storage.models import PlanStep, TriggerName, Workflow

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ACTIONS = ("generate_mom", "save_data", "api_call")
TITLES = {"manual": "By hand", "transcript": "Transcript", "save_data": "Save Data"}
EMPTY = Workflow(
    id="0" * 24,
    user_id="1" * 24,
    name="Follow-up",
    trigger=TriggerName.MANUAL,
    actions=(),
    action_configs={},
    canvas=None,
    created_at=NOW,
    updated_at=NOW,
)


def node(node_id, action=None, **data):
    """Draw a node: a step if it names an action, else a trigger."""
    kind = "action" if action else "trigger"
    data = {**data, "actionType": action} if action else data
    return {"id": node_id, "type": kind, "position": {"x": 0, "y": 0}, "data": data}


def arrow(source, target, **more):
    return {"id": f"e-{source}-{target}", "source": source, "target": target, **more}


def canvas(nodes, arrows, **more):
    return {"nodes": nodes, "edges": [arrow(*ends) for ends in arrows], **more}


def drawn(nodes, arrows, **more):
    """Give a workflow of a canvas."""
    return replace(EMPTY, canvas=canvas(nodes, arrows, **more))


@st.composite
def dags(draw, most=20):
    """Draw any acyclic canvas: nodes in any order, notes among them, unknown keys everywhere.

    Gives the canvas and its arrows between steps, as pairs of ids.
    """
    count = draw(st.integers(1, most))
    names = draw(st.permutations([f"n{number}" for number in range(count)]))
    pairs = [(one, two) for place, two in enumerate(names) for one in names[:place]]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=40, unique=True)) if pairs else []
    nodes = [
        {
            **node(name, draw(st.sampled_from(ACTIONS)), label=f"Step {name}", colour="#123"),
            "position": {"x": draw(st.integers(-500, 500)), "y": draw(st.integers(-500, 500))},
            "theirs": {"of": name},
        }
        for name in draw(st.permutations(names))
    ]
    notes = [note(f"note-{number}") for number in range(draw(st.integers(0, 3)))]
    nodes = draw(st.permutations([*nodes, *notes, node("t", label="Start")]))
    first = [("t", name) for name in names if name not in {two for _one, two in chosen}]
    arrows = [arrow(*ends, style="dashed") for ends in draw(st.permutations([*first, *chosen]))]
    viewport = {"x": 1, "y": 2, "zoom": 0.5}
    return {"nodes": list(nodes), "edges": arrows, "viewport": viewport}, chosen


def note(name):
    """Draw what is no step of ours."""
    return {"id": name, "type": "note", "position": {"x": 0, "y": 900}, "data": {"text": "hello"}}


def lay_out(trigger, groups, configs, titles):
    """Draw a canvas as the bot does, for groups of actions; those of a group are siblings."""
    names = iter(step_ids([action for group in groups for action in group]))
    plan, before = [], ()
    for group in groups:
        here = [(next(names), action) for action in group]
        plan += [PlanStep(name, action, configs.get(name, {}), before) for name, action in here]
        before = tuple(name for name, _action in here)
    return draw(trigger, plan, titles)
