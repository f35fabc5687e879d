"""The calendar of the local Teams: schedule, start and end a meeting, as bots are told of it."""

from bot.clock import Clock
from bot.local.activities import Composer, meeting_times
from bot.local.client import Client
from bot.local.courier import Answer
from bot.local.ids import Ids, graph_meeting_id, meeting_id
from bot.local.people import PEOPLE, MeetingInfo, Room
from bot.local.world import SYSTEM, Message
from storage.errors import NotFoundError, RefusedError
from storage.models import ConversationKind


class Meetings:
    """Meetings have a chat of their own, with everybody and the bot in it."""

    def __init__(self, client: Client, *, composer: Composer, clock: Clock, ids: Ids) -> None:
        self._client = client
        self._composer = composer
        self._clock = clock
        self._ids = ids

    def rooms(self) -> list[Room]:
        """List the meetings' chats, newest first."""
        return [room for room in reversed(self._client.world.rooms.values()) if room.meeting]

    async def schedule(self, person: str, title: str, *, minutes: int = 30) -> Room:
        """Make a meeting with everybody; the bot is told that it was added to its chat.

        Errors: RefusedError without a title, or for a length that makes no sense.
        """
        title = title.strip()[:200]
        if not title:
            raise RefusedError("A meeting needs a title.")
        if not 1 <= minutes <= 1440:
            raise RefusedError("A meeting lasts from 1 to 1440 minutes.")
        chat = self._ids.meeting_chat()
        starts_at, ends_at = meeting_times(self._clock, minutes)
        meeting = MeetingInfo(
            meeting_id(chat), graph_meeting_id(chat, PEOPLE[person].object_id), title,
            f"https://teams.microsoft.com/l/meetup-join/{chat}/0", person, starts_at, ends_at,
        )  # fmt: skip
        room = Room(
            f"meeting-{len(self.rooms()) + 1}", chat, ConversationKind.GROUP, title, tuple(PEOPLE),
            meeting=meeting, meeting_state="scheduled",
        )  # fmt: skip
        self._client.world.add_room(room)
        await self._client.install(room, person)
        return room

    async def start(self, key: str, person: str) -> Answer:
        """Begin a meeting. Errors: NotFoundError; RefusedError when it has begun already."""
        return await self._move(key, person, before="scheduled", after="running")

    async def end(self, key: str, person: str) -> Answer:
        """End a meeting. Errors: NotFoundError; RefusedError when it is not running."""
        return await self._move(key, person, before="running", after="ended")

    async def _move(self, key: str, person: str, *, before: str, after: str) -> Answer:
        room = self._client.room(key, person)
        if room.meeting is None:
            raise NotFoundError("That conversation is not a meeting's.")
        if room.meeting_state != before:
            raise RefusedError(f"This meeting is {room.meeting_state}.")
        room.meeting_state = after
        self._note(room, "Meeting started" if after == "running" else "Meeting ended")
        told = self._composer.meeting(room, PEOPLE[person], room.meeting, ended=after == "ended")
        return await self._client.deliver(told)

    def _note(self, room: Room, text: str) -> None:
        world = self._client.world
        world.post(Message(self._ids.message(), room.key, SYSTEM, self._clock.now(), text=text))
        world.feed.tell("rooms")
