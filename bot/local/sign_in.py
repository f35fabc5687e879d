"""What Teams does with a sign-in card by itself: it fetches a token and brings it to the bot."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bot.local.activities import Activity, Composer
from bot.local.courier import Answer
from bot.local.people import BOT, PEOPLE
from bot.local.world import Message, World
from storage.models import ConversationKind

OAUTH = "application/vnd.microsoft.card.oauth"
LOGIN = "application/vnd.microsoft.activity.loginRequest"


class Switched(Protocol):
    """A client that signs in by itself, or not."""

    silent: "SilentSignIn | None"


class SilentSignIn:
    """Signs people in where Teams would, without anybody pressing anything.

    In a personal chat the card's resource is exchanged as soon as the card is there. A button that
    is answered with a login request is pressed once more with the token.
    """

    def __init__(
        self,
        world: World,
        composer: Composer,
        deliver: Callable[[Activity], Any],
        sso_token: Callable[[str], str],
    ) -> None:
        self._world = world
        self._composer = composer
        self._deliver = deliver
        self._sso_token = sso_token
        self._tried: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self, client: "Switched") -> None:
        """Begin to look out for sign-in cards, for as long as the client has this switched on."""
        self._task = asyncio.create_task(self._watch(client), name="silent sign-in")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self, client: "Switched") -> None:
        with self._world.feed.listen() as events:
            while (event := await events.get()) is not None:
                if event["kind"] == "message" and client.silent is self:
                    await self._exchange(event["room"], event["id"])

    async def _exchange(self, room_key: str, message_id: str) -> None:
        room, message = self._world.rooms.get(room_key), self._world.message(room_key, message_id)
        if room is None or message is None or message.id in self._tried or message.sender != BOT:
            return
        resource = _resource(oauth_content(message))
        if room.kind is not ConversationKind.PERSONAL or resource is None:
            return
        self._tried.add(message.id)
        person = room.members[0]
        value = {"id": resource, "connectionName": "", "token": self._sso_token(person)}
        invoke = self._composer.invoke(room, PEOPLE[person], "signin/tokenExchange", value)
        await self._deliver(invoke)

    async def again(self, person: str, activity: Activity, answer: Answer) -> Answer:
        """Press a button again with a token, where its answer asks for a sign-in."""
        content = login_content(answer.body)
        resource = _resource(content)
        if resource is None:
            return answer
        brought = {"id": resource, "connectionName": "", "token": self._sso_token(person)}
        value = {**activity["value"], "authentication": brought}
        repeated: Answer = await self._deliver(
            {**activity, "id": self._composer.new_id(), "value": value}
        )
        # Refused: Teams then offers the button of the request it was answered with first.
        return repeated if not sign_in_address(repeated.body) and _passed(repeated) else answer


def oauth_content(message: Message) -> Mapping[str, Any] | None:
    """Give the sign-in card of a message, if it has one."""
    found = (a.get("content") for a in message.attachments if a.get("contentType") == OAUTH)
    return next((card for card in found if isinstance(card, dict)), None)


def login_content(body: Any) -> Mapping[str, Any] | None:
    """Give the sign-in card of a login request, if an answer is one."""
    if isinstance(body, Mapping) and body.get("type") == LOGIN:
        value = body.get("value")
        return value if isinstance(value, dict) else None
    return None


def sign_in_address(body: Any) -> str | None:
    """Give the address behind the button of a login request."""
    return button_of(login_content(body))[1]


def button_of(content: Mapping[str, Any] | None) -> tuple[str, str | None]:
    """Give a sign-in card's words, and the address behind its button."""
    buttons = (content or {}).get("buttons") or [{}]
    address = buttons[0].get("value")
    return str((content or {}).get("text") or ""), address if isinstance(address, str) else None


def _resource(content: Mapping[str, Any] | None) -> str | None:
    resource = (content or {}).get("tokenExchangeResource") or {}
    name = resource.get("id")
    return name if isinstance(name, str) else None


def _passed(answer: Answer) -> bool:
    body = answer.body
    return not (isinstance(body, Mapping) and body.get("statusCode") == 412)
