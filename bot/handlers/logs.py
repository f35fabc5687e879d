"""Execution logs in words and buttons: the list and one in detail."""

from bot.turn import Reply, Turn, command, press
from bot.workflows.log_words import read_log_words
from bot.workflows.run_service import PAGE
from bot.workflows.services import Services
from cards.buttons import button
from cards.log import log_card, log_list_card
from cards.problem import problem_card
from cards.verbs import ListLogs, ShowLog
from storage.errors import NotFoundError
from storage.models import Run


@command(
    "logs",
    forms=(
        "logs",
        "logs failed last 7 days",
        'logs workflow <name> "some text" page 2',
    ),
    summary="List runs; filter by state, days, workflow, trigger or text.",
)
async def logs(words: str, turn: Turn, services: Services) -> Reply:
    """List runs that fit what was typed."""
    return await _list(words, None, turn, services)


@press(ListLogs)
async def list_logs(pressed: ListLogs, turn: Turn, services: Services) -> Reply:
    """Turn the page of the list, or change its filter."""
    return await _list(pressed.words, pressed.page, turn, services)


async def _list(words: str, page: int | None, turn: Turn, services: Services) -> Reply:
    asked = read_log_words(words, now=turn.now, zone=turn.time_zone)
    number = asked.page if page is None else page
    found = await services.runs.page(turn.user, asked.wanted, number, PAGE)
    return log_list_card(found, number=number, words=asked.bare, zone=turn.time_zone)


@command("log", forms=("log <run>",), summary="Show one run in detail, for example: log R-7F3A")
async def log(words: str, turn: Turn, services: Services) -> Reply:
    """Show one run by its short id."""
    try:
        found = await services.runs.by_short_id(turn.user, words)
    except NotFoundError as error:
        return problem_card(str(error), button("All logs", ListLogs()))
    return _card(found, turn)


@press(ShowLog)
async def show_log(pressed: ShowLog, turn: Turn, services: Services) -> Reply:
    """Show one run by its button."""
    return _card(await services.runs.get(turn.user, pressed.run), turn)


def _card(run: Run, turn: Turn) -> Reply:
    return log_card(run, zone=turn.time_zone, again_key=turn.key)
