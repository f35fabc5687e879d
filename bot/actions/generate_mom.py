"""generate_mom: turn notes or a transcript into structured minutes."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from bot.minutes.make import make_minutes
from bot.minutes.record import to_json
from bot.minutes.render import to_markdown
from bot.workflows.action import ActionConfig, ActionContext, ActionResult, Repeat, action
from storage.minutes import Minutes


class Config(ActionConfig):
    """Where the notes come from, and what the minutes are called."""

    notes: Annotated[str, "long"] = Field(
        title="Notes",
        description="Leave empty to use the notes the run is started with",
        default="",
    )
    title: str = Field(
        title="Meeting title",
        description="Leave empty to use the title in the notes",
        default="",
        max_length=200,
    )


class Result(ActionResult):
    """The minutes: in parts, as Markdown, and what later steps ask for most."""

    title: str
    overview: str
    markdown: str
    minutes: dict[str, Any]  # bot.minutes.record gives it back as Minutes
    recipients: list[str]  # the attendees' addresses that are in the notes
    made_by: str  # "rules", or the model that wrote them


@action(
    title="Generate MOM",
    repeat=Repeat.SAFE,
    reads_notes=True,
    example=Config(notes="Asha: We freeze scope.\nBen: I will send the report by Friday."),
    result=Result,
)
async def generate_mom(config: Config, context: ActionContext) -> Result:
    """Make minutes of the notes or the transcript the run was started with.

    Errors: RefusedError `Meeting notes are required` when there are none.
    Source: ConsultFlow product specification, sections 2 and 4.
    """
    given = context.inputs.get("notes")
    notes = config.notes if config.notes.strip() else (given if isinstance(given, str) else "")
    zone = context.inputs.get("timeZone")
    return await asyncio.to_thread(
        _result, notes, config.title.strip(), context, zone if isinstance(zone, str) else None
    )


def _result(notes: str, title: str, context: ActionContext, zone: str | None) -> Result:
    minutes: Minutes = make_minutes(notes, today=context.now.date(), zone=zone)
    if title:
        minutes = replace(minutes, title=title)
    return Result(
        title=minutes.title,
        overview=minutes.overview,
        markdown=to_markdown(minutes),
        minutes=to_json(minutes),
        recipients=[one.email for one in minutes.attendees if one.email],
        made_by=minutes.made_by,
    )
