"""teams_post: one message in a channel or a chat, as the bot or as whoever runs the workflow."""

import asyncio
from typing import Annotated, Any, Literal

from pydantic import Field

from bot.clients.graph.refusals import may_have_happened
from bot.clients.html import to_html
from bot.workflows.action import (
    ActionConfig,
    ActionContext,
    ActionResult,
    Repeat,
    UnknownOutcomeError,
    action,
)
from bot.workflows.places import Place, bot_places, here, my_places, picked
from bot.workflows.prefill import written
from storage.errors import GraphError, RefusedError
from storage.models import ConversationKind, Json

# Teams takes about 28 KB of a message through Graph; UTF-8 and markup need room.
_LONGEST = 16_000
_CUT = "\n\n*Shortened: the whole text does not fit into a message.*"


class Config(ActionConfig):
    """Where, what, and in whose name."""

    target: str = Field(
        title="Where",
        description='"this channel", or a channel or chat by name',
        default="",
        max_length=300,
    )
    message: Annotated[str, "long"] = Field(
        title="Message", description="Markdown; empty: the minutes", default=""
    )
    post_as: Literal["bot", "me"] = Field(title="Post as", default="bot")


class Result(ActionResult):
    """What was posted, and where."""

    message_id: str
    where: str


async def propose(settings: Json, context: ActionContext) -> Json:
    """Fill what is empty: the message from the minutes, the place from where the run began."""
    target = str(settings.get("target") or "").strip()
    at = context.conversation
    if not target and at is not None and at.kind is not ConversationKind.PERSONAL:
        target = "this channel" if at.kind is ConversationKind.CHANNEL else "this chat"
    return {
        **settings,
        "target": target,
        "message": _shortened(written(str(settings.get("message") or ""), context)),
    }


def scopes_for(settings: Json) -> tuple[str, ...]:
    """Say which permissions such a post needs: none of the user's when the bot speaks."""
    if settings.get("post_as") != "me":
        return ()
    return ("Team.ReadBasic.All", "Channel.ReadBasic.All", "ChannelMessage.Send",
            "ChatMessage.Send")  # fmt: skip


@action(
    title="Teams Post",
    repeat=Repeat.ASK,
    scopes_for=scopes_for,
    needs=("post",),
    propose=propose,
    audience=lambda _settings: [],
    example=Config(target="General", message="**Minutes** are ready"),
    result=Result,
)
async def teams_post(config: Config, context: ActionContext) -> Result:
    """Post one message in a channel or a chat you name.

    Shape: Markdown; an empty message is the minutes, else the notes. What does not fit is cut.
    Errors: RefusedError for a missing place or message, naming what can be picked; GraphError;
    UnknownOutcomeError when the message may be there: it is never posted a second time.
    Source: ConsultFlow product specification, section 2; Microsoft Graph, chatMessage: post.
    """
    text = _shortened(written(config.message, context))
    if not text:
        raise RefusedError("There is nothing to post. Type a message, or generate minutes first.")
    if config.post_as == "me":
        return await _as_me(config.target, text, context)
    if context.post is None:
        raise RefusedError("I can't post here. Ask your admin to add me to Teams.")
    at = here(config.target, context.conversation)
    place = at or picked(config.target, await bot_places(context.post, context.owner))
    message_id = await context.post.post(
        target=place.id, text=text, owner=context.owner, key=context.key
    )
    return Result(message_id=message_id, where=place.name)


async def _as_me(target: str, text: str, context: ActionContext) -> Result:
    if context.graph is None:
        raise RefusedError(
            "I can't post in your name here. Post as the bot, "
            "or ask your admin to connect Microsoft 365."
        )
    place = await _my_place(target, context)
    html = await asyncio.to_thread(to_html, text)
    try:
        if place.team_id is None:
            message_id = await context.graph.post_to_chat(place.id, html)
        else:
            message_id = await context.graph.post_to_channel(place.team_id, place.id, html)
    except GraphError as error:
        if not may_have_happened(error):
            raise
        raise UnknownOutcomeError(
            f"I can't tell whether the message reached {place.name}. Look there, then tell me."
        ) from error
    return Result(message_id=message_id, where=place.name)


async def _my_place(target: str, context: ActionContext) -> Place:
    at = here(target, context.conversation)
    if at is not None and at.kind is ConversationKind.GROUP:
        return at
    graph: Any = context.graph
    places = await my_places(graph)
    if at is None:
        return picked(target, places)
    same = [place for place in places if place.id == at.id]
    if not same:
        raise RefusedError("You are not in this channel's team, so I can't post there as you.")
    return same[0]


def _shortened(markdown: str) -> str:
    """Cut a text that fits into no message, at the end of a line."""
    if len(markdown.encode()) <= _LONGEST:
        return markdown
    room = markdown.encode()[: _LONGEST - len(_CUT)].decode(errors="ignore")
    return (room.rpartition("\n")[0] or room).rstrip() + _CUT
