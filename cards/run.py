"""One run on one card, redrawn in place while it goes on."""

import re
from collections.abc import Sequence
from datetime import datetime

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
from cards.wording import action_title, again_at, run_state, step_mark, taken, when
from storage.models import Run, RunStatus, Step, StepStatus

MOST_STEPS = 25
MOST_LINKS = 4
_NEEDS_SOMEBODY = (StepStatus.ASKING, StepStatus.REVIEW, StepStatus.SIGN_IN)
_HAS_A_REASON = (StepStatus.FAILED, StepStatus.ASKING, StepStatus.SIGN_IN)
_RETRY = re.compile(r"retry:([0-9a-f]{24})")  # the key of a run that repeats another


def run_card(
    run: Run,
    *,
    title: str = "",
    zone: str,
    viewer_is_runner: bool = True,
    readers: Sequence[str] = (),
    again_key: str | None = None,
    retried_as: str | None = None,
) -> Card:
    """Show where a run stands, a line per step, and what can be done next.

    `title` says what just happened ("Started"). Others than the runner see the state of each step
    and nothing of what went in, came out or went wrong; all they can do is ask to open what waits
    for the runner, and be told whose it is.
    `readers` are Teams user ids whose clients redraw the card. `again_key` is what makes Run again
    happen once; left out, once per card. `retried_as` is the short id of the run that repeats what
    failed in this one.
    """
    again = RunAgain(run=run.id, key=again_key or f"again:{run.id}")

    def draw(limit: int) -> Card:
        body = (
            heading(shorten(run.workflow_name, limit), size="medium"),
            state_line(run, zone, title, retried_as, to_runner=viewer_is_runner),
            *(
                (
                    *step_lines(run, limit, zone=zone),
                    *_problem(run, limit),
                    *questions(run),
                    *_links_row(run),
                )
                if viewer_is_runner
                else step_lines(run, limit, run.started_by or "its runner", zone=zone, why=False)
            ),
        )
        return Card(
            body,
            summary_of(run, limit, to_runner=viewer_is_runner),
            _foot(run, again, retried_as) if viewer_is_runner else _foot_for_others(run),
            run_id=run.id,
            refresh=redrawn_by(RefreshRun(run=run.id), readers) if readers else None,
        )

    return fitted(draw)


def summary_of(run: Run, limit: int = 160, *, to_runner: bool = True) -> str:
    """Say on one plain line where a run stands."""
    done = sum(step.status is StepStatus.DONE for step in run.steps)
    _mark, words, _color = run_state(run, to_runner=to_runner)
    name = shorten(run.workflow_name, limit)
    return f"{name}: {words}, {done} of {len(run.steps)} steps done ({run.short_id})"


def state_line(
    past: Run,
    zone: str,
    title: str = "",
    retried_as: str | None = None,
    *,
    to_runner: bool = True,
) -> Element:
    """Draw a run's state with its id, start and length, and its retry or what it repeats."""
    mark, words, color = run_state(past, to_runner=to_runner)
    facts = [past.short_id, when(past.created_at, zone), taken(past)]
    if past.retry_of:
        facts.append(f"retry of {past.retry_of}")
    if retried_as:
        facts.append(f"retried as {retried_as}")
    lead = [run(f"{title} • ", bold=True)] if title else []
    return line(
        *lead,
        run(f"{mark} {words.capitalize()}", color=color, bold=True),
        run(f" • {' • '.join(fact for fact in facts if fact)}", subtle=True),
        spacing="small",
    )


def step_lines(
    past: Run, limit: int, whom: str = "you", *, zone: str, why: bool = True
) -> list[Element]:
    """Draw a line per step, and under it what is left to do, or `why` it failed.

    `whom` is who is waited for.
    """
    drawn: list[Element] = []
    for step in past.steps[:MOST_STEPS]:
        drawn.append(_step_line(step, shorten(whom, 60)))
        drawn += _below(step, limit, zone=zone, why=why, seen=past.updated_at)
    if len(past.steps) > MOST_STEPS:
        drawn.append(text(f"and {len(past.steps) - MOST_STEPS} more", subtle=True))
    return drawn


def _below(step: Step, limit: int, *, zone: str, why: bool, seen: datetime) -> list[Element]:
    """Draw what stands under a step: its reason, when it is tried again, what is left to do."""
    drawn: list[Element] = []
    reason = step.error if why else None
    if reason and step.status in _HAS_A_REASON:
        drawn.append(text(shorten(reason, limit), color="attention", spacing="none"))
    at = again_at(step, zone, seen=seen)
    if at is not None:
        later = f"Again at {at}: {reason}" if reason else f"Again at {at}"
        drawn.append(text(shorten(later, limit), subtle=True, spacing="none"))
    note = (step.output or {}).get("note")
    if isinstance(note, str) and note and step.status is StepStatus.DONE:
        drawn.append(text(shorten(note, limit), subtle=True, spacing="none"))
    return drawn


def _step_line(step: Step, whom: str) -> Element:
    mark, color = step_mark(step)
    length = taken(step) if step.status is not StepStatus.SKIPPED else None
    after = [run(f"  {length}", subtle=True)] if length else []
    if step.status in _NEEDS_SOMEBODY:
        after = [run(f"  needs {whom}", color="accent", bold=True)]
    faded = step.status in (StepStatus.WAITING, StepStatus.SKIPPED, StepStatus.LATER)
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


def _foot(past: Run, again: RunAgain, retried_as: str | None) -> tuple[Element, ...]:
    log = button("Log", ShowLog(run=past.id))
    if past.status is RunStatus.RUNNING:
        waits = any(step.status is StepStatus.SIGN_IN for step in past.steps)
        sign_in = button("Sign in", SignInForRun(run=past.id), style="positive") if waits else None
        return foot(sign_in, button("Cancel", CancelRun(run=past.id)), log, _first(past))
    mends = past.status is RunStatus.FAILED and retried_as is None
    retry = button("Retry failed", Retry(run=past.id), style="positive") if mends else None
    grant = _grant(past) if mends else None
    return foot(grant, retry, button("Run again", again), log, _first(past))


def _first(past: Run) -> Element | None:
    """Lead from a retry to the run it repeats."""
    key = _RETRY.fullmatch(past.key)
    if key is None or not past.retry_of:
        return None
    return button(f"Log of {past.retry_of}", ShowLog(run=key[1]))


def _foot_for_others(past: Run) -> tuple[Element, ...]:
    waits = any(step.status in _NEEDS_SOMEBODY for step in past.steps)
    return foot(button("Open", RefreshRun(run=past.id)) if waits else None)


def _grant(past: Run) -> Element | None:
    """Offer the permission that a step failed for."""
    for step in past.steps:
        scope = (step.hold or {}).get("scope") if step.status is StepStatus.FAILED else None
        if isinstance(scope, str):
            return button(f"Grant {scope.partition('.')[0]} permission", Connect(scope=scope))
    return None
