"""One collection as the repositories use it; here a silent database becomes our error."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import pymongo
from bson import ObjectId
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import (
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.read_concern import ReadConcern

from storage.errors import ConsultFlowError, RefusedError, SettingsError, UnavailableError
from storage.patience import patience_or

Document = dict[str, Any]
Query = Mapping[str, Any]
Result = TypeVar("Result")
Sort = Sequence[tuple[str, int]]

_TOO_LARGE = frozenset({10334, 17419, 17420})
# An index of the same name or keys but other options; two documents with one value.
_NO_SUCH_INDEX = frozenset({85, 86, 11000})
_FOR_A_THREAD_SECONDS = 0.5
# Stepping down, shutting down, interrupted, out of time: the servers' words for "not now".
_NOT_NOW = frozenset({50, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})


NOBODY = ObjectId("0" * 24)  # an id no document has


def object_id(text: str) -> ObjectId:
    """Read one of our ids; anything but 24 hexadecimal digits becomes an id that finds nothing.

    Not None: a query for None finds documents that lack the field.
    """
    return ObjectId(text) if isinstance(text, str) and ObjectId.is_valid(text) else NOBODY


async def reach(call: Callable[[], Awaitable[Result]], seconds: float | None) -> Result:
    """Await a call of the driver in our own errors, no longer than so many seconds (None: any).

    Where there is a patience(), it counts instead. Within that time the driver itself looks for a
    new primary and asks it; a write has its number, so that it is made once however often asked.
    Errors: UnavailableError when the database is away, changing its primary or too slow: whether
    a write was made is then not known. RefusedError when a document outgrows what MongoDB keeps.
    """
    seconds = patience_or(seconds)
    try:
        # The driver keeps its own time, but not while a call waits for one of its threads.
        async with asyncio.timeout(None if seconds is None else seconds + _FOR_A_THREAD_SECONDS):
            with pymongo.timeout(seconds or 0):  # its None would mean the client's own limit
                return await call()
    except TimeoutError as error:
        raise UnavailableError from error
    except PyMongoError as error:
        if (ours := _ours(error)) is None:
            raise
        raise ours from error


def _ours(error: PyMongoError) -> ConsultFlowError | None:
    """Say what a failure of the driver means to people; None when it is a bug."""
    code = error.code if isinstance(error, OperationFailure) else None
    if isinstance(error, DocumentTooLarge) or code in _TOO_LARGE:
        return RefusedError("That is more than I can keep in one place.")
    if isinstance(error, ConnectionFailure | WriteConcernError) or code in _NOT_NOW:
        return UnavailableError()
    return UnavailableError() if error.timeout else None


class Collection:
    """The few operations we use, each one round trip and atomic."""

    def __init__(self, inner: Any, seconds: float | None = None) -> None:
        self._inner = inner
        self._seconds = seconds

    @property
    def name(self) -> str:
        """Its name in the database."""
        name: str = self._inner.name
        return name

    async def one(
        self, query: Query, *, fields: Query | None = None, sort: Sort | None = None
    ) -> Document | None:
        """Find one document."""
        return await self._reach(self._inner.find_one, query, fields, sort=sort)

    async def many(
        self, query: Query, *, sort: Sort, limit: int, fields: Query | None = None
    ) -> list[Document]:
        """Find at most `limit` documents in order."""
        cursor = self._inner.find(query, fields).sort(list(sort)).limit(limit)
        return await self._reach(cursor.to_list, None)

    async def each(
        self, field: str, values: list[str], *, fields: Query | None = None
    ) -> list[Document | None]:
        """Find the document of each value of a unique field, in the order of the values."""
        if len(values) == 1:
            return [await self.one({field: {"$eq": values[0]}}, fields=fields)]
        cursor = self._inner.find({field: {"$in": list(set(values))}}, fields)
        found = {one[field]: one for one in await self._reach(cursor.to_list, None)}
        return [found.get(value) for value in values]

    async def joined(self, pipeline: Sequence[Query]) -> list[Document]:
        """Run an aggregation."""
        return await self._reach(self._inner.aggregate(list(pipeline)).to_list, None)

    async def count(self, query: Query, *, at_most: int | None = None) -> int:
        """Count what matches."""
        limit = {} if at_most is None else {"limit": at_most}
        return await self._reach(self._inner.count_documents, query, **limit)

    async def add(self, document: Document) -> None:
        """Insert. Errors: DuplicateKeyError, for the repository to make sense of.

        It is only raised when a majority has what was in the way: a primary that was cut off from
        the others may hold a document that it has to take back.
        """
        try:
            await self._reach(self._inner.insert_one, document)
        except DuplicateKeyError:
            await self._reach(self._to_be_sure.find_one, {"_id": document["_id"]}, {"_id": 1})
            raise

    @property
    def _to_be_sure(self) -> Any:
        """Read what a majority has, after all that was written before."""
        return self._inner.with_options(read_concern=ReadConcern("linearizable"))

    async def add_all(self, documents: list[Document]) -> None:
        """Insert each on its own. Errors: BulkWriteError, naming those that could not be."""
        await self._reach(self._inner.insert_many, documents, ordered=False)

    async def change(
        self,
        query: Query,
        update: Query | Sequence[Query],
        *,
        upsert: bool = False,
        sort: Sort | None = None,
        fields: Query | None = None,
    ) -> Document | None:
        """Update one document and give it as it is then; None when nothing matched."""
        return await self._reach(
            self._inner.find_one_and_update,
            query,
            update,
            upsert=upsert,
            sort=sort,
            projection=fields,
            return_document=ReturnDocument.AFTER,
        )

    async def touch(
        self, query: Query, update: Query | Sequence[Query], *, upsert: bool = False
    ) -> bool:
        """Update one document without reading it; tells whether one matched."""
        outcome = await self._reach(self._inner.update_one, query, update, upsert=upsert)
        matched: int = outcome.matched_count
        return matched > 0

    async def remove(self, query: Query) -> bool:
        """Delete one document; tells whether there was one."""
        outcome = await self._reach(self._inner.delete_one, query)
        deleted: int = outcome.deleted_count
        return deleted > 0

    async def touch_all(self, query: Query, update: Query | Sequence[Query]) -> int:
        """Update every document that matches; tells how many did."""
        outcome = await self._reach(self._inner.update_many, query, update)
        matched: int = outcome.matched_count
        return matched

    async def remove_all(self, query: Query) -> int:
        """Delete every document that matches; tells how many there were."""
        outcome = await self._reach(self._inner.delete_many, query)
        deleted: int = outcome.deleted_count
        return deleted

    async def ensure(self, wanted: Sequence[IndexModel]) -> list[str]:
        """Build the indexes that are missing; gives their names.

        Errors: SettingsError when what is stored, or an index that is there, does not allow it.
        """
        names = [index.document["name"] for index in wanted]
        try:
            there = set(await reach(self._inner.index_information, None))
            await reach(partial(self._inner.create_indexes, list(wanted)), None)
        except OperationFailure as error:
            if error.code not in _NO_SUCH_INDEX:
                raise
            raise SettingsError(
                f"The database does not allow the indexes of {self.name}: another index is in "
                "their place, or two documents share a value that must be one's own."
            ) from error
        return [name for name in names if name not in there]

    async def _reach(
        self, ask: Callable[..., Awaitable[Result]], *told: Any, **more: Any
    ) -> Result:
        return await reach(partial(ask, *told, **more), self._seconds)
