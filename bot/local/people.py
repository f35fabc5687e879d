"""Who the local Teams knows: three people, the bot, and where they talk; ids as Teams shapes them.

Every id is derived from a name, so that what the bot stored in one run still fits in the next.
"""

import base64
import hashlib
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from storage.models import ConversationKind, Json

_SPACE = uuid.UUID("5f1c2c0e-8a44-4c52-9d0b-6d7f2b6a9e11")
BOT_NAME = "ConsultFlow"
BOT = "bot"  # the sender of the bot's messages, beside the people's keys


def guid(name: str) -> str:
    """Give the lowercase GUID that belongs to a name, the same on any machine."""
    return str(uuid.uuid5(_SPACE, name))


def _opaque(name: str, size: int) -> str:
    digest = hashlib.shake_256(name.encode()).digest(size)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


TENANT_ID = guid("tenant contoso.example")
APP_ID = guid("app ConsultFlow local")
TEAM_GROUP_ID = guid("team Client delivery")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody one can be in the local Teams. `email` is as Teams reports it, capitals included."""

    key: str
    name: str
    email: str
    role: str  # user | guest
    time_zone: str
    principal: str
    title: str

    @property
    def object_id(self) -> str:
        """Give the directory's object id."""
        return guid(f"person {self.key}")

    @property
    def id(self) -> str:
        """Give the id this person has towards this bot (never the object id)."""
        return "29:1" + _opaque(f"person {self.key}", 63)

    @property
    def zone(self) -> ZoneInfo:
        """Give the time zone this person's client reports."""
        return ZoneInfo(self.time_zone)

    def account(self) -> dict[str, str]:
        """Give the short form that activities carry."""
        return {"id": self.id, "name": self.name, "aadObjectId": self.object_id}

    def member(self) -> dict[str, str]:
        """Give the long form that the roster carries. Source: TeamsChannelAccount."""
        given, _, surname = self.name.partition(" ")
        return {
            **self.account(),
            "givenName": given,
            "surname": surname,
            "email": self.email,
            "userPrincipalName": self.principal,
            "tenantId": TENANT_ID,
            "userRole": self.role,
        }


ASHA = Person(
    "asha", "Asha Rao", "Asha.Rao@Contoso.example", "user", "Asia/Kolkata",
    "Asha.Rao@Contoso.example", "Engagement Lead",
)  # fmt: skip
BEN = Person(
    "ben", "Ben Ortiz", "ben.ortiz@contoso.example", "user", "Europe/London",
    "ben.ortiz@contoso.example", "Analyst",
)  # fmt: skip
CHEN = Person(
    "chen", "Chen Li", "chen.li@acme.example", "guest", "Asia/Singapore",
    "chen.li_acme.example#EXT#@contoso.example", "Client PM, guest from acme.example",
)  # fmt: skip
PEOPLE = {person.key: person for person in (ASHA, BEN, CHEN)}


def person_by_id(identifier: str) -> Person | None:
    """Find somebody by Teams id or directory object id; None when nobody has it."""
    found = (p for p in PEOPLE.values() if identifier in (p.id, p.object_id))
    return next(found, None)


@dataclass(frozen=True, slots=True)
class MeetingInfo:
    """A meeting of the calendar. Times are ISO 8601 with `Z`."""

    id: str
    graph_id: str
    title: str
    join_url: str
    organizer: str
    starts_at: str
    ends_at: str


@dataclass(slots=True)
class Room:
    """A conversation: who is in it, and what it is called on the wire."""

    key: str
    id: str
    kind: ConversationKind
    name: str
    members: tuple[str, ...]
    team: str | None = None
    has_bot: bool = True
    installed: bool = False  # the bot has been told that it was added
    meeting: MeetingInfo | None = None
    meeting_state: str = ""  # scheduled | running | ended

    def conversation(self, thread: str | None = None) -> dict[str, object]:
        """Give the conversation as an activity carries it; a channel's thread joins its id."""
        identifier = f"{self.id};messageid={thread}" if thread else self.id
        account: dict[str, object] = {
            "id": identifier,
            "conversationType": str(self.kind),
            "tenantId": TENANT_ID,
        }
        if self.kind is not ConversationKind.PERSONAL:
            account["isGroup"] = True
            account["name"] = self.name
        return account

    def channel_data(self) -> dict[str, Json]:
        """Give the tenant, and the team, channel or meeting the room belongs to."""
        data: dict[str, Json] = {"tenant": {"id": TENANT_ID}}
        if self.kind is ConversationKind.CHANNEL:
            data["channel"] = {"id": self.id, "name": self.name}
            data["team"] = {"id": self.id, "name": self.team, "aadGroupId": TEAM_GROUP_ID}
        if self.meeting:
            data["meeting"] = {"id": self.meeting.id}
        return data


def first_rooms() -> list[Room]:
    """Give the rooms a new local Teams opens with."""
    everybody = tuple(PEOPLE)
    personal = [
        Room(p.key, "a:1" + _opaque(f"chat {p.key}", 96), ConversationKind.PERSONAL, BOT_NAME,
             (p.key,))
        for p in PEOPLE.values()
    ]  # fmt: skip
    group = f"19:{uuid.uuid5(_SPACE, 'Acme rollout').hex}@thread.v2"
    channel = f"19:{uuid.uuid5(_SPACE, 'General').hex}@thread.tacv2"
    return [
        *personal,
        Room("group", group, ConversationKind.GROUP, "Acme rollout", everybody),
        Room("channel", channel, ConversationKind.CHANNEL, "General", everybody, "Client delivery"),
    ]
