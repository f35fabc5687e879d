"""Files sent along in a personal chat: fetched from where Teams put them, up to 10 MB."""

import re

import aiohttp
from botbuilder.schema import Activity, Attachment

from bot.teams.hosts import HostList
from bot.turn import SentFile

LARGEST = 10 * 1024 * 1024
DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"
_MOST_FILES = 5
# What a message carries beside files: its own text again, and cards that were quoted.
_NO_FILES = ("text/html", "application/vnd.microsoft.card.", "messageReference")
_TIMEOUT = aiohttp.ClientTimeout(total=8, sock_connect=3)

_TOO_LARGE = "That file is larger than 10 MB. Send a smaller one, or paste the part that matters."
_UNREADABLE = (
    "I can't read that attachment. In our personal chat, attach a text, transcript (.vtt) or Word "
    "file with the paper clip, or paste the notes as text."
)
_NOT_HERE = "I can only open files in our personal chat. Send it to me there, or paste the text."
_GONE = "I couldn't fetch that file. Send it again, or paste the notes as text."


class Files:
    """Fetches what was attached. The bot's token never goes along: the links carry their own."""

    def __init__(self, session: aiohttp.ClientSession, hosts: HostList) -> None:
        self._session = session
        self._hosts = hosts

    async def of(
        self, activity: Activity, *, personal: bool
    ) -> tuple[tuple[SentFile, ...], str | None]:
        """Give the files of a message, and a sentence when one of them could not be had."""
        attached = [item for item in activity.attachments or () if _is_file(item)]
        files: list[SentFile] = []
        problem: str | None = None
        for item in attached[:_MOST_FILES]:
            if item.content_type != DOWNLOAD:
                problem = _UNREADABLE if personal else _NOT_HERE
            elif not personal:
                problem = _NOT_HERE
            else:
                got = await self._fetch(item)
                if isinstance(got, str):
                    problem = got
                else:
                    files.append(got)
        if len(attached) > _MOST_FILES:
            problem = f"I read the first {_MOST_FILES} files. Send the others in another message."
        return tuple(files), problem

    async def _fetch(self, item: Attachment) -> SentFile | str:
        url = item.content.get("downloadUrl") if isinstance(item.content, dict) else None
        if not isinstance(url, str) or not self._hosts.allows(url):
            return _GONE
        content = bytearray()
        try:
            async with self._session.get(url, timeout=_TIMEOUT, allow_redirects=False) as response:
                if response.status != 200:
                    return _GONE
                async for chunk in response.content.iter_chunked(65536):
                    content += chunk
                    if len(content) > LARGEST:
                        return _TOO_LARGE
        except (aiohttp.ClientError, TimeoutError):
            return _GONE
        return SentFile(name=_name(item.name), content=bytes(content))


def _is_file(item: Attachment) -> bool:
    return bool(item.content_type) and not item.content_type.startswith(_NO_FILES)


def _name(name: str | None) -> str:
    """Give the name alone: no folders, no control characters, 200 characters at most."""
    last = re.split(r"[/\\]", name or "")[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", last)[:200] or "file"
