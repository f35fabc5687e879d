"""Runs that wait for a person before a step: to see what will leave, to sign in, to answer."""

from collections.abc import Sequence
from datetime import datetime

from storage.collection import Document, object_id
from storage.errors import LeaseLostError, NotFoundError
from storage.execution_log_moves import ExecutionLogMoves
from storage.json_values import clean_text
from storage.models import Json, Run, RunStatus, StatusDetail, StepStatus
from storage.run_codec import hold_text, run_of

_RUNNING = {"status": {"$eq": RunStatus.RUNNING.value}}
WAITING = (StepStatus.REVIEW, StepStatus.ASKING, StepStatus.SIGN_IN)
_OPEN = [StepStatus.WAITING, StepStatus.RUNNING, StepStatus.LATER, *WAITING]


class ExecutionLogHolds(ExecutionLogMoves):
    """Puts steps on hold under the fence, and lets their owner decide without one."""

    async def hold_step(
        self,
        run_id: str,
        fence: int,
        position: int,
        *,
        status: StepStatus,
        hold: Json,
        error: str | None,
        now: datetime,
    ) -> Run:
        """Have a step wait for its owner. Errors: LeaseLostError."""
        step = f"steps.{int(position)}"
        document = await self._logs.change(
            {
                **held(run_id, fence),
                f"{step}.status": {"$in": _OPEN},
            },
            {
                "$set": {
                    f"{step}.status": status,
                    f"{step}.hold": hold_text(hold),
                    f"{step}.error": error and clean_text(error),
                    "updatedAt": now,
                }
            },
        )
        if document is None:
            raise LeaseLostError("Another worker holds this run now.")
        return run_of(document)

    async def wait(
        self,
        run_id: str,
        fence: int,
        positions: Sequence[int],
        *,
        detail: StatusDetail,
        until: datetime | None,
        now: datetime,
    ) -> tuple[Run, bool]:
        """Let go of a run whose steps at `positions` wait, due again at `until` at the latest.

        Gives the run, and False when a person decided meanwhile: then it is still held.
        Errors: LeaseLostError.
        """
        waiting: Document = {f"steps.{place}.status": {"$in": list(WAITING)} for place in positions}
        update: Document = {
            "$set": {"statusDetail": detail, "updatedAt": now, "cardBehind": True},
            "$unset": {"leasedUntil": ""},
        }
        if until is None:
            update["$unset"]["dueAt"] = ""
        else:
            update["$set"]["dueAt"] = until
        document = await self._logs.change({**held(run_id, fence), **waiting}, update)
        if document is not None:
            return run_of(document), True
        document = await self._logs.one(held(run_id, fence))
        if document is None:
            raise LeaseLostError("Another worker holds this run now.")
        return run_of(document), False

    async def decide_step(
        self,
        user_id: str,
        run_id: str,
        position: int,
        *,
        status: StepStatus,
        hold: Json,
        now: datetime,
    ) -> Run | None:
        """Take the owner's decision on a step under review; None when it was decided before."""
        step = f"steps.{int(position)}"
        ended = {f"{step}.finishedAt": now} if status is StepStatus.SKIPPED else {}
        document = await self._logs.change(
            {
                "_id": object_id(run_id),
                "userId": object_id(user_id),
                **_RUNNING,
                f"{step}.status": StepStatus.REVIEW,
            },
            {
                "$set": {
                    f"{step}.status": status,
                    f"{step}.hold": hold_text(hold),
                    f"{step}.error": None,
                    **ended,
                    "statusDetail": None,
                    "dueAt": now,
                    "updatedAt": now,
                }
            },
        )
        return None if document is None else run_of(document)

    async def anybodys(self, run_id: str) -> Run:
        """Give a run whoever owns it, to tell others whose it is. Errors: NotFoundError."""
        document = await self._logs.one({"_id": object_id(run_id)})
        if document is None:
            raise NotFoundError("Log not found")
        return run_of(document)


def held(run_id: str, fence: int) -> Document:
    """Find a run under the fence its holder has."""
    return {"_id": object_id(run_id), "fence": {"$eq": fence}, **_RUNNING}
