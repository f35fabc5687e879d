"""Speaking as the bot in a channel or a group chat, for somebody who is a member there."""

import asyncio
from collections.abc import Sequence

from bot.teams.connector import Connector, ConnectorError
from bot.teams.notifier import Notifier
from bot.workflows.action import UnknownOutcomeError
from cards.post import post_card
from storage.conversations import Conversations
from storage.errors import RefusedError
from storage.models import Conversation, User

_MOST = 50
_AT_ONCE = 5
# After these nothing can have been posted; after any other failure nobody knows.
_BUSY = frozenset({412, 429})  # turned away before anything was posted: to be tried again
_NOT_POSTED = frozenset({400, 401, 403, 404, 413})


class BotPost:
    """Posts where the bot is and the owner of the run is a member: the roster says so each time."""

    def __init__(
        self, notifier: Notifier, connector: Connector, conversations: Conversations
    ) -> None:
        self._notifier = notifier
        self._connector = connector
        self._conversations = conversations

    async def places(self, *, owner: User) -> Sequence[Conversation]:
        """List the channels and group chats the bot is in and this person is a member of."""
        known = await self._conversations.shared_of(_tenant(owner), limit=_MOST)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def theirs(place: Conversation) -> bool:
            async with slots:
                return await self._is_member(place, owner)

        member = await asyncio.gather(*(theirs(place) for place in known))
        return [place for place, is_in in zip(known, member, strict=True) if is_in]

    async def post(self, *, target: str, text: str, owner: User, key: str) -> str:
        """Post Markdown to a conversation id; gives the message's id. `key` names the step.

        Errors: RefusedError where the bot is not or the owner is no member; UnknownOutcomeError
        when no answer came: Teams knows no key, so it is never posted again by itself;
        ConnectorError when Teams is too busy to take it.
        """
        place = await self._conversations.shared(_tenant(owner), target)
        if place is None or not await self._is_member(place, owner):
            raise RefusedError("I am not in that channel or chat. Add me there, then retry.")
        try:
            return await self._notifier.send(place, post_card(text))
        except ConnectorError as error:
            if error.status in _BUSY:
                raise
            name = place.name or "that conversation"
            if error.status in _NOT_POSTED:
                raise RefusedError(f"Teams did not take the message for {name}: {error}") from error
            raise UnknownOutcomeError(
                f"I can't tell whether the message reached {name}. Look there, then tell me. "
                f"({key.rpartition(':')[2]})"
            ) from error

    async def _is_member(self, place: Conversation, owner: User) -> bool:
        account = owner.microsoft_id.partition(".")[0]
        try:
            member = await self._connector.member(place, account)
        except ConnectorError as error:
            if error.retryable:
                raise
            return False
        return member.aad_object_id in (None, account)


def _tenant(owner: User) -> str:
    return owner.microsoft_id.partition(".")[2]
