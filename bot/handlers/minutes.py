"""Minutes without a workflow: of pasted notes, of a file, of what is typed on a card."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.handlers.choosing import about
from bot.handlers.run_view import draw_run
from bot.minutes.documents import read_document
from bot.minutes.make import make_minutes
from bot.turn import Reply, Turn, command, press
from bot.workflows.services import Services
from bot.workflows.trigger import Signal
from cards.buttons import button
from cards.minutes import minutes_card, notes_card
from cards.notice import notice_card
from cards.verbs import (
    EditMinutes,
    MakeMinutes,
    NewWorkflow,
    RunWithMinutes,
    StartMinutes,
    UseMinutes,
)
from cards.workflow import picker_card
from storage.errors import NotFoundError, RefusedError

_KEPT = timedelta(days=30)
_REQUIRED = "Meeting notes are required"


@command(
    "minutes",
    forms=("minutes <notes>", "minutes (with a .txt, .md, .vtt or .docx file)"),
    summary="Draft minutes from your notes.",
)
async def minutes(words: str, turn: Turn, services: Services) -> Reply:
    """Draft minutes of what follows the word, or of the file that came along."""
    notes = words
    if turn.files:
        file = turn.files[0]
        notes = await asyncio.to_thread(read_document, file.name, file.content)
    elif turn.file_problem:
        raise RefusedError(turn.file_problem)
    if not notes.strip():
        return notes_card(error=_REQUIRED)
    return await drafted(notes, turn, services)


@press(StartMinutes)
async def start_minutes(_pressed: StartMinutes, _turn: Turn, _services: Services) -> Reply:
    """Ask for notes."""
    return notes_card()


@press(MakeMinutes)
async def make(_pressed: MakeMinutes, turn: Turn, services: Services) -> Reply:
    """Draft minutes of the notes typed on the card."""
    notes = turn.answers.get("notes", "")
    if not notes.strip():
        return notes_card(error=_REQUIRED)
    return await drafted(notes, turn, services)


async def drafted(notes: str, turn: Turn, services: Services) -> Reply:
    """Draft minutes of notes, and keep the notes for what comes next."""
    today = turn.now.astimezone(ZoneInfo(turn.time_zone)).date()
    made = await asyncio.to_thread(make_minutes, notes, today=today, zone=turn.time_zone)
    draft_id = await services.storage.drafts.keep(
        user_id=turn.user.id,
        title=made.title,
        notes=notes,
        now=turn.now,
        expires_at=turn.now + _KEPT,
    )
    return minutes_card(made, draft_id=draft_id)


@press(EditMinutes)
async def edit_minutes(pressed: EditMinutes, turn: Turn, services: Services) -> Reply:
    """Open the notes again."""
    _title, notes = await kept(pressed.minutes, turn, services)
    return notes_card(notes)


@press(UseMinutes)
async def use_minutes(pressed: UseMinutes, turn: Turn, services: Services) -> Reply:
    """Ask which workflow is to run with these notes."""
    title, _notes = await kept(pressed.minutes, turn, services)
    every = await services.workflows.reach.every(turn.user, turn.conversation)
    if not every:
        return notice_card(
            'You have no workflows yet. Press New workflow, or type "new" and come back here.',
            button("New workflow", NewWorkflow(), style="positive"),
            button("Use in a workflow", UseMinutes(minutes=pressed.minutes)),
            button("Edit notes", EditMinutes(minutes=pressed.minutes)),
        )
    return picker_card(
        f'Run which workflow with the notes of "{title}"?',
        [
            (
                one.name,
                about(one, every, zone=turn.time_zone),
                RunWithMinutes(wf=one.id, minutes=pressed.minutes, key=turn.key),
            )
            for one in every
        ],
    )


@press(RunWithMinutes)
async def run_with_minutes(pressed: RunWithMinutes, turn: Turn, services: Services) -> Reply:
    """Start a workflow with kept notes; pressed twice, one run."""
    _title, notes = await kept(pressed.minutes, turn, services)
    signal = Signal(
        key=pressed.key,
        inputs={"notes": notes, "timeZone": turn.time_zone},
        started_by=turn.user.name,
        conversation=turn.conversation,
    )
    started = await services.workflows.start(turn.user, pressed.wf, signal, where=turn.conversation)
    return draw_run(started, services.workflows.actions, zone=turn.time_zone, title="Started")


async def kept(draft_id: str, turn: Turn, services: Services) -> tuple[str, str]:
    """Give title and notes of a draft. Errors: NotFoundError when it is not theirs, or gone."""
    found = await services.storage.drafts.get(turn.user.id, draft_id)
    if found is None:
        raise NotFoundError("These notes are not kept any more. Paste them again.")
    return found
