"""Files people attach in a chat, kept in memory for the length of a run."""

import secrets
from collections import OrderedDict
from typing import Any

from bot.local.activities import file_attachment
from bot.local.drive import safe_name
from storage.errors import NotFoundError, RefusedError

MOST_BYTES = 25 * 1024 * 1024
_MOST_FILES = 20


class Uploads:
    """The last files sent; each address is a secret of its own, as with a pre-signed link."""

    def __init__(self) -> None:
        self.url = ""
        self._files: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def keep(self, name: str, content: bytes) -> str:
        """Keep a file and give its id.

        Errors: RefusedError over 25 MB, or for a name nothing can be made of.
        """
        if len(content) > MOST_BYTES:
            raise RefusedError("That file is over 25 MB.")
        identifier = secrets.token_urlsafe(18)
        self._files[identifier] = (safe_name(name), content)
        while len(self._files) > _MOST_FILES:
            self._files.popitem(last=False)
        return identifier

    def find(self, identifier: str) -> tuple[str, bytes] | None:
        """Give a file's name and content; None when it is not kept."""
        return self._files.get(identifier)

    def attachment(self, identifier: str) -> dict[str, Any]:
        """Give the attachment that announces a file to the bot.

        Errors: NotFoundError when it is not kept any more.
        """
        found = self._files.get(identifier)
        if found is None:
            raise NotFoundError("That file is gone. Attach it again.")
        url = f"{self.url}/uploads/{identifier}/{found[0]}"
        return file_attachment(name=found[0], file_id=identifier, url=url)
