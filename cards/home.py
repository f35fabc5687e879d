"""Where somebody stands: what to start, their workflows, their latest runs."""

from collections.abc import Sequence

from cards.buttons import button
from cards.elements import Card, Element, heading, text
from cards.fitting import fitted
from cards.rows import run_row, workflow_row
from cards.verbs import ListLogs, ListWorkflows, NewWorkflow, ShowData, ShowHelp, StartMinutes
from storage.models import Run, Workflow

MOST = 5


def home_card(workflows: Sequence[Workflow], runs: Sequence[Run], *, key: str, zone: str) -> Card:
    """Show three quick actions, up to five workflows and the five latest runs.

    `runs` are read with their workflow joined. `key` is what makes a start from here happen once.
    """

    def draw(limit: int) -> Card:
        body = (
            heading("Home"),
            *_workflows(workflows[:MOST], key=key, limit=limit),
            *_runs(runs[:MOST], zone=zone, limit=limit),
        )
        return Card(body, "Home: your workflows and latest runs.", _foot())

    return fitted(draw)


def _foot() -> tuple[Element, ...]:
    return (
        button("Make minutes", StartMinutes(), style="positive"),
        button("New workflow", NewWorkflow()),
        button("Workflows", ListWorkflows()),
        button("Logs", ListLogs()),
        button("Saved data", ShowData()),
        button("Help", ShowHelp()),
    )


def _workflows(workflows: Sequence[Workflow], *, key: str, limit: int) -> list[Element]:
    title = text("Your workflows", bold=True, spacing="medium")
    if not workflows:
        nothing = "None yet. Press New workflow and I'll ask for what I need."
        return [title, text(nothing, subtle=True, spacing="small")]
    return [title, *(workflow_row(each, key=key, limit=limit) for each in workflows)]


def _runs(runs: Sequence[Run], *, zone: str, limit: int) -> list[Element]:
    title = text("Latest runs", bold=True, spacing="large", separator=True)
    if not runs:
        return [title, text("Nothing has run yet.", subtle=True, spacing="small")]
    return [title, *(run_row(each, zone=zone, limit=limit) for each in runs)]
