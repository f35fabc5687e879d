"""What handlers and dialogs are given to work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.auth.user_tokens import UserTokens
from bot.clock import Clock
from bot.workflows.run_service import RunService
from bot.workflows.secrets import Sealer
from bot.workflows.service import WorkflowService
from storage.database import Storage
from storage.models import Conversation, User


def _nothing(_user: User) -> None:
    """Hold nothing, so that there is nothing to forget."""


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, and what they stand on."""

    workflows: WorkflowService
    runs: RunService
    storage: Storage
    sealer: Sealer
    clock: Clock
    tokens: UserTokens | None = None  # None where nobody can sign in to Microsoft 365
    # Asks Microsoft 365 who somebody is, as them, and gives that as a sentence.
    check_connection: Callable[[User], Awaitable[str]] | None = None
    # Gives somebody by what Teams calls them in a conversation; None for nobody we can know.
    person: Callable[[Conversation, str], Awaitable[User | None]] | None = None
    forget: Callable[[User], None] = _nothing  # what the edge still holds of a user
