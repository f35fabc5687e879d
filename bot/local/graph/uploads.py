"""Upload sessions: addresses that need no token and take a large file in pieces."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.local.entra.directory import Account
from bot.local.graph.call import Answer, GraphRefusal, bad
from bot.local.graph.files import Drive, Drives
from bot.local.ids import iso

PIECE = 320 * 1024
MOST_PIECE = 60 * 1024 * 1024
_LIFE = timedelta(days=1)
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


@dataclass(slots=True)
class Session:
    """A file on its way."""

    drive: Drive
    path: str
    author: Account
    conflict: str
    expires_at: datetime
    content: bytearray = field(default_factory=bytearray)
    total: int | None = None


@dataclass(frozen=True, slots=True)
class UploadSessions:
    """Keeps the sessions that are open."""

    drives: Drives
    clock: Clock
    url: str
    open: dict[str, Session] = field(default_factory=dict)

    def begin(self, drive: Drive, path: str, author: Account, conflict: str) -> Answer:
        """Open a session: 200 with its address, a secret of its own."""
        name = secrets.token_urlsafe(32)
        session = Session(drive, path, author, conflict, self.clock.now() + _LIFE)
        self.open[name] = session
        body = {
            "@odata.context": f"{self.url}/v1.0/$metadata#microsoft.graph.uploadSession",
            "uploadUrl": f"{self.url}/up/{name}",
            "expirationDateTime": iso(session.expires_at),
            "nextExpectedRanges": ["0-"],
        }
        return Answer(200, body)

    def put(self, name: str, headers: dict[str, str], content: bytes) -> Answer:
        """Take a piece: 202 with what is expected next, or 200 or 201 with the file at the end.

        Errors: GraphRefusal 401 with a token, 404 for a session that is over, 400 and 416 for a
        piece of the wrong size or place.
        """
        session = self._session(name, headers)
        start, end, total = _range(headers.get("content-range", ""))
        if end - start + 1 != len(content) or end >= total or start > end:
            raise bad("The Content-Range does not fit the content.", "invalidRange")
        last = end + 1 == total
        if len(content) > MOST_PIECE or (not last and len(content) % PIECE):
            raise bad("A piece is a multiple of 320 KiB and 60 MiB at most.", "invalidRequest")
        if start != len(session.content) or session.total not in (None, total):
            raise GraphRefusal(416, "invalidRange", "This range is not the one expected next.")
        session.total = total
        session.content += content
        if not last:
            expected = f"{len(session.content)}-{total - 1}"
            return Answer(202, self._state(session, expected))
        del self.open[name]
        item, new = self.drives.put(
            session.drive, session.path, bytes(session.content), session.author, session.conflict
        )
        return Answer(201 if new else 200, self.drives.shown(session.drive, item))

    def state(self, name: str, headers: dict[str, str]) -> Answer:
        """Say what is expected next, after a piece whose answer was lost."""
        session = self._session(name, headers)
        return Answer(200, self._state(session, f"{len(session.content)}-"))

    def cancel(self, name: str, headers: dict[str, str]) -> Answer:
        """Drop a session."""
        self._session(name, headers)
        del self.open[name]
        return Answer(204)

    def _state(self, session: Session, expected: str) -> dict[str, Any]:
        return {"expirationDateTime": iso(session.expires_at), "nextExpectedRanges": [expected]}

    def _session(self, name: str, headers: dict[str, str]) -> Session:
        if "authorization" in headers:
            raise GraphRefusal(401, "unauthenticated", "The upload's address takes no token.")
        session = self.open.get(name)
        if session is None or self.clock.now() >= session.expires_at:
            raise GraphRefusal(404, "itemNotFound", "The upload session was not found.")
        return session


def _range(text: str) -> tuple[int, int, int]:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise bad("The Content-Range header is missing or not valid.", "invalidRequest")
    return int(found[1]), int(found[2]), int(found[3])
