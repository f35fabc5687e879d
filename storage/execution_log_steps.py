"""The steps of a run as its holder takes them: intent, outcome, reason. All under the fence."""

from collections.abc import Sequence
from datetime import datetime

from storage.collection import Document, Query, object_id
from storage.errors import LeaseLostError, RefusedError
from storage.execution_log_holds import ExecutionLogHolds, held
from storage.json_values import clean_text
from storage.models import Json, Run, RunStatus, StatusDetail, StepStatus
from storage.run_codec import WITHOUT_GIVEN, hold_text, output_text, run_of


class ExecutionLogSteps(ExecutionLogHolds):
    """Writes down steps, one update each."""

    async def begin_step(
        self,
        run_id: str,
        fence: int,
        position: int,
        *,
        now: datetime,
        interrupted: bool = False,
        known: Run | None = None,
    ) -> Run:
        """Write down the intent to do a step, before doing it; also when it was `interrupted`.

        What the run was given is not read again from the database when it is `known`.
        Errors: LeaseLostError.
        """
        step = _step(position)
        update: Document = {"$set": {**_begun(step, now), "updatedAt": now}}
        update["$inc"] = {f"{step}.attempts": 1, f"{step}.interruptions": int(interrupted)}
        return await self._write(
            {**held(run_id, fence), f"{step}.status": {"$exists": True, "$ne": StepStatus.DONE}},
            update,
            known,
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
        begin: Sequence[int] = (),
        completes: bool = False,
        known: Run | None = None,
    ) -> Run:
        """Write down that a step is done and what it made; telling it twice changes nothing.

        The same write is the intent to do the waiting steps at `begin`, or ends the run as
        completed. `known` is as for begin_step().
        Errors: LeaseLostError; RefusedError for an output over 1 MB.
        """
        step, query = _step(position), held(run_id, fence)
        query[f"{step}.status"] = {"$exists": True, "$ne": StepStatus.DONE}
        update: Document = {
            "$set": {**_done(step, now), f"{step}.output": output_text(output), "updatedAt": now},
            "$push": {"actionsExecuted": action},
        }
        for following in map(_step, begin):
            query[f"{following}.status"] = {"$eq": StepStatus.WAITING}
            update["$set"] |= _begun(following, now)
            update.setdefault("$inc", {})[f"{following}.attempts"] = 1
        if completes:
            update["$set"] |= ended(RunStatus.COMPLETED, None, None, now)
            update["$unset"] = NO_LONGER_DUE
        fields = None if known is None else WITHOUT_GIVEN
        document = await self._logs.change(query, update, fields=fields)
        if document is None:  # perhaps told before, by a call whose answer got lost
            told = {"_id": object_id(run_id), "fence": fence, f"{step}.status": StepStatus.DONE}
            document = await self._logs.one(told, fields=fields)
        if document is None:
            raise LeaseLostError("Another worker holds this run now.")
        return run_of(document, known)

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

    async def _write(self, query: Query, update: Query, known: Run | None = None) -> Run:
        fields = None if known is None else WITHOUT_GIVEN
        document = await self._logs.change(query, update, fields=fields)
        if document is None:
            raise LeaseLostError("Another worker holds this run now.")
        return run_of(document, known)


NO_LONGER_DUE = {"dueAt": "", "leasedUntil": ""}


def ended(
    status: RunStatus, detail: StatusDetail | None, error: str | None, now: datetime
) -> Document:
    """Give the fields of a run that has ended; its card has yet to show it."""
    return {
        "status": status,
        "statusDetail": detail,
        "error": error and clean_text(error),
        "executedAt": now,
        "sortAt": now,
        "updatedAt": now,
        "cardBehind": True,
    }


def _begun(step: str, now: datetime) -> Document:
    return {
        f"{step}.status": StepStatus.RUNNING,
        f"{step}.startedAt": now,
        f"{step}.finishedAt": None,
        f"{step}.error": None,
    }


def _done(step: str, now: datetime) -> Document:
    return {
        f"{step}.status": StepStatus.DONE,
        f"{step}.finishedAt": now,
        f"{step}.error": None,
    }


def _step(position: int) -> str:
    if position < 0:
        raise RefusedError("A run has no step before its first.")
    return f"steps.{int(position)}"
