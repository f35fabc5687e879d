"""ConsultFlowBot: an activity to a Turn, and the replies to it back to Teams."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, cast

from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.schema import InvokeResponse

from bot.clock import Clock
from bot.teams import file_consent
from bot.teams.connector import ConnectorError
from bot.teams.context import LeanTurnContext
from bot.teams.files import Files
from bot.teams.handover import HandOver
from bot.teams.message_actions import (
    FETCH,
    NOT_HERE,
    SUBMIT,
    asked_of,
    closed,
    is_window,
    task_of,
)
from bot.teams.messages import Said, not_yet
from bot.teams.people import People
from bot.teams.places import Places
from bot.teams.presses import EXECUTE, Pressed, executed, submitted
from bot.teams.replies import Replies
from bot.teams.sso import NAMES, TeamsSignIn
from bot.teams.typing_sign import TypingSign
from bot.teams.words import is_meant, mentioned_in, time_zone_of, words_of
from bot.turn import Turn
from cards.elements import Card
from storage.errors import RefusedError, SignInNeededError
from storage.models import Conversation, ConversationKind

Answer = Callable[[Turn], Awaitable[Sequence[Said]]]
Welcome = Callable[[Conversation], Awaitable[Sequence[Said]]]


class Deliveries(Protocol):
    """Where what was delivered is noted."""

    async def first(self, key: str, *, now: datetime) -> bool:
        """Note a delivery; False when it was noted before."""
        ...

    def let_come_again(self, key: str) -> None:
        """Take the next delivery of a key for the first: this one could not be seen through."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the bot talks with and through."""

    answer: Answer
    welcome: Welcome
    people: People
    places: Places
    files: Files
    replies: Replies
    deliveries: Deliveries
    clock: Clock
    typing_after_seconds: float
    sign_in: TeamsSignIn | None = None  # None where nobody can sign in
    hand_over: HandOver | None = None  # None where no file is handed over


