"""Which saved data a text may read by name: what is saved, and what other workflows will save."""

from bot.workflows.checks import names_saved
from bot.workflows.draft import Draft
from bot.workflows.graph import plan_of
from bot.workflows.slots import paths_in
from storage.database import Storage
from storage.errors import RefusedError
from storage.models import User, Workflow

_MOST_NAMES = 500  # as many as are listed


async def saved_names(
    storage: Storage, user: User, draft: Draft, *, but: str | None = None
) -> set[str] | None:
    """Name the data there will be for a draft's texts; None when that is not known, or not asked.

    `but` is the id of the workflow the draft is of: what it saves at its end is not there at its
    beginning.
    """
    if not any(path[0] == "data" for step in draft.steps for path in paths_in(step.config)):
        return None
    listed = await storage.records.names(user.id)
    found = {name for name, _count in listed}
    for workflow in await storage.workflows.of_user(user.id):
        names = set() if workflow.id == but else _saved_by(workflow)
        if names is None:
            return None
        found |= names
    return found if len(listed) < _MOST_NAMES else None


def _saved_by(workflow: Workflow) -> set[str] | None:
    try:
        return names_saved(plan_of(workflow))
    except RefusedError:
        return set()  # it cannot run, so it saves nothing
