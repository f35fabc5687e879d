"""Runs as they happen: accepted once, claimed under a lease, written only by who holds the fence.

Reading them is in execution_log_lists.py, what owners do to them in execution_log_moves.py and
execution_log_holds.py, their steps in execution_log_steps.py.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from storage.codec import conversation_document
from storage.collection import Collection, Document, object_id
from storage.errors import LeaseLostError, NotFoundError, StaleError
from storage.execution_log_holds import held
from storage.execution_log_steps import NO_LONGER_DUE, ExecutionLogSteps, ended
from storage.json_values import clean_text
from storage.models import Conversation, Run, RunStatus, StatusDetail
from storage.revisions import Revised
from storage.run_codec import run_document, run_of, short_id

__all__ = ["NOT_FULL", "ExecutionLogs", "Full", "run_id", "short_id"]

_RUNNING = {"status": {"$eq": RunStatus.RUNNING.value}}
# With a card in Teams, and ended or parked without that card having shown it.
_BEHIND = {"cardBehind": {"$eq": True}, "cardActivityId": {"$type": "string"}}
_ID_DIGITS = 24
_MOST_HELD = 10_000


@dataclass(frozen=True, slots=True)
class Full:
    """Whose runs fill all the places there are for them, so that others go first."""

    users: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()


NOT_FULL = Full()


def run_id(workflow_id: str, key: str) -> str:
    """Give the id of the run a key makes of a workflow: the same on any machine, at any time."""
    digest = hashlib.sha256(f"{workflow_id}\0{clean_text(key)}".encode())
    return digest.hexdigest()[:_ID_DIGITS]


class ExecutionLogs(ExecutionLogSteps):
    """Execution logs, one per run."""

    def __init__(self, logs: Revised, workflows: Collection) -> None:
        super().__init__(logs, workflows)
        self._noted = logs

    async def accept(self, run: Run) -> tuple[Run, bool]:
        """Keep a new run; a repeat of its workflow and key gives the run that is there, and False.

        Its short id grows by a digit while another run has it. Errors: RefusedError when what it
        was given is too large; NotFoundError for an id that is none.
        """
        run = replace(run, id=run_id(run.workflow_id, run.key), key=clean_text(run.key))
        for digits in range(max(len(run.short_id) - len("R-"), 4), _ID_DIGITS + 1):
            named = replace(run, short_id=short_id(run.id, digits))
            document = run_document(named)
            try:
                await self._logs.add(document)
            except DuplicateKeyError:
                there = await self._logs.one({"_id": document["_id"]})
                if there is not None:
                    return run_of(there), False
            else:
                return run_of(document), True
        raise StaleError("This run was removed while it was being accepted. Start it again.")

    async def claim(
        self, *, now: datetime, lease: timedelta, run_id: str | None = None, full: Full = NOT_FULL
    ) -> Run | None:
        """Take a run that is due and nobody holds, raise its fence, and lease it.

        That of `run_id`, or the one that is due longest; none of those who have all their places.
        """
        query: Document = {
            **_RUNNING,
            "dueAt": {"$lte": now},
            "$or": [{"leasedUntil": None}, {"leasedUntil": {"$lte": now}}],
        }
        if run_id is not None:
            query["_id"] = object_id(run_id)
        if full.users:
            query["userId"] = {"$nin": [object_id(one) for one in full.users]}
        if full.workflows:
            query["workflowId"] = {"$nin": [object_id(one) for one in full.workflows]}
        document = await self._logs.change(
            query,
            {"$set": {"leasedUntil": now + lease, "updatedAt": now}, "$inc": {"fence": 1}},
            sort=[("dueAt", 1), ("_id", 1)],
        )
        return None if document is None else run_of(document)

    async def full(self, *, now: datetime, of_user: int, of_workflow: int) -> Full:
        """Name those with as many runs under way as they may have at once.

        Two workers that ask at the same time may both take a last place: the most is exceeded by
        as many as there are workers, for as long as those runs take.
        """
        held_now = {**_RUNNING, "leasedUntil": {"$gt": now}}
        found = await self._logs.many(
            held_now,
            sort=[("leasedUntil", 1)],
            limit=_MOST_HELD,
            fields={"userId": 1, "workflowId": 1},
        )
        users = Counter(str(one["userId"]) for one in found)
        workflows = Counter(str(one["workflowId"]) for one in found)
        return Full(
            users=tuple(one for one, there in users.items() if there >= of_user),
            workflows=tuple(one for one, there in workflows.items() if there >= of_workflow),
        )

    async def due_of(self, user_id: str, *, now: datetime, at_most: int) -> int:
        """Count a user's runs that are due or under way, as far as `at_most`."""
        query = {**_RUNNING, "userId": object_id(user_id), "dueAt": {"$lte": now}}
        return await self._logs.count(query, at_most=at_most)

    async def extend(self, run_id: str, fence: int, until: datetime) -> None:
        """Hold a claimed run until a later instant. Errors: LeaseLostError."""
        update = {"$set": {"leasedUntil": until}, "$currentDate": {"updatedAt": True}}
        if not await self._logs.touch(held(run_id, fence), update):
            raise LeaseLostError("Another worker holds this run now.")

    async def finish(
        self,
        run_id: str,
        fence: int,
        *,
        status: RunStatus,
        detail: StatusDetail | None,
        error: str | None,
        now: datetime,
    ) -> Run:
        """End a run; from now on it is due no more and held by nobody. Errors: LeaseLostError."""
        return await self._write(
            held(run_id, fence),
            {"$set": ended(status, detail, error, now), "$unset": NO_LONGER_DUE},
        )

    async def hand_back(
        self,
        run_id: str,
        fence: int,
        *,
        due_at: datetime | None,
        now: datetime,
        detail: StatusDetail | None = None,
    ) -> Run:
        """Let go of a run until an instant, or until a person moves it. Errors: LeaseLostError."""
        update: Document = {
            "$set": {"statusDetail": detail, "updatedAt": now},
            "$unset": {"leasedUntil": ""},
        }
        if due_at is None:
            update["$unset"]["dueAt"] = ""
        else:
            update["$set"]["dueAt"] = due_at
        return await self._write(held(run_id, fence), update)

    async def show_at(
        self, run_id: str, conversation: Conversation, activity_id: str, *, now: datetime
    ) -> Run:
        """Remember where a run's card stands, and give the run as it is. Errors: NotFoundError.

        A run that was shown there before is shown there no more.
        """
        here = {"cardActivityId": {"$eq": clean_text(activity_id)}}
        await self._noted.note(
            {
                **here,
                "conversation.id": {"$eq": conversation.id},
                "_id": {"$ne": object_id(run_id)},
            },
            {"$unset": {"cardActivityId": "", "cardBehind": ""}},
        )
        update = {
            "conversation": conversation_document(conversation),
            "cardActivityId": clean_text(activity_id),
            "updatedAt": now,
        }
        document = await self._logs.change({"_id": object_id(run_id)}, {"$set": update})
        if document is None:
            raise NotFoundError("Log not found")
        return run_of(document)

    async def behind(self, *, before: datetime, limit: int) -> list[Run]:
        """Give runs that ended or wait, whose card does not show it yet and has had the time."""
        found = await self._logs.many(
            {**_BEHIND, "updatedAt": {"$lt": before}}, sort=[("updatedAt", 1)], limit=limit
        )
        return [run_of(document) for document in found]

    async def shown(self, run_id: str, revision: int) -> None:
        """Note that a run's card shows that revision, if the run has not moved since."""
        await self._noted.note(
            {"_id": object_id(run_id), "revision": {"$eq": revision}},
            {"$unset": {"cardBehind": ""}},
        )
