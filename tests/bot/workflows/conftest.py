"""An engine on a real database, with actions that leave marks."""

from dataclasses import replace

import pytest

from bot.triggers.manual import manual
from bot.workflows.engine import Engine
from bot.workflows.run_service import RunService
from bot.workflows.service import WorkflowService
from bot.workflows.stepper import Stepper
from bot.workflows.trigger import Signal
from bot.workflows.worker import Worker
from storage.models import SendPolicy, TriggerName
from tests.fakes.toys import Marks


class Bench:
    """Everything a run needs, and shorthands to start and work one."""

    def __init__(self, storage, vault, clock):
        self.storage, self.vault, self.clock = storage, vault, clock
        self.marks = Marks()
        self.actions = {
            name: self.marks.toy(name) for name in ("generate_mom", "save_data", "api_call")
        }
        self.moves = []
        self.announced = []
        self.service = WorkflowService(
            storage, self.actions, {"manual": manual}, clock, self._announce
        )
        self.runs = RunService(storage, self.service, clock, self._announce)

    def _announce(self, run_id):
        self.announced.append(run_id)

    async def _watch(self, run):
        self.moves.append(run)

    def worker(self, storage=None, *, watch=None, **given):
        storage = storage or self.storage
        stepper = Stepper(
            storage,
            self.actions,
            {},
            self.vault,
            self.clock,
            watch or self._watch,
            chance=lambda: 0.0,
        )
        return Worker(storage=storage, engine=Engine(stepper), clock=self.clock, **given)

    def dying(self, crash_at):
        return self.worker(replace(self.storage, runs=crash_at))

    async def user(self, name="Asha"):
        return await self.storage.users.seen(
            microsoft_id=f"{name}.tenant",
            email=f"{name}@contoso.example",
            name=name,
            now=self.clock.now(),
        )

    async def workflow(
        self, user, *actions, configs=None, name="Weekly", policy="ask", canvas=None
    ):
        return await self.storage.workflows.add(
            user_id=user.id,
            name=name,
            trigger=TriggerName.MANUAL,
            actions=actions,
            action_configs=configs or {},
            canvas=canvas,
            send_policy=SendPolicy(policy),
            now=self.clock.now(),
        )

    async def start(self, user, workflow, key="k1", **inputs):
        return await self.service.start(user, workflow.id, Signal(key, inputs, user.name))


@pytest.fixture
def bench(storage, vault, clock):
    return Bench(storage, vault, clock)
