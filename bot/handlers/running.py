"""Runs in words and buttons: start, retry, repeat, cancel, answer."""

import re
from collections.abc import Callable
from datetime import timedelta

from bot.handlers.choosing import choose
from bot.handlers.run_view import draw_run
from bot.turn import Reply, Turn, command, press
from bot.workflows.naming import begins_name, is_name, matches
from bot.workflows.services import Services
from bot.workflows.trigger import Signal
from cards.run_input import run_input_card
from cards.verbs import (
    AnswerStep,
    CancelRun,
    RefreshRun,
    Retry,
    RunAgain,
    RunNow,
    RunWithMinutes,
    StartRun,
    Verb,
)
from storage.errors import RefusedError
from storage.models import Run, Workflow

_WITH = re.compile(r"\swith(?=\s)", re.IGNORECASE)
_RETRY = re.compile(r"^\s*(\S+)(?:\s+(failed|all))?(?:\s+(saved|current))?\s*$", re.IGNORECASE)
_KEPT = timedelta(hours=24)
_NO_NOTES = "Meeting notes are required"


@command(
    "run",
    forms=("run <workflow>", "run <workflow> with <notes>"),
    summary="Start a workflow now.",
)
async def run(words: str, turn: Turn, services: Services) -> Reply:
    """Start a workflow by name, with the notes after the word `with`."""
    name, notes = await _split(words, turn, services)
    return await choose(
        name,
        turn,
        services,
        question="Run which workflow?",
        verb=await _starting(name, notes, turn, services),
        act=lambda one: _start(one, turn, services, key=turn.key, notes=notes),
        shared=True,
    )


async def _starting(
    name: str, notes: str, turn: Turn, services: Services
) -> Callable[[Workflow], Verb]:
    """Give the verb of a choice; where there is one to make, the notes are kept until it is."""
    found = await services.workflows.find(turn.user, name, turn.conversation)
    if not notes.strip() or len(found) < 2:
        return lambda one: RunNow(wf=one.id, key=turn.key)
    kept = await services.storage.drafts.keep(
        user_id=turn.user.id,
        title=found[0].name,
        notes=notes,
        now=turn.now,
        expires_at=turn.now + _KEPT,
    )
    return lambda one: RunWithMinutes(wf=one.id, minutes=kept, key=turn.key)


async def _split(words: str, turn: Turn, services: Services) -> tuple[str, str]:
    """Split the workflow's name from the notes: at a `with` of the first line, or at its end.

    A `with` may be part of the name, and of the notes.
    """
    every = await services.workflows.reach.every(turn.user, turn.conversation)
    first, newline, rest = words.partition("\n")
    if any(begins_name(first, one.name) for one in every):
        return first, rest
    named = [
        place
        for place in _WITH.finditer(first + newline)
        if matches(words[: place.start()], every, lambda one: one.name)
    ]
    whole = [
        place for place in named if any(is_name(words[: place.start()], one.name) for one in every)
    ]
    if named:
        place = whole[-1] if whole else named[0]
        return words[: place.start()], words[place.end() :].lstrip()
    return (first, rest) if matches(first, every, lambda one: one.name) else (words, "")


@press(RunNow)
async def run_now(pressed: RunNow, turn: Turn, services: Services) -> Reply:
    """Start a workflow by its button; pressed twice, one run."""
    workflow = await services.workflows.reach.get(turn.user, pressed.wf, turn.conversation)
    return await _start(workflow, turn, services, key=pressed.key, notes="")


@press(StartRun)
async def start_run(pressed: StartRun, turn: Turn, services: Services) -> Reply:
    """Start a workflow with the notes typed on its card."""
    workflow = await services.workflows.reach.get(turn.user, pressed.wf, turn.conversation)
    notes = turn.answers.get("notes", "")
    if not notes.strip():
        return run_input_card(workflow, key=pressed.key, error=_NO_NOTES)
    return await _start(workflow, turn, services, key=pressed.key, notes=notes)


