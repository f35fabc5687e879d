"""What has been delivered already: the same activity twice is one."""

from datetime import datetime

from pymongo.errors import BulkWriteError

from storage.collection import Collection
from storage.errors import UnavailableError
from storage.json_values import clean_text
from storage.together import Together

_DUPLICATE = 11000
_MOST_UNSURE = 10_000


class Deliveries:
    """Keys seen in the last 24 hours."""

    def __init__(self, deliveries: Collection) -> None:
        self._deliveries = deliveries
        self._asked: Together[tuple[str, datetime], bool] = Together(self._first)

        self._unsure: dict[str, None] = {}

    async def first(self, key: str, *, now: datetime) -> bool:
        """Tell whether this key is delivered for the first time; the answer is durable.

        A key that could not be noted was not taken: delivered again, it is the first.
        Errors: UnavailableError.
        """
        key = clean_text(key)
        try:
            first = await self._asked.ask((key, now))
        except UnavailableError:
            self.let_come_again(key)  # it may have been noted all the same
            raise
        taken_back = self._unsure.pop(key, self) is None
        return first or taken_back

    def let_come_again(self, key: str) -> None:
        """Take the next delivery of a key, here, for the first: this one was not seen through."""
        self._unsure[clean_text(key)] = None
        if len(self._unsure) > _MOST_UNSURE:
            del self._unsure[next(iter(self._unsure))]

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
