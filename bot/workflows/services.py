"""What handlers and dialogs are given to work with."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.workflows.run_service import RunService
from bot.workflows.secrets import Sealer
from bot.workflows.service import WorkflowService
from storage.database import Storage


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, and what they stand on."""

    workflows: WorkflowService
    runs: RunService
    storage: Storage
    sealer: Sealer
    clock: Clock
