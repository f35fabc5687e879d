"""What the chat page is told: rooms and messages as one person sees them, in JSON."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.local.activities import BOT_ID
from bot.local.card_text import card_text
from bot.local.ids import iso
from bot.local.people import BOT, BOT_NAME, PEOPLE, Person, Room
from bot.local.sign_in import OAUTH, button_of
from bot.local.world import CARD, CONSENT, FILE, SAVED, SYSTEM, Message, World

Json = dict[str, Any]


def person_json(person: Person) -> Json:
    """Give what the page shows of a person."""
    guest = person.role == "guest"
    return {"key": person.key, "id": person.id, "name": person.name, "guest": guest}


def room_json(world: World, room: Room, person: str) -> Json:
    """Give a room with a preview of its last message."""
    messages = [message for message in world.messages(room.key) if not message.deleted]
    last = messages[-1] if messages else None
    meeting = room.meeting
    return {
        "key": room.key,
        "kind": str(room.kind),
        "name": room.name,
        "team": room.team,
        "people": [PEOPLE[key].name for key in room.members],
        "installed": room.installed,
        "last": iso(last.sent_at) if last else None,
        "lastId": last.id if last else None,
        "preview": _preview(last, person) if last else "",
        "meeting": meeting and {
            "title": meeting.title, "state": room.meeting_state, "startsAt": meeting.starts_at,
            "endsAt": meeting.ends_at, "organizer": PEOPLE[meeting.organizer].name,
        },
    }  # fmt: skip


def _preview(message: Message, person: str) -> str:
    who = "You: " if message.sender == person else ""
    card = message.card(person)
    words = message.text or (first_text(card) if card else "") or "Sent a file"
    return (who + " ".join(words.split()))[:120]


def first_text(card: Any) -> str:
    """Give the first text drawn on a card; empty when there is none."""
    if isinstance(card, Mapping):
        if card.get("type") in ("TextBlock", "RichTextBlock"):
            return " ".join(card_text({"body": [card]}).split())
        parts = [card.get(name) for name in ("body", "items", "columns", "rows", "cells")]
        return first_text([part for part in parts if part])
    if isinstance(card, list):
        return next((text for text in map(first_text, card) if text), "")
    return ""


def message_json(message: Message, person: str) -> Json:
    """Give a message as this person sees it. Sizes in bytes, times ISO 8601."""
    names = {BOT: BOT_NAME, SYSTEM: ""}
    mine = message.sender == person
    attachments = [*_attachments(message, person)]
    return {
        "id": message.id,
        "room": message.room,
        "sender": message.sender,
        "name": names.get(message.sender) or _name(message.sender),
        "mine": mine,
        "time": iso(message.sent_at),
        "text": message.text,
        "format": message.text_format,
        "mention": BOT_NAME if message.mention else None,
        "attachments": attachments,
        "thread": message.thread,
        "edited": message.edited,
        "deleted": message.deleted,
        "failure": message.failure if mine else None,
    }


def _name(sender: str) -> str:
    return PEOPLE[sender].name if sender in PEOPLE else ""


def _attachments(message: Message, person: str) -> list[Json]:
    shown: list[Json] = []
    view = message.views.get(person)
    for attachment in message.attachments:
        kind, content = attachment.get("contentType"), attachment.get("content")
        if kind == CARD:
            shown.append({"kind": "card", "card": view or content})
            view = None
        elif kind in (FILE, SAVED):
            address = urlsplit(str(attachment.get("contentUrl", "")))
            shown.append({"kind": "file", "name": attachment.get("name"), "url": address.path})
        elif kind == CONSENT:
            shown.append(_offer(attachment))
        elif kind == OAUTH:
            words, leads_to = button_of(content if isinstance(content, dict) else None)
            shown.append({"kind": "sign_in", "text": words, "url": leads_to})
        elif kind != "text/html":
            shown.append({"kind": "other", "name": str(kind)})
    return shown


def _offer(attachment: Json) -> Json:
    content = attachment.get("content")
    told = content if isinstance(content, dict) else {}
    return {
        "kind": "consent",
        "name": attachment.get("name"),
        "text": told.get("description"),
        "bytes": told.get("sizeInBytes"),
    }


def state_json(world: World, person: str) -> Json:
    """Give everything the page needs to draw its frame for one person."""
    rooms = [room for room in world.rooms.values() if person in room.members]
    return {
        "me": person_json(PEOPLE[person]),
        "people": [person_json(someone) for someone in PEOPLE.values()],
        "bot": {"id": BOT_ID, "name": BOT_NAME},
        "rooms": [room_json(world, room, person) for room in rooms],
    }
