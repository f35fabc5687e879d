"""What people automate."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from storage.codec import as_stored, workflow_of
from storage.collection import NOBODY, Collection, Document, object_id
from storage.errors import NotFoundError, StaleError
from storage.json_values import clean_json, clean_text
from storage.models import Json, SendPolicy, TriggerName, Workflow

_MOST_BYTES = 1024 * 1024
_MOST_LISTED = 1000


class Workflows:
    """Workflows, each asked for together with its owner."""

    def __init__(self, workflows: Collection) -> None:
        self._workflows = workflows

    async def add(
        self,
        *,
        user_id: str,
        name: str,
        trigger: TriggerName,
        actions: Sequence[str],
        action_configs: Json,
        canvas: Json | None,
        now: datetime,
        key: str | None = None,
        send_policy: SendPolicy = SendPolicy.ASK,
    ) -> Workflow:
        """Keep a new workflow as version 1; the same key again gives the one that is there.

        Errors: RefusedError over 1 MB; NotFoundError.
        """
        owner = object_id(user_id)
        if owner == NOBODY:
            raise NotFoundError("User not found.")
        document: Document = {
            "_id": ObjectId() if key is None else ObjectId(id_for(user_id, key)),
            "userId": owner,
            **_content(name, trigger, actions, action_configs, canvas),
            "createdAt": now,
            "updatedAt": now,
            "version": 1,
            "sendPolicy": send_policy.value,
        }
        try:
            await self._workflows.add(document)
        except DuplicateKeyError:
            there = await self._workflows.one({"_id": document["_id"], "userId": owner})
            if there is None:
                raise StaleError("This workflow was deleted a moment ago. Make it anew.") from None
            document = there
        return workflow_of(document)

    async def of_user(self, user_id: str) -> list[Workflow]:
        """List a user's workflows, newest first, 1000 at most."""
        found = await self._workflows.many(
            {"userId": object_id(user_id)},
            sort=[("createdAt", -1), ("_id", -1)],
            limit=_MOST_LISTED,
        )
        return [workflow_of(document) for document in found]

    async def get(self, user_id: str, workflow_id: str) -> Workflow | None:
        """Give a workflow if it is theirs."""
        document = await self._workflows.one(_theirs(user_id, workflow_id))
        return None if document is None else workflow_of(document)

    async def save(self, workflow: Workflow, *, expected_version: int, now: datetime) -> Workflow:
        """Keep a changed workflow as the next version; fields that are not ours stay as they are.

        Errors: StaleError when it is not at the expected version any more, or was written since it
        was read: the web application keeps no version, but moves `updatedAt`. NotFoundError.
        """
        mine = _theirs(workflow.user_id, workflow.id)
        content = _content(
            workflow.name,
            workflow.trigger,
            workflow.actions,
            workflow.action_configs,
            workflow.canvas,
        )
        content["sendPolicy"] = workflow.send_policy.value
        before = await self._workflows.one(mine, fields={"canvasData": 1})
        if before is not None:
            content["canvasData"] = as_stored(content["canvasData"], before.get("canvasData"))
        # Literal: a config may hold keys that would mean something to an update.
        values = {name: {"$literal": value} for name, value in content.items()}
        document = await self._workflows.change(
            {"$and": [mine, _at_version(expected_version), _as_read(workflow)]},
            [{"$set": {**values, "updatedAt": now, "version": expected_version + 1}}],
        )
        if document is not None:
            return workflow_of(document)
        if before is None:
            raise NotFoundError("Workflow not found.")
        raise StaleError("This workflow was changed in the meantime. Open it again to see how.")

    async def delete(self, user_id: str, workflow_id: str) -> bool:
        """Remove a workflow if it is theirs; its logs stay. False when there was none."""
        return await self._workflows.remove(_theirs(user_id, workflow_id))

    async def count(self, user_id: str) -> int:
        """Count a user's workflows."""
        return await self._workflows.count({"userId": object_id(user_id)})


def id_for(user_id: str, key: str) -> str:
    """Name the workflow that one key makes for one user: the same at any time."""
    return hashlib.sha256(f"{user_id}\0{clean_text(key)}".encode()).hexdigest()[:24]


def _theirs(user_id: str, workflow_id: str) -> Document:
    return {"_id": object_id(workflow_id), "userId": object_id(user_id)}


def _at_version(version: int) -> Document:
    if version == 1:  # the web application keeps no version
        return {"$or": [{"version": 1}, {"version": {"$exists": False}}]}
    return {"version": {"$eq": version}}


def _as_read(workflow: Workflow) -> Document:
    no_date = {"updatedAt": {"$not": {"$type": "date"}}}
    return {"$or": [{"updatedAt": {"$eq": workflow.updated_at}}, no_date]}


def _content(
    name: str, trigger: TriggerName, actions: Sequence[str], configs: Json, canvas: Json | None
) -> dict[str, Any]:
    return {
        "name": clean_text(name),
        "trigger": trigger.value,
        "actions": [clean_text(action) for action in actions],
        "actionConfigs": clean_json(configs, most_bytes=_MOST_BYTES, what="The settings"),
        "canvasData": clean_json(canvas, most_bytes=_MOST_BYTES, what="The canvas"),
    }
