"""Everything sealed with an older key, sealed anew: what a change of keys ends with."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

from storage.collection import NOBODY, Collection, Document
from storage.json_values import from_text, to_text
from storage.users import Users

# Gives a sealed text anew for its owner; the same text where it is current, or not to be opened.
Renew = Callable[[str, str], str]
_PAGE = 100
_ANY_SIZE = 16 * 1024 * 1024


class Resealing:
    """Seals anew where secrets lie: people's tokens, workflows' settings, runs' plans.

    What changed in the meantime is left as it is: it was sealed with the current key as it was
    written.
    """

    def __init__(self, users: Users, workflows: Collection, logs: Collection) -> None:
        self._users = users
        self._workflows = workflows
        self._logs = logs

    async def tokens(self, *, now: datetime) -> int:
        """Seal all tokens anew; gives how many people's were."""
        return await self._users.reseal(now=now, limit=2**31)

    async def settings(self, renew: Renew, *, now: datetime) -> int:
        """Seal the secrets in workflows' settings anew; gives how many workflows had any."""
        done = 0
        async for document in _each(self._workflows, "actionConfigs", "canvasData", "userId"):
            owner = str(document["userId"])
            kept = {name: document.get(name) for name in ("actionConfigs", "canvasData")}
            new = {name: _renewed(value, renew, owner) for name, value in kept.items()}
            if new != kept:
                done += await _write(self._workflows, document, kept, new, now)
        return done

    async def plans(self, renew: Renew, *, now: datetime) -> int:
        """Seal the secrets in runs' steps anew, so that they can be retried; gives how many had."""
        done = 0
        async for document in _each(self._logs, "plan", "userId", "workflowOwnerId"):
            owner = str(document.get("workflowOwnerId") or document["userId"])
            plan = from_text(document.get("plan"))
            new = _renewed(plan, renew, owner)
            if new != plan:
                text = to_text(new, most_bytes=_ANY_SIZE)
                done += await _write(
                    self._logs, document, {"plan": document["plan"]}, {"plan": text}, now
                )
        return done


async def _each(collection: Collection, *fields: str) -> AsyncIterator[Document]:
    last = NOBODY
    while page := await collection.many(
        {"_id": {"$gt": last}}, sort=[("_id", 1)], limit=_PAGE, fields=dict.fromkeys(fields, 1)
    ):
        for document in page:
            yield document
        last = page[-1]["_id"]


async def _write(
    collection: Collection, document: Document, old: Document, new: Document, now: datetime
) -> bool:
    unchanged = {name: {"$eq": value} for name, value in old.items()}
    values = {name: {"$literal": value} for name, value in new.items() if value != old[name]}
    changed = await collection.change(
        {"_id": document["_id"], **unchanged},
        [{"$set": {**values, "updatedAt": now}}],
        fields={"_id": 1},
    )
    return changed is not None


def _renewed(value: Any, renew: Renew, owner: str) -> Any:
    if isinstance(value, str):
        return renew(value, owner)
    if isinstance(value, dict):
        return {name: _renewed(inner, renew, owner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renewed(inner, renew, owner) for inner in value]
    return value
