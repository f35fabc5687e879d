"""The files of a channel, as whoever owns a run may write them."""

from typing import Protocol

from bot.clients.graph.records import DriveFile
from bot.clients.one_drive import name_for


class ChannelCalls(Protocol):
    """What writes a file into a channel's folder."""

    async def put_channel_file(
        self, team_id: str, channel_id: str, name: str, content: bytes
    ) -> DriveFile:
        """Write a file into a channel's folder, over one of the same name."""
        ...


class ChannelFiles:
    """Keeps documents at the top of a channel's folder; one of the same name is replaced."""

    def __init__(self, graph: ChannelCalls) -> None:
        self._graph = graph

    async def put(
        self, *, team_id: str, channel_id: str, name: str, content: bytes, key: str
    ) -> str:
        """Write the file and give the address it opens at; named as in OneDrive.

        Errors: GraphError; SignInNeededError.
        """
        written = await self._graph.put_channel_file(
            team_id, channel_id, name_for(name, key), content
        )
        return written.web_url