class ConsultFlowBot(ActivityHandler):
    """Hands turns to `answer`. Everything it raises is answered by the adapter."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Answer words with messages, and an Action.Submit in the card's place."""
        context = _lean(turn_context)
        pressed = submitted(context.activity)
        personal = context.place.kind is ConversationKind.PERSONAL
        if pressed is None and not personal and not is_meant(context.activity):
            return  # heard by a permission to read along, but said to others
        turn = await self._turn(context, pressed)
        if turn.pressed is None and not turn.text and not turn.files and not turn.file_problem:
            return  # a mention of the bot in the middle of nothing, or an empty message
        try:
            replies = await self._answer(context, turn)
        except SignInNeededError as need:
            replies = [await self._asking(turn, need)]
        if turn.pressed is None:
            await self._parts.replies.send(context, replies)
        else:
            await self._parts.replies.replace(context, turn, replies)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse | None:
        """Answer a button or a sign-in; None, which becomes a 501, for what we do not know."""
        context = _lean(turn_context)
        name, sign_in = context.activity.name, self._parts.sign_in
        if name == EXECUTE:
            return await self._executed(context, sign_in)
        if name in (FETCH, SUBMIT):
            return await self._from_message(context)
        if name == file_consent.NAME:
            return await self._file_answered(context)
        if sign_in is None or name not in NAMES:
            return None
        place = context.place
        user = await self._parts.people.who(context.activity, place, now=self._parts.clock.now())
        answer, card = await sign_in.invoke(name, context.activity.value, user, place)
        if context.late and answer.status != 200:
            card = await sign_in.by_button(user, place)  # the refusal itself goes nowhere any more
        if card is not None:
            await self._parts.replies.send(context, [card])
        return answer

    async def _file_answered(self, context: LeanTurnContext) -> InvokeResponse | None:
        """Do what somebody answered about a file they were offered; it is said in messages."""
        if self._parts.hand_over is None:
            return None
        place, now = context.place, self._parts.clock.now()
        user = await self._parts.people.who(context.activity, place, now=now)
        await self._parts.places.remember(place, user_id=user.id, now=now)
        await self._parts.hand_over.answered(context.activity.value, user, place)
        return InvokeResponse(status=200)

    async def _executed(
        self, context: LeanTurnContext, sign_in: TeamsSignIn | None
    ) -> InvokeResponse:
        """Answer an Action.Execute, after the sign-in it may bring along."""
        turn = await self._turn(context, executed(context.activity))
        value = context.activity.value
        if sign_in is not None:
            stop = await sign_in.before(value, turn.user)
            if stop is not None:
                return stop
        try:
            replies = await self._answer(context, turn)
        except SignInNeededError as need:
            if "authentication" in value:
                return not_yet(str(need))  # asked again silently, Teams would go round in circles
            replies = [str(need) if turn.refresh else await self._asking(turn, need)]
        return await self._parts.replies.answer(context, turn, replies)

    async def _from_message(self, context: LeanTurnContext) -> InvokeResponse:
        """Answer a message's menu, or the window it opened: with a window, or by closing it."""
        try:
            asked = asked_of(context.activity)
            turn = replace(await self._turn(context, asked.pressed), message=asked.message)
            replies = await self._parts.answer(turn)
        except (RefusedError, SignInNeededError) as error:
            return task_of(str(error), title="ConsultFlow")
        first = replies[0] if replies else ""
        stays = context.activity.name == SUBMIT and isinstance(first, Card) and not is_window(first)
        if not stays:
            return task_of(first, title=asked.title)
        try:
            await self._parts.replies.send(context, replies)
        except ConnectorError as error:
            if error.retryable:
                raise
            return task_of(NOT_HERE, title=asked.title)
        return closed()

    async def _asking(self, turn: Turn, need: SignInNeededError) -> Said:
        """Ask for the sign-in something needs, for this very person."""
        if self._parts.sign_in is None:
            return str(need)
        return await self._parts.sign_in.card(turn.user, turn.conversation, need)

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        """Say hello where the app was just added."""
        if (turn_context.activity.action or "").startswith("add"):
            await self._greet(_lean(turn_context))

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Say hello where the bot was just added; other members come and go unremarked."""
        context = _lean(turn_context)
        added = context.activity.members_added or ()
        if any(member.id == context.place.bot_id for member in added):
            await self._greet(context)

    async def _greet(self, context: LeanTurnContext) -> None:
        now, place = self._parts.clock.now(), context.place
        await self._parts.places.remember(place, user_id=None, now=now)
        # Teams tells of one installation twice, as an installation and as a new member.
        if await self._parts.deliveries.first(f"welcome|{place.tenant_id}|{place.id}", now=now):
            await self._parts.replies.send(context, await self._parts.welcome(place))

    async def _turn(self, context: LeanTurnContext, pressed: Pressed | None) -> Turn:
        activity, place, now = context.activity, context.place, self._parts.clock.now()
        personal = place.kind is ConversationKind.PERSONAL
        user = await self._parts.people.who(activity, place, now=now)
        await self._parts.places.remember(place, user_id=user.id, now=now)
        if pressed is not None:
            return Turn(
                user=user,
                conversation=place,
                key=activity.id,
                now=now,
                pressed=pressed.verb,
                answers=pressed.answers,
                card_activity_id=activity.reply_to_id,
                time_zone=time_zone_of(activity),
                refresh=pressed.refresh,
            )
        files, problem = await self._parts.files.of(activity, personal=personal)
        return Turn(
            user=user,
            conversation=place,
            key=activity.id,
            now=now,
            text=words_of(activity),
            files=files,
            file_problem=problem,
            time_zone=time_zone_of(activity),
            mentioned=mentioned_in(activity),
        )

    async def _answer(self, context: LeanTurnContext, turn: Turn) -> Sequence[Said]:
        if turn.refresh:
            return await self._parts.answer(turn)
        async with TypingSign(context, self._parts.typing_after_seconds):
            return await self._parts.answer(turn)


def _lean(context: TurnContext) -> LeanTurnContext:
    """Name the context's true type: the adapter makes no other, the SDK promises less."""
    return cast("LeanTurnContext", context)
