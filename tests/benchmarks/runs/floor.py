"""The floor: what a run of five steps costs at least, one insert and five updates, and no more.

Twice: of small documents without an index, and of the bot's own execution logs with all of theirs,
which is what the stored contract costs.
"""

import asyncio
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime

from bson import ObjectId

from storage.database import _client
from storage.indexes import INDEXES
from storage.models import PlanStep, Run, Step, TriggerName
from storage.run_codec import run_document, short_id
from tests.benchmarks.runs.loop import closed_loop, listen

STEPS = 5


async def bare_run(logs):
    """Write a run down as it is accepted, then each step's outcome: a majority has each write."""
    log = {"_id": ObjectId(), "status": "running", "steps": [{"status": "waiting"}] * STEPS}
    await logs.insert_one(log)
    await _outcomes(logs, log["_id"])


async def log_run(logs):
    """Write a run down as bare_run() does, in an execution log as the bot keeps it."""
    log = {**_LOG, "_id": ObjectId(), "userId": ObjectId(), "workflowId": ObjectId()}
    names = {"shortId": short_id(str(log["_id"]), 24), "idempotencyKey": str(log["_id"])}
    await logs.insert_one({**log, **names})
    await _outcomes(logs, log["_id"])


async def _outcomes(logs, run):
    for number in range(STEPS):
        outcome = {"status": "done", "finishedAt": datetime.now(UTC), "output": '{"said":"hello"}'}
        places = {f"steps.{number}.{name}": value for name, value in outcome.items()}
        await logs.update_one({"_id": run}, {"$set": places})


async def main(uri):
    database = _client(uri, 3.0).get_default_database()
    kinds = {"bare": (bare_run, database["bare"]), "logs": (log_run, database["executionlogs"])}
    await database["executionlogs"].create_indexes(INDEXES["executionlogs"])

    async def loop(clients, seconds, kind):
        write, logs = kinds[kind]
        return await closed_loop(lambda _client: write(logs), clients, seconds)

    await listen({"loop": loop})


def _a_log():
    now, steps = datetime.now(UTC), [f"note#{number}" for number in range(STEPS)]
    run = Run(
        id=str(ObjectId()),
        short_id="",
        user_id=str(ObjectId()),
        workflow_id=str(ObjectId()),
        workflow_name="Bench",
        workflow_version=1,
        trigger=TriggerName.MANUAL,
        key="",
        plan=tuple(PlanStep(step, "note", {}, ()) for step in steps),
        steps=tuple(Step(step, "note") for step in steps),
        inputs={},
        created_at=now,
        updated_at=now,
        due_at=now,
    )
    return run_document(replace(run, leased_until=now))


_LOG = _a_log()


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
