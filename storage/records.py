"""What workflows saved by name."""

from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from storage.collection import NOBODY, Collection, Document, object_id
from storage.errors import NotFoundError, RefusedError, UnavailableError
from storage.json_values import clean_text, from_text, to_text
from storage.models import Record

MOST_BYTES = 64 * 1024
_MOST_NAME = 200
_MOST_NAMES = 500
_MOST_SAVERS = 100
_TRIES = 3


class Records:
    """Saved values. The value is kept as JSON text, so any JSON comes back as it was."""

    def __init__(self, records: Collection) -> None:
        self._records = records

    async def save(
        self,
        *,
        user_id: str,
        name: str,
        key: str | None,
        value: Any,
        run_id: str,
        step_id: str,
        now: datetime,
    ) -> None:
        """Keep a value; with a key it replaces the last one of that name and key.

        A repeat by the same run and step changes nothing.
        Errors: RefusedError over 64 KB, for an empty name, a name or key over 200 characters.
        """
        owner = object_id(user_id)
        if owner == NOBODY:
            raise NotFoundError("User not found.")
        document: Document = {
            "userId": owner,
            "name": _name(name),
            "value": to_text(value, most_bytes=MOST_BYTES, what="The value to save"),
            "runId": run_id,
            "stepId": step_id,
            "savedAt": now,
        }
        if key is None:
            await self._append(document)
        else:
            await self._replace(document, _short(clean_text(key), "key"))

    async def _append(self, document: Document) -> None:
        made_by = f"{document['runId']}:{document['stepId']}"
        try:
            await self._records.add({"_id": made_by, **document})
        except DuplicateKeyError:
            return  # this step saved it already

    async def _replace(self, document: Document, key: str) -> None:
        made_by = f"{document['runId']}:{document['stepId']}"
        one = {field: {"$eq": document[field]} for field in ("userId", "name")}
        one["key"] = {"$eq": key}
        # A step that saved before and is done again must not undo what others saved since.
        update: Document = {
            "$set": document,
            "$push": {"savedBy": {"$each": [made_by], "$slice": -_MOST_SAVERS}},
        }
        for _ in range(_TRIES):
            try:
                await self._records.touch({**one, "savedBy": {"$ne": made_by}}, update, upsert=True)
            except DuplicateKeyError:
                if await self._records.one({**one, "savedBy": {"$eq": made_by}}, fields={"_id": 1}):
                    return  # this step saved it already
                continue  # another run made it just now: the next try replaces it
            return
        raise UnavailableError

    async def of(self, user_id: str, name: str, *, limit: int) -> list[Record]:
        """List what is saved under a name, newest first."""
        found = await self._records.many(
            {"userId": object_id(user_id), "name": {"$eq": clean_text(name).strip()}},
            sort=[("savedAt", -1), ("_id", -1)],
            limit=max(limit, 1),
        )
        return [_record(document) for document in found]

    async def names(self, user_id: str) -> list[tuple[str, int]]:
        """List the names a user's workflows saved under, with how many values, latest first."""
        found = await self._records.joined(
            [
                {"$match": {"userId": object_id(user_id)}},
                {"$group": {"_id": "$name", "n": {"$sum": 1}, "last": {"$max": "$savedAt"}}},
                {"$sort": {"last": -1, "_id": 1}},
                {"$limit": _MOST_NAMES},
            ]
        )
        return [(document["_id"], document["n"]) for document in found]


def _name(name: str) -> str:
    name = clean_text(name).strip()
    if not name:
        raise RefusedError("Saved data needs a name.")
    return _short(name, "name")


def _short(text: str, what: str) -> str:
    if len(text) > _MOST_NAME:
        raise RefusedError(f"The {what} of saved data has at most {_MOST_NAME} characters.")
    return text


def _record(document: Document) -> Record:
    return Record(
        user_id=str(document["userId"]),
        name=document["name"],
        key=document.get("key"),
        value=from_text(document["value"]),
        run_id=document["runId"],
        step_id=document["stepId"],
        saved_at=document["savedAt"],
    )
