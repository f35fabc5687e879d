"""A message's own menu: run a workflow with its text, or draft minutes of it."""

from datetime import timedelta

from bot.handlers.choosing import about
from bot.handlers.minutes import drafted, kept
from bot.handlers.run_view import draw_run
from bot.turn import Message, Reply, Turn, press
from bot.workflows.services import Services
from bot.workflows.trigger import Signal
from cards.from_message import draft_card, pick_card
from cards.verbs import DraftOfMessage, MinutesOfMessage, PickForMessage, RunWithMessage
from storage.errors import NotFoundError, RefusedError

_KEPT = timedelta(hours=24)
_NO_TEXT = "There is no text in this message that I can read. Paste the notes instead: run <name>"


@press(PickForMessage)
async def pick_for_message(_pressed: PickForMessage, turn: Turn, services: Services) -> Reply:
    """Ask which workflow is to run with a message."""
    message = _message(turn)
    verb = RunWithMessage(
        minutes=await _keep(message, turn, services), key=turn.key[:200], thread=message.thread
    )
    return pick_card(message.text, await _choices(turn, services), verb)


async def _choices(turn: Turn, services: Services) -> list[tuple[str, str]]:
    """List what can be run here. Errors: NotFoundError when nothing can."""
    every = await services.workflows.reach.every(turn.user, turn.conversation)
    if not every:
        raise NotFoundError(
            'You have no workflows yet, and none is shared here. Say "new" to build one.'
        )
    return [(f"{one.name} ({about(one, every, zone=turn.time_zone)})", one.id) for one in every]


@press(RunWithMessage)
async def run_with_message(pressed: RunWithMessage, turn: Turn, services: Services) -> Reply:
    """Start the workflow that was picked, here; told again, it says that it runs."""
    _title, notes = await kept(pressed.minutes, turn, services)
    picked = turn.answers.get("wf", "")
    if not picked:
        choices = await _choices(turn, services)
        return pick_card(notes, choices, pressed, error="Pick a workflow first.")
    signal = Signal(
        key=f"message:{pressed.key}",
        inputs={"notes": notes, "timeZone": turn.time_zone},
        started_by=turn.user.name,
        conversation=turn.conversation,
    )
    started, new = await services.workflows.start_once(turn.user, picked, signal)
    if not new:
        return f"{started.workflow_name} was started already, as {started.short_id}."
    return draw_run(started, services.workflows.actions, zone=turn.time_zone, title="Started")


@press(MinutesOfMessage)
async def minutes_of_message(_pressed: MinutesOfMessage, turn: Turn, services: Services) -> Reply:
    """Show what minutes would be drafted of."""
    message = _message(turn)
    verb = DraftOfMessage(
        minutes=await _keep(message, turn, services), key=turn.key[:200], thread=message.thread
    )
    return draft_card(message.text, verb)


@press(DraftOfMessage)
async def draft_of_message(pressed: DraftOfMessage, turn: Turn, services: Services) -> Reply:
    """Draft minutes of a message, where it is; told again, nothing more."""
    _title, notes = await kept(pressed.minutes, turn, services)
    once = f"message|{turn.user.id}|{pressed.key}"
    if not await services.storage.deliveries.first(once, now=turn.now):
        return "These minutes are drafted already."
    return await drafted(notes, turn, services)


def _message(turn: Turn) -> Message:
    if turn.message is None or not turn.message.text.strip():
        raise RefusedError(_NO_TEXT)
    return turn.message


async def _keep(message: Message, turn: Turn, services: Services) -> str:
    """Keep a message's text until the window is sent: a button could not carry it."""
    return await services.storage.drafts.keep(
        user_id=turn.user.id,
        title="Message",
        notes=message.text,
        now=turn.now,
        expires_at=turn.now + _KEPT,
    )
