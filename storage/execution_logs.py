"""Runs as they happen: accepted once, claimed under a lease, written only by who holds the fence.

Reading them is in execution_log_lists.py, what owners do to them in execution_log_moves.py.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from storage.codec import conversation_document
from storage.collection import Document, Query, object_id
from storage.errors import LeaseLostError, NotFoundError, RefusedError, StaleError
from storage.execution_log_holds import ExecutionLogHolds, held
from storage.json_values import clean_text
from storage.models import Conversation, Json, Run, RunStatus, StatusDetail, StepStatus
from storage.run_codec import hold_text, output_text, run_document, run_of, short_id

__all__ = ["ExecutionLogs", "run_id", "short_id"]

_RUNNING = {"status": {"$eq": RunStatus.RUNNING.value}}
_ID_DIGITS = 24


def run_id(workflow_id: str, key: str) -> str:
    """Give the id of the run a key makes of a workflow: the same on any machine, at any time."""
    digest = hashlib.sha256(f"{workflow_id}\0{clean_text(key)}".encode())
    return digest.hexdigest()[:_ID_DIGITS]


class ExecutionLogs(ExecutionLogHolds):
    """Execution logs, one per run."""

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

    async def claim(self, *, now: datetime, lease: timedelta) -> Run | None:
        """Take the run that is due longest and nobody holds, raise its fence, and lease it."""
        document = await self._logs.change(
            {
                **_RUNNING,
                "dueAt": {"$lte": now},
                "$or": [{"leasedUntil": None}, {"leasedUntil": {"$lte": now}}],
            },
            {"$set": {"leasedUntil": now + lease, "updatedAt": now}, "$inc": {"fence": 1}},
            sort=[("dueAt", 1), ("_id", 1)],
        )
        return None if document is None else run_of(document)

    async def extend(self, run_id: str, fence: int, until: datetime) -> None:
        """Hold a claimed run until a later instant. Errors: LeaseLostError."""
        update = {"$set": {"leasedUntil": until}, "$currentDate": {"updatedAt": True}}
        if not await self._logs.touch(held(run_id, fence), update):
            raise LeaseLostError("Another worker holds this run now.")

    async def begin_step(self, run_id: str, fence: int, position: int, *, now: datetime) -> Run:
        """Write down the intent to do a step, before doing it. Errors: LeaseLostError."""
        step = _step(position)
        return await self._write(
            {**held(run_id, fence), f"{step}.status": {"$exists": True, "$ne": StepStatus.DONE}},
            {
                "$set": {
                    f"{step}.status": StepStatus.RUNNING,
                    f"{step}.startedAt": now,
                    f"{step}.finishedAt": None,
                    f"{step}.error": None,
                    "updatedAt": now,
                },
                "$inc": {f"{step}.attempts": 1},
            },
        )

    async def end_step(
        self,
        run_id: str,
        fence: int,
        position: int,
        *,
        action: str,
        output: Json | None,
        now: datetime,
    ) -> Run:
        """Write down that a step is done and what it made; telling it twice changes nothing.

        Errors: LeaseLostError; RefusedError for an output over 1 MB.
        """
        step, mine = _step(position), held(run_id, fence)
        document = await self._logs.change(
            {**mine, f"{step}.status": {"$exists": True, "$ne": StepStatus.DONE}},
            {
                "$set": {
                    f"{step}.status": StepStatus.DONE,
                    f"{step}.finishedAt": now,
                    f"{step}.error": None,
                    f"{step}.output": output_text(output),
                    "updatedAt": now,
                },
                "$push": {"actionsExecuted": action},
            },
        )
        if document is None:  # perhaps told before, by a call whose answer got lost
            document = await self._logs.one({**mine, f"{step}.status": StepStatus.DONE})
        if document is None:
            raise LeaseLostError("Another worker holds this run now.")
        return run_of(document)

    async def fail_step(
        self,
        run_id: str,
        fence: int,
        position: int,
        *,
        error: str,
        now: datetime,
        status: StepStatus = StepStatus.FAILED,
        hold: Json | None = None,
    ) -> Run:
        """Write down why a step did not work; ASKING puts the question to the owner.

        `hold` says what would mend it: {"by": "permission", "scope"}.

        Errors: LeaseLostError.
        """
        step = _step(position)
        return await self._write(
            {**held(run_id, fence), f"{step}.status": {"$exists": True, "$ne": StepStatus.DONE}},
            {
                "$set": {
                    f"{step}.status": status,
                    f"{step}.error": clean_text(error),
                    f"{step}.finishedAt": now if status is StepStatus.FAILED else None,
                    **({} if hold is None else {f"{step}.hold": hold_text(hold)}),
                    "updatedAt": now,
                }
            },
        )

    async def skip_steps(
        self, run_id: str, fence: int, positions: Sequence[int], *, now: datetime
    ) -> Run:
        """Write down that steps will not be done. Errors: LeaseLostError."""
        mine = held(run_id, fence)
        values: Document = {"updatedAt": now}
        for step in map(_step, positions):
            mine[f"{step}.status"] = {"$exists": True, "$ne": StepStatus.DONE}
            values |= {f"{step}.status": StepStatus.SKIPPED, f"{step}.finishedAt": now}
        return await self._write(mine, {"$set": values})

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
            {
                "$set": {
                    "status": status,
                    "statusDetail": detail,
                    "error": error and clean_text(error),
                    "executedAt": now,
                    "sortAt": now,
                    "updatedAt": now,
                },
                "$unset": {"dueAt": "", "leasedUntil": ""},
            },
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
        """Remember where a run's card stands, and give the run as it is. Errors: NotFoundError."""
        update = {
            "conversation": conversation_document(conversation),
            "cardActivityId": clean_text(activity_id),
            "updatedAt": now,
        }
        document = await self._logs.change({"_id": object_id(run_id)}, {"$set": update})
        if document is None:
            raise NotFoundError("Log not found")
        return run_of(document)

    async def _write(self, query: Query, update: Query) -> Run:
        document = await self._logs.change(query, update)
        if document is None:
            raise LeaseLostError("Another worker holds this run now.")
        return run_of(document)


def _step(position: int) -> str:
    if position < 0:
        raise RefusedError("A run has no step before its first.")
    return f"steps.{int(position)}"
