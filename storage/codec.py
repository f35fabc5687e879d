"""Record <-> document: the stored contract's own fields, read tolerantly, for ours and theirs.

The web application writes the same documents without our extra fields, so each has a default.
Free JSON of our own (plans, inputs, outputs) is kept as JSON text: any key survives, and no key a
user chose is ever part of a path. The contract's `actionConfigs` and `canvasData` stay objects.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from bson import DBRef, Decimal128, ObjectId

from storage.collection import Document
from storage.json_values import clean_text
from storage.models import (
    Conversation,
    ConversationKind,
    SendPolicy,
    TriggerName,
    User,
    Workflow,
)
from storage.rights import Share, ShareKind

Word = TypeVar("Word", bound=StrEnum)


def user_of(document: Document) -> User:
    """Read a user. Tokens are not looked at, even when the document holds them."""
    return User(
        id=str(document["_id"]),
        microsoft_id=document["microsoftId"],
        email=document["email"],
        name=document.get("name") or "",
        created_at=instant(document, "createdAt"),
        updated_at=instant(document, "updatedAt"),
        token_expires_at=document.get("tokenExpiresAt"),
        clashing_email=document.get("clashingEmail"),
    )


def workflow_of(document: Document) -> Workflow:
    """Read a workflow; what the canvas holds beyond our knowledge comes along."""
    canvas, configs = document.get("canvasData"), plain(document.get("actionConfigs"))
    return Workflow(
        id=str(document["_id"]),
        user_id=str(document["userId"]),
        name=document.get("name") or "",
        trigger=word(TriggerName, document.get("trigger"), TriggerName.MANUAL),
        actions=_names(document.get("actions")),
        action_configs=configs if isinstance(configs, Mapping) else {},
        canvas=None if canvas is None else plain(canvas),
        created_at=instant(document, "createdAt"),
        updated_at=instant(document, "updatedAt"),
        version=document.get("version") or 1,
        send_policy=word(SendPolicy, document.get("sendPolicy"), SendPolicy.ASK),
        shared_with=_shares(document.get("sharedWith")),
    )


def _names(value: Any) -> tuple[str, ...]:
    """Read a list of actions, also one that another program wrote otherwise than agreed."""
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _shares(value: Any) -> tuple[Share, ...]:
    """Read whom a workflow is shared with; what does not say so clearly shares nothing."""
    return tuple(
        Share(ShareKind(each["kind"]), each["id"])
        for each in (value if isinstance(value, list) else ())
        if isinstance(each, Mapping)
        and each.get("kind") in list(ShareKind)
        and isinstance(each.get("id"), str)
        and each.get("right") == "run"
    )


def conversation_of(document: Mapping[str, Any] | None) -> Conversation | None:
    """Read where people talk."""
    if document is None:
        return None
    return Conversation(
        id=document["id"],
        kind=ConversationKind(document["kind"]),
        tenant_id=document["tenantId"],
        service_url=document["serviceUrl"],
        bot_id=document["botId"],
        name=document.get("name"),
        team_id=document.get("teamGroupId"),
    )


def conversation_document(conversation: Conversation | None) -> Document | None:
    """Write where people talk."""
    if conversation is None:
        return None
    team = conversation.team_id
    return {
        "id": clean_text(conversation.id),
        "kind": conversation.kind.value,
        "tenantId": clean_text(conversation.tenant_id),
        "serviceUrl": clean_text(conversation.service_url),
        "botId": clean_text(conversation.bot_id),
        "name": conversation.name and clean_text(conversation.name),
        **({"teamGroupId": clean_text(team)} if team else {}),
    }


def instant(document: Document, name: str) -> datetime:
    """Read a date a document ought to have; its id knows when it was made."""
    found = document.get(name)
    if isinstance(found, datetime):
        return found
    made = document["_id"]
    return made.generation_time if isinstance(made, ObjectId) else datetime.fromtimestamp(0, UTC)


def word(kind: type[Word], value: Any, default: Word) -> Word:
    """Read one of a contract's words; what is missing or unknown is the contract's default."""
    return kind(value) if value in list(kind) else default


def plain(value: Any) -> Any:
    """Read free content as JSON, whatever BSON the other program put in."""
    if isinstance(value, DBRef):  # how the driver reads an object with a key "$ref"
        value = value.as_doc()
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, bool | float | str):
        return value
    return value.to_decimal().__str__() if isinstance(value, Decimal128) else str(value)


def as_stored(value: Any, stored: Any) -> Any:
    """Give a changed JSON value with what did not change in it as the other program stored it.

    What plain() turned into text, such as a date, stays a date. Members of lists are matched by
    their `id`.
    """
    if plain(stored) == value:
        return stored
    if isinstance(value, Mapping) and isinstance(stored, Mapping):
        return {
            key: as_stored(inner, stored[key]) if key in stored else inner
            for key, inner in value.items()
        }
    if isinstance(value, list) and isinstance(stored, list):
        known = {str(one["id"]): one for one in stored if isinstance(one, Mapping) and "id" in one}
        return [
            as_stored(one, known.get(str(one.get("id")))) if isinstance(one, Mapping) else one
            for one in value
        ]
    return value
