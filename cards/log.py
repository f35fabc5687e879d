"""Execution logs: the list with its filters, and one in detail."""

from cards.buttons import button, button_row, foot, toggle
from cards.elements import Card, Element, container, facts, line, run, text
from cards.elements import heading as heading_line
from cards.fitting import fitted
from cards.masking import masked
from cards.plain import shorten, whole
from cards.rows import run_row
from cards.run import questions, result_links, state_line, step_lines
from cards.verbs import CancelRun, ListLogs, Retry, RunAgain, ShowWorkflow
from cards.wording import action_title, logged_name, run_state, when
from storage.models import Json, Run, RunPage, RunStatus

LONGEST_WORDS = 400  # a longer filter would weigh too much in the pager's buttons
CHIPS = (
    ("All", ""),
    ("Running", "running"),
    ("Completed", "completed"),
    ("Failed", "failed"),
    ("Today", "today"),
    ("Last 7 days", "last 7 days"),
)


def log_list_card(page: RunPage, *, number: int, words: str, zone: str, heading: str = "") -> Card:
    """List a page of logs, newest first. `words` is the filter typed, `heading` in words."""

    def draw(limit: int) -> Card:
        count = f"{page.total} run{'' if page.total == 1 else 's'}"
        body = (
            heading_line("Logs"),
            text(f"{count} • {shorten(heading, limit)}" if heading else count, spacing="none"),
            _chips(words),
            *(_rows(page, zone, limit) or _nothing(words)),
            *_page_line(page, number),
        )
        return Card(body, f"Logs: {count}", _pager(page, number, words))

    return fitted(draw)


def pages(page: RunPage) -> int:
    """Count the pages of a list of logs; an empty list has one."""
    return max(1, -(-page.total // max(page.limit, 1)))


def _chips(words: str) -> Element:
    chosen = words.strip().lower()
    chips = [
        button(f"• {title}" if filter_words == chosen else title, ListLogs(words=filter_words))
        for title, filter_words in CHIPS
    ]
    return button_row(*chips, spacing="small")


def _rows(page: RunPage, zone: str, limit: int) -> list[Element]:
    return [run_row(each, zone=zone, limit=limit) for each in page.runs]


def _nothing(words: str) -> list[Element]:
    nothing = "No runs match. Try another filter." if words.strip() else "Nothing has run yet."
    return [text(nothing, subtle=True)]


def _page_line(page: RunPage, number: int) -> list[Element]:
    if pages(page) == 1:
        return []
    return [text(f"Page {number} of {pages(page)}", subtle=True, spacing="medium")]


def _pager(page: RunPage, number: int, words: str) -> tuple[Element, ...]:
    if len(words) > LONGEST_WORDS:
        return ()
    words = whole(words)
    newer = button("Newer", ListLogs(words=words, page=number - 1)) if number > 1 else None
    older = None
    if number < pages(page):
        older = button("Older", ListLogs(words=words, page=number + 1))
    return foot(newer, older)


def log_card(run: Run, *, zone: str, again_key: str | None = None) -> Card:
    """Show one execution log: steps, errors, and on demand what went in and came out."""
    again = RunAgain(run=run.id, key=again_key or f"again:{run.id}")

    def draw(limit: int) -> Card:
        name = shorten(logged_name(run), limit)
        body = (
            heading_line(name, size="medium"),
            state_line(run, zone),
            *step_lines(run, limit, zone=zone),
            *_error(run, limit),
            *questions(run),
            _details(run, zone, limit),
        )
        _mark, words, _color = run_state(run)
        return Card(body, f"{run.short_id} {name}: {words}", _foot(run, again), run_id=None)

    return fitted(draw)


def _error(past: Run, limit: int) -> list[Element]:
    if not past.error or past.error in {step.error for step in past.steps}:
        return []
    return [text(shorten(past.error, limit), color="attention")]


def _details(past: Run, zone: str, limit: int) -> Element:
    hidden = container(
        facts(
            [
                ("Run", past.short_id),
                ("Started by", f"{past.trigger} trigger"),
                ("Started", when(past.created_at, zone)),
                ("Ended", when(past.executed_at, zone)),
                ("Version", str(past.workflow_version)),
            ]
        ),
        *_values("What went in", past.inputs, limit),
        *(
            element
            for step in past.steps[:12]
            for element in _values(action_title(step.action), step.output, limit)
        ),
        key="details",
        visible=False,
    )
    row = button_row(*result_links(past), toggle("Details", ["details"]), spacing="medium")
    return container(row, hidden, spacing="small")


def _values(title: str, values: Json | None, limit: int) -> list[Element]:
    shown = [(name, masked(name, value)) for name, value in (values or {}).items()]
    drawn = [
        line(
            run(f"{shorten(str(name).replace('_', ' ').capitalize(), 60)}: ", subtle=True),
            run(shorten(value, limit)),
            spacing="none",
        )
        for name, value in shown[:12]
        if value
    ]
    return [text(title, bold=True, spacing="medium"), *drawn] if drawn else []


def _foot(past: Run, again: RunAgain) -> tuple[Element, ...]:
    every = button("All logs", ListLogs())
    show = None
    if past.joined_name is not None:
        show = button("Workflow", ShowWorkflow(wf=past.workflow_id))
    if past.status is RunStatus.RUNNING:
        return foot(button("Cancel", CancelRun(run=past.id)), show, every)
    failed = past.status is RunStatus.FAILED
    retry = button("Retry failed", Retry(run=past.id), style="positive") if failed else None
    return foot(retry, button("Run again", again) if show else None, show, every)
