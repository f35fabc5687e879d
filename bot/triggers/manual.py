"""manual: somebody asks for it, by a command or a button."""

from collections.abc import Mapping
from typing import Any

from bot.workflows.trigger import Signal, TriggerConfig, trigger


class Config(TriggerConfig):
    """Nothing to set: the person who starts it says what it starts with."""


@trigger(title="By hand, with a command or a button", config=Config, gives=("notes", "timeZone"))
def manual(_config: Config, signal: Signal) -> Mapping[str, Any] | None:
    """Start when somebody says so, with what they gave."""
    return signal.inputs
