"""Runs as they are read: one, a page of them, the latest; always the owner's only."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from storage.collection import NOBODY, Collection, Document, object_id
from storage.errors import RefusedError
from storage.json_values import clean_text
from storage.models import LogFilter, Run, RunPage, RunStatus
from storage.run_codec import run_of
from storage.together import Together

_MOST_TEXT = 200
_MOST_DUE = 10_000
_MOST_LATEST = 50
_RUNNING = {"status": {"$eq": RunStatus.RUNNING.value}}
# What a list does not show, and may be megabytes.
_LEFT_OUT = {"plan": 0, "inputs": 0, "carried": 0, "steps.output": 0, "steps.hold": 0}
# The web application's logs have no sortAt.
_PLACE = {"$ifNull": ["$sortAt", "$executedAt", "$createdAt"]}


class ExecutionLogLists:
    """Reads execution logs. Lists come without plans, inputs, carried and steps' outputs."""

    def __init__(self, logs: Collection, workflows: Collection) -> None:
        self._logs = logs
        self._workflows = workflows
        self._due: Together[datetime, int] = Together(self._count_due)

    async def get(self, user_id: str, run_id: str) -> Run | None:
        """Give a run whole, if it is theirs."""
        return await self._one({"_id": object_id(run_id), "userId": object_id(user_id)})

    async def by_short_id(self, user_id: str, short_id: str) -> Run | None:
        """Give a run whole by the id people see, if it is theirs; any case, R- or not."""
        digits = clean_text(short_id).strip().upper().removeprefix("R-")
        if object_id(digits) != NOBODY:  # the web application's logs have no other
            return await self.get(user_id, digits)
        return await self._one({"shortId": {"$eq": f"R-{digits}"}, "userId": object_id(user_id)})

    async def page(self, user_id: str, filter: LogFilter, *, limit: int, skip: int) -> RunPage:  # noqa: A002
        """Give a slice of a user's runs: running ones first, then the newest ended, and the total.

        Errors: RefusedError for a text of more than 200 characters.
        """
        query = {"userId": object_id(user_id), **await self._matching(user_id, filter)}
        total, runs = await asyncio.gather(
            self._logs.count(query), self._joined(query, limit=limit, skip=skip)
        )
        return RunPage(tuple(runs), total, limit, skip)

    async def latest(self, user_id: str) -> list[Run]:
        """Give a user's newest 50 runs, joined with their workflows' names and actions."""
        return await self._joined({"userId": object_id(user_id)}, limit=_MOST_LATEST, skip=0)

    async def last_of(
        self, workflow_ids: Iterable[str], *, user_id: str | None = None
    ) -> dict[str, Run]:
        """Give the newest run of each workflow that has one, by workflow id; of one user's runs."""
        wanted = [object_id(workflow_id) for workflow_id in workflow_ids]
        theirs: Document = {} if user_id is None else {"userId": object_id(user_id)}
        found = await self._logs.joined(
            [
                {"$match": {"workflowId": {"$in": wanted}, **theirs}},
                {"$sort": {"workflowId": 1, "createdAt": -1}},
                {"$group": {"_id": "$workflowId", "log": {"$first": "$$ROOT"}}},
                {"$replaceRoot": {"newRoot": "$log"}},
                {"$project": _LEFT_OUT},
            ]
        )
        runs = [run_of(document) for document in found]
        return {run.workflow_id: run for run in runs}

    async def due_count(self, now: datetime) -> int:
        """Count the runs a worker holds or may take, 10,000 at most."""
        return await self._due.ask(now)

    async def _count_due(self, asked: list[datetime]) -> list[int]:
        """Count once for all who ask at the same time: it takes the longer the more are due."""
        due = {**_RUNNING, "dueAt": {"$lte": max(asked)}}
        return [await self._logs.count(due, at_most=_MOST_DUE)] * len(asked)

    async def next_due(self, now: datetime) -> datetime | None:
        """Give the instant the next run can be claimed, which may be past; None for no run."""
        free = {"$or": [{"leasedUntil": None}, {"leasedUntil": {"$lte": now}}]}
        by_due = await self._logs.one(
            {**_RUNNING, "dueAt": {"$type": "date"}, **free},
            fields={"dueAt": 1},
            sort=[("dueAt", 1)],
        )
        by_lease = await self._logs.one(
            {**_RUNNING, "dueAt": {"$type": "date"}, "leasedUntil": {"$gt": now}},
            fields={"leasedUntil": 1},
            sort=[("leasedUntil", 1)],
        )
        instants = [by_due and by_due["dueAt"], by_lease and by_lease["leasedUntil"]]
        return min((instant for instant in instants if instant), default=None)

    async def _one(self, query: Document) -> Run | None:
        found = await self._logs.joined([{"$match": query}, {"$limit": 1}, *_WITH_WORKFLOW])
        return run_of(found[0]) if found else None

    async def _joined(self, query: Document, *, limit: int, skip: int) -> list[Run]:
        found = await self._logs.joined(
            [
                {"$match": query},
                # Of all that match only this much, which the index holds; the slice itself after.
                {"$project": {"place": _PLACE}},
                {"$sort": {"place": -1, "_id": -1}},
                {"$skip": max(skip, 0)},
                {"$limit": max(limit, 1)},
                *self._whole(),
                *_WITH_WORKFLOW,
            ]
        )
        return [run_of(document) for document in found]

    def _whole(self) -> tuple[Document, ...]:
        """Put the logs themselves, without what lists leave out, in place of their ids."""
        log = {
            "from": self._logs.name,
            "localField": "_id",
            "foreignField": "_id",
            "pipeline": [{"$project": _LEFT_OUT}],
            "as": "log",
        }
        return (
            {"$lookup": log},
            {"$match": {"log": {"$ne": []}}},
            {"$replaceRoot": {"newRoot": {"$first": "$log"}}},
        )

    async def _matching(self, user_id: str, wanted: LogFilter) -> Document:
        query: Document = {}
        if wanted.status is not None:
            query["status"] = {"$eq": wanted.status.value}
        if wanted.trigger is not None:
            query["trigger"] = {"$eq": wanted.trigger.value}
        if wanted.workflow_ids is not None:
            query["workflowId"] = {"$in": [object_id(one) for one in wanted.workflow_ids]}
        if within := {
            operator: instant
            for operator, instant in (("$gte", wanted.since), ("$lt", wanted.until))
            if instant is not None
        }:
            query["createdAt"] = within
        conditions = []
        if wanted.workflow_name is not None:
            conditions.append(await self._named(user_id, wanted.workflow_name, ()))
        if wanted.text is not None:
            conditions.append(await self._named(user_id, wanted.text, ("error", "steps.error")))
        return {**query, "$and": conditions} if conditions else query

    async def _named(self, user_id: str, text: str, also: Sequence[str]) -> Document:
        """Match a part of the workflow's name, as it was and as it is now, or of other fields."""
        part = _literal(text)
        now_named = await self._workflows.many(
            {"userId": object_id(user_id), "name": part},
            sort=[("_id", 1)],
            limit=1000,
            fields={"_id": 1},
        )
        return {
            "$or": [
                *({field: part} for field in ("workflowName", *also)),
                {"workflowId": {"$in": [workflow["_id"] for workflow in now_named]}},
            ]
        }


_WITH_WORKFLOW: tuple[Document, ...] = (
    {
        "$lookup": {
            "from": "workflows",
            "localField": "workflowId",
            "foreignField": "_id",
            "pipeline": [{"$project": {"name": 1, "actions": 1}}],
            "as": "workflow",
        }
    },
    {"$set": {"workflow": {"$first": "$workflow"}}},
)


def _literal(text: str) -> Document:
    """Match a text as typed, in any case."""
    if len(text) > _MOST_TEXT:
        raise RefusedError(f"Search for at most {_MOST_TEXT} characters.")
    return {"$regex": re.escape(clean_text(text)), "$options": "i"}
