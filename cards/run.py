"""One run on one card, redrawn in place while it goes on."""

from collections.abc import Sequence

from cards.buttons import button, button_row, foot, link, redrawn_by
from cards.elements import Card, Element, container, heading, line, run, text
from cards.fitting import fitted
from cards.plain import shorten
from cards.verbs import (
    AnswerStep,
    CancelRun,
    Connect,
    RefreshRun,
    Retry,
    RunAgain,
    ShowLog,
    SignInForRun,
)
from cards.wording import action_title, run_state, step_mark, taken, when
from storage.models import Run, RunStatus, Step, StepStatus

MOST_STEPS = 25
MOST_LINKS = 4
_NEEDS_SOMEBODY = (StepStatus.ASKING, StepStatus.REVIEW, StepStatus.SIGN_IN)
_HAS_A_REASON = (StepStatus.FAILED, StepStatus.ASKING, StepStatus.SIGN_IN)


def run_card(
    run: Run,
    *,
    title: str = "",
    zone: str,
    viewer_is_runner: bool = True,
    readers: Sequence[str] = (),
    again_key: str | None = None,
) -> Card:
    """Show where a run stands, a line per step, and what can be done next.

    `title` says what just happened ("Started"). Only the runner gets buttons that change something;
    others may ask to open what waits for the runner, and are told whose it is.
    `readers` are Teams user ids whose clients redraw the card. `again_key` is what makes Run again
    happen once; left out, once per card.
    """
    again = RunAgain(run=run.id, key=again_key or f"again:{run.id}")

    def draw(limit: int) -> Card:
        body = (
            heading(shorten(run.workflow_name, limit), size="medium"),
            state_line(run, zone, title),
            *step_lines(run, limit, "you" if viewer_is_runner else run.started_by or "its runner"),
            *_problem(run, limit),
            *(questions(run) if viewer_is_runner else ()),
            *_links_row(run),
        )
        return Card(
            body,
            summary_of(run, limit),
            _foot(run, again) if viewer_is_runner else _foot_for_others(run),
            run_id=run.id,
            refresh=redrawn_by(RefreshRun(run=run.id), readers) if readers else None,
        )

    return fitted(draw)


def summary_of(run: Run, limit: int = 160) -> str:
    """Say on one plain line where a run stands."""
    done = sum(step.status is StepStatus.DONE for step in run.steps)
    _mark, words, _color = run_state(run)
    name = shorten(run.workflow_name, limit)
    return f"{name}: {words}, {done} of {len(run.steps)} steps done ({run.short_id})"


def state_line(past: Run, zone: str, title: str = "") -> Element:
    """Draw a run's state with its id, start and length."""
    mark, words, color = run_state(past)
    facts = [past.short_id, when(past.created_at, zone), taken(past)]
    if past.retry_of:
        facts.append(f"retry of {past.retry_of}")
    lead = [run(f"{title} • ", bold=True)] if title else []
    return line(
        *lead,
        run(f"{mark} {words.capitalize()}", color=color, bold=True),
        run(f" • {' • '.join(fact for fact in facts if fact)}", subtle=True),
        spacing="small",
    )


def step_lines(past: Run, limit: int, whom: str = "you") -> list[Element]:
    """Draw a line per step, and under it why it failed or what is left to do.

    `whom` is who is waited for.
    """
    drawn: list[Element] = []
    for step in past.steps[:MOST_STEPS]:
        drawn.append(_step_line(step, shorten(whom, 60)))
        if step.error and step.status in _HAS_A_REASON:
            drawn.append(text(shorten(step.error, limit), color="attention", spacing="none"))
        note = (step.output or {}).get("note")
        if isinstance(note, str) and note and step.status is StepStatus.DONE:
            drawn.append(text(shorten(note, limit), subtle=True, spacing="none"))
    if len(past.steps) > MOST_STEPS:
        drawn.append(text(f"and {len(past.steps) - MOST_STEPS} more", subtle=True))
    return drawn


def _step_line(step: Step, whom: str) -> Element:
    mark, color = step_mark(step)
    length = taken(step) if step.status is not StepStatus.SKIPPED else None
    after = [run(f"  {length}", subtle=True)] if length else []
    if step.status in _NEEDS_SOMEBODY:
        after = [run(f"  needs {whom}", color="accent", bold=True)]
    faded = step.status in (StepStatus.WAITING, StepStatus.SKIPPED)
    name = run(action_title(step.id if "#" in step.id else step.action), subtle=faded)
    return line(run(f"{mark}  ", color=color, bold=True), name, *after, spacing="small")


def _problem(past: Run, limit: int) -> list[Element]:
    shown = {step.error for step in past.steps[:MOST_STEPS]}
    if past.status is not RunStatus.FAILED or not past.error or past.error in shown:
        return []
    return [text(shorten(past.error, limit), color="attention")]


def questions(past: Run) -> list[Element]:
    """Ask about each step of which nobody knows whether it was done."""
    return [
        container(
            text(f"I was interrupted during {action_title(step.action)}. Was it done?", bold=True),
            button_row(
                button("Yes, it was done", AnswerStep(run=past.id, step=step.id, done=True)),
                button("No, do it now", AnswerStep(run=past.id, step=step.id, done=False)),
            ),
            style="warning",
            spacing="medium",
        )
        for step in past.steps
        if step.status is StepStatus.ASKING
    ][:3]


def result_links(past: Run) -> list[Element]:
    """Draw a button for each address a step came to."""
    links = [
        link(f"Open {step.output.get('name') or action_title(step.action)}", url)
        for step in past.steps
        if step.output is not None and isinstance(url := step.output.get("url"), str)
    ]
    return [each for each in links if each is not None][:MOST_LINKS]


def _links_row(past: Run) -> list[Element]:
    links = result_links(past)
    return [button_row(*links, spacing="medium")] if links else []


def _foot(past: Run, again: RunAgain) -> tuple[Element, ...]:
    log = button("Log", ShowLog(run=past.id))
    if past.status is RunStatus.RUNNING:
        waits = any(step.status is StepStatus.SIGN_IN for step in past.steps)
        sign_in = button("Sign in", SignInForRun(run=past.id), style="positive") if waits else None
        return foot(sign_in, button("Cancel", CancelRun(run=past.id)), log)
    failed = past.status is RunStatus.FAILED
    retry = button("Retry failed", Retry(run=past.id), style="positive") if failed else None
    return foot(_grant(past), retry, button("Run again", again), log)


def _foot_for_others(past: Run) -> tuple[Element, ...]:
    waits = any(step.status in _NEEDS_SOMEBODY for step in past.steps)
    log = button("Log", ShowLog(run=past.id))
    return foot(button("Open", RefreshRun(run=past.id)) if waits else None, log)


def _grant(past: Run) -> Element | None:
    """Offer the permission that a step failed for."""
    for step in past.steps:
        scope = (step.hold or {}).get("scope") if step.status is StepStatus.FAILED else None
        if isinstance(scope, str):
            return button(f"Grant {scope.partition('.')[0]} permission", Connect(scope=scope))
    return None
