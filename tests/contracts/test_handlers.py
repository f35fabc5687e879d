"""Questions asked of every command and every button: is it handled, once, and can it be found?"""

import inspect
from typing import get_type_hints

import pytest

from bot.dialogs.root import Root
from bot.registry import collect
from bot.turn import Command, Press, Turn
from bot.workflows.services import Services
from cards.verbs import (
    VERBS,
    CancelRun,
    CheckConnection,
    Connect,
    DeleteMyData,
    DeleteWorkflow,
    DialogAnswer,
    DiscardDialog,
    EditWorkflow,
    KeepDialog,
    ListLogs,
    ListWorkflows,
    NewWorkflow,
    Retry,
    RunNow,
    ShareWorkflow,
    ShowAccount,
    ShowData,
    ShowHelp,
    ShowHome,
    ShowLog,
    ShowWorkflow,
    SignOut,
    StartMinutes,
    UnshareWorkflow,
)

COMMANDS = collect("bot.handlers", Command)
PRESSES = collect("bot.handlers", Press)
OF_DIALOGS = {DialogAnswer, KeepDialog, DiscardDialog}
BUTTONS = {
    "home": ShowHome,
    "help": ShowHelp,
    "new": NewWorkflow,
    "workflows": ListWorkflows,
    "show": ShowWorkflow,
    "edit": EditWorkflow,
    "delete": DeleteWorkflow,
    "run": RunNow,
    "minutes": StartMinutes,
    "logs": ListLogs,
    "log": ShowLog,
    "retry": Retry,
    "cancel": CancelRun,
    "data": ShowData,
    "connect": Connect,
    "whoami": ShowAccount,
    "signout": SignOut,
    "check connection": CheckConnection,
    "delete my data": DeleteMyData,
    "share": ShareWorkflow,
    "unshare": UnshareWorkflow,
}
EVERY_COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.words[0])
EVERY_PRESS = pytest.mark.parametrize("press", PRESSES, ids=lambda one: one.verb.name)


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_button_has_one_handler_or_belongs_to_the_dialogs(verb):
    handlers = [press for press in PRESSES if press.verb is verb]
    assert len(handlers) == (0 if verb in OF_DIALOGS else 1)


def test_every_word_is_of_one_command_and_typed_small():
    words = [word for command in COMMANDS for word in command.words]
    assert len(words) == len(set(words))
    assert words == [" ".join(word.casefold().split()) for word in words]


@EVERY_COMMAND
def test_every_command_has_a_button_for_the_same(command):
    verb = BUTTONS[command.words[0]]
    assert verb in {press.verb for press in PRESSES}


def test_no_button_stands_in_the_list_for_a_command_that_is_gone():
    assert set(BUTTONS) == {command.words[0] for command in COMMANDS}


@EVERY_COMMAND
def test_every_form_help_shows_begins_with_a_word_that_is_understood(command):
    assert command.forms
    assert command.summary.endswith(".") or ":" in command.summary
    root = Root(commands=COMMANDS, presses=PRESSES, runner=None, services=None)
    for form in command.forms:
        found, _rest = root._find(form)
        assert found is command, form


@EVERY_COMMAND
def test_every_command_says_what_it_does_and_takes_words_turn_and_services(command):
    says_and_takes(command.handler, str)


@EVERY_PRESS
def test_every_press_says_what_it_does_and_takes_its_own_verb(press):
    says_and_takes(press.handler, press.verb)


def says_and_takes(handler, first):
    assert inspect.getdoc(handler)
    hints = get_type_hints(handler)
    hints.pop("return")
    assert list(hints.values()) == [first, Turn, Services]
