"""Two hundred small runs on two workers, and what is left of them in the database and outside."""

import asyncio
import time
from collections import Counter
from datetime import timedelta

from aiohttp import web

from bot.actions.api_call import api_call
from bot.actions.save_data import save_data
from bot.clock import SystemClock
from bot.triggers.manual import manual
from bot.workflows.engine import Engine
from bot.workflows.service import WorkflowService
from bot.workflows.stepper import Stepper
from bot.workflows.trigger import Signal
from bot.workflows.worker import Places, Worker
from storage.errors import UnavailableError
from storage.models import TriggerName
from tests.fakes.server import Server

RUNS, AT_ONCE, BUSY = 200, 10, 40
LEASE = timedelta(seconds=3)
ACTIONS = {"save_data": save_data, "api_call": api_call}
STEPS = ["save_data", "api_call", "save_data#2"]
_UNSETTLED = {"status": "running", "statusDetail": {"$ne": "waiting_answer"}}


class Service(Server):
    """Keeps what is put under each key, as often as it comes; does what is posted each time."""

    def __init__(self):
        super().__init__()
        self.put, self.posted = Counter(), Counter()
        self.busy = asyncio.Event()
        self.moments = []

    def routes(self):
        return [web.put("/things", self._put), web.post("/things", self._post)]

    async def _put(self, request):
        return self._done(self.put, request)

    async def _post(self, request):
        return self._done(self.posted, request)

    def _done(self, what, request):
        what[request.headers["Idempotency-Key"]] += 1
        self.moments.append(time.monotonic())
        if len(self.moments) >= BUSY:
            self.busy.set()
        return web.json_response({"ok": True})


class ManyRuns:
    """Starts runs as a sender does who repeats itself until it is answered."""

    def __init__(self, storage, sealer, service, outbound):
        self.storage, self.service = storage, service
        self.accepted, self.took, self.told_to_wait = [], [], 0
        self._clock = SystemClock()
        self._services = {"records": storage.records, "outbound": outbound}
        self._stepper = Stepper(
            storage, ACTIONS, self._services, sealer, self._clock, self._unwatched
        )
        self._workflows = WorkflowService(
            storage, ACTIONS, {"manual": manual}, self._clock, lambda _run_id: None
        )

    async def _unwatched(self, _run):
        pass

    def worker(self):
        return Worker(
            storage=self.storage,
            engine=Engine(self._stepper),
            clock=self._clock,
            places=Places(here=8, of_user=RUNS, of_workflow=RUNS),
            lease=LEASE,
            sweep_seconds=0.2,
        )

    async def prepare(self):
        """Two people with a workflow each: one puts, one posts."""
        self._owned = []
        for name, method in (("Asha", "PUT"), ("Marco", "POST")):
            user = await self.storage.users.seen(
                microsoft_id=f"{name}.tenant",
                email=f"{name}@contoso.example",
                name=name,
                now=self._clock.now(),
            )
            workflow = await self.storage.workflows.add(
                user_id=user.id,
                name=method,
                trigger=TriggerName.MANUAL,
                actions=("save_data", "api_call", "save_data"),
                action_configs={
                    "save_data": {"name": "before", "value": "1"},
                    "api_call": {"method": method, "url": f"{self.service.url}/things"},
                    "save_data#2": {"name": "after", "value": "{{ steps.api_call.status }}"},
                },
                canvas=None,
                now=self._clock.now(),
            )
            self._owned.append((user, workflow))

    async def start(self, numbers):
        """Have runs accepted, some at once."""
        left = list(numbers)

        async def sender():
            while left:
                await self._insist(left.pop())

        await asyncio.gather(*(sender() for _ in range(AT_ONCE)))

    async def _insist(self, number):
        user, workflow = self._owned[number % 2]
        began = time.monotonic()
        while True:
            try:
                run = await self._workflows.start(
                    user, workflow.id, Signal(f"k{number}", {}, user.name)
                )
            except UnavailableError:
                self.told_to_wait += 1
                continue
            self.took.append(time.monotonic() - began)
            self.accepted.append(run.id)
            return


def settled(database):
    """Wait until no run is under way: all have ended, or ask."""
    runs = database["executionlogs"]
    with runs.watch(max_await_time_ms=500) as changes:
        while runs.count_documents(_UNSETTLED):
            changes.try_next()


def left_of(database, work):
    """Count what became of the runs, and hold it against what was promised."""
    runs = {str(one["_id"]): one for one in database["executionlogs"].find()}
    saved = Counter((one["runId"], one["stepId"]) for one in database["records"].find())
    service = work.service
    ended = Counter(
        "asking" if one["status"] == "running" else one["status"] for one in runs.values()
    )
    whole = [one for one in work.accepted if [s["id"] for s in runs[one]["steps"]] == STEPS]
    incomplete = [
        run_id
        for run_id, one in runs.items()
        if one["status"] == "completed"
        and not (
            one["actionsExecuted"] == ["save_data", "api_call", "save_data"]
            and saved[run_id, "save_data"] == saved[run_id, "save_data#2"] == 1
            and service.put[f"{run_id}:api_call"] + service.posted[f"{run_id}:api_call"] >= 1
        )
    ]
    return {
        "accepted": len(set(work.accepted)),
        "completed": ended["completed"],
        "failed": ended["failed"],
        "asking": ended["asking"],
        "lost": len(work.accepted) - len(whole) + len(incomplete),
        "twice": sum(times > 1 for times in [*saved.values(), *service.posted.values()]),
    }
