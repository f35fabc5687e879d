"""Where a message can go, by the name people know it by; nobody ever types an id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.clients.graph.records import Channel, Team
from bot.workflows.action import Post
from bot.workflows.naming import matches, nearest
from storage.errors import RefusedError
from storage.models import Conversation, ConversationKind, User

_HERE = ("this channel", "this chat", "this conversation", "here")
_MOST_TEAMS = 30
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or a group chat. `id` is its conversation id, `team_id` Graph's id of its team."""

    id: str
    name: str  # `Client delivery > General`, `Acme rollout`
    kind: ConversationKind
    team_id: str | None = None


class Teamwork(Protocol):
    """What Graph knows of somebody's teams."""

    async def teams(self) -> list[Team]:
        """List their teams."""
        ...

    async def channels_of(self, team_ids: Sequence[str]) -> list[list[Channel]]:
        """List the channels of each team."""
        ...


def here(target: str, conversation: Conversation | None) -> Place | None:
    """Give the place the run was started in when it is meant; None when another is named.

    Errors: RefusedError when it is meant and is no channel or group chat.
    """
    if " ".join(target.casefold().split()) not in _HERE:
        return None
    if conversation is None or conversation.kind is ConversationKind.PERSONAL:
        raise RefusedError(
            "This workflow was not started in a channel or a group chat. "
            "Name the channel or chat to post in."
        )
    name = conversation.name or target
    # A thread's id leads into that thread; a post goes to the channel.
    return Place(conversation.id.partition(";")[0], name, conversation.kind)


def picked(target: str, places: Sequence[Place]) -> Place:
    """Give the one place a name means. Errors: RefusedError naming what can be picked."""
    typed = " > ".join(part.strip() for part in target.replace("/", ">").split(">"))
    found = matches(typed, places, lambda place: place.name) or matches(typed, places, _channel)
    # A team's name alone means its first channel.
    first = [place for place in found if place.name.casefold() == f"{typed} > general".casefold()]
    by_channel = [place for place in places if _channel(place).casefold() == typed.casefold()]
    for fits in (by_channel, first, found):
        if len(fits) == 1:
            return fits[0]
    raise RefusedError(_which(target, found, places))


def _channel(place: Place) -> str:
    return place.name.rpartition(" > ")[2]


def _which(target: str, found: Sequence[Place], places: Sequence[Place]) -> str:
    names = [place.name for place in places]
    if not names:
        return "There is no channel or chat I can post in. Add me to one, and retry."
    if len(found) > 1:
        told = ", ".join(place.name for place in found[:_MOST_NAMED])
        return f'"{target}" may mean several: {told}. Name one of them.'
    near = nearest(target, names) if target.strip() else []
    told = ", ".join((near or names)[:_MOST_NAMED])
    if not target.strip():
        return f"Say where to post: {told}."
    return f'I don\'t know a channel or chat called "{target}". Did you mean: {told}?'


async def bot_places(post: Post, owner: User) -> list[Place]:
    """List where the bot is and this person is too."""
    found = await post.places(owner=owner)
    return [
        Place(one.id.partition(";")[0], one.name or "Group chat", one.kind)
        for one in found
        if one.kind is not ConversationKind.PERSONAL
    ]


async def my_places(graph: Teamwork) -> list[Place]:
    """List the channels of somebody's teams."""
    teams = (await graph.teams())[:_MOST_TEAMS]
    listed = await graph.channels_of([team.id for team in teams])
    return [
        Place(channel.id, f"{team.name} > {channel.name}", ConversationKind.CHANNEL, team.id)
        for team, channels in zip(teams, listed, strict=True)
        for channel in channels
    ]
