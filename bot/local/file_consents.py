"""What a person's Teams does with a file that a bot offers: say yes or no, and take it.

Source: Microsoft Teams, "Send and receive files through the bot".
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.local.client import Client
from bot.local.courier import Answer
from bot.local.drive import LocalDrive, safe_name
from bot.local.people import PEOPLE, TENANT_ID, Person
from bot.local.world import CONSENT, Message
from storage.errors import NotFoundError
from storage.models import User

_LIFE = timedelta(hours=1)
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


@dataclass(frozen=True, slots=True)
class _Session:
    """An address that takes one file, once."""

    person: Person
    key: str  # of the file on the drive: one card is one file
    name: str
    size: int
    expires_at: datetime


class FileConsents:
    """Answers for any of the people; what is accepted lands on the local drive as theirs.

    `taken` are the ids of the sessions that took a file, in order.
    """

    def __init__(self, client: Client, drive: LocalDrive, clock: Clock) -> None:
        self._client = client
        self._drive = drive
        self._clock = clock
        self._open: dict[str, _Session] = {}
        self.taken: list[str] = []

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [web.put("/consents/{session}", self.put)]

    async def accept(self, person: str, message: Message) -> Answer:
        """Press Accept: the bot is told where the file goes. Errors: NotFoundError."""
        return await self._answer(person, message, "accept")

    async def decline(self, person: str, message: Message) -> Answer:
        """Press Decline. Errors: NotFoundError."""
        return await self._answer(person, message, "decline")

    async def _answer(self, person: str, message: Message, action: str) -> Answer:
        room = self._client.room(message.room, person)
        card = _card_of(message)
        content = card["content"]
        value: dict[str, Any] = {
            "type": "fileUpload",
            "action": action,
            "context": content.get(f"{action}Context"),
        }
        if action == "accept":
            name, size = safe_name(str(card["name"])), content["sizeInBytes"]
            value["uploadInfo"] = await self._upload_info(
                PEOPLE[person], f"consent:{message.id}", name, size
            )
        return await self._client.invoke(person, room, "fileConsent/invoke", value, to=message)

    async def _upload_info(self, person: Person, key: str, name: str, size: int) -> dict[str, str]:
        """Open a session: an address of its own for each press."""
        session = secrets.token_urlsafe(24)
        self._open[session] = _Session(person, key, name, size, self._clock.now() + _LIFE)
        return {
            "contentUrl": await self._drive.address(owner=_user(person), name=name, key=key),
            "name": name,
            "uploadUrl": f"{self._drive.url}/consents/{session}",
            "uniqueId": self._client.new_guid(),
            "fileType": name.rpartition(".")[2].lower() if "." in name else "",
        }

    async def put(self, request: web.Request) -> web.Response:
        """Take a file, whole and once: 201. Errors: 401 with a token, 404, 400, 416."""
        if "Authorization" in request.headers:
            raise web.HTTPUnauthorized(text="The upload's address takes no token.")
        name = request.match_info["session"]
        session = self._open.get(name)
        if session is None or self._clock.now() >= session.expires_at:
            raise web.HTTPNotFound(text="There is no such upload session.")
        content = await request.read()
        found = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
        if found is None:
            raise web.HTTPBadRequest(text="The Content-Range header is missing or not valid.")
        start, end, total = (int(part) for part in found.groups())
        if (start, end, total) != (0, len(content) - 1, session.size):
            raise web.HTTPRequestRangeNotSatisfiable(text="That is not the whole file.")
        if self._open.pop(name, None) is None:  # somebody else's bytes came in meanwhile
            raise web.HTTPNotFound(text="There is no such upload session.")
        self.taken.append(name)
        await self._drive.put(
            owner=_user(session.person), name=session.name, content=content, key=session.key
        )
        return web.json_response({"name": session.name, "size": len(content)}, status=201)


def _card_of(message: Message) -> Mapping[str, Any]:
    found = (part for part in message.attachments if part.get("contentType") == CONSENT)
    card = next(found, None)
    if card is None:
        raise NotFoundError("That message offers no file.")
    return card


def _user(person: Person) -> User:
    """Give a person as the drive knows owners."""
    start = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    return User(
        id=person.object_id,
        microsoft_id=f"{person.object_id}.{TENANT_ID}",
        email=person.email,
        name=person.name,
        created_at=start,
        updated_at=start,
    )
