"""What somebody may run: their own workflows, and those shared with them or where they speak.

A share never reaches over to another organisation, and never lets anybody change a workflow.
"""

from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.workflows.graph import plan_of
from storage.database import Storage
from storage.errors import NotFoundError, RefusedError
from storage.models import Conversation, ConversationKind, User, Workflow
from storage.rights import Share, ShareKind

_GONE = 'I can\'t find that workflow. Type "workflows" to see yours.'


@dataclass(frozen=True, slots=True)
class Reach:
    """Use cases of sharing. `where` is the conversation the user speaks in at this moment."""

    storage: Storage
    clock: Clock

    async def every(self, user: User, where: Conversation | None) -> list[Workflow]:
        """List what somebody may run: their own, then what others shared, each newest first."""
        own = await self.storage.workflows.of_user(user.id)
        shared = await self.storage.shares.open_to(_ways(user, where))
        others = [one for one in shared if one.user_id != user.id]
        names = {owner: await self._name_of(owner, user) for owner in {o.user_id for o in others}}
        return own + [
            replace(one, shared_by=name)
            for one in others
            if (name := names[one.user_id]) is not None
        ]

    async def get(self, user: User, workflow_id: str, where: Conversation | None) -> Workflow:
        """Give a workflow somebody may run. Errors: NotFoundError for any other."""
        own = await self.storage.workflows.get(user.id, workflow_id)
        if own is not None:
            return own
        shared = await self.storage.shares.get(workflow_id, _ways(user, where))
        name = await self._name_of(shared.user_id, user) if shared is not None else None
        if shared is None or name is None:
            raise NotFoundError(_GONE)
        _refuse_lent_secrets(shared)
        return replace(shared, shared_by=name)

    async def mine(self, user: User, workflow_id: str, where: Conversation | None) -> Workflow:
        """Give a workflow for its owner to change.

        Errors: RefusedError naming the owner to somebody who may run it; NotFoundError otherwise.
        """
        found = await self.get(user, workflow_id, where)
        if found.user_id != user.id:
            raise RefusedError(f'Only {found.shared_by} can change "{found.name}".')
        return found

    async def share_here(self, workflow: Workflow, where: Conversation) -> Workflow:
        """Let everybody who speaks in a conversation run a workflow of the asker's.

        Errors: RefusedError where nobody else speaks.
        """
        _refuse_lent_secrets(workflow)
        return await self.storage.shares.give(workflow, _here(where), now=self.clock.now())

    async def unshare_here(self, workflow: Workflow, where: Conversation) -> Workflow:
        """Take that right away. Errors: RefusedError where nobody else speaks."""
        return await self.storage.shares.take(workflow, _here(where), now=self.clock.now())

    async def share_with(self, workflow: Workflow, owner: User, person: User) -> Workflow:
        """Let one person run it. Errors: RefusedError for the owner, or another organisation."""
        if person.id == owner.id:
            raise RefusedError(f'"{workflow.name}" is yours already.')
        if _tenant(person) != _tenant(owner):
            raise RefusedError(f"{person.name} is not in your organisation, so I can't share it.")
        _refuse_lent_secrets(workflow)
        share = Share(ShareKind.USER, person.id)
        return await self.storage.shares.give(workflow, share, now=self.clock.now())

    async def unshare_with(self, workflow: Workflow, person: User) -> Workflow:
        """Take one person's right away."""
        share = Share(ShareKind.USER, person.id)
        return await self.storage.shares.take(workflow, share, now=self.clock.now())

    async def unshare(self, workflow: Workflow) -> Workflow:
        """Take every right others have to run it away."""
        return await self.storage.shares.take_all(workflow, now=self.clock.now())

    async def _name_of(self, owner_id: str, reader: User) -> str | None:
        """Give an owner's name; None for one of another organisation: nothing is shared across."""
        owner = await self.storage.users.get(owner_id)
        return owner.name if owner and _tenant(owner) == _tenant(reader) else None


def is_shared_here(workflow: Workflow, where: Conversation) -> bool:
    """Say whether everybody who speaks here may run it."""
    return where.kind is not ConversationKind.PERSONAL and _here(where) in workflow.shared_with


def _refuse_lent_secrets(workflow: Workflow) -> None:
    """Refuse a workflow whose secret goes to an address that each run fills in.

    Whoever may run it could fill in their own. Errors: RefusedError.
    """
    for step in plan_of(workflow):
        if step.config.get("secret_headers") and "{{" in str(step.config.get("url")):
            raise RefusedError(
                f'"{workflow.name}" sends a secret to an address that is filled in at each run, '
                "so others can't run it. Its owner can write the address out."
            )


def _here(where: Conversation) -> Share:
    if where.kind is ConversationKind.PERSONAL:
        raise RefusedError(
            "Nobody else is here. Say that in a channel or a group chat, or name a person: "
            "share <workflow> with @person run"
        )
    # A thread belongs to its channel.
    key = f"{where.tenant_id}|{where.id.partition(';')[0]}"
    return Share(ShareKind.CONVERSATION, key)


def _ways(user: User, where: Conversation | None) -> list[Share]:
    ways = [Share(ShareKind.USER, user.id)]
    if where is not None and where.kind is not ConversationKind.PERSONAL:
        ways.append(_here(where))
    return ways


def _tenant(user: User) -> str:
    return user.microsoft_id.rpartition(".")[2]
