"""Which workflows others may run, and whose they are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from storage.codec import workflow_of
from storage.collection import Collection, Document, object_id
from storage.errors import RefusedError
from storage.json_values import clean_text
from storage.models import Workflow
from storage.rights import Share

MOST_SHARES = 50
_MOST_LISTED = 100


class Shares:
    """Rights to run, kept in the workflow itself. Only its owner gives and takes them."""

    def __init__(self, workflows: Collection) -> None:
        self._workflows = workflows

    async def give(self, workflow: Workflow, share: Share, *, now: datetime) -> Workflow:
        """Let somebody, or those in a conversation, run a workflow; told twice, once.

        Errors: RefusedError when it is shared with too many, or is gone.
        """
        if share in workflow.shared_with:
            return workflow
        changed = await self._workflows.change(
            {**_of_owner(workflow), f"sharedWith.{MOST_SHARES - 1}": {"$exists": False}},
            {"$addToSet": {"sharedWith": _document(share)}, "$set": {"updatedAt": now}},
        )
        if changed is None:
            raise RefusedError(
                f'"{workflow.name}" can be shared {MOST_SHARES} times at most, and it must still '
                "be there. Look at it again."
            )
        return workflow_of(changed)

    async def take(self, workflow: Workflow, share: Share, *, now: datetime) -> Workflow:
        """Take a right to run away; nothing happens where there was none."""
        kept = _document(share)
        gone = {"sharedWith": {"kind": kept["kind"], "id": kept["id"]}}
        return await self._change(workflow, {"$pull": gone, "$set": {"updatedAt": now}})

    async def take_all(self, workflow: Workflow, *, now: datetime) -> Workflow:
        """Take every right to run away."""
        return await self._change(workflow, {"$set": {"sharedWith": [], "updatedAt": now}})

    async def _change(self, workflow: Workflow, update: Document) -> Workflow:
        changed = await self._workflows.change(_of_owner(workflow), update)
        return replace(workflow, shared_with=()) if changed is None else workflow_of(changed)

    async def open_to(self, shares: Sequence[Share]) -> list[Workflow]:
        """List the workflows shared in any of these ways, newest first, 100 at most."""
        found = await self._workflows.many(
            _shared(shares), sort=[("createdAt", -1), ("_id", -1)], limit=_MOST_LISTED
        )
        return [workflow_of(document) for document in found]

    async def get(self, workflow_id: str, shares: Sequence[Share]) -> Workflow | None:
        """Give a workflow if it is shared in one of these ways."""
        found = await self._workflows.one({"_id": object_id(workflow_id), **_shared(shares)})
        return None if found is None else workflow_of(found)


def _of_owner(workflow: Workflow) -> Document:
    return {"_id": object_id(workflow.id), "userId": object_id(workflow.user_id)}


def _document(share: Share) -> Document:
    return {"kind": share.kind.value, "id": clean_text(share.id), "right": "run"}


def _shared(shares: Sequence[Share]) -> Document:
    return {"sharedWith": {"$elemMatch": {"$or": [_document(share) for share in shares]}}}
