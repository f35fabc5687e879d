"""What was said outlasts a run: a file with a line for every change, the last one counts."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.local.atomic import replace_file
from bot.local.people import MeetingInfo, Room
from bot.local.world import Message, World
from storage.models import ConversationKind

_KEPT = 500  # messages of a room
_PASSING = ("views", "asked_at")  # what one person saw ends with the run
_ROOM_STATE = ("has_bot", "installed", "meeting_state")


class History:
    """Keeps a world in a file while it runs, and gives it back when it starts again."""

    def __init__(self, path: Path, world: World) -> None:
        self._path = path
        self._world = world
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Put back what the file holds, write it anew without what is outdated, and keep on.

        A line cut short by a kill is passed over. Errors: OSError when the file cannot be written.
        """
        lines = await asyncio.to_thread(self._read)
        for line in lines:
            self._restore(line)
        await asyncio.to_thread(self._rewrite, [*self._everything()])
        ready = asyncio.Event()
        self._task = asyncio.create_task(self._keep(ready))
        await ready.wait()

    async def close(self) -> None:
        """Wait until the last change is written; the feed has been closed before."""
        if self._task is not None:
            await self._task

    def _read(self) -> list[str]:
        try:
            return self._path.read_text("utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _restore(self, line: str) -> None:
        try:
            kept = json.loads(line)
            if "room" in kept:
                self._restore_room(kept["room"])
            else:
                self._world.restore(_message(kept["message"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return

    def _restore_room(self, kept: dict[str, Any]) -> None:
        room = self._world.rooms.get(kept["key"])
        if room is None:
            meeting = MeetingInfo(**kept["meeting"])
            members = tuple(kept["members"])
            room = Room(
                kept["key"],
                kept["id"],
                ConversationKind.GROUP,
                kept["name"],
                members,
                meeting=meeting,
            )
            self._world.add_room(room)
        for name in _ROOM_STATE:
            setattr(room, name, kept[name])

    def _everything(self) -> Iterable[str]:
        for room in self._world.rooms.values():
            yield _line("room", asdict(room))
            for message in self._world.messages(room.key)[-_KEPT:]:
                yield _line("message", _written(message))

    def _rewrite(self, lines: list[str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, "".join(lines).encode())

    async def _keep(self, ready: asyncio.Event) -> None:
        with self._world.feed.listen() as queue:
            ready.set()
            while (event := await queue.get()) is not None:
                line = self._line_of(event)
                if line:
                    await asyncio.to_thread(self._append, line)

    def _line_of(self, event: dict[str, Any]) -> str:
        if event["kind"] == "rooms":
            rooms = self._world.rooms.values()
            return "".join(_line("room", asdict(room)) for room in rooms)
        if event["kind"] != "message":
            return ""
        message = self._world.message(event["room"], event["id"])
        return _line("message", _written(message)) if message else ""

    def _append(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line)


def _line(kind: str, kept: dict[str, Any]) -> str:
    return json.dumps({kind: kept}, default=str) + "\n"


def _written(message: Message) -> dict[str, Any]:
    kept = {
        field.name: getattr(message, field.name)
        for field in fields(message)
        if field.name not in _PASSING
    }
    return kept | {"sent_at": message.sent_at.isoformat()}


def _message(kept: dict[str, Any]) -> Message:
    return Message(**kept | {"sent_at": datetime.fromisoformat(kept["sent_at"])})
