"""Workflows in words and buttons: list, show, new, edit, delete."""

from bot.handlers.choosing import choose, page_and_rest, page_count
from bot.turn import Begin, Reply, Turn, command, press
from bot.workflows.reach import is_shared_here
from bot.workflows.services import Services
from cards.notice import notice_card
from cards.verbs import (
    ConfirmDelete,
    DeleteWorkflow,
    EditWorkflow,
    ListWorkflows,
    NewWorkflow,
    ShowWorkflow,
)
from cards.workflow import delete_card, workflow_card, workflow_list_card
from storage.models import Workflow

_PAGE = 10


@command("workflows", forms=("workflows [text] [page n]",), summary="List your workflows.")
async def workflows(words: str, turn: Turn, services: Services) -> Reply:
    """List workflows, all or those with a text in their name."""
    text, page = page_and_rest(words)
    return await _list(turn, services, text, page)


@press(ListWorkflows)
async def list_workflows(pressed: ListWorkflows, turn: Turn, services: Services) -> Reply:
    """Turn the page of the list."""
    return await _list(turn, services, pressed.text, pressed.page)


async def _list(turn: Turn, services: Services, text: str, page: int) -> Reply:
    every = await services.workflows.reach.every(turn.user, turn.conversation)
    fitting = [one for one in every if text.casefold() in one.name.casefold()]
    pages = page_count(len(fitting), _PAGE, page)
    shown = fitting[(page - 1) * _PAGE : page * _PAGE]
    last = await services.storage.runs.last_of([one.id for one in shown], user_id=turn.user.id)
    return workflow_list_card(
        [(one, last.get(one.id)) for one in shown],
        page=page,
        pages=pages,
        total=len(fitting),
        text=text,
        key=turn.key,
        zone=turn.time_zone,
    )


@command("show", forms=("show <workflow>",), summary="Show a workflow's steps and settings.")
async def show(words: str, turn: Turn, services: Services) -> Reply:
    """Show one workflow by name."""
    return await choose(
        words,
        turn,
        services,
        question="Show which workflow?",
        verb=lambda one: ShowWorkflow(wf=one.id),
        act=lambda one: _shown(one, turn, services),
        shared=True,
    )


@press(ShowWorkflow)
async def show_workflow(pressed: ShowWorkflow, turn: Turn, services: Services) -> Reply:
    """Show one workflow by its button."""
    found = await services.workflows.reach.get(turn.user, pressed.wf, turn.conversation)
    return await _shown(found, turn, services)


async def _shown(workflow: Workflow, turn: Turn, services: Services) -> Reply:
    last = await services.storage.runs.last_of([workflow.id], user_id=turn.user.id)
    return workflow_card(
        workflow,
        last.get(workflow.id),
        key=turn.key,
        zone=turn.time_zone,
        shared_here=is_shared_here(workflow, turn.conversation),
    )


@command("new", forms=("new",), summary="Build a workflow, step by step.")
async def new(_words: str, _turn: Turn, _services: Services) -> Reply:
    """Open the builder."""
    return Begin("build_workflow", "new")


@press(NewWorkflow)
async def new_workflow(_pressed: NewWorkflow, _turn: Turn, _services: Services) -> Reply:
    """Open the builder by its button."""
    return Begin("build_workflow", "new")


@command("edit", forms=("edit <workflow>",), summary="Change a workflow.")
async def edit(words: str, turn: Turn, services: Services) -> Reply:
    """Open the builder on a workflow."""
    return await choose(
        words,
        turn,
        services,
        question="Edit which workflow?",
        verb=lambda one: EditWorkflow(wf=one.id),
        act=_edited,
    )


@press(EditWorkflow)
async def edit_workflow(pressed: EditWorkflow, turn: Turn, services: Services) -> Reply:
    """Open the builder on a workflow by its button."""
    return await _edited(await _mine(pressed.wf, turn, services))


async def _mine(workflow_id: str, turn: Turn, services: Services) -> Workflow:
    return await services.workflows.reach.mine(turn.user, workflow_id, turn.conversation)


async def _edited(workflow: Workflow) -> Reply:
    return Begin("build_workflow", f"edit {workflow.name}", {"wf": workflow.id})


@command("delete", forms=("delete <workflow>",), summary="Delete a workflow; its logs stay.")
async def delete(words: str, turn: Turn, services: Services) -> Reply:
    """Ask before a workflow is deleted."""
    return await choose(
        words,
        turn,
        services,
        question="Delete which workflow?",
        verb=lambda one: DeleteWorkflow(wf=one.id),
        act=_asked_to_delete,
    )


@press(DeleteWorkflow)
async def delete_workflow(pressed: DeleteWorkflow, turn: Turn, services: Services) -> Reply:
    """Ask before a workflow is deleted, by its button."""
    return await _asked_to_delete(await _mine(pressed.wf, turn, services))


async def _asked_to_delete(workflow: Workflow) -> Reply:
    return delete_card(workflow)


@press(ConfirmDelete)
async def confirm_delete(pressed: ConfirmDelete, turn: Turn, services: Services) -> Reply:
    """Delete the workflow in the version that was asked about."""
    gone = await services.workflows.delete(turn.user, pressed.wf, pressed.rev)
    return notice_card(f'Deleted "{gone.name}". Its logs are kept.')
