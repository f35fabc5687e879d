"""Sharing workflows: everybody here, or one person, may run one; each runs it as themselves."""

import re
from collections.abc import Awaitable, Callable

from bot.handlers.choosing import choose
from bot.turn import Reply, Turn, command, press
from bot.workflows.naming import matches
from bot.workflows.services import Services
from cards.buttons import button
from cards.notice import notice_card
from cards.verbs import ShareWorkflow, ShowWorkflow, UnshareWorkflow
from storage.errors import RefusedError
from storage.models import User, Workflow

_Verb = type[ShareWorkflow] | type[UnshareWorkflow]
_Act = Callable[[Workflow, User | None, Turn, Services], Awaitable[Reply]]
_WITH = re.compile(r"^(.*?)\swith\s+(.+)$", re.IGNORECASE | re.DOTALL)
_RIGHT = re.compile(r"\s+\(?(run|edit)\)?$", re.IGNORECASE)
_HERE = frozenset({"this channel", "this chat", "this conversation", "here", "this group"})


@command(
    "share",
    forms=("share <workflow> with this channel", "share <workflow> with @person"),
    summary="Let others run a workflow, each as themselves.",
)
async def share(words: str, turn: Turn, services: Services) -> Reply:
    """Share a workflow by name, with this conversation or with somebody mentioned."""
    verb, question = ShareWorkflow, "Share which workflow here?"
    return await _choose(words, turn, services, question=question, verb=verb, act=_shared)


@press(ShareWorkflow)
async def share_workflow(pressed: ShareWorkflow, turn: Turn, services: Services) -> Reply:
    """Share a workflow with the conversation its button was pressed in."""
    mine = await services.workflows.reach.mine(turn.user, pressed.wf, turn.conversation)
    return await _shared(mine, None, turn, services)


async def _shared(workflow: Workflow, person: User | None, turn: Turn, services: Services) -> Reply:
    reach = services.workflows.reach
    if person is not None:
        await reach.share_with(workflow, turn.user, person)
        who = person.name
    else:
        await reach.share_here(workflow, turn.conversation)
        who = "Everybody here"
    return notice_card(
        f'{who} can run "{workflow.name}" now, each as themselves. Only you can change it.',
        button("Show", ShowWorkflow(wf=workflow.id)),
        button("Stop sharing here", UnshareWorkflow(wf=workflow.id)) if person is None else None,
    )


@command(
    "unshare",
    forms=("unshare <workflow>", "unshare <workflow> with @person"),
    summary="Stop sharing a workflow: here, with somebody, or from our own chat with everybody.",
)
async def unshare(words: str, turn: Turn, services: Services) -> Reply:
    """Take the right to run a workflow away."""
    verb, question = UnshareWorkflow, "Stop sharing which workflow?"
    return await _choose(words, turn, services, question=question, verb=verb, act=_unshared)


@press(UnshareWorkflow)
async def unshare_workflow(pressed: UnshareWorkflow, turn: Turn, services: Services) -> Reply:
    """Take the right away from the conversation the button was pressed in."""
    mine = await services.workflows.reach.mine(turn.user, pressed.wf, turn.conversation)
    return await _unshared(mine, None, turn, services)


async def _unshared(
    workflow: Workflow, person: User | None, turn: Turn, services: Services
) -> Reply:
    reach = services.workflows.reach
    if person is not None:
        await reach.unshare_with(workflow, person)
        told = f'{person.name} can\'t run "{workflow.name}" any more.'
    elif turn.personal:
        await reach.unshare(workflow)
        told = f'Nobody but you can run "{workflow.name}" any more.'
    else:
        await reach.unshare_here(workflow, turn.conversation)
        told = f'"{workflow.name}" is not shared here any more.'
    return notice_card(told, button("Show", ShowWorkflow(wf=workflow.id)))


async def _choose(
    words: str, turn: Turn, services: Services, *, question: str, verb: _Verb, act: _Act
) -> Reply:
    """Act on the workflow these words name, for whom they name: None is everybody here."""
    name, target = _split(words)
    person = None if target in (None, *_HERE) else await _person(str(target), turn, services)
    return await choose(
        name,
        turn,
        services,
        question=question,
        verb=lambda one: verb(wf=one.id),
        act=lambda one: act(one, person, turn, services),
    )


def _split(words: str) -> tuple[str, str | None]:
    """Split the workflow's name from whom it is shared with, None where that is not said.

    Errors: RefusedError for a right that cannot be given.
    """
    right = _RIGHT.search(words)
    match = _WITH.match(words[: right.start()] if right else words)
    if match is None:
        return words, None
    if right is not None and right[1].casefold() == "edit":
        raise RefusedError(
            "I can let others run a workflow, not change it. "
            f"Say: share {match[1].strip()} with {match[2].strip()} run"
        )
    target = " ".join(match[2].split())
    return match[1], target.casefold() if target.casefold() in _HERE else target


async def _person(name: str, turn: Turn, services: Services) -> User:
    """Give somebody who was mentioned. Errors: RefusedError for a name alone."""
    meant = matches(name.removeprefix("@"), turn.mentioned, lambda one: one.name)
    found = None
    if len(meant) == 1 and services.person is not None:
        found = await services.person(turn.conversation, meant[0].id)
    if found is None:
        raise RefusedError(
            f'I can\'t tell who "{name}" is. Mention the person with @ in a channel or group '
            "chat we are both in: share <workflow> with @person run"
        )
    return found
