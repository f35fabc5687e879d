"""Teams, channels and chats, as Graph shows them and takes messages for them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bot.clock import Clock
from bot.local.entra.directory import Account
from bot.local.graph.call import Answer, Call, GraphRefusal, Route, bad, missing
from bot.local.graph.chat_bodies import cleaned
from bot.local.graph.listing import Kind, many, one
from bot.local.graph.shapes import CHAT_MESSAGE, check
from bot.local.ids import Ids, iso
from bot.local.limits import Limits
from bot.local.people import TEAM_GROUP_ID, TENANT_ID, guid
from bot.local.world import World
from storage.models import ConversationKind

Json = dict[str, Any]
Posted = Callable[[str, str, str], None]
MOST_BYTES = 28 * 1024
_TEAM = Kind("team", frozenset({"id", "displayName", "description", "isArchived", "tenantId"}))
_CHANNEL = Kind(
    "channel", frozenset({"id", "displayName", "description", "membershipType", "webUrl"})
)
_MESSAGE = Kind(
    "chatMessage",
    frozenset({"id", "body", "from", "createdDateTime", "subject", "importance", "messageType"}),
)


@dataclass(slots=True)
class Channel:
    """A channel of a team."""

    id: str
    name: str


@dataclass(slots=True)
class Team:
    """A team, its members by key, and its channels."""

    id: str
    name: str
    members: tuple[str, ...]
    channels: list[Channel]


def first_teams(world: World) -> list[Team]:
    """Give the team of the local Teams, and one the bot is not in, Asha's alone."""
    rooms = [room for room in world.rooms.values() if room.kind is ConversationKind.CHANNEL]
    shared = [Channel(room.id, room.name) for room in rooms]
    apart = [
        Channel(f"19:{uuid.UUID(guid(f'channel {name}')).hex}@thread.tacv2", name)
        for name in ("General", "Budget")
    ]
    return [
        Team(TEAM_GROUP_ID, "Client delivery", ("asha", "ben", "chen"), shared),
        Team(guid("team Leadership"), "Leadership", ("asha",), apart),
    ]


