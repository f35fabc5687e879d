"""What a person's Teams does: say, press, submit, refresh, attach, and show what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.local.activities import Activity, Composer
from bot.local.card_buttons import filled, find_button
from bot.local.courier import UNREACHABLE, WENT_WRONG, Answer, Courier
from bot.local.ids import Ids
from bot.local.people import PEOPLE, Room
from bot.local.sign_in import LOGIN, SilentSignIn, button_of
from bot.local.world import CARD, Message, World
from storage.errors import NotFoundError
from storage.models import ConversationKind

REFRESH_AFTER = timedelta(minutes=1)
_MESSAGE = "application/vnd.microsoft.activity.message"
_ERROR = "application/vnd.microsoft.error"


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a press came to. `text` is a line shown under the card, `failure` one that went wrong.

    Shape: `body` is the universal action answer {statusCode, type, value}, or None.
    """

    status: int
    body: Any = None
    text: str | None = None
    failure: str | None = None
    sign_in: str | None = None  # where the sign-in button leads that Teams now shows


class Client:
    """Acts for any of the people. Rooms go by key; `personal` is a person's own chat."""

    def __init__(self, world: World, *, composer: Composer, clock: Clock, ids: Ids) -> None:
        self.world = world
        self._composer = composer
        self._clock = clock
        self._ids = ids
        self.courier: Courier | None = None
        self.silent: SilentSignIn | None = None

    async def deliver(self, activity: Activity) -> Answer:
        """Post an activity to the bot.

        Errors: NotFoundError while no bot is connected.
        """
        if self.courier is None:
            raise NotFoundError("The bot is not connected to the local Teams yet.")
        return await self.courier.deliver(activity)

    async def invoke(
        self,
        person: str,
        room: Room,
        name: str,
        value: Mapping[str, Any],
        *,
        to: Message | None = None,
    ) -> Answer:
        """Have a person's client ask the bot something, about a message. Errors: NotFoundError."""
        activity = self._composer.invoke(room, PEOPLE[person], name, value)
        return await self.deliver(activity | ({"replyToId": to.id} if to else {}))

    def new_guid(self) -> str:
        """Give an id for a request."""
        return self._ids.guid()

    def room(self, key: str, person: str) -> Room:
        """Find a room as a person means it.

        Errors: NotFoundError when there is none or they are not in it.
        """
        try:
            return self.world.room_of(key, person)
        except KeyError as error:
            raise NotFoundError(f'{person} has no conversation "{key}".') from error

    async def say(
        self,
        person: str,
        conversation: str,
        text: str,
        *,
        mention: bool = True,
        thread: str | None = None,
        files: Sequence[dict[str, Any]] = (),
    ) -> tuple[Message, Answer | None]:
        """Put a message into a room, and tell the bot when it is meant; None when it is not."""
        room = self.room(conversation, person)
        personal = room.kind is ConversationKind.PERSONAL
        mention = mention and not personal
        message = Message(
            self._ids.message(), room.key, person, self._clock.now(), text=text,
            text_format="plain", attachments=list(files), thread=thread, mention=mention,
        )  # fmt: skip
        self.world.post(message)
        if not (room.has_bot and (personal or mention)):
            return message, None
        activity = self._composer.message(room, PEOPLE[person], message, mention=mention)
        answer = await self.deliver(activity)
        if answer.failure:
            message.failure = answer.failure
            self.world.changed(message, person)
        return message, answer

    async def press(
        self,
        person: str,
        message: Message,
        what: str | Mapping[str, Any],
        answers: Mapping[str, str] | None = None,
    ) -> Pressed:
        """Press a button, by title, verb or id; or send an action's JSON just as it is given.

        Errors: NotFoundError, RefusedError as card_buttons says.
        """
        action = what if isinstance(what, Mapping) else self._chosen(person, message, what, answers)
        if action.get("type") == "Action.Submit":
            return await self.submit(person, message, action.get("data"))
        if action.get("type") != "Action.Execute":
            return Pressed(0, text=str(action.get("url") or ""))
        return await self._execute(person, message, action, "manual")

    def _chosen(
        self, person: str, message: Message, what: str, answers: Mapping[str, str] | None
    ) -> Mapping[str, Any]:
        card = message.card(person)
        if card is None:
            raise NotFoundError("That message has no card.")
        button = find_button(card, what)
        return {**button, "data": filled(card, button, answers or {})}

    async def submit(self, person: str, message: Message, data: Any) -> Pressed:
        """Send an Action.Submit's data, as a message with a value."""
        room = self.room(message.room, person)
        activity = self._composer.submit(room, PEOPLE[person], message, data)
        answer = await self.deliver(activity)
        return Pressed(answer.status, answer.body, failure=answer.failure)

    async def refresh(self, person: str, message: Message) -> Pressed | None:
        """Ask for this person's view of a card, if it wants that and a minute has passed."""
        action = self.refresh_action(person, message)
        if action is None:
            return None
        message.asked_at[person] = self._clock.now()
        return await self._execute(person, message, action, "automatic")

    def refresh_action(self, person: str, message: Message) -> Mapping[str, Any] | None:
        """Give what to send to refresh a card this person sees now; None when nothing is due."""
        refresh = (message.card(person) or {}).get("refresh")
        if not isinstance(refresh, Mapping) or not isinstance(refresh.get("action"), Mapping):
            return None
        listed = refresh.get("userIds")
        if listed is not None and PEOPLE[person].id not in listed:
            return None
        asked = message.asked_at.get(person)
        if asked is not None and self._clock.now() - asked <= REFRESH_AFTER:
            return None
        action: Mapping[str, Any] = refresh["action"]
        return action

    async def _execute(
        self, person: str, message: Message, action: Mapping[str, Any], trigger: str
    ) -> Pressed:
        room = self.room(message.room, person)
        activity = self._composer.press(room, PEOPLE[person], message, action, trigger=trigger)
        answer = await self.deliver(activity)
        if self.silent is not None and not answer.failure:
            answer = await self.silent.again(person, activity, answer)
        if answer.failure:
            return Pressed(answer.status, answer.body, failure=answer.failure)
        return self._show(person, message, answer)

    def _show(self, person: str, message: Message, answer: Answer) -> Pressed:
        body = answer.body
        if body is None:
            return Pressed(answer.status)
        if not isinstance(body, Mapping):
            return Pressed(answer.status, body, failure=UNREACHABLE)
        kind, value = body.get("type"), body.get("value")
        if kind == CARD and isinstance(value, dict):
            message.views[person] = value
            self.world.changed(message, person)
            return Pressed(answer.status, body)
        if kind == _MESSAGE:
            return Pressed(answer.status, body, text=str(value))
        if kind == LOGIN:
            words, address = button_of(value if isinstance(value, dict) else None)
            return Pressed(answer.status, body, text=words, sign_in=address)
        said = value.get("message") if isinstance(value, Mapping) and kind == _ERROR else None
        return Pressed(answer.status, body, failure=str(said or WENT_WRONG))

    def forget_views(self, person: str) -> None:
        """Drop the cards only this person saw, as a client does that is opened anew."""
        for key in self.world.rooms:
            for message in self.world.messages(key):
                message.views.pop(person, None)
                message.asked_at.pop(person, None)

    async def install(self, room: Room, person: str) -> list[Answer]:
        """Tell the bot that it was added to a room; once it has heard, this does nothing."""
        if room.installed:
            return []
        room.installed = room.has_bot = True
        self.world.feed.tell("rooms")
        told = self._composer.installed(room, PEOPLE[person])
        answers = [await self.deliver(activity) for activity in told]
        room.installed = not any(answer.failure for answer in answers)
        return answers

    async def uninstall(self, room: Room, person: str) -> Answer:
        """Take the bot out of a room; after that it is refused there."""
        room.installed = room.has_bot = False
        self.world.feed.tell("rooms")
        return await self.deliver(self._composer.uninstalled(room, PEOPLE[person]))
