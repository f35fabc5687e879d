"""Draw the builder's open step from its state."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr, ValidationError

from bot.dialogs.builder_state import bare, draft_in
from bot.dialogs.dialog import Place, State
from bot.workflows.action import Action
from bot.workflows.service import WorkflowService
from cards.builder import At, config_card, name_card, review_card, steps_card, trigger_card
from cards.chain import chain
from cards.elements import Card
from cards.forms import answers, without_secrets


def draw(state: State, place: Place, service: WorkflowService) -> Card:
    """Draw the step that is open, with what was wrong with the last answer."""
    at = At(place.dialog, place.rev)
    problem: str | None = state.get("problem")
    match state["at"]:
        case "trigger":
            triggers = [(one.name, one.title, one.summary) for one in service.triggers.values()]
            return trigger_card(at, triggers, chosen=state["trigger"], error=problem)
        case "steps":
            return steps_card(
                at,
                shown_chain=_chain(state, service),
                actions=[step["action"] for step in state["steps"]],
                beside=[step["beside"] for step in state["steps"]],
                offered=[(one.name, one.title, one.summary) for one in service.actions.values()],
                error=problem,
            )
        case "config":
            return _config(state, at, service)
        case "name":
            return name_card(
                at, shown_chain=_chain(state, service), value=state["name"], error=problem
            )
    return review_card(
        at,
        name=state["name"],
        shown_chain=_chain(state, service),
        steps=[(step["action"], step["config"] or {}) for step in state["steps"]],
        policy=state.get("policy", "ask") if _sends(state, service) else None,
        error=problem,
    )


def _sends(state: State, service: WorkflowService) -> bool:
    known = (service.actions.get(step["action"]) for step in state["steps"])
    return any(action is not None and action.propose is not None for action in known)


def _config(state: State, at: At, service: WorkflowService) -> Card:
    place = state["place"]
    step = state["steps"][place]
    action = service.actions[step["action"]]
    stored = _stored_answers(action, step["config"])
    errors = dict(state.get("errors") or {})
    if state.get("problem"):
        errors[""] = state["problem"]
    return config_card(
        at,
        title=action.title,
        position=place + 1,
        count=len(state["steps"]),
        model_type=action.config,
        values={**stored, **(state.get("typed") or {})},
        errors=errors,
        kept=_secrets(step["config"]),
    )


def _stored_answers(action: Action, config: Mapping[str, Any] | None) -> dict[str, str]:
    """Give what would be typed for the stored settings; those that fit no more are left out."""
    if config is None:
        return {}
    try:
        model = action.config.model_validate(config)
    except ValidationError:
        return {}
    return without_secrets(action.config, answers(model))


def _secrets(config: Mapping[str, Any] | None) -> set[str]:
    return {name for name, value in (config or {}).items() if _sealed(value)}


def _sealed(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_sealed(inner) for inner in value.values())
    return isinstance(value, SecretStr) or (isinstance(value, str) and value.startswith("sealed:"))


def _chain(state: State, service: WorkflowService) -> str:
    draft = draft_in(bare(state))
    return chain(state["trigger"], draft.actions, draft.canvas(service.titles))
