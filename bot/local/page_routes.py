"""The chat page and what it calls. Every call says who it is made `as`."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.local.client import Client, Pressed
from bot.local.drive import LocalDrive, safe_name
from bot.local.feed import Event
from bot.local.file_consents import FileConsents
from bot.local.meetings import Meetings
from bot.local.page_view import message_json, room_json, state_json
from bot.local.people import PEOPLE
from bot.local.uploads import Uploads
from bot.local.world import Message

_HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class PageRoutes:
    """Serves the page, its live feed, and what one can do on it."""

    client: Client
    meetings: Meetings
    uploads: Uploads
    drive: LocalDrive
    consents: FileConsents
    commands: tuple[tuple[str, str], ...] = ()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/local/state", self.state),
            web.get("/local/messages", self.messages),
            web.get("/local/events", self.events),
            web.post("/local/install", self.install),
            web.post("/local/say", self.say),
            web.post("/local/press", self.press),
            web.post("/local/refresh", self.refresh),
            web.post("/local/consent", self.consent),
            web.post("/local/files", self.upload),
            web.get("/local/files", self.files),
            web.post("/local/meetings", self.schedule),
            web.post("/local/meetings/{room}/{what:start|end}", self.move_meeting),
            web.get("/uploads/{id}/{name}", self.uploaded),
            web.get("/drive/{address:.*}", self.document),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """Give rooms and people; `fresh` also forgets what only this person saw."""
        person = person_of(request.query.get("as"))
        if "fresh" in request.query:
            self.client.forget_views(person)
        commands = [{"word": word, "summary": summary} for word, summary in self.commands]
        return web.json_response(state_json(self.client.world, person) | {"commands": commands})

    async def messages(self, request: web.Request) -> web.Response:
        """Give a room's messages, oldest first."""
        person = person_of(request.query.get("as"))
        room = self.client.room(request.query.get("room", ""), person)
        found = self.client.world.messages(room.key)
        return web.json_response([message_json(message, person) for message in found])

    async def install(self, request: web.Request) -> web.Response:
        """Add the bot to a room on the first look into it, as somebody who opens the app does."""
        body, person = await body_of(request)
        answers = await self.client.install(self.client.room(str(body.get("room")), person), person)
        return web.json_response({"told": len(answers)})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Tell what happens, as server-sent events, until the page goes or we close."""
        person = person_of(request.query.get("as"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        with self.client.world.feed.listen() as queue:
            await response.prepare(request)
            # A page that is closed or loaded anew hangs up in the middle of a word.
            with suppress(ConnectionResetError):
                await response.write(b": here\n\n")
                await self._tell(person, queue, response)
        return response

    async def _tell(
        self, person: str, queue: asyncio.Queue[Event | None], response: web.StreamResponse
    ) -> None:
        while True:
            try:
                event = await asyncio.wait_for(queue.get(), _HEARTBEAT_SECONDS)
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if event is None:
                return
            told = self._for(person, event)
            if told is not None:
                await response.write(f"data: {json.dumps(told)}\n\n".encode())

    def _for(self, person: str, event: Event) -> dict[str, Any] | None:
        world = self.client.world
        room = world.rooms.get(str(event.get("room")))
        if event.get("person") not in (None, person) or (room and person not in room.members):
            return None
        if event["kind"] != "message" or room is None:
            return event
        message = world.message(room.key, event["id"])
        if message is None:
            return None
        shown, place = message_json(message, person), room_json(world, room, person)
        return {"kind": "message", "room": place, "message": shown}

    def _message(self, body: dict[str, Any], person: str) -> Message:
        room = self.client.room(str(body.get("room")), person)
        message = self.client.world.message(room.key, str(body.get("message")))
        if message is None or message.deleted:
            raise web.HTTPNotFound(text="That message is gone.")
        return message

    async def say(self, request: web.Request) -> web.Response:
        """Say something."""
        body, person = await body_of(request)
        files = [self.uploads.attachment(str(name)) for name in body.get("files") or ()]
        text, thread = str(body.get("text") or ""), body.get("thread")
        if not text.strip() and not files:
            raise web.HTTPBadRequest(text="Type something first.")
        message, answer = await self.client.say(
            person, str(body.get("room")), text, mention=body.get("mention") is True,
            thread=str(thread) if thread else None, files=files,
        )  # fmt: skip
        status = answer.status if answer else None
        return web.json_response({"id": message.id, "status": status})

    async def press(self, request: web.Request) -> web.Response:
        """Send what a button sends."""
        body, person = await body_of(request)
        message, action = self._message(body, person), body.get("action")
        if not isinstance(action, dict):
            raise web.HTTPBadRequest(text="There is no action.")
        return _pressed(await self.client.press(person, message, action))

    async def consent(self, request: web.Request) -> web.Response:
        """Accept or decline a file the bot offers."""
        body, person = await body_of(request)
        message, accepted = self._message(body, person), body.get("accept")
        if not isinstance(accepted, bool):
            raise web.HTTPBadRequest(text="Say whether you accept it.")
        move = self.consents.accept if accepted else self.consents.decline
        answer = await move(person, message)
        return web.json_response({"status": answer.status, "failure": answer.failure})

    async def refresh(self, request: web.Request) -> web.Response:
        """Ask for a person's own view of a card they see now."""
        body, person = await body_of(request)
        pressed = await self.client.refresh(person, self._message(body, person))
        return _pressed(pressed or Pressed(0))

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file to be sent along with the next message."""
        person_of(request.query.get("as"))
        content = await request.read()
        name = self.uploads.keep(request.query.get("name", "file"), content)
        return web.json_response({"id": name})

    async def uploaded(self, request: web.Request) -> web.Response:
        """Give a sent file; its address is known to nobody else."""
        found = self.uploads.find(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(text="There is no such file any more.")
        return _download(*found)

    async def files(self, request: web.Request) -> web.Response:
        """List this person's documents on the local drive."""
        owner = safe_name(PEOPLE[person_of(request.query.get("as"))].name)
        found = await self.drive.files()
        return web.json_response([entry for entry in found if entry["owner"] == owner])

    async def document(self, request: web.Request) -> web.Response:
        """Give a document of the local drive."""
        return _download(*await self.drive.open(request.match_info["address"]))

    async def schedule(self, request: web.Request) -> web.Response:
        """Make a meeting."""
        body, person = await body_of(request)
        minutes = body.get("minutes")
        room = await self.meetings.schedule(
            person, str(body.get("title") or ""), minutes=minutes if type(minutes) is int else 30
        )
        return web.json_response(room_json(self.client.world, room, person))

    async def move_meeting(self, request: web.Request) -> web.Response:
        """Start or end a meeting."""
        _, person = await body_of(request)
        move = self.meetings.start if request.match_info["what"] == "start" else self.meetings.end
        answer = await move(request.match_info["room"], person)
        return web.json_response({"status": answer.status, "failure": answer.failure})


def person_of(key: Any) -> str:
    """Give the key back when it is a person's. Errors: 400."""
    if key not in PEOPLE:
        raise web.HTTPBadRequest(text="Say who you are.")
    return str(key)


async def body_of(request: web.Request) -> tuple[dict[str, Any], str]:
    """Read the call's JSON object, and who makes it. Errors: 400, 415."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON.")
    try:
        body = await request.json()
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text="That is not JSON.") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="That is not a JSON object.")
    return body, person_of(body.get("as"))


def _pressed(pressed: Pressed) -> web.Response:
    shown = {
        "status": pressed.status,
        "text": pressed.text,
        "failure": pressed.failure,
        "signIn": pressed.sign_in,
    }
    return web.json_response(shown)


def _download(name: str, content: bytes) -> web.Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return web.Response(body=content, content_type="application/octet-stream", headers=headers)
