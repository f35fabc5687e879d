"""The drive of whoever owns a run: their OneDrive."""

from typing import Protocol

from bot.clients.graph.records import DriveFile
from storage.models import User

_FOLDER = "ConsultFlow"


class FileCalls(Protocol):
    """What writes a file."""

    async def put_file(self, path: str, content: bytes) -> DriveFile:
        """Write a file below the root of the person's OneDrive."""
        ...


class OneDrive:
    """Keeps documents in one folder; one of the same name is replaced."""

    def __init__(self, graph: FileCalls) -> None:
        self._graph = graph

    async def put(self, *, owner: User, name: str, content: bytes, key: str) -> str:
        """Write the file and give the address it opens at.

        `name` holds the run's id, so that a repeat of `key` is the same file.
        Errors: GraphError; SignInNeededError.
        """
        del owner, key  # the calls are the owner's already, and the name stands for the key
        written = await self._graph.put_file(f"{_FOLDER}/{name}", content)
        return written.web_url
