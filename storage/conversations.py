"""Where people can be reached."""

from datetime import datetime

from storage.codec import conversation_document, conversation_of
from storage.collection import Collection, Document, object_id
from storage.json_values import clean_text
from storage.models import Conversation, ConversationKind
from storage.together import Together


class Conversations:
    """Conversations the bot has been part of, by tenant and conversation id."""

    def __init__(self, conversations: Collection) -> None:
        self._conversations = conversations
        self._asked: Together[str, Document | None] = Together(self._known)

    async def remember(
        self, conversation: Conversation, *, user_id: str | None, now: datetime
    ) -> None:
        """Keep how to reach a conversation, and whose it is when it is personal.

        Writes only when something changed.
        """
        reference = conversation_document(conversation) or {}
        fields: Document = {"reference": reference}
        if user_id is not None and conversation.kind is ConversationKind.PERSONAL:
            fields["userId"] = object_id(user_id)
        key = clean_text(f"{conversation.tenant_id}|{conversation.id}")
        found = await self._asked.ask(key)
        team = ((found or {}).get("reference") or {}).get("teamGroupId")
        if team:  # not every activity of a channel names its team
            reference.setdefault("teamGroupId", team)
        if found is not None and all(found.get(name) == value for name, value in fields.items()):
            return
        await self._conversations.touch(
            {"_id": {"$eq": key}},
            {"$set": {**fields, "updatedAt": now}, "$setOnInsert": {"createdAt": now}},
            upsert=True,
        )

    async def _known(self, keys: list[str]) -> list[Document | None]:
        return await self._conversations.each("_id", keys)

    async def personal_of(self, user_id: str) -> Conversation | None:
        """Give the personal chat with a user, the last one used; None before they have spoken."""
        found = await self._conversations.one(
            {
                "userId": object_id(user_id),
                "reference.kind": {"$eq": ConversationKind.PERSONAL.value},
            },
            sort=[("updatedAt", -1)],
        )
        return None if found is None else conversation_of(found["reference"])

    async def shared_of(self, tenant_id: str, *, limit: int) -> list[Conversation]:
        """List the channels and group chats of a tenant the bot was heard in, the latest first."""
        found = await self._conversations.many(
            {
                "reference.tenantId": {"$eq": tenant_id},
                "reference.kind": {"$ne": ConversationKind.PERSONAL.value},
            },
            sort=[("updatedAt", -1)],
            limit=limit,
        )
        return [kept for each in found if (kept := conversation_of(each["reference"]))]

    async def shared(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        """Give one channel or group chat of a tenant; None for a personal chat or an unknown id."""
        key = clean_text(f"{tenant_id}|{conversation_id}")
        found = await self._conversations.one({"_id": {"$eq": key}})
        kept = None if found is None else conversation_of(found["reference"])
        return None if kept is None or kept.kind is ConversationKind.PERSONAL else kept
