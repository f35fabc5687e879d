"""What a step takes from the minutes where its settings say nothing. Pure.

Source: ConsultFlow product specification, section 2: typed, then stored, then earlier steps.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.minutes.record import from_json
from bot.workflows.action import ActionContext
from storage.minutes import Minutes

_USUAL_LENGTH = timedelta(minutes=60)
_LONGEST = timedelta(hours=24)


def minutes_in(context: ActionContext) -> Minutes | None:
    """Give the minutes an earlier step made; None when there are none."""
    told = (context.output_of("generate_mom") or {}).get("minutes")
    return from_json(told) if isinstance(told, Mapping) else None


def minutes_text(context: ActionContext) -> str:
    """Give the minutes as Markdown, "" when there are none."""
    text = (context.output_of("generate_mom") or {}).get("markdown")
    return text if isinstance(text, str) else ""


def written(typed: str, context: ActionContext) -> str:
    """Give what is sent: the text typed, else the minutes, else the notes, else ""."""
    notes = context.inputs.get("notes")
    choices = (typed, minutes_text(context), notes if isinstance(notes, str) else "")
    return next((text for text in choices if text.strip()), "")


def one_line(text: str) -> str:
    """Take line ends and other controls out of what becomes a mail's header."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def runner_zone(context: ActionContext) -> str | None:
    """Give the IANA time zone of whoever runs this; None when nobody has said."""
    zone = context.inputs.get("timeZone")
    return zone if isinstance(zone, str) and zone else None


def source_length(minutes: Minutes | None) -> timedelta:
    """Give how long the meeting of the minutes was, else 60 minutes."""
    if minutes and minutes.starts_at and minutes.ends_at:
        length = minutes.ends_at - minutes.starts_at
        if timedelta() < length <= _LONGEST:
            return length
    return _USUAL_LENGTH


def next_start(minutes: Minutes | None) -> tuple[datetime, str | None] | None:
    """Give when the next meeting begins: naive local time and its zone where one is said."""
    following = minutes.next_meeting if minutes else None
    if following is None or following.starts_at is None:
        return None
    return following.starts_at, following.zone