async def _start(
    workflow: Workflow, turn: Turn, services: Services, *, key: str, notes: str
) -> Reply:
    if not notes.strip() and services.workflows.needs_notes(workflow):
        return run_input_card(workflow, key=key)
    signal = Signal(
        key=key,
        inputs={"timeZone": turn.time_zone} | ({"notes": notes} if notes.strip() else {}),
        started_by=turn.user.name,
        conversation=turn.conversation,
    )
    return _card(await services.workflows.start(turn.user, workflow.id, signal), turn, services)


def _card(run: Run, turn: Turn, services: Services) -> Reply:
    actions = services.workflows.actions
    return draw_run(run, actions, zone=turn.time_zone, again_key=turn.key)


@command(
    "retry",
    forms=("retry <run> [failed|all] [saved|current]",),
    summary="Run again what failed; done steps are not repeated.",
)
async def retry(words: str, turn: Turn, services: Services) -> Reply:
    """Retry a run by its short id."""
    match = _RETRY.match(words)
    if match is None:
        raise RefusedError("Say which run, for example: retry R-7F3A")
    failed = await services.runs.by_short_id(turn.user, match[1])
    every, current = (match[2] or "").casefold() == "all", (match[3] or "").casefold() == "current"
    user, where, runs = turn.user, turn.conversation, services.runs
    if every and current:
        retried = await runs.again(user, failed, turn.key, where)
    elif every:
        retried = await runs.repeat(user, failed, turn.key, where=where)
    else:
        retried = await runs.retry(user, failed, current=current, where=where)
    return _card(retried, turn, services)


@press(Retry)
async def retry_run(pressed: Retry, turn: Turn, services: Services) -> Reply:
    """Retry a run by its button, once."""
    failed = await services.runs.get(turn.user, pressed.run)
    retried = await services.runs.retry(turn.user, failed, where=turn.conversation)
    return _card(retried, turn, services)


@press(RunAgain)
async def run_again(pressed: RunAgain, turn: Turn, services: Services) -> Reply:
    """Start the workflow of a run once more; pressed twice, one run."""
    ended = await services.runs.get(turn.user, pressed.run)
    repeated = await services.runs.again(turn.user, ended, pressed.key, turn.conversation)
    return _card(repeated, turn, services)


@command(
    "cancel",
    forms=("cancel", "cancel <run>"),
    summary="Leave a form, or stop what a run has not done yet.",
)
async def cancel(words: str, turn: Turn, services: Services) -> Reply:
    """Stop a run by its short id."""
    if not words.strip():
        return "Nothing is open here. To stop a run, say which: cancel R-7F3A"
    going = await services.runs.by_short_id(turn.user, words)
    return _card(await services.runs.cancel(turn.user, going), turn, services)


@press(CancelRun)
async def cancel_run(pressed: CancelRun, turn: Turn, services: Services) -> Reply:
    """Stop a run by its button."""
    going = await services.runs.get(turn.user, pressed.run)
    return _card(await services.runs.cancel(turn.user, going), turn, services)


@press(AnswerStep)
async def answer_step(pressed: AnswerStep, turn: Turn, services: Services) -> Reply:
    """Say whether a step whose outcome is unknown was done."""
    asking = await services.runs.get(turn.user, pressed.run)
    answered = await services.runs.answer(turn.user, asking, pressed.step, done=pressed.done)
    return _card(answered, turn, services)


@press(RefreshRun)
async def refresh_run(pressed: RefreshRun, turn: Turn, services: Services) -> Reply:
    """Draw a run's card as it stands now, for its runner."""
    mine = await services.runs.of_runner(turn.user, pressed.run, turn.conversation, "open")
    return draw_run(
        mine,
        services.workflows.actions,
        zone=turn.time_zone,
        again_key=turn.key,
        retried_as=await services.runs.retried_as(mine),
    )
