"""Dialog state: plain JSON under a key, changed only by who has seen the latest."""

from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from storage.collection import Collection, Document
from storage.errors import StaleError
from storage.json_values import clean_text, from_text, to_text
from storage.together import Together

MOST_BYTES = 1024 * 1024
_STALE = "This was answered in the meantime. Go on from the latest message."


class BotState:
    """One JSON object a key, with a version: 0 is what is not there."""

    def __init__(self, states: Collection) -> None:
        self._states = states
        self._asked: Together[str, Document | None] = Together(self._loaded)

    async def load(self, key: str) -> tuple[dict[str, Any] | None, int]:
        """Give the state and its version; (None, 0) when there is none."""
        document = await self._asked.ask(clean_text(key))
        if document is None:
            return None, 0
        return from_text(document["data"]), document["v"]

    async def _loaded(self, keys: list[str]) -> list[Document | None]:
        return await self._states.each("_id", keys)

    async def save(
        self, key: str, state: dict[str, Any], *, expected: int, expires_at: datetime
    ) -> int:
        """Keep a state that was loaded at version `expected`; gives the new version.

        Errors: StaleError when somebody saved in between; RefusedError over 1 MB.
        """
        data = to_text(state, most_bytes=MOST_BYTES, what="This conversation")
        document: Document = {"data": data, "exp": expires_at, "v": expected + 1}
        if expected == 0:
            try:
                await self._states.add({"_id": clean_text(key), **document})
            except DuplicateKeyError as error:
                raise StaleError(_STALE) from error
        elif not await self._states.touch(_at(key, expected), {"$set": document}):
            raise StaleError(_STALE)
        return expected + 1

    async def drop(self, key: str, *, expected: int) -> None:
        """Forget a state that was loaded at version `expected`. Errors: StaleError."""
        if await self._states.remove(_at(key, expected)):
            return
        if (await self.load(key))[1] != 0:
            raise StaleError(_STALE)


def _at(key: str, version: int) -> Document:
    return {"_id": {"$eq": clean_text(key)}, "v": {"$eq": version}}
