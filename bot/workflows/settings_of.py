"""A step's settings as it will use them: slots filled, checked by its model, secrets open."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.workflows.action import Action, ActionConfig, ActionContext
from bot.workflows.secrets import Sealer, opened
from bot.workflows.slots import paths_in
from bot.workflows.templating import fill_config
from storage.database import Storage
from storage.errors import RefusedError
from storage.models import Json, PlanStep, Run, TriggerName


async def filled_settings(
    plan: PlanStep, run: Run, context: ActionContext, storage: Storage
) -> dict[str, Any]:
    """Give the settings of one step of one run with every slot filled, unchecked.

    What the runner typed wins over what is stored, and is no template. Errors: RefusedError for an
    unknown slot.
    """
    typed = _typed(run, plan)
    stored = {name: value for name, value in plan.config.items() if name not in typed}
    scope = {
        "trigger": dict(run.inputs),
        "steps": dict(context.outputs),
        "data": await _saved(stored, run.user_id, storage),
    }
    return {**fill_config(stored, scope), **typed}


def checked_settings(action: Action, settings: Json, sealer: Sealer, *, owner: str) -> ActionConfig:
    """Check filled settings against the action's model and open their secrets.

    Errors: RefusedError naming the setting that cannot be used; SealError.
    """
    try:
        config = action.config.model_validate(dict(settings))
    except ValidationError as error:
        raise RefusedError(_sentence(action, error)) from error
    return opened(config, sealer, owner=owner)


def _typed(run: Run, plan: PlanStep) -> Json:
    """Give what a person typed over settings; what a program sent is never taken for that."""
    typed = run.inputs.get("settings") if run.trigger is TriggerName.MANUAL else None
    chosen = typed.get(plan.id) if isinstance(typed, Mapping) else None
    return chosen if isinstance(chosen, Mapping) else {}


async def _saved(config: Json, user_id: str, storage: Storage) -> dict[str, Any]:
    names = {path[1] for path in paths_in(config) if len(path) > 1 and path[0] == "data"}
    found = {name: await storage.records.of(user_id, name, limit=1) for name in sorted(names)}
    return {name: records[0].value for name, records in found.items() if records}


def _sentence(action: Action, error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    field = action.config.model_fields.get(str(fault["loc"][0])) if fault["loc"] else None
    label = (field.title if field else None) or ".".join(str(part) for part in fault["loc"])
    reason = fault["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{action.title}: the setting {label} can't be used: {reason}."
