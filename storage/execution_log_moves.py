"""What its owner does to a run: answer it, wake it, stop it. No lease is needed, only ownership."""

from datetime import datetime

from storage.collection import Document, object_id
from storage.errors import NotFoundError, StaleError
from storage.execution_log_lists import ExecutionLogLists
from storage.models import Run, RunStatus, StatusDetail, StepStatus
from storage.run_codec import run_of

_RUNNING = {"status": {"$eq": RunStatus.RUNNING.value}}


class ExecutionLogMoves(ExecutionLogLists):
    """Moves runs that wait for a person, and stops runs."""

    async def wake(self, user_id: str, run_id: str, *, now: datetime, due_at: datetime) -> Run:
        """Make a waiting run due again. Errors: StaleError when it does not wait for anybody."""
        document = await self._logs.change(
            {**_theirs(user_id, run_id), "dueAt": None, "leasedUntil": None},
            {"$set": {"dueAt": due_at, "statusDetail": None, "updatedAt": now}},
        )
        return await self._moved(user_id, run_id, document)

    async def answer_step(
        self, user_id: str, run_id: str, position: int, *, done: bool, action: str, now: datetime
    ) -> Run:
        """Settle a step nobody but its owner can judge, and make the run due.

        `done` counts it as done; otherwise it waits to be done again. Errors: StaleError when
        the step asks nothing (any more); NotFoundError.
        """
        step = f"steps.{max(int(position), 0)}"
        update: Document = {
            "$set": {
                f"{step}.status": StepStatus.DONE if done else StepStatus.WAITING,
                f"{step}.finishedAt": now if done else None,
                f"{step}.error": None,
                "dueAt": now,
                "statusDetail": None,
                "updatedAt": now,
            }
        }
        if done:
            update["$push"] = {"actionsExecuted": action}
        asking = {**_theirs(user_id, run_id), f"{step}.status": StepStatus.ASKING}
        return await self._moved(user_id, run_id, await self._logs.change(asking, update))

    async def wake_signed_in(self, user_id: str, *, now: datetime) -> int:
        """Have every run of a user's that waits for a sign-in try again; tells how many do.

        Their steps wait no more, so that a worker about to let go of such a run goes on instead.
        """
        waits = {"$eq": ["$$step.status", StepStatus.SIGN_IN]}
        again = {"$mergeObjects": ["$$step", {"status": StepStatus.WAITING, "error": None}]}
        steps = {
            "$map": {
                "input": "$steps",
                "as": "step",
                "in": {"$cond": [waits, again, "$$step"]},
            }
        }
        return await self._logs.touch_all(
            {"userId": object_id(user_id), **_RUNNING, "steps.status": StepStatus.SIGN_IN},
            [{"$set": {"steps": steps, "statusDetail": None, "dueAt": now, "updatedAt": now}}],
        )

    async def cancel(self, user_id: str, run_id: str, *, now: datetime) -> Run | None:
        """Stop a running run: what is done stays, what is not is skipped, its worker loses it.

        None when it is not theirs or has ended already.
        """
        over = {"$in": ["$$step.status", [StepStatus.DONE, StepStatus.FAILED]]}
        skipped = {"$mergeObjects": ["$$step", {"status": StepStatus.SKIPPED, "finishedAt": now}]}
        steps = {
            "$map": {
                "input": {"$ifNull": ["$steps", []]},
                "as": "step",
                "in": {"$cond": [over, "$$step", skipped]},
            }
        }
        document = await self._logs.change(
            _theirs(user_id, run_id),
            [
                {
                    "$set": {
                        "status": RunStatus.FAILED,
                        "statusDetail": StatusDetail.CANCELLED,
                        "error": "Cancelled.",
                        "steps": steps,
                        "executedAt": now,
                        "sortAt": now,
                        "updatedAt": now,
                        "cardBehind": True,
                        "fence": {"$add": [{"$ifNull": ["$fence", 0]}, 1]},
                    }
                },
                {"$unset": ["dueAt", "leasedUntil"]},
            ],
        )
        return None if document is None else run_of(document)

    async def _moved(self, user_id: str, run_id: str, document: Document | None) -> Run:
        if document is not None:
            return run_of(document)
        if await self.get(user_id, run_id) is None:
            raise NotFoundError("Log not found.")
        raise StaleError("This run has gone on in the meantime.")


def _theirs(user_id: str, run_id: str) -> Document:
    return {"_id": object_id(run_id), "userId": object_id(user_id), **_RUNNING}
