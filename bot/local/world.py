"""What is said where in the local Teams: rooms and their messages, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.local.feed import Feed
from bot.local.people import BOT, Room, first_rooms
from storage.models import ConversationKind

CARD = "application/vnd.microsoft.card.adaptive"
SYSTEM = "system"  # the sender of "Meeting ended" and its like
FILE = "application/vnd.microsoft.teams.file.download.info"
CONSENT = "application/vnd.microsoft.teams.card.file.consent"
SAVED = "application/vnd.microsoft.teams.card.file.info"


@dataclass(slots=True)
class Message:
    """One message. `views` are the cards only one person sees, until the bot updates it."""

    id: str
    room: str
    sender: str  # a person's key, BOT or SYSTEM
    sent_at: datetime
    text: str = ""
    text_format: str = "markdown"
    attachments: list[dict[str, Any]] = field(default_factory=list)
    thread: str | None = None  # the id of the channel post it stands under
    mention: bool = False  # the bot is mentioned in front of the text
    edited: bool = False
    deleted: bool = False
    failure: str | None = None  # what its sender sees under it
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked_at: dict[str, datetime] = field(default_factory=dict)  # last automatic refresh, by person

    def card(self, person: str | None = None) -> dict[str, Any] | None:
        """Give the Adaptive Card as this person sees it; None when there is none."""
        if self.deleted:
            return None
        if person in self.views:
            return self.views[person]
        found = (a.get("content") for a in self.attachments if a.get("contentType") == CARD)
        return next((card for card in found if isinstance(card, dict)), None)


class World:
    """All rooms and messages, and the feed that tells of their changes."""

    def __init__(self) -> None:
        self.rooms: dict[str, Room] = {room.key: room for room in first_rooms()}
        self.feed = Feed()
        self._messages: dict[str, dict[str, Message]] = {key: {} for key in self.rooms}

    def add_room(self, room: Room) -> None:
        """Open a room; one with the same key is replaced and keeps its messages."""
        self.rooms[room.key] = room
        self._messages.setdefault(room.key, {})
        self.feed.tell("rooms")

    def room_of(self, key: str, person: str) -> Room:
        """Find a room by key as a person means it: `personal` is their own chat with the bot.

        Errors: KeyError when there is none, or they are not in it.
        """
        room = self.rooms[person if key == "personal" else key]
        if person not in room.members:
            raise KeyError(key)
        return room

    def find(self, conversation_id: str) -> tuple[Room, str | None] | None:
        """Find a room and the thread in it by the id on the wire."""
        plain, _, thread = conversation_id.partition(";messageid=")
        room = next((room for room in self.rooms.values() if room.id == plain), None)
        if room is None or (thread and room.kind is not ConversationKind.CHANNEL):
            return None
        if thread and thread not in self._messages[room.key]:
            return None
        return room, thread or None

    def messages(self, room: str) -> list[Message]:
        """Give a room's messages, oldest first, deleted ones included."""
        return list(self._messages[room].values())

    def newest(self) -> str:
        """Give the highest message id there is; "0" before the first."""
        return max((key for room in self._messages.values() for key in room), key=int, default="0")

    def message(self, room: str, message_id: str) -> Message | None:
        """Find a message; None when the room has none with that id."""
        return self._messages[room].get(message_id)

    def post(self, message: Message) -> None:
        """Put a message into its room."""
        self._messages[message.room][message.id] = message
        self.feed.tell("message", room=message.room, id=message.id)

    def restore(self, message: Message) -> None:
        """Put a message back as it was kept, telling nobody. Errors: KeyError without its room."""
        self._messages[message.room][message.id] = message

    def update(self, message: Message, content: Mapping[str, Any]) -> None:
        """Replace what the bot's message says, for everybody; nobody keeps a view of their own."""
        message.text = str(content.get("text") or "")
        message.text_format = str(content.get("textFormat") or "markdown")
        message.attachments = list(content.get("attachments") or ())
        message.edited = True
        message.views.clear()
        message.asked_at.clear()
        self.changed(message)

    def delete(self, message: Message) -> None:
        """Take a message away; its place stays."""
        message.deleted = True
        message.text, message.attachments = "", []
        message.views.clear()
        self.changed(message)

    def changed(self, message: Message, person: str | None = None) -> None:
        """Tell that a message looks different now, to one person or to all."""
        self.feed.tell("message", room=message.room, id=message.id, person=person)

    def of_bot(self, message: Message) -> bool:
        """Say whether the bot wrote it."""
        return message.sender == BOT
