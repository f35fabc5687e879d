"""The drive of whoever owns a run: their OneDrive."""

import re
import unicodedata
from typing import Protocol

from bot.clients.graph.records import DriveFile
from storage.models import User

_FOLDER = "ConsultFlow"
_REFUSED = re.compile(r'["*:<>?/\\|#%~]')
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d|\.lock|desktop\.ini|_vti_.*)(\.|$)")
_ENDING = re.compile(r"\.\w{1,8}$", re.ASCII)
_LONGEST = 120


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

        Errors: GraphError; SignInNeededError.
        """
        del owner  # the calls are the owner's already
        written = await self._graph.put_file(f"{_FOLDER}/{name_for(name, key)}", content)
        return written.web_url


def name_for(name: str, key: str) -> str:
    """Give the name of the file a step writes, the same each time.

    `name` holds the run's id, so that a repeat of `key` is the same file. A step that comes a
    second time in a workflow, `create_ppt#2`, has its number behind the name, so that it does not
    write over the first.
    """
    _step, _, number = key.partition("#")
    return plain_name(name, number)


def plain_name(name: str, number: str = "") -> str:
    """Give a name OneDrive takes, as near as can be to the one asked.

    Source: restrictions and limitations in OneDrive and SharePoint, invalid file names.
    """
    text = unicodedata.normalize("NFC", name)
    text = _REFUSED.sub("-", "".join(one if one.isprintable() else " " for one in text))
    text = " ".join(text.split())
    found = _ENDING.search(text)
    ending = found[0] if found else ""
    stem = text.removesuffix(ending)[:_LONGEST].strip(" .-") or "Document"
    if number:
        stem = f"{stem} ({number})"
    return f"_{stem}{ending}" if _RESERVED.match(stem) else stem + ending
