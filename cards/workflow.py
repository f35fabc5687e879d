"""Workflows: the list, one in detail, whether to delete it, which one was meant."""

from collections.abc import Mapping, Sequence
from typing import Any

from cards.buttons import button, button_row, foot
from cards.chain import workflow_chain
from cards.elements import Card, Element, columns, container, heading, run
from cards.elements import line as paragraph
from cards.elements import text as said
from cards.fitting import fitted
from cards.masking import masked
from cards.plain import shorten, whole
from cards.rows import workflow_row
from cards.verbs import (
    ConfirmDelete,
    DeleteWorkflow,
    EditWorkflow,
    ListWorkflows,
    NewWorkflow,
    RunNow,
    ShareWorkflow,
    ShowLog,
    ShowWorkflow,
    UnshareWorkflow,
    Verb,
)
from cards.wording import action_title, run_state, when
from storage.models import Run, Workflow
from storage.rights import ShareKind


def workflow_list_card(
    rows: Sequence[tuple[Workflow, Run | None]],
    *,
    page: int,
    pages: int,
    total: int,
    text: str = "",
    key: str,
    zone: str = "UTC",
) -> Card:
    """List workflows with their latest run, a page of them; `text` is what was searched."""
    if not rows:
        return _no_workflows(text)

    def draw(limit: int) -> Card:
        matching = f' matching "{shorten(text, limit)}"' if text else ""
        summary = f"{total} workflow{'' if total == 1 else 's'}{matching}"
        body: list[Element] = [heading("Workflows"), said(summary, subtle=True, spacing="none")]
        for workflow, last in rows:
            row = workflow_row(workflow, key=key, limit=limit, last_run=_last(last, zone))
            body.append(row)
        if pages > 1:
            body.append(said(f"Page {page} of {pages}", subtle=True, spacing="medium"))
        return Card(tuple(body), summary, _list_foot(page, pages, text))

    return fitted(draw)


def _no_workflows(text: str) -> Card:
    sentence = "You have no workflows yet. Press New workflow and I'll ask for what I need."
    if text:
        sentence = f'No workflow matches "{shorten(text, 80)}".'
    every = button("All workflows", ListWorkflows()) if text else None
    new = button("New workflow", NewWorkflow(), style="positive")
    return Card((heading("Workflows"), said(sentence)), sentence, foot(new, every))


def _last(last: Run | None, zone: str) -> str:
    if last is None:
        return "Not run yet"
    mark, words, _color = run_state(last)
    return f"Last run: {mark} {words}, {when(last.created_at, zone)}"


def _list_foot(page: int, pages: int, text: str) -> tuple[Element, ...]:
    searched = whole(shorten(text, 200))
    back = button("Previous", ListWorkflows(text=searched, page=page - 1)) if page > 1 else None
    more = button("Next", ListWorkflows(text=searched, page=page + 1)) if page < pages else None
    return foot(back, more, button("New workflow", NewWorkflow()))


def workflow_card(
    workflow: Workflow, last_run: Run | None, *, key: str, zone: str, shared_here: bool = False
) -> Card:
    """Show one workflow: its chain, its steps with their settings, its latest run, its version.

    Somebody it is only shared with sees no settings, and no button that changes it.
    """

    def draw(limit: int) -> Card:
        name = shorten(workflow.name, limit)
        body = (
            heading(name),
            said(workflow_chain(workflow)),
            said(
                f"Version {workflow.version} • changed {when(workflow.updated_at, zone)}",
                subtle=True,
                spacing="small",
            ),
            said(_last(last_run, zone), subtle=True, spacing="none"),
            *_sharing(workflow, limit),
            *(() if workflow.shared_by else _steps(workflow, limit)),
        )
        feet = _detail_foot(workflow, key, last_run, shared_here=shared_here)
        return Card(body, f"{name}: {workflow_chain(workflow)}", feet)

    return fitted(draw)


def _sharing(workflow: Workflow, limit: int) -> list[Element]:
    told = f"Shared by {shorten(workflow.shared_by, limit)}" if workflow.shared_by else ""
    if not told and workflow.shared_with:
        kinds = [share.kind for share in workflow.shared_with]
        people, places = kinds.count(ShareKind.USER), kinds.count(ShareKind.CONVERSATION)
        told = f"Shared with {people} person(s) and {places} conversation(s)"
    return [said(told, subtle=True, spacing="none")] if told else []


def _detail_foot(
    workflow: Workflow, key: str, last_run: Run | None, *, shared_here: bool
) -> tuple[Element, ...]:
    mine, wf = workflow.shared_by is None, workflow.id
    share = UnshareWorkflow(wf=wf) if shared_here else ShareWorkflow(wf=wf)
    return foot(
        button("Run", RunNow(wf=wf, key=key), style="positive"),
        button("Edit", EditWorkflow(wf=wf)) if mine else None,
        button("Stop sharing here" if shared_here else "Share here", share) if mine else None,
        button("Last log", ShowLog(run=last_run.id)) if last_run else None,
        button("All workflows", ListWorkflows()),
        button("Delete", DeleteWorkflow(wf=wf)) if mine else None,
    )


def _steps(workflow: Workflow, limit: int) -> list[Element]:
    seen: dict[str, int] = {}
    drawn: list[Element] = []
    for number, action in enumerate(workflow.actions, start=1):
        seen[action] = seen.get(action, 0) + 1
        key = action if seen[action] == 1 else f"{action}#{seen[action]}"
        config = workflow.action_configs.get(key, {})
        title = paragraph(run(f"{number}. {action_title(action)}", bold=True))
        drawn.append(container(title, *settings(config, limit), spacing="small"))
    return drawn


def settings(config: Any, limit: int) -> list[Element]:
    """Draw a step's settings, secrets masked and what is empty left out."""
    if not isinstance(config, Mapping):
        return []
    pairs = [(str(name), masked(name, value)) for name, value in config.items()]
    return [
        paragraph(
            run(f"{shorten(name.replace('_', ' ').capitalize(), 60)}: ", subtle=True),
            run(shorten(value, limit)),
            spacing="none",
        )
        for name, value in pairs[:30]
        if value
    ]


def delete_card(workflow: Workflow) -> Card:
    """Ask whether to delete a workflow, in the version that is shown."""
    sentence = f'Delete "{shorten(workflow.name, 160)}"?'
    body = (said(sentence, bold=True), said("Its logs are kept.", subtle=True, spacing="small"))
    return Card(
        body,
        sentence,
        (
            button(
                "Delete", ConfirmDelete(wf=workflow.id, rev=workflow.version), style="destructive"
            ),
            button("Keep it", ShowWorkflow(wf=workflow.id)),
        ),
    )


def picker_card(question: str, choices: Sequence[tuple[str, str, Verb]]) -> Card:
    """Ask which one was meant; a choice is a title, a line about it, and its verb."""

    def draw(limit: int) -> Card:
        rows = [
            columns(
                ("stretch", [said(shorten(title, limit), bold=True), *_subtitle(subtitle, limit)]),
                ("auto", [button_row(button("Choose", verb))]),
                spacing="small",
            )
            for title, subtitle, verb in choices[:15]
        ]
        shown = shorten(question, max(limit, 80))
        return Card((said(shown), *rows), shown)

    return fitted(draw)


def _subtitle(subtitle: str, limit: int) -> list[Element]:
    return [said(shorten(subtitle, limit), subtle=True, spacing="none")] if subtitle else []
