"""Find the workflow that typed words mean, or ask which one."""

import re
from collections.abc import Awaitable, Callable, Sequence

from bot.turn import Reply, Turn
from bot.workflows.naming import matches, nearest, unquote
from bot.workflows.services import Services
from cards.verbs import Verb
from cards.wording import actions_line, when
from cards.workflow import picker_card
from storage.errors import NotFoundError, RefusedError
from storage.models import Workflow

_PAGE = re.compile(r"(?:^|\s)page\s+(\d{1,6})\s*$", re.IGNORECASE)
_MOST_CHOICES = 10


async def choose(
    words: str,
    turn: Turn,
    services: Services,
    *,
    question: str,
    verb: Callable[[Workflow], Verb],
    act: Callable[[Workflow], Awaitable[Reply]],
    shared: bool = False,
) -> Reply:
    """Act on the one workflow that is meant; where several fit, or none is named, ask.

    With `shared`, one that others shared with the asker, or here, will do.
    Errors: NotFoundError with the nearest names when nothing fits; RefusedError naming the owner
    of a workflow that is only shared.
    """
    reached = await services.workflows.reach.every(turn.user, turn.conversation)
    every = [one for one in reached if shared or one.shared_by is None]
    found = matches(words, every, lambda one: one.name) if words.strip() else every
    if not found and (others := matches(words, reached, lambda one: one.name)):
        raise RefusedError(f'Only {others[0].shared_by} can change "{others[0].name}".')
    if not every:
        raise NotFoundError('You have no workflows yet. Type "new" to build one.')
    if not found:
        raise NotFoundError(_unknown(words, every))
    if len(found) == 1 and words.strip():
        return await act(found[0])
    shown = found[:_MOST_CHOICES]
    return picker_card(
        question,
        [(one.name, about(one, found, zone=turn.time_zone), verb(one)) for one in shown],
    )


def about(workflow: Workflow, among: Sequence[Workflow], *, zone: str) -> str:
    """Tell workflows to choose from apart: those of one name by when they were changed."""
    told = actions_line(workflow.actions, workflow.trigger)
    if workflow.shared_by:
        told += f" • shared by {workflow.shared_by}"
    names = [one.name.casefold() for one in among]
    if names.count(workflow.name.casefold()) == 1:
        return told
    return f"{told} • changed {when(workflow.updated_at, zone)}"


def _unknown(words: str, every: list[Workflow]) -> str:
    named = unquote(words)
    named = named if len(named) <= 60 else f"{named[:59]}…"
    near = nearest(named, [one.name for one in every]) or [every[0].name]
    return f'You have no workflow "{named}". Did you mean: {", ".join(near)}?'


def page_and_rest(words: str) -> tuple[str, int]:
    """Split `page n` off the end of what was typed; page 1 without it."""
    match = _PAGE.search(words)
    if match is None:
        return words.strip(), 1
    return words[: match.start()].strip(), int(match[1])


def page_count(total: int, size: int, wanted: int) -> int:
    """Give the number of pages. Errors: RefusedError when the wanted page is not among them."""
    pages = max(1, -(-total // size))
    if not 1 <= wanted <= pages:
        raise RefusedError(
            "There is only 1 page." if pages == 1 else f"There are only {pages} pages."
        )
    return pages
