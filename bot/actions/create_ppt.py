"""create_ppt: a PowerPoint deck of the meeting, put where its owner wants it."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from bot.minutes.deck import build_deck
from bot.minutes.outline import Template, clean, sections_of, sections_of_text, subtitle_of
from bot.minutes.record import from_json
from bot.minutes.slides import Section, digest, paginate
from bot.workflows.action import (
    ActionConfig,
    ActionContext,
    ActionResult,
    Repeat,
    Shelf,
    action,
)
from storage.errors import RefusedError
from storage.models import Conversation, ConversationKind, Json
from storage.run_codec import short_id

_TITLE_LINES = 8
_IN_ONE_DRIVE = ("Files.ReadWrite",)
_IN_A_CHANNEL = ("Files.Read.All", "Files.ReadWrite")
_OFFERED = "Offered in the 1:1 chat with me: Accept there saves it, within 24 hours."


class Place(StrEnum):
    """Where the deck may be wanted, as the form says it."""

    AUTOMATIC = "automatic"
    ONE_DRIVE = "onedrive"
    CHANNEL = "channel"
    CHAT = "chat"

    @property
    def label(self) -> str:
        """Give the words a person chooses by."""
        return _LABELS[self]


_LABELS = {
    Place.AUTOMATIC: "Automatic: channel files, our chat or OneDrive",
    Place.ONE_DRIVE: "My OneDrive",
    Place.CHANNEL: "The channel's files",
    Place.CHAT: "Our 1:1 chat, where I ask before saving",
}
_SHELVES = {
    Place.ONE_DRIVE: Shelf.ONE_DRIVE,
    Place.CHANNEL: Shelf.CHANNEL,
    Place.CHAT: Shelf.CHAT,
}
_BY_KIND = {ConversationKind.CHANNEL: Shelf.CHANNEL, ConversationKind.PERSONAL: Shelf.CHAT}


class Config(ActionConfig):
    """How the deck looks, how long it may be, and where it goes."""

    template: Template = Field(title="Template", default=Template.DEFAULT)
    # The stored contract's own spelling.
    maxSlides: int = Field(title="Most slides", default=10, ge=1, le=50)  # noqa: N815
    title: str = Field(
        title="Title", description="Empty: the meeting's title", default="", max_length=255
    )
    place: Place = Field(
        title="Keep the deck in",
        description="Automatic: the channel's files in a channel, our 1:1 chat there, "
        "anywhere else your OneDrive",
        default=Place.AUTOMATIC,
    )


class Result(ActionResult):
    """Where the deck is. `url` is empty where it was offered in a chat, and `note` says so."""

    url: str
    name: str
    slides: int
    note: str = ""


def shelf_of(place: Place, at: Conversation | None) -> Shelf:
    """Say where the deck goes, for a run that was started there."""
    if place is Place.AUTOMATIC:
        return _BY_KIND.get(at.kind, Shelf.ONE_DRIVE) if at else Shelf.ONE_DRIVE
    return _SHELVES[place]


def scopes_for(settings: Json) -> tuple[str, ...]:
    """Say which permissions such a deck needs: none in a chat; where it is open, all it may need.

    What is really missing is asked for by the call that misses it.
    """
    wanted = settings.get("place")
    if wanted == Place.CHAT:
        return ()
    return _IN_ONE_DRIVE if wanted == Place.ONE_DRIVE else _IN_A_CHANNEL


@action(
    title="Create PPT",
    repeat=Repeat.KEYED,
    reads_notes=True,
    scopes=_IN_A_CHANNEL,
    scopes_for=scopes_for,
    needs=("drive",),
    example=Config(template=Template.MEETING, maxSlides=6),
    result=Result,
)
async def create_ppt(config: Config, context: ActionContext) -> Result:
    """Make a .pptx of the minutes, or of the notes when there are none, and keep it.

    Shape: title, agenda, overview and discussion, decisions, action table, next steps; parts
    without content are left out, and never more slides than asked for.
    Errors: RefusedError when there is nothing to show, or no such place; GraphError.
    Source: ConsultFlow product specification, section 2 and story S9.
    """
    if context.drive is None:
        raise RefusedError("There is no place to keep files here. Ask your admin to set one up.")
    title, content, slides = await asyncio.to_thread(_made, config, context)
    name = f"{title[:120].strip()} {short_id(context.run_id)}.pptx"
    shelf = shelf_of(config.place, context.conversation)
    url = await context.drive.put(
        owner=context.owner,
        name=name,
        content=content,
        key=context.key,
        where=shelf,
        at=context.conversation,
    )
    note = _OFFERED if shelf is Shelf.CHAT else ""
    return Result(url=url, name=name, slides=slides, note=note)


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
