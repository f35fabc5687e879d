"""Where people stand, what they can say, and what their workflows saved."""

from functools import lru_cache

from bot.registry import collect
from bot.turn import Command, Reply, Turn, command, press
from bot.workflows.naming import unquote
from bot.workflows.services import Services
from cards.data import data_card, data_list_card
from cards.help import HelpEntry, help_card
from cards.home import MOST, home_card
from cards.verbs import ShowData, ShowHelp, ShowHome
from storage.models import LogFilter

_MOST_RECORDS = 20
# What people look for first; the rest follows as it is found.
_FIRST = ("minutes", "run", "workflows", "new", "show", "edit", "delete", "logs", "log", "retry")


@command("home", forms=("home",), summary="Your workflows and latest runs.")
async def home(_words: str, turn: Turn, services: Services) -> Reply:
    """Show where somebody stands."""
    return await _home(turn, services)


@press(ShowHome)
async def show_home(_pressed: ShowHome, turn: Turn, services: Services) -> Reply:
    """Show where somebody stands, by its button."""
    return await _home(turn, services)


async def _home(turn: Turn, services: Services) -> Reply:
    every = await services.workflows.of_user(turn.user)
    latest = await services.runs.page(turn.user, LogFilter(), 1, MOST)
    return home_card(every[:MOST], latest.runs, key=turn.key, zone=turn.time_zone)


@command("help", forms=("help [topic]",), summary="Show what you can say.", interrupts=True)
async def help_(words: str, _turn: Turn, _services: Services) -> Reply:
    """Show every command, or one in detail."""
    return help_card(_entries(), unquote(words) or None)


@press(ShowHelp)
async def show_help(pressed: ShowHelp, _turn: Turn, _services: Services) -> Reply:
    """Show help by its button."""
    return help_card(_entries(), pressed.topic)


@lru_cache(maxsize=1)
def _entries() -> tuple[HelpEntry, ...]:
    found = sorted(collect("bot.handlers", Command), key=lambda one: _rank(one.words[0]))
    return tuple(HelpEntry(one.forms, one.summary) for one in found)


def _rank(word: str) -> int:
    return _FIRST.index(word) if word in _FIRST else len(_FIRST)


@command("data", forms=("data", "data <name>"), summary="Show what your workflows saved.")
async def data(words: str, turn: Turn, services: Services) -> Reply:
    """List saved names, or the records of one."""
    return await _data(unquote(words) or None, turn, services)


@press(ShowData)
async def show_data(pressed: ShowData, turn: Turn, services: Services) -> Reply:
    """Show saved records by their button."""
    return await _data(pressed.data, turn, services)


async def _data(name: str | None, turn: Turn, services: Services) -> Reply:
    records = services.storage.records
    if name is None:
        return data_list_card(await records.names(turn.user.id))
    found = await records.of(turn.user.id, name, limit=_MOST_RECORDS)
    return data_card(name, found, zone=turn.time_zone)
