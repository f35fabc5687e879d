"""What has been delivered already: the same activity twice is one."""

from datetime import datetime

from pymongo.errors import BulkWriteError

from storage.collection import Collection
from storage.errors import UnavailableError
from storage.json_values import clean_text
from storage.together import Together

_DUPLICATE = 11000


class Deliveries:
    """Keys seen in the last 24 hours."""

    def __init__(self, deliveries: Collection) -> None:
        self._deliveries = deliveries
        self._asked: Together[tuple[str, datetime], bool] = Together(self._first)

    async def first(self, key: str, *, now: datetime) -> bool:
        """Tell whether this key is delivered for the first time; the answer is durable."""
        return await self._asked.ask((clean_text(key), now))

    async def _first(self, asked: list[tuple[str, datetime]]) -> list[bool]:
        documents = [{"_id": key, "at": now} for key, now in asked]
        try:
            await self._deliveries.add_all(documents)
        except BulkWriteError as error:
            faults = error.details["writeErrors"]
            if error.details["writeConcernErrors"] or any(f["code"] != _DUPLICATE for f in faults):
                raise UnavailableError from error
            seen = {fault["index"] for fault in faults}
            return [place not in seen for place in range(len(asked))]
        return [True] * len(asked)
