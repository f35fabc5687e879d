"""What a person's Teams does with a message's menu: open the app's window, and send it.

Source: Microsoft Teams, "Create action commands" for message extensions.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.local.card_buttons import filled, find_button
from bot.local.client import Client
from bot.local.courier import UNREACHABLE, Answer
from bot.local.ids import iso
from bot.local.people import APP_ID, BOT, BOT_NAME, PEOPLE
from bot.local.world import SYSTEM, Message
from storage.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Window:
    """What Teams then shows: a card to fill in, a sentence, or nothing any more."""

    command: str
    message: Message
    card: dict[str, Any] | None = None
    text: str | None = None
    failure: str | None = None

    @property
    def closed(self) -> bool:
        """Whether the window is gone."""
        return self.card is None and self.text is None and self.failure is None


class MessageActions:
    """Opens and sends windows for any of the people."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self, person: str, message: Message, command: str) -> Window:
        """Choose a command of a message's menu."""
        answer = await self._invoke(person, message, command, "composeExtension/fetchTask", {})
        return _window(answer, command, message)

    async def send(
        self, person: str, window: Window, what: str, answers: Mapping[str, str] | None = None
    ) -> Window:
        """Press a button of the window with its inputs filled in.

        Errors: NotFoundError, RefusedError as card_buttons says.
        """
        if window.card is None:
            raise NotFoundError("That window has nothing to press.")
        data = filled(window.card, find_button(window.card, what), answers or {})
        name = "composeExtension/submitAction"
        answer = await self._invoke(person, window.message, window.command, name, {"data": data})
        return _window(answer, window.command, window.message)

    async def _invoke(
        self, person: str, message: Message, command: str, name: str, more: Mapping[str, Any]
    ) -> Answer:
        room = self._client.room(message.room, person)
        value = {
            "commandId": command,
            "commandContext": "message",
            "requestId": self._client.new_guid(),
            "messagePayload": payload(message),
            "context": {"theme": "default"},
            **more,
        }
        return await self._client.invoke(person, room, name, value)


def payload(message: Message) -> dict[str, Any]:
    """Give a message as Teams describes it to an app that is asked about it."""
    lines = html.escape(message.text, quote=False).split("\n")
    content = "".join(f"<div>{line or '&nbsp;'}</div>" for line in lines)
    if message.mention:
        content = f'<at id="0">{BOT_NAME}</at> {content}'
    return {
        "id": message.id,
        "replyToId": message.thread,
        "createdDateTime": iso(message.sent_at),
        "lastModifiedDateTime": None,
        "deleted": message.deleted,
        "subject": None,
        "summary": None,
        "importance": "normal",
        "locale": "en-us",
        "from": _author(message),
        "body": {"contentType": "html", "content": content},
        "attachmentLayout": None,
        "attachments": [],
        "mentions": [],
        "reactions": [],
    }


def _author(message: Message) -> dict[str, Any] | None:
    if message.sender == SYSTEM:
        return None
    if message.sender == BOT:
        application = {
            "applicationIdentityType": "bot",
            "id": APP_ID,
            "displayName": BOT_NAME,
        }
        return {"application": application, "user": None, "conversation": None}
    person = PEOPLE[message.sender]
    user = {
        "userIdentityType": "aadUser",
        "id": person.object_id,
        "displayName": person.name,
    }
    return {"user": user, "application": None, "conversation": None}


def _window(answer: Answer, command: str, message: Message) -> Window:
    if answer.failure:
        return Window(command, message, failure=answer.failure)
    if answer.body is None:
        return Window(command, message)
    task = answer.body.get("task") if isinstance(answer.body, Mapping) else None
    value = task.get("value") if isinstance(task, Mapping) else None
    if isinstance(task, Mapping) and task.get("type") == "message" and isinstance(value, str):
        return Window(command, message, text=value)
    shown = value.get("card") if isinstance(value, Mapping) else None
    content = shown.get("content") if isinstance(shown, Mapping) else None
    if not isinstance(content, dict):
        return Window(command, message, failure=UNREACHABLE)
    return Window(command, message, card=content)
