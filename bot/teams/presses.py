"""Buttons as they arrive: Action.Execute as an invoke, Action.Submit as a message with a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botbuilder.schema import Activity

from cards.verbs import RefreshRun, Verb, read
from storage.errors import RefusedError

EXECUTE = "adaptiveCard/action"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that was pressed, and whether a client did it on its own."""

    verb: Verb
    answers: Mapping[str, str]
    refresh: bool


def executed(activity: Activity) -> Pressed:
    """Read an Action.Execute. Errors: RefusedError when it is not one of ours, or malformed."""
    value = activity.value
    action = value.get("action") if isinstance(value, dict) else None
    action = action if isinstance(action, dict) else {}
    data = action.get("data")
    if not isinstance(data, dict) or action.get("type") != "Action.Execute":
        raise RefusedError("I can't read that button. Open the card again, then press it.")
    verb, answers = read(_ours(data))
    automatic = activity.value.get("trigger") == "automatic" or isinstance(verb, RefreshRun)
    return Pressed(verb, answers, automatic)


def submitted(activity: Activity) -> Pressed | None:
    """Read an Action.Submit; None when the message is words, not a button.

    Errors: RefusedError when it is not one of ours.
    """
    value = activity.value
    if not isinstance(value, dict) or (activity.text and "cf" not in value):
        return None
    verb, answers = read(_ours(value))
    return Pressed(verb, answers, isinstance(verb, RefreshRun))


def read_data(data: dict[str, Any]) -> Pressed:
    """Read what a window sent. Errors: RefusedError when it is not one of ours."""
    verb, answers = read(_ours(data))
    return Pressed(verb, answers, refresh=False)


def _ours(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out what Teams adds to a button's data."""
    return {key: value for key, value in data.items() if key != "msteams"}
