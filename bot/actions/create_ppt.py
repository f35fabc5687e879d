"""create_ppt: a PowerPoint deck of the meeting, put into the owner's files."""

import asyncio
from collections.abc import Mapping

from pydantic import Field

from bot.minutes.deck import build_deck
from bot.minutes.outline import Template, clean, sections_of, sections_of_text, subtitle_of
from bot.minutes.record import from_json
from bot.minutes.slides import Section, digest, paginate
from bot.workflows.action import ActionConfig, ActionContext, ActionResult, Repeat, action
from storage.errors import RefusedError
from storage.run_codec import short_id

_TITLE_LINES = 8


class Config(ActionConfig):
    """How the deck looks and how long it may be."""

    template: Template = Field(title="Template", default=Template.DEFAULT)
    # The stored contract's own spelling.
    maxSlides: int = Field(title="Most slides", default=10, ge=1, le=50)  # noqa: N815
    title: str = Field(
        title="Title", description="Empty: the meeting's title", default="", max_length=255
    )


class Result(ActionResult):
    """Where the deck is."""

    url: str
    name: str
    slides: int


@action(
    title="Create PPT",
    repeat=Repeat.KEYED,
    reads_notes=True,
    needs=("drive",),
    example=Config(template=Template.MEETING, maxSlides=6),
    result=Result,
)
async def create_ppt(config: Config, context: ActionContext) -> Result:
    """Make a .pptx of the minutes, or of the notes when there are none, and keep it.

    Shape: title, agenda, overview and discussion, decisions, action table, next steps; parts
    without content are left out, and never more slides than asked for.
    Errors: RefusedError when there is nothing to show.
    Source: ConsultFlow product specification, section 2 and story S9.
    """
    if context.drive is None:
        raise RefusedError("There is no place to keep files here. Ask your admin to set one up.")
    title, content, slides = await asyncio.to_thread(_made, config, context)
    name = f"{title[:120].strip()} {short_id(context.run_id)}.pptx"
    url = await context.drive.put(owner=context.owner, name=name, content=content, key=context.key)
    return Result(url=url, name=name, slides=slides)


def _made(config: Config, context: ActionContext) -> tuple[str, bytes, int]:
    title, subtitle, sections = _told(config, context)
    if not sections:
        raise RefusedError(
            "There is nothing to put on slides. Generate minutes in an earlier step, "
            "or run the workflow with notes."
        )
    title = clean(config.title) or title
    pages = paginate(sections, config.maxSlides - 1)
    if not pages:
        lines = subtitle.splitlines()
        subtitle = "\n".join([*lines, *digest(sections, _TITLE_LINES - len(lines))])
    content = build_deck(
        title,
        subtitle,
        pages,
        template=config.template,
        author=clean(context.owner.name) or "ConsultFlow",
        made_at=context.now,
    )
    return title, content, len(pages) + 1


def _told(config: Config, context: ActionContext) -> tuple[str, str, list[Section]]:
    """Give title, subtitle and sections: of the minutes, or else of the run's notes."""
    given = (context.output_of("generate_mom") or {}).get("minutes")
    if isinstance(given, Mapping):
        minutes = from_json(given)
        title = clean(minutes.title) or clean(context.workflow_name)
        sections = sections_of(minutes, config.template)
        if sections:
            return title, subtitle_of(minutes), sections
    notes = context.inputs.get("notes")
    sections = sections_of_text(notes) if isinstance(notes, str) else []
    return clean(context.workflow_name) or "Notes", "", sections
