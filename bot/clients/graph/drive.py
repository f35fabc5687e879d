"""The owner's OneDrive as the place for documents we make."""

import re
import unicodedata
from collections.abc import Awaitable, Callable

from bot.clients.graph.records import DriveFile
from storage.models import User

FOLDER = "ConsultFlow"

_REFUSED = re.compile(r'["*:<>?/\\|#%~\x00-\x1f]')
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d|\.lock|desktop\.ini|_vti_.*)(\.|$)")
_ENDING = re.compile(r"\.\w{1,8}$", re.ASCII)
_LONGEST = 120

PutFile = Callable[[User, str, bytes], Awaitable[DriveFile]]


class OneDrive:
    """Puts each document into one folder; `put_file` writes a path as its owner."""

    def __init__(self, put_file: PutFile) -> None:
        self._put_file = put_file

    async def put(self, *, owner: User, name: str, content: bytes, key: str) -> str:
        """Write the file, replacing one written with the same key; give the address it opens at.

        Shape: `ConsultFlow/<name>`; a step that comes a second time in a workflow, `create_ppt#2`,
        has its number behind the name, so that it does not write over the first.
        Errors: GraphError; SignInNeededError.
        """
        _step, _, number = key.partition("#")
        path = f"{FOLDER}/{plain_name(name, number)}"
        return (await self._put_file(owner, path, content)).web_url


def plain_name(name: str, number: str = "") -> str:
    """Give a name OneDrive takes, as near as can be to the one asked.

    Source: restrictions and limitations in OneDrive and SharePoint, invalid file names.
    """
    text = unicodedata.normalize("NFC", name)
    text = _REFUSED.sub("-", "".join(one if one.isprintable() else " " for one in text))
    found = _ENDING.search(text := " ".join(text.split()))
    ending = found[0] if found else ""
    stem = text.removesuffix(ending)[:_LONGEST].strip(" .-") or "Document"
    if number:
        stem = f"{stem} ({number})"
    stem = f"_{stem}" if _RESERVED.match(stem) else stem
    return stem + ending
