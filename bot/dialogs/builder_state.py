"""What the builder keeps between two turns: JSON, and how it reads as a draft. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.dialogs.dialog import Going, State
from bot.workflows.draft import Draft, DraftStep, draft_of
from storage.models import SendPolicy, TriggerName, Workflow


def opened(workflow: Workflow) -> State:
    """Open a workflow at the review. Errors: RefusedError for a canvas that cannot be run."""
    draft = draft_of(workflow)
    steps = [
        {
            "action": step.action,
            "config": dict(step.config),
            "beside": step.beside,
            "node": step.node,
        }
        for step in draft.steps
    ]
    return {
        "at": "review",
        "trigger": str(draft.trigger),
        "steps": steps,
        "arrows": None if draft.arrows is None else [list(places) for places in draft.arrows],
        "name": draft.name,
        "policy": str(draft.send_policy),
        "wf": workflow.id,
        "version": workflow.version,
        "opened": draft.opened,
        "doing": f"changing {workflow.name}",
        "reviewed": True,
    }


def draft_in(state: State, count: int | None = None) -> Draft:
    """Read the state as a draft, or only its first steps."""
    steps = state["steps"][:count]
    arrows = state.get("arrows")
    return Draft(
        state["name"],
        TriggerName(state["trigger"]),
        tuple(
            DraftStep(step["action"], step["config"] or {}, step["beside"], step.get("node"))
            for step in steps
        ),
        SendPolicy(state.get("policy", SendPolicy.ASK)),
        arrows=None if arrows is None else tuple(tuple(places) for places in arrows[:count]),
        opened=state.get("opened"),
    )


def bare(state: State) -> State:
    """Leave the settings out."""
    return {**state, "steps": [{**step, "config": None} for step in state["steps"]]}


def branches(state: State) -> bool:
    """Say whether the steps branch in a way that can be shown here, but not drawn."""
    return state.get("arrows") is not None


def with_policy(state: State, answers: Mapping[str, str]) -> State:
    """Take the answer to what is asked before something leaves, where there is one."""
    policy = answers.get("policy")
    return {**state, "policy": policy} if policy in list(SendPolicy) else state


def complete(state: State) -> bool:
    """Say whether nothing is left to ask before the review."""
    return bool(
        state.get("reviewed")
        and state["steps"]
        and all(step["config"] is not None for step in state["steps"])
    )


def going(state: State, **changes: Any) -> Going:
    """Go on with changes; what was wrong with the last answer is forgotten."""
    kept = {
        name: value for name, value in state.items() if name not in ("problem", "errors", "typed")
    }
    return Going({**kept, **changes})
