"""Handing a file over in somebody's own chat: offered on a card, brought where they agree."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, Protocol

import structlog

from bot.clock import Clock
from bot.teams.connector import Connector, ConnectorError
from bot.teams.file_consent import Place, consent_of
from bot.teams.notifier import Notifier
from bot.teams.uploads import UPLOAD_SECONDS, Uploads
from cards.file import ConsentCard, FileCard
from storage.errors import NotFoundError, RefusedError, RemoteError
from storage.handovers import Claim, Handover, Handovers, HandoverState
from storage.models import Conversation, ConversationKind, User

_log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(hours=24)
# Longer than an upload may take: whoever had it by then is gone.
_LEASE = timedelta(seconds=2 * UPLOAD_SECONDS)
_ASKED = "Made by your workflow. Accept puts it into your OneDrive; decline, and I drop it."
_NO_CHAT = (
    "I can't hand the file over: you and I have not talked in a chat of our own yet. "
    "Open a chat with me, say hello, then retry."
)
_GONE = (
    "That file does not wait for you any more: I keep one for 24 hours. "
    "Run the workflow again to be offered a new one."
)
_SAVED = "That file is saved already."
_DECLINED = "You declined that file. Run the workflow again to be offered a new one."


class Chats(Protocol):
    """Where people's own chats are kept."""

    async def personal_of(self, user_id: str) -> Conversation | None:
        """Give the personal chat with a user; None before they have spoken."""
        ...


class HandOver:
    """Offers files, and brings those that are taken to where their person's Teams says."""

    def __init__(
        self,
        *,
        files: Handovers,
        chats: Chats,
        notifier: Notifier,
        connector: Connector,
        uploads: Uploads,
        clock: Clock,
    ) -> None:
        self._files = files
        self._chats = chats
        self._notifier = notifier
        self._connector = connector
        self._uploads = uploads
        self._clock = clock

    async def offer(self, *, owner: User, name: str, content: bytes, key: str) -> None:
        """Keep a file for a day and ask its owner whether they want it; once for each key.

        Errors: RefusedError without a chat, or over 10 MB; ConnectorError.
        """
        chat = await self._chats.personal_of(owner.id)
        if chat is None:
            raise RefusedError(_NO_CHAT)
        now = self._clock.now()
        kept = await self._files.keep(
            key=key,
            user_id=owner.id,
            name=name,
            content=content,
            now=now,
            expires_at=now + KEPT_FOR,
        )
        if kept.state is HandoverState.WAITING and kept.activity_id is None:
            await self._ask(chat, kept)

    async def answered(self, value: Any, user: User, place: Conversation) -> None:
        """Do what somebody answered, and say in their chat what came of it.

        Errors: RefusedError for what cannot be read or comes from elsewhere; NotFoundError for a
        file that is not theirs or expired; ConnectorError.
        """
        consent = consent_of(value)
        if place.kind is not ConversationKind.PERSONAL:
            raise NotFoundError(_GONE)
        if consent.place is None:
            await self._decline(consent.file, user, place)
        else:
            await self._take(consent.file, consent.place, user, place)

    async def _take(self, file: str, target: Place, user: User, chat: Conversation) -> None:
        claim = await self._files.claim(user.id, file, now=self._clock.now(), lease=_LEASE)
        if claim is None:
            return await self._explain(file, user, chat)
        try:
            await self._uploads.put(target.upload_url, claim.content)
        except (RefusedError, RemoteError) as error:
            return await self._offer_again(claim, chat, error)
        await self._files.saved(claim, now=self._clock.now())
        await self._notifier.send(chat, self._link(claim.handover, target))
        return await self._take_away(chat, claim.handover)

    def _link(self, file: Handover, target: Place) -> FileCard | str:
        if not self._uploads.trusts(target.content_url):
            return f"{file.name} is in your OneDrive."
        name = target.name or file.name
        return FileCard(name, target.content_url, target.unique_id, target.file_type)

    async def _offer_again(self, claim: Claim, chat: Conversation, error: Exception) -> None:
        """Say what went wrong, and ask anew: Teams asks for an address once for each card."""
        await self._files.release(claim, now=self._clock.now())
        name = claim.handover.name
        await self._notifier.send(
            chat, f"I couldn't save {name}. {error} It is not lost: accept it again below."
        )
        await self._ask(chat, claim.handover)
        await self._take_away(chat, claim.handover)

    async def _decline(self, file: str, user: User, chat: Conversation) -> None:
        offered = await self._files.get(user.id, file, now=self._clock.now())
        if offered is None or not await self._files.decline(user.id, file, now=self._clock.now()):
            return await self._explain(file, user, chat)
        await self._notifier.send(chat, "Not saved.")
        return await self._take_away(chat, offered)

    async def _explain(self, file: str, user: User, chat: Conversation) -> None:
        """Say why there was nothing to do; nothing where somebody is at it right now."""
        offered = await self._files.get(user.id, file, now=self._clock.now())
        if offered is None:
            raise NotFoundError(_GONE)
        said = {HandoverState.SAVED: _SAVED, HandoverState.DECLINED: _DECLINED}.get(offered.state)
        if said is not None:
            await self._notifier.send(chat, said)

    async def _ask(self, chat: Conversation, file: Handover) -> None:
        sent = await self._notifier.send(chat, ConsentCard(file.name, _ASKED, file.size, file.id))
        await self._files.shown(file.id, sent, now=self._clock.now())

    async def _take_away(self, chat: Conversation, file: Handover) -> None:
        """Take the card away that asked; it did its work also where it stays."""
        if file.activity_id is not None:
            await _tried(self._connector.delete(chat, file.activity_id))


async def _tried(call: Awaitable[None]) -> None:
    try:
        await call
    except ConnectorError as error:
        _log.warning("file card not taken away", status=error.status, code=error.code)
