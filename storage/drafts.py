"""Notes people gave that are not part of a run yet."""

from datetime import datetime

from bson import ObjectId

from storage.collection import NOBODY, Collection, object_id
from storage.errors import NotFoundError, RefusedError
from storage.json_values import clean_text

MOST_BYTES = 10 * 1024 * 1024


class Drafts:
    """Titles and notes, kept until they expire."""

    def __init__(self, meetings: Collection) -> None:
        self._meetings = meetings

    async def keep(
        self, *, user_id: str, title: str, notes: str, now: datetime, expires_at: datetime
    ) -> str:
        """Keep notes; gives the draft's id. Errors: RefusedError over 10 MB; NotFoundError."""
        owner, notes = object_id(user_id), clean_text(notes)
        if owner == NOBODY:
            raise NotFoundError("User not found.")
        if len(notes.encode()) > MOST_BYTES:
            raise RefusedError("These notes are too large: I take at most 10 MB.")
        draft = ObjectId()
        await self._meetings.add(
            {
                "_id": draft,
                "kind": "notes",
                "userId": owner,
                "title": clean_text(title),
                "notes": notes,
                "createdAt": now,
                "updatedAt": now,
                "expiresAt": expires_at,
            }
        )
        return str(draft)

    async def get(self, user_id: str, draft_id: str) -> tuple[str, str] | None:
        """Give title and notes of a draft if it is theirs and has not expired."""
        found = await self._meetings.one(
            {"_id": object_id(draft_id), "userId": object_id(user_id), "kind": "notes"}
        )
        return None if found is None else (found["title"], found["notes"])
