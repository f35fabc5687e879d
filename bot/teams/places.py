"""Where a turn is spoken, and keeping that so that we can speak there later."""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from botbuilder.schema import Activity

from storage.models import Conversation, ConversationKind, User

_MOST = 4096
_KINDS = {kind.value: kind for kind in ConversationKind}


class Conversations(Protocol):
    """Where conversations are kept."""

    async def remember(
        self, conversation: Conversation, *, user_id: str | None, now: datetime
    ) -> None:
        """Keep where the bot can speak, and whose it is when it is personal."""
        ...


def conversation_of(activity: Activity) -> Conversation:
    """Give the conversation of a verified activity, its thread included.

    Shape: a channel's id keeps `;messageid=...`, so that an answer lands in the thread.
    """
    account = activity.conversation
    return Conversation(
        id=account.id,
        kind=_kind(account),
        tenant_id=account.tenant_id or inner_text(activity.channel_data, "tenant", "id") or "",
        service_url=activity.service_url,
        bot_id=activity.recipient.id if activity.recipient and activity.recipient.id else "",
        name=account.name or inner_text(activity.channel_data, "channel", "name"),
        team_id=inner_text(activity.channel_data, "team", "aadGroupId"),
    )


def _kind(account: Any) -> ConversationKind:
    known = _KINDS.get(account.conversation_type)
    if known is not None:
        return known
    if "@thread.skype" in account.id or "@thread.tacv2" in account.id:
        return ConversationKind.CHANNEL
    return ConversationKind.GROUP if account.is_group else ConversationKind.PERSONAL


def without_thread(conversation_id: str) -> str:
    """Give a channel's id without the thread's."""
    return conversation_id.partition(";messageid=")[0]


def inner_text(holder: Any, name: str, field: str) -> str | None:
    """Give the text at `name`.`field` of what may be anything, or None."""
    inner = holder.get(name) if isinstance(holder, dict) else None
    value = inner.get(field) if isinstance(inner, dict) else None
    return value if isinstance(value, str) and value else None


class Places:
    """Keeps each conversation once, and again when something about it changed."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._kept: OrderedDict[tuple[str, str], tuple[Conversation, str | None]] = OrderedDict()

    async def remember(self, place: Conversation, *, user_id: str | None, now: datetime) -> None:
        """Keep where the bot can speak; of a channel the channel, not each of its threads."""
        lasting = replace(place, id=without_thread(place.id))
        key = (lasting.tenant_id, lasting.id)
        kept = (lasting, user_id if lasting.kind is ConversationKind.PERSONAL else None)
        if self._kept.get(key) == kept:
            return
        await self._conversations.remember(lasting, user_id=user_id, now=now)
        self._kept[key] = kept
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def forget(self, user: User) -> None:
        """Hold this user's own conversations no more, so that they are kept anew when used."""
        for key in [key for key, (_, owner) in self._kept.items() if owner == user.id]:
            del self._kept[key]
