"""create_calendar: one event in the calendar of whoever runs the workflow."""

import asyncio
from typing import Annotated

from pydantic import Field

from bot.clients.html import to_html
from bot.clients.mail_address import read_addresses
from bot.workflows.action import ActionConfig, ActionContext, ActionResult, Repeat, action
from bot.workflows.attendees import asked_to_next, entries_of, reached
from bot.workflows.local_time import checked_zone, moved, read_local, shown
from bot.workflows.prefill import minutes_in, next_start, one_line, runner_zone, source_length
from storage.errors import RefusedError
from storage.minutes import Minutes
from storage.models import Json

_REQUIRED = "Calendar title, start, and end times are required"
_USUAL_TITLE = "Follow-up Meeting"


class Config(ActionConfig):
    """What is booked, when, and with whom."""

    title: str = Field(
        title="Title", description="Empty: the next meeting's title", default="", max_length=255
    )
    start: str = Field(
        title="Start", description="2026-03-11 14:00; empty: the next meeting", default=""
    )
    end: str = Field(
        title="End", description="2026-03-11 14:45; empty: as long as the last one", default=""
    )
    zone: str = Field(
        title="Time zone", description="For example Europe/London; empty: yours", default=""
    )
    attendees: list[str] = Field(
        title="Attendees",
        description="Addresses or names, separated by commas; empty: the meeting's attendees",
        default_factory=list,
    )
    body: Annotated[str, "long"] = Field(title="Text", description="Markdown", default="")
    online: bool = Field(title="Teams meeting", description="With a link to join", default=True)


class Result(ActionResult):
    """What was booked. `start` and `end` are local times of `zone`."""

    title: str
    start: str
    end: str
    zone: str
    attendees: list[str]
    left_out: list[str]  # names whose blank nobody filled in
    link: str
    join_link: str | None


async def propose(settings: Json, context: ActionContext) -> Json:
    """Fill what is empty from the minutes, as the owner will see it before anybody is invited."""
    minutes = minutes_in(context)
    following = minutes.next_meeting if minutes else None
    title = str(settings.get("title") or "").strip()
    if not title and minutes:
        title = (following.title if following else None) or _USUAL_TITLE
    wanted = entries_of(settings.get("attendees")) or (asked_to_next(minutes) if minutes else [])
    body = str(settings.get("body") or "")
    if not body.strip() and following:
        body = "\n".join(f"- {point}" for point in following.agenda)
    return {
        **settings,
        "title": title[:255],
        **_times(settings, context, minutes),
        "attendees": await reached(wanted, minutes, context.graph),
        "body": body,
    }


def audience(settings: Json) -> list[str]:
    """Give everybody who would be invited; what can't be read counts as one, as typed."""
    entries = entries_of(settings.get("attendees"))
    try:
        return read_addresses(entries)[0]
    except RefusedError:
        return entries


@action(
    title="Calendar Event",
    repeat=Repeat.KEYED,
    scopes=("Calendars.ReadWrite",),
    needs=("graph",),
    propose=propose,
    audience=audience,
    example=Config(
        title="Follow-up",
        start="2026-03-11 14:00",
        end="2026-03-11 14:45",
        zone="Asia/Kolkata",
        attendees=["ana@contoso.example"],
    ),
    result=Result,
)
async def create_calendar(config: Config, context: ActionContext) -> Result:
    """Book one event in your own calendar and invite everybody.

    Shape: times are local times of the zone, sent as such; a repeat of the same step books nothing
    new, the service knows its transaction id.
    Errors: RefusedError for what is missing or can't be read; GraphError.
    Source: ConsultFlow product specification, section 2; Microsoft Graph, user: create event.
    """
    title = one_line(config.title)
    if not (title and config.start.strip() and config.end.strip()):
        raise RefusedError(_REQUIRED)
    zone = checked_zone(config.zone.strip() or runner_zone(context) or "UTC")
    start = read_local(config.start, zone)
    end = read_local(config.end, zone, day_of=start)
    if end <= start:
        raise RefusedError("The event ends before it starts. Correct its end.")
    invited, blanks = read_addresses(config.attendees)
    if context.graph is None:
        raise RefusedError("I can't book events here. Ask your admin to connect Microsoft 365.")
    event = await context.graph.create_event(
        subject=title,
        html=await asyncio.to_thread(to_html, config.body),
        start=start,
        end=end,
        zone=zone.key,
        attendees=invited,
        online=config.online,
        transaction_id=context.key,
    )
    return Result(
        title=title, start=shown(start), end=shown(end), zone=zone.key, attendees=invited,
        left_out=blanks, link=event.web_link, join_link=event.join_url,
    )  # fmt: skip


def _times(settings: Json, context: ActionContext, minutes: Minutes | None) -> dict[str, str]:
    """Give start, end and zone: those typed, else the next meeting's in the zone it is said in."""
    typed = {name: str(settings.get(name) or "").strip() for name in ("start", "end", "zone")}
    following = next_start(minutes)
    own = runner_zone(context) or (minutes.zone if minutes else None) or "UTC"
    if not typed["start"] and following:
        moment, said_in = following
        typed["zone"] = typed["zone"] or said_in or own
        typed["start"] = shown(moved(moment, said_in, checked_zone(typed["zone"])))
    typed["zone"] = typed["zone"] or own
    if typed["start"] and not typed["end"]:
        start = read_local(typed["start"], checked_zone(typed["zone"]))
        typed["end"] = shown(start + source_length(minutes))
    return typed
