"""The Bot Connector of the local Teams: what the bot may write.

Source: the connector contract; refusals are those Teams documents, with its codes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.local.activities import BOT_ID
from bot.local.connector_rules import check_activity, check_size, offers_file, refuse
from bot.local.ids import Ids
from bot.local.limits import Limits
from bot.local.people import BOT, Room, person_by_id
from bot.local.world import Message, World
from storage.models import ConversationKind

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Connector:
    """Answers the bot's writes: create, send, reply, update, delete."""

    world: World
    clock: Clock
    ids: Ids
    limits: Limits
    service_url: str

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """Give the routes below a prefix."""
        conversations = f"{prefix}/v3/conversations"
        activities = conversations + "/{conversation}/activities"
        return [
            web.post(conversations, self.create),
            web.post(activities, self.send),
            web.post(activities + "/{activity}", self.reply),
            web.put(activities + "/{activity}", self.update),
            web.delete(activities + "/{activity}", self.delete),
        ]

    def room(self, request: web.Request, kind: str = "write") -> tuple[Room, str | None]:
        """Find the room the address names, and count the call against its limits.

        Errors: Refusal 404, 403 or 429.
        """
        identifier = request.match_info["conversation"]
        found = self.world.find(identifier)
        if found is None:
            raise refuse(404, "ConversationNotFound", "Conversation not found.")
        if not found[0].has_bot:
            raise refuse(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )
        self._count(kind, identifier)
        return found

    def _count(self, kind: str, identifier: str) -> None:
        wait = self.limits.wait(kind, identifier)
        if wait is not None:
            raise refuse(429, "Throttled", "Too many requests.", retry_after=wait)

    async def create(self, request: web.Request) -> web.Response:
        """Open a person's chat, or a new thread in a channel, and post into it if asked to."""
        body = await read_object(request)
        activity = body.get("activity")
        if activity is not None:
            check_activity(activity)
        room, thread = self._channel_of(body) or (self._personal_of(body), None)
        self._count("write", room.id)
        answer: Json = {"serviceUrl": self.service_url}
        in_channel = room.kind is ConversationKind.CHANNEL
        if in_channel and activity is None:
            raise refuse(400, "Bad Argument", "A new thread needs an activity.")
        if activity is not None:
            answer["activityId"] = self._say(room, thread, activity)
        suffix = f";messageid={answer['activityId']}" if in_channel else ""
        return web.json_response({"id": room.id + suffix, **answer}, status=201)

    def _channel_of(self, body: Mapping[str, Any]) -> tuple[Room, None] | None:
        data = body.get("channelData")
        channel = data.get("channel") if isinstance(data, Mapping) else None
        if not isinstance(channel, Mapping):
            return None
        found = self.world.find(str(channel.get("id")))
        if found is None or found[0].kind is not ConversationKind.CHANNEL:
            raise refuse(404, "ConversationNotFound", "Channel not found.")
        if not found[0].has_bot:
            raise refuse(403, "BotNotInConversationRoster", "The bot is not part of the team.")
        return found[0], None

    def _personal_of(self, body: Mapping[str, Any]) -> Room:
        members = body.get("members")
        one = isinstance(members, list) and len(members) == 1 and isinstance(members[0], Mapping)
        if not one or body.get("isGroup"):
            raise refuse(400, "Bad Argument", "A chat with exactly one member can be created.")
        person = person_by_id(str(members[0].get("id"))) if members else None
        room = self.world.rooms.get(person.key) if person else None
        if room is None or not room.has_bot:
            raise refuse(
                403, "BotNotInConversationRoster", "The app is not installed for this person."
            )
        return room

    async def send(self, request: web.Request) -> web.Response:
        """Put a message into a conversation, or show that the bot is typing."""
        room, thread = self.room(request)
        activity = check_activity(await read_object(request))
        return web.json_response({"id": self._say(room, thread, activity)}, status=201)

    async def reply(self, request: web.Request) -> web.Response:
        """Put a message under another; an id that is no message's is that of an event, and fine."""
        room, thread = self.room(request)
        activity = check_activity(await read_object(request))
        target = request.match_info["activity"]
        if target.isdecimal():
            message = self.world.message(room.key, target)
            if room.kind is ConversationKind.CHANNEL and thread is None and message is not None:
                thread = message.thread or message.id
        return web.json_response({"id": self._say(room, thread, activity)}, status=201)

    async def update(self, request: web.Request) -> web.Response:
        """Replace what one of the bot's messages says."""
        room, _ = self.room(request)
        activity = check_activity(await read_object(request))
        message = self._mine(room, request.match_info["activity"])
        self.world.update(message, activity)
        return web.json_response({"id": message.id})

    async def delete(self, request: web.Request) -> web.Response:
        """Take one of the bot's messages away."""
        room, _ = self.room(request)
        self.world.delete(self._mine(room, request.match_info["activity"]))
        return web.Response(status=200)

    def _mine(self, room: Room, message_id: str) -> Message:
        message = self.world.message(room.key, message_id)
        if message is None or message.deleted:
            raise refuse(404, "ActivityNotFoundInConversation", "Activity not found.")
        if not self.world.of_bot(message):
            raise refuse(403, "NotEnoughPermissions", "This message was not sent by the bot.")
        return message

    def _say(self, room: Room, thread: str | None, activity: Json) -> str:
        message_id = self.ids.message()
        if activity["type"] == "typing":
            if room.kind is not ConversationKind.CHANNEL:
                self.world.feed.tell("typing", room=room.key)
            return message_id
        if activity["type"] != "message":
            return message_id
        if offers_file(activity) and room.kind is not ConversationKind.PERSONAL:
            raise refuse(400, "Bad Argument", "Files are offered in personal chats only.")
        message = Message(
            message_id, room.key, BOT, self.clock.now(),
            text=str(activity.get("text") or ""),
            text_format=str(activity.get("textFormat") or "markdown"),
            attachments=list(activity.get("attachments") or ()),
            thread=thread,
        )  # fmt: skip
        self.world.post(message)
        return message_id


async def read_object(request: web.Request) -> Json:
    """Read the request's JSON object.

    Errors: Refusal 413 over the size Teams takes, 400 for what is no JSON object.
    """
    content = await request.read()
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise refuse(400, "Bad Argument", "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise refuse(400, "Bad Argument", "The body is not a JSON object.")
    check_size(content)
    sender = body.get("from") or body.get("bot") or {}
    if not isinstance(sender, Mapping) or sender.get("id", BOT_ID) != BOT_ID:
        raise refuse(400, "Bad Argument", "The sender is not this bot.")
    return body
