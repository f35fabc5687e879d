"""Documents that count their changes, so that two readings of one can be put in order."""

from collections.abc import Sequence

from storage.collection import Collection, Document, Query, Sort

REVISION = "revision"
_ONE_MORE = {"$set": {REVISION: {"$add": [{"$ifNull": [f"${REVISION}", 0]}, 1]}}}


class Revised(Collection):
    """A collection whose every update raises the document's `revision` in the same operation.

    What another program writes raises nothing: the revision orders our own readings.
    """

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
        return await super().change(query, _raised(update), upsert=upsert, sort=sort, fields=fields)

    async def touch(
        self, query: Query, update: Query | Sequence[Query], *, upsert: bool = False
    ) -> bool:
        """Update one document without reading it; tells whether one matched."""
        return await super().touch(query, _raised(update), upsert=upsert)

    async def touch_all(self, query: Query, update: Query | Sequence[Query]) -> int:
        """Update every document that matches; tells how many did."""
        return await super().touch_all(query, _raised(update))

    async def note(self, query: Query, update: Query) -> bool:
        """Update one document in what is no part of its state: its revision stays."""
        return await super().touch(query, update)


def _raised(update: Query | Sequence[Query]) -> Query | list[Query]:
    if isinstance(update, Sequence):
        return [*update, _ONE_MORE]
    counted = {**update.get("$inc", {}), REVISION: 1}
    return {**update, "$inc": counted}
