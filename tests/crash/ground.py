"""Where runs are accepted, workers started, and ends awaited."""

import asyncio
from dataclasses import replace
from threading import Event

from bot.local.people import TEAM_GROUP_ID
from storage.execution_logs import run_id, short_id
from storage.models import Conversation, ConversationKind, Run, SendPolicy, Step, TriggerName
from tests.crash.attempts import NOTES, attempts
from tests.crash.nursery import WorkerProcess
from tests.crash.worker_process import Told

_ENDED = {"$or": [
    {"status": {"$in": ["completed", "failed"]}}, {"statusDetail": {"$eq": "waiting_answer"}},
]}  # fmt: skip


class Ground:
    """One database, one outside world, and worker processes on them."""

    def __init__(self, storage, raw, clock, outside, context, told):
        self.storage, self.raw, self.clock, self.outside = storage, raw, clock, outside
        self._context = context
        self.told = told
        self.workers = []
        self.attempts = attempts(outside.wire.url)

    async def settle(self):
        """Make the person whose runs these are, and the channel they post in."""
        asha = self.outside.microsoft.directory.account("asha")
        tenant = self.outside.teams.tenant_id
        user = await self.storage.users.seen(
            microsoft_id=f"{asha.object_id}.{tenant}",
            email=asha.person.email,
            name=asha.person.name,
            now=self.clock.now(),
        )
        self.user = user
        rooms, now = self.outside.teams.world.rooms, self.clock.now()
        self.place = self._conversation(rooms["channel"], "Client delivery > General")
        own = self._conversation(rooms["asha"], None)
        await self.storage.conversations.remember(self.place, user_id=None, now=now)
        await self.storage.conversations.remember(own, user_id=user.id, now=now)
        self.may()

    def _conversation(self, room, name):
        return Conversation(
            id=room.id,
            kind=room.kind,
            tenant_id=self.outside.teams.tenant_id,
            service_url=f"{self.outside.wire.url}/amer/",
            bot_id=f"28:{self.outside.teams.app_id}",
            name=name,
            team_id=TEAM_GROUP_ID if room.kind is ConversationKind.CHANNEL else None,
        )

    def may(self, *, without=""):
        """Have the person agreed to everything, or to all but one permission."""
        token = self.outside.token("asha", without=without)
        self.told = replace(self.told, graph_tokens={self.user.microsoft_id: token})

    async def accept(self, key, plan):
        """Accept a run of these steps; from then on it may not get lost."""
        now = self.clock.now()
        workflow = "a" * 24
        run = Run(
            id=run_id(workflow, key),
            short_id=short_id(run_id(workflow, key)),
            user_id=self.user.id,
            workflow_id=workflow,
            workflow_name="Crash",
            workflow_version=1,
            trigger=TriggerName.MANUAL,
            key=key,
            plan=tuple(plan),
            steps=tuple(Step(id=step.id, action=step.action) for step in plan),
            inputs={"notes": NOTES, "mark": key},
            created_at=now,
            updated_at=now,
            due_at=now,
            started_by=self.user.name,
            conversation=self.place,
            send_policy=SendPolicy.AUTO,
        )
        accepted, _new = await self.storage.runs.accept(run)
        return accepted

    def start(self, **changes):
        """Start a worker process."""
        process = WorkerProcess(self._context, replace(self.told, **changes))
        self.workers.append(process)
        return process

    async def worker(self, **changes):
        """Start a worker process and wait until it works."""
        process = self.start(**changes)
        await process.up()
        return process

    async def kill_newest(self):
        """Kill the worker that was started last."""
        await self.workers[-1].kill()

    def ended(self):
        """Count the runs that have ended, or ask."""
        return self.raw["executionlogs"].count_documents(_ENDED)

    def logs(self):
        """Give every run's document, by its key."""
        found = self.raw["executionlogs"].find()
        return {one["idempotencyKey"].partition(":")[2]: one for one in found}

    async def all_ended(self, runs, seconds=60.0):
        """Wait until so many runs have ended, or ask; gives their documents by key."""
        await self.until(lambda _logs: self.ended() >= runs, seconds)
        return self.logs()

    async def until(self, come, seconds=60.0):
        """Wait until come(logs) is true, looking again whenever a run has moved."""
        given_up = Event()
        try:
            async with asyncio.timeout(seconds):
                await asyncio.to_thread(self._look, come, given_up)
        finally:
            given_up.set()

    def _look(self, come, given_up):
        logs = self.raw["executionlogs"]
        with logs.watch(max_await_time_ms=200) as changes:
            while not come(logs) and not given_up.is_set():
                changes.try_next()

    async def close(self):
        """Leave no process behind."""
        for worker in self.workers:
            await worker.kill()


def told_of(outside, mongo_uri, folder):
    """Say what every worker has to know."""
    teams = outside.teams
    return Told(
        mongo_uri=mongo_uri,
        app_id=teams.app_id,
        tenant_id=teams.tenant_id,
        bot_token=teams.bot_token,
        graph_url=f"{outside.wire.url}/v1.0",
        graph_tokens={},
        allow=frozenset({outside.wire.url}),
        log=str(folder / "workers.log"),
    )
