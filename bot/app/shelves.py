"""Every place a document can be kept, put together; what is not there says what to do instead."""

from dataclasses import dataclass
from typing import Protocol

from bot.clients.channel_files import ChannelFiles
from bot.clients.one_drive import name_for
from bot.teams.handover import HandOver
from bot.teams.places import without_thread
from bot.workflows.action import Shelf
from storage.errors import RefusedError
from storage.models import Conversation, ConversationKind, User

_NO_ONE_DRIVE = (
    "There is no OneDrive to put the file into: I run without Microsoft 365 here. Choose our "
    "1:1 chat as its place, or ask your admin to connect Microsoft 365."
)
_NO_CHANNEL_FILES = (
    "I can't reach the channel's files: I run without Microsoft 365 here. Choose our 1:1 chat as "
    "the file's place, or ask your admin to connect Microsoft 365."
)
_NO_CHANNEL = (
    "This run was not started in a channel, so there are no channel files to put it into. Start "
    "it in the channel, or choose OneDrive or our 1:1 chat."
)
_NO_TEAM = (
    "Teams has not told me yet which team this channel belongs to. Mention me there once, then "
    "retry; or choose OneDrive."
)


class OwnFiles(Protocol):
    """Where documents of one's own are put."""

    async def put(self, *, owner: User, name: str, content: bytes, key: str) -> str:
        """Write the file, replacing one written with the same key; give the address it opens at."""
        ...


class Channels(Protocol):
    """Where channels are kept."""

    async def shared(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        """Give one channel or group chat of a tenant; None for an unknown id."""
        ...


class Shelves:
    """The Drive of actions: somebody's OneDrive, a channel's files, or an offer in their chat."""

    def __init__(
        self,
        *,
        own: OwnFiles | None,
        channel: ChannelFiles | None,
        hand_over: HandOver,
        channels: Channels,
    ) -> None:
        self._own = own
        self._channel = channel
        self._hand_over = hand_over
        self._channels = channels

    async def put(
        self,
        *,
        owner: User,
        name: str,
        content: bytes,
        key: str,
        where: Shelf,
        at: Conversation | None,
    ) -> str:
        """Put the file where it is wanted; give its address, "" where it was offered in a chat.

        Errors: RefusedError where there is no such place; GraphError; SignInNeededError.
        """
        if where is Shelf.CHAT:
            taken = name_for(name, key)  # it ends up in OneDrive as well
            await self._hand_over.offer(owner=owner, name=taken, content=content, key=key)
            return ""
        if where is Shelf.CHANNEL:
            return await self._into_channel(name, content, key, at)
        if self._own is None:
            raise RefusedError(_NO_ONE_DRIVE)
        return await self._own.put(owner=owner, name=name, content=content, key=key)

    async def _into_channel(
        self, name: str, content: bytes, key: str, at: Conversation | None
    ) -> str:
        if at is None or at.kind is not ConversationKind.CHANNEL:
            raise RefusedError(_NO_CHANNEL)
        if self._channel is None:
            raise RefusedError(_NO_CHANNEL_FILES)
        channel_id = without_thread(at.id)
        known = at if at.team_id else await self._channels.shared(at.tenant_id, channel_id)
        if known is None or known.team_id is None:
            raise RefusedError(_NO_TEAM)
        return await self._channel.put(
            team_id=known.team_id, channel_id=channel_id, name=name, content=content, key=key
        )


@dataclass(frozen=True, slots=True)
class ShelfMaker:
    """Makes everybody's shelves of what they share."""

    hand_over: HandOver
    channels: Channels

    def of(self, own: OwnFiles | None, channel: ChannelFiles | None = None) -> Shelves:
        """Give the shelves of whoever these files belong to; None is a place there is not."""
        return Shelves(own=own, channel=channel, hand_over=self.hand_over, channels=self.channels)