@dataclass(frozen=True, slots=True)
class TeamsCalls:
    """Answers for the teams and chats the caller is in. `posted` hears of every new message."""

    world: World
    clock: Clock
    ids: Ids
    limits: Limits
    base: str
    posted: Posted
    teams: list[Team]
    posts: dict[str, list[Json]] = field(default_factory=dict)  # by channel or chat id

    def routes(self) -> list[Route]:
        """Give the operations."""
        team = frozenset({"Team.ReadBasic.All"})
        channel = frozenset({"Channel.ReadBasic.All"})
        read = frozenset({"ChannelMessage.Read.All"})
        chat = frozenset({"Chat.Read", "Chat.ReadWrite"})
        send = frozenset({"ChannelMessage.Send"})
        say = frozenset({"ChatMessage.Send", "Chat.ReadWrite"})
        plain, listed = frozenset({"$select"}), frozenset({"$select", "$filter"})
        paged = frozenset({"$top"})
        channels = "/teams/{team}/channels"
        messages = channels + "/{channel}/messages"
        return [
            Route("GET", "/me/joinedTeams", self.joined, "teams", team, plain),
            Route("GET", channels, self.channels, "teams", channel, listed),
            Route("GET", messages, self.channel_messages, "teams", read, paged),
            Route("POST", messages, self.post_to_channel, "teams", send),
            Route("GET", "/chats/{chat}/messages", self.chat_messages, "teams", chat, paged),
            Route("POST", "/chats/{chat}/messages", self.post_to_chat, "teams", say),
        ]

    def joined(self, call: Call) -> Answer:
        """List the caller's teams."""
        found = [
            {"id": team.id, "displayName": team.name, "description": None, "isArchived": False,
             "tenantId": TENANT_ID}
            for team in self.teams
            if self.includes(call.who, team.members)
        ]  # fmt: skip
        return many(call, _TEAM, found, self.base)

    def includes(self, who: Account, members: tuple[str, ...]) -> bool:
        """Say whether somebody is among the members; people elsewhere never are."""
        return who.tenant_id == TENANT_ID and who.key in members

    def team(self, call: Call) -> Team:
        """Find the team a call names. Errors: GraphRefusal 404, or 403 for one not joined."""
        found = next((team for team in self.teams if team.id == call.names["team"]), None)
        if found is None or call.who.tenant_id != TENANT_ID:
            raise missing("teams", "No team found with Group Id " + call.names["team"])
        if not self.includes(call.who, found.members):
            raise GraphRefusal(403, "Forbidden", "The caller is not a member of the team.")
        return found

    def channel(self, call: Call) -> tuple[Team, Channel]:
        """Find the channel a call names. Errors: GraphRefusal as team() says."""
        team = self.team(call)
        found = next((one for one in team.channels if one.id == call.names["channel"]), None)
        if found is None:
            raise missing("teams", "The channel was not found in the team.")
        return team, found

    def place(self, who: Account, place_id: str) -> str | None:
        """Name the channel or chat with this id; None when somebody is not in it."""
        for team in self.teams:
            for channel in team.channels:
                if channel.id == place_id and self.includes(who, team.members):
                    return f"{team.name} › {channel.name}"  # noqa: RUF001 - as Teams writes it
        found = self.world.find(place_id)
        chat = found is not None and place_id.endswith("@thread.v2")
        mine = found is not None and self.includes(who, found[0].members)
        return found[0].name if found and chat and mine else None

    def channels(self, call: Call) -> Answer:
        """List a team's channels."""
        if "$filter" in call.query:
            raise bad("Only membershipType can be filtered by, and it is not here.")
        team = self.team(call)
        found = [
            {"id": one.id, "displayName": one.name, "description": None,
             "membershipType": "standard", "webUrl": _link(one, team)}
            for one in team.channels
        ]  # fmt: skip
        return many(call, _CHANNEL, found, self.base)

    def channel_messages(self, call: Call) -> Answer:
        """List what was posted through Graph, newest first, 50 at most a page."""
        _, channel = self.channel(call)
        found = list(reversed(self.posts.get(channel.id, [])))
        return many(call, _MESSAGE, found, self.base, page=20, most=50)

    def post_to_channel(self, call: Call) -> Answer:
        """Post in a channel as the caller."""
        team, channel = self.channel(call)
        place: Json = {"channelIdentity": {"teamId": team.id, "channelId": channel.id}}
        place["chatId"] = None
        return self._post(call, channel.id, place)

    def _chat(self, call: Call) -> str:
        found = self.world.find(call.names["chat"])
        thread = call.names["chat"].endswith("@thread.v2")
        if found is None or not thread or not self.includes(call.who, found[0].members):
            raise missing("teams", "No chat found with the given id.")
        return found[0].id

    def chat_messages(self, call: Call) -> Answer:
        """List what was posted through Graph in a chat the caller is in, newest first."""
        found = list(reversed(self.posts.get(self._chat(call), [])))
        return many(call, _MESSAGE, found, self.base, page=20, most=50)

    def post_to_chat(self, call: Call) -> Answer:
        """Post in a group or meeting chat as the caller; the chat with the bot is not Graph's."""
        chat = self._chat(call)
        return self._post(call, chat, {"chatId": chat, "channelIdentity": None})

    def _post(self, call: Call, place_id: str, place: Json) -> Answer:
        told = call.json()
        check(told, CHAT_MESSAGE, "chatMessage")
        if len(call.body) > MOST_BYTES:
            raise GraphRefusal(413, "RequestEntityTooLarge", "The message is too large.")
        body = cleaned(told)
        wait = self.limits.wait("write", place_id)
        if wait is not None:
            raise GraphRefusal(
                429, "TooManyRequests", "Please retry again later.", {"Retry-After": str(wait)}
            )
        message = self._message(call.who, told, body) | place
        self.posts.setdefault(place_id, []).append(message)
        self.posted(call.who.key, place_id, body["content"])
        return one(call, _MESSAGE, message, self.base, status=201)

    def _message(self, who: Account, told: Json, body: dict[str, str]) -> Json:
        now = iso(self.clock.now())
        identifier = self.ids.message()
        author = {
            "@odata.type": "#microsoft.graph.teamworkUserIdentity",
            "id": who.object_id,
            "displayName": who.person.name,
            "userIdentityType": "aadUser",
        }
        return {
            "id": identifier,
            "etag": identifier,
            "replyToId": None,
            "messageType": "message",
            "createdDateTime": now,
            "lastModifiedDateTime": now,
            "lastEditedDateTime": None,
            "deletedDateTime": None,
            "subject": told.get("subject"),
            "summary": None,
            "importance": str(told.get("importance") or "normal").lower(),
            "locale": "en-us",
            "webUrl": None,
            "policyViolation": None,
            "eventDetail": None,
            "from": {"application": None, "device": None, "user": author},
            "body": body,
            "attachments": told.get("attachments") or [],
            "mentions": told.get("mentions") or [],
            "reactions": [],
        }


def _link(channel: Channel, team: Team) -> str:
    place = f"{quote(channel.id, safe='')}/{quote(channel.name)}"
    return f"https://teams.microsoft.com/l/channel/{place}?groupId={team.id}&tenantId={TENANT_ID}"
