"""What a trigger is: a pure question put to something that happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from storage.models import Conversation


class TriggerConfig(BaseModel):
    """A trigger's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Signal:
    """Something happened. A second signal with the same key is the same happening."""

    key: str
    inputs: Mapping[str, Any]
    started_by: str
    conversation: Conversation | None = None
    repeats: str | None = None  # short id of the run it is asked for again


@dataclass(frozen=True, slots=True)
class Trigger:
    """A plugin: found by app.py in bot/triggers, known by its file's name."""

    name: str
    title: str
    summary: str
    config: type[TriggerConfig]
    match: Callable[[Any, Any], Mapping[str, Any] | None]
    # What its runs are given, as texts: {{ trigger.notes }}. None where that may be anything.
    gives: tuple[str, ...] | None = None


def trigger(
    *, title: str, config: type[TriggerConfig], gives: tuple[str, ...] | None = None
) -> Callable[[Callable[[Any, Any], Mapping[str, Any] | None]], Trigger]:
    """Turn a pure function (config, signal) -> inputs or None into a Trigger of its name."""

    def make(function: Callable[[Any, Any], Mapping[str, Any] | None]) -> Trigger:
        summary = (function.__doc__ or "").strip().splitlines()[0]
        return Trigger(function.__name__, title, summary, config, function, gives)

    return make
