"""Files offered to one person in their own chat: each waits a day for a yes or a no."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from storage.collection import NOBODY, Collection, Document, object_id
from storage.errors import NotFoundError, RefusedError
from storage.json_values import clean_text

MOST_BYTES = 10 * 1024 * 1024
_TOO_LARGE = (
    "This file has more than 10 MB, the most I can hand over in a chat. "
    "Choose OneDrive as its place, then run this again."
)
_WITHOUT_CONTENT = {"content": 0}


class HandoverState(StrEnum):
    """Where an offered file stands. Only a waiting or sending one still holds its bytes."""

    WAITING = "waiting"
    SENDING = "sending"
    SAVED = "saved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Handover:
    """An offered file. `activity_id` is the message that asks for consent, once it is known."""

    id: str
    name: str
    size: int  # bytes
    state: HandoverState
    activity_id: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A file somebody may bring to its place, alone, until the lease is over."""

    handover: Handover
    content: bytes
    number: int


class Handovers:
    """Offered files, one for each key. What has expired is not there."""

    def __init__(self, handovers: Collection) -> None:
        self._handovers = handovers

    async def keep(
        self,
        *,
        key: str,
        user_id: str,
        name: str,
        content: bytes,
        now: datetime,
        expires_at: datetime,
    ) -> Handover:
        """Keep a file for somebody; one kept under the same key before stays as it is.

        Errors: RefusedError over 10 MB; NotFoundError for an id that is nobody's.
        """
        owner = object_id(user_id)
        if owner == NOBODY:
            raise NotFoundError("User not found.")
        if len(content) > MOST_BYTES:
            raise RefusedError(_TOO_LARGE)
        made: Document = {
            "userId": owner,
            "name": clean_text(name),
            "size": len(content),
            "content": content,
            "state": HandoverState.WAITING.value,
            "claim": 0,
            "createdAt": now,
        }
        document = await self._handovers.change(
            {"_id": _id_of(key)},
            {"$setOnInsert": made, "$set": {"updatedAt": now}, "$max": {"expiresAt": expires_at}},
            upsert=True,
            fields=_WITHOUT_CONTENT,
        )
        if document is None:
            raise NotFoundError("This file is not kept any more.")
        return _handover(document)

    async def shown(self, handover_id: str, activity_id: str, *, now: datetime) -> None:
        """Note which message asks for consent."""
        await self._handovers.touch(
            {"_id": {"$eq": handover_id}},
            {"$set": {"activityId": clean_text(activity_id), "updatedAt": now}},
        )

    async def get(self, user_id: str, handover_id: str, *, now: datetime) -> Handover | None:
        """Give an offered file if it is theirs and has not expired."""
        found = await self._handovers.one(_theirs(user_id, handover_id, now), fields={"content": 0})
        return None if found is None else _handover(found)

    async def claim(
        self, user_id: str, handover_id: str, *, now: datetime, lease: timedelta
    ) -> Claim | None:
        """Take a waiting file, to bring it to its place; None when it is not theirs to take now.

        One that was taken, and not heard of within the lease, can be taken again.
        """
        free = [
            {"state": HandoverState.WAITING.value},
            {"state": HandoverState.SENDING.value, "claimedUntil": {"$lte": now}},
        ]
        sending = {"state": HandoverState.SENDING.value, "claimedUntil": now + lease}
        document = await self._handovers.change(
            {**_theirs(user_id, handover_id, now), "$or": free},
            {"$set": {**sending, "updatedAt": now}, "$inc": {"claim": 1}},
        )
        if document is None:
            return None
        return Claim(_handover(document), bytes(document["content"]), document["claim"])

    async def saved(self, claim: Claim, *, now: datetime) -> bool:
        """Note that a claimed file is in its place, and drop its bytes."""
        return await self._end(_claimed(claim), HandoverState.SAVED, now)

    async def release(self, claim: Claim, *, now: datetime) -> bool:
        """Let a claimed file wait again: it did not get to its place."""
        waiting = {"state": HandoverState.WAITING.value, "updatedAt": now}
        return await self._handovers.touch(
            _claimed(claim), {"$set": waiting, "$unset": {"claimedUntil": ""}}
        )

    async def decline(self, user_id: str, handover_id: str, *, now: datetime) -> bool:
        """Drop the bytes of a waiting file; False when it is not theirs, or not waiting."""
        waiting = {"state": HandoverState.WAITING.value}
        return await self._end(
            {**_theirs(user_id, handover_id, now), **waiting}, HandoverState.DECLINED, now
        )

    async def _end(self, query: Document, state: HandoverState, now: datetime) -> bool:
        ended = {"$set": {"state": state.value, "updatedAt": now}}
        return await self._handovers.touch(
            query, {**ended, "$unset": {"content": "", "claimedUntil": ""}}
        )


def _id_of(key: str) -> str:
    """Give the id that belongs to a key: it says nothing of the run it comes from."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _theirs(user_id: str, handover_id: str, now: datetime) -> Document:
    return {
        "_id": {"$eq": handover_id},
        "userId": object_id(user_id),
        "expiresAt": {"$gt": now},
    }


def _claimed(claim: Claim) -> Document:
    state = HandoverState.SENDING.value
    return {"_id": {"$eq": claim.handover.id}, "state": state, "claim": claim.number}


def _handover(document: Document) -> Handover:
    return Handover(
        id=document["_id"],
        name=document["name"],
        size=document["size"],
        state=HandoverState(document["state"]),
        activity_id=document.get("activityId"),
    )
