"""A workflow or a run as one row of a list."""

from cards.buttons import button, button_row
from cards.elements import Element, columns, line, run, text
from cards.plain import shorten
from cards.verbs import RunNow, ShowLog, ShowWorkflow
from cards.wording import actions_line, logged_name, run_state, taken, when
from storage.models import Run, Workflow


def workflow_row(
    workflow: Workflow, *, key: str, limit: int, last_run: str | None = None
) -> Element:
    """Show a workflow with Run and Show; `last_run` is a line about its latest run."""
    about = [
        text(shorten(workflow.name, limit), bold=True),
        text(actions_line(workflow.actions, workflow.trigger), subtle=True, spacing="none"),
    ]
    if workflow.shared_by:
        by = f"shared by {shorten(workflow.shared_by, limit)}"
        about.append(text(by, subtle=True, spacing="none"))
    if last_run is not None:
        about.append(text(last_run, subtle=True, spacing="none"))
    buttons = button_row(
        button("Run", RunNow(wf=workflow.id, key=key)),
        button("Show", ShowWorkflow(wf=workflow.id)),
    )
    return columns(("stretch", about), ("auto", [buttons]), spacing="small")


def run_row(past: Run, *, zone: str, limit: int) -> Element:
    """Show a run with its state, start and length, and a button to its log."""
    mark, words, color = run_state(past)
    facts = [past.short_id, when(past.created_at, zone), taken(past)]
    about = [
        text(shorten(logged_name(past), limit), bold=True),
        line(
            run(f"{mark} {words}", color=color),
            run(f" • {' • '.join(fact for fact in facts if fact)}", subtle=True),
            spacing="none",
        ),
    ]
    show = button_row(button("Log", ShowLog(run=past.id)))
    return columns(("stretch", about), ("auto", [show]), spacing="small")
