"""Everything of one person's, removed for good."""

import re
from collections.abc import Mapping
from datetime import datetime

from storage.collection import Collection, Document, object_id
from storage.models import RunStatus, StatusDetail, User

_OWNED = ("workflows", "executionlogs", "records", "meetings", "handovers", "signins")


class Erasure:
    """Removes what is a user's, in an order that leaves nothing that could write it again."""

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        self._collections = collections

    async def erase(self, user: User, *, now: datetime) -> dict[str, int]:
        """Remove a user and everything kept for them; tells how many of what, by collection.

        Their runs are stopped first: a worker in the middle of one loses it before its next write.
        A second call finds what came in between; erasing somebody who is gone changes nothing.
        """
        owner = object_id(user.id)
        await self._stop_runs(user, now)
        chats = await self._chats(user)
        removed = {
            name: await self._collections[name].remove_all({"userId": owner}) for name in _OWNED
        }
        ending = {"$regex": f"\\|{re.escape(user.id)}$"}
        removed["dialogstate"] = await self._collections["dialogstate"].remove_all({"_id": ending})
        removed["deliveries"] = await self._forget_deliveries(user, chats)
        removed["conversations"] = await self._collections["conversations"].remove_all(
            {"userId": owner}
        )
        await self._collections["workflows"].touch_all(
            {"sharedWith.id": {"$eq": user.id}}, {"$pull": {"sharedWith": {"id": user.id}}}
        )
        removed["users"] = await self._collections["users"].remove_all({"_id": owner})
        return removed

    async def _stop_runs(self, user: User, now: datetime) -> None:
        stopped: Document = {
            "status": RunStatus.FAILED,
            "statusDetail": StatusDetail.CANCELLED,
            "executedAt": now,
            "updatedAt": now,
        }
        await self._collections["executionlogs"].touch_all(
            {"userId": object_id(user.id), "status": {"$eq": RunStatus.RUNNING.value}},
            {"$set": stopped, "$inc": {"fence": 1}, "$unset": {"dueAt": "", "leasedUntil": ""}},
        )

    async def _chats(self, user: User) -> list[str]:
        """Give the keys of the conversations nobody else is in: tenant, bar, conversation."""
        found = await self._collections["conversations"].many(
            {"userId": object_id(user.id)}, sort=[("_id", 1)], limit=1000, fields={"_id": 1}
        )
        return [document["_id"] for document in found]

    async def _forget_deliveries(self, user: User, chats: list[str]) -> int:
        """Remove notes of what came in these chats, and any that name the user or their account."""
        account = user.microsoft_id.partition(".")[0]
        parts = [re.escape(part) for part in (*chats, user.id, account) if part]
        pattern = {"$regex": "|".join(parts), "$options": "i"}
        return await self._collections["deliveries"].remove_all({"_id": pattern})
