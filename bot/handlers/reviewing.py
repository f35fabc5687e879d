"""Looking at what would leave: send it as edited, or leave it out. Only its runner decides."""

from bot.handlers.run_view import draw_run
from bot.turn import Reply, Turn, press
from bot.workflows.services import Services
from cards.forms import FormError, parse
from cards.review import answers_of
from cards.verbs import SendReviewed, SkipReviewed
from storage.errors import RefusedError
from storage.models import Json, Run, StepStatus


@press(SendReviewed)
async def send_reviewed(pressed: SendReviewed, turn: Turn, services: Services) -> Reply:
    """Send what the card shows. One field that cannot be used holds back all that was pressed."""
    run = await services.runs.of_runner(turn.user, pressed.run, turn.conversation, "send")
    places = _waiting(run, pressed.step)
    settings: dict[int, Json] = {}
    wrong = {}
    for place in places:
        typed = answers_of(place, turn.answers)
        action = services.workflows.actions[run.steps[place].action]
        try:
            settings[place] = parse(action.config, typed).model_dump(mode="json")
        except FormError as error:
            wrong[place] = (typed, error.errors)
    actions = services.workflows.actions
    if wrong:
        return draw_run(run, actions, zone=turn.time_zone, wrong=wrong)
    sent = await services.runs.send(turn.user, run, settings)
    return draw_run(sent, actions, zone=turn.time_zone, again_key=turn.key)


@press(SkipReviewed)
async def skip_reviewed(pressed: SkipReviewed, turn: Turn, services: Services) -> Reply:
    """Leave a step out."""
    run = await services.runs.of_runner(turn.user, pressed.run, turn.conversation, "send")
    places = _waiting(run, pressed.step)
    if places:
        run = await services.runs.leave_out(turn.user, run, places[0])
    return draw_run(run, services.workflows.actions, zone=turn.time_zone, again_key=turn.key)


def _waiting(run: Run, step: str | None) -> list[int]:
    """Give the places under review that were meant. Errors: RefusedError for none such step."""
    if step is not None and step not in {one.id for one in run.steps}:
        raise RefusedError("That step is not in this run.")
    return [
        place
        for place, one in enumerate(run.steps)
        if one.status is StepStatus.REVIEW and step in (None, one.id)
    ]
