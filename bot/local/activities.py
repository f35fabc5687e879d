"""The activities the local Teams sends to the bot, in the shapes of the real ones.

Source: the activity samples and schema of the contracts; Teams' own documentation.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.local.ids import Ids, iso
from bot.local.people import APP_ID, BOT_NAME, PEOPLE, MeetingInfo, Person, Room
from bot.local.world import Message
from storage.models import ConversationKind

Activity = dict[str, Any]
BOT_ID = f"28:{APP_ID}"
BOT_ACCOUNT = {"id": BOT_ID, "name": BOT_NAME}
MENTION = f"<at>{BOT_NAME}</at>"


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes activities; every one carries a new id and the present time."""

    clock: Clock
    ids: Ids
    service_url: str

    def _frame(self, kind: str, room: Room, person: Person, *, thread: str | None) -> Activity:
        now = self.clock.now()
        return {
            "type": kind,
            "id": self.ids.activity(),
            "timestamp": iso(now),
            "localTimestamp": now.astimezone(person.zone).isoformat(timespec="milliseconds"),
            "localTimezone": person.time_zone,
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": person.account(),
            "recipient": dict(BOT_ACCOUNT),
            "conversation": room.conversation(thread),
            "channelData": room.channel_data(),
            "locale": "en-US",
            "entities": [_client(person)],
        }

    def message(self, room: Room, person: Person, message: Message, *, mention: bool) -> Activity:
        """Say what a message says, with the bot mentioned in front where asked for."""
        thread = message.thread or message.id
        in_channel = room.kind is ConversationKind.CHANNEL
        activity = self._frame("message", room, person, thread=thread if in_channel else None)
        text = f"{MENTION} {message.text}" if mention else message.text
        activity |= {"id": message.id, "text": text, "textFormat": "plain"}
        if message.thread:
            activity["replyToId"] = message.thread
        if mention:
            mentioned = {"type": "mention", "mentioned": dict(BOT_ACCOUNT), "text": MENTION}
            activity["entities"].insert(0, mentioned)
        activity["attachments"] = [*message.attachments, *_as_html(text)]
        return activity

    def submit(self, room: Room, person: Person, card: Message, data: Any) -> Activity:
        """Say what an Action.Submit sends: a message with a value and no text."""
        thread = (card.thread or card.id) if room.kind is ConversationKind.CHANNEL else None
        activity = self._frame("message", room, person, thread=thread)
        activity["channelData"]["source"] = {"name": "message"}
        return activity | {"id": self.ids.message(), "value": data, "replyToId": card.id}

    def press(
        self, room: Room, person: Person, card: Message, action: Mapping[str, Any], *, trigger: str
    ) -> Activity:
        """Say what an Action.Execute sends; `trigger` is manual or automatic."""
        thread = (card.thread or card.id) if room.kind is ConversationKind.CHANNEL else None
        activity = self._frame("invoke", room, person, thread=thread)
        executed = {
            "type": "Action.Execute",
            "id": str(action.get("id") or ""),
            "verb": str(action.get("verb") or ""),
            "data": action.get("data") or {},
        }
        return activity | {
            "name": "adaptiveCard/action",
            "replyToId": card.id,
            "value": {"action": executed, "trigger": trigger},
        }

    def invoke(self, room: Room, person: Person, name: str, value: Mapping[str, Any]) -> Activity:
        """Say what a client sends by itself, such as signin/tokenExchange."""
        frame = self._frame("invoke", room, person, thread=None)
        return frame | {"name": name, "value": dict(value)}

    def new_id(self) -> str:
        """Give an id for an activity that is sent once more."""
        return self.ids.activity()

    def installed(self, room: Room, person: Person) -> list[Activity]:
        """Tell that the app was added here: first the roster's change, then the installation."""
        added: list[Mapping[str, str]] = [{"id": BOT_ID}]
        update = self._frame("conversationUpdate", room, person, thread=None)
        if room.kind is ConversationKind.CHANNEL:
            update["channelData"]["eventType"] = "teamMemberAdded"
        else:
            added += [{"id": p.id, "aadObjectId": p.object_id} for p in members(room)]
        install = self._frame("installationUpdate", room, person, thread=None)
        install["channelData"]["source"] = {"name": "message"}
        return [update | {"membersAdded": added}, install | {"action": "add"}]

    def uninstalled(self, room: Room, person: Person) -> Activity:
        """Tell that the app was taken out."""
        return self._frame("installationUpdate", room, person, thread=None) | {"action": "remove"}

    def meeting(self, room: Room, person: Person, meeting: MeetingInfo, *, ended: bool) -> Activity:
        """Tell that a meeting began or ended, in the words of Teams' meeting events."""
        activity = self._frame("event", room, person, thread=None)
        activity["channelData"]["source"] = None
        return activity | {
            "name": f"application/vnd.microsoft.meeting{'End' if ended else 'Start'}",
            "value": {
                "MeetingType": "Scheduled",
                "Title": meeting.title,
                "Id": meeting.id,
                "JoinUrl": meeting.join_url,
                "EndTime" if ended else "StartTime": iso(self.clock.now()),
            },
        }


def members(room: Room) -> Sequence[Person]:
    """Give the people in a room."""
    return [PEOPLE[key] for key in room.members]


def file_attachment(*, name: str, file_id: str, url: str) -> dict[str, Any]:
    """Give a sent file as Teams announces it: where it can be fetched without signing in."""
    kind = name.rpartition(".")[2] if "." in name else ""
    return {
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "contentUrl": url,
        "name": name,
        "content": {"downloadUrl": url, "uniqueId": file_id, "fileType": kind.lower()},
    }


def meeting_times(clock: Clock, minutes: int) -> tuple[str, str]:
    """Give the start (now) and end of a meeting of that length."""
    now = clock.now()
    return iso(now), iso(now + timedelta(minutes=minutes))


def _client(person: Person) -> dict[str, str]:
    return {
        "type": "clientInfo",
        "locale": "en-US",
        "country": "US",
        "platform": "Web",
        "timezone": person.time_zone,
    }


def _as_html(text: str) -> list[dict[str, str]]:
    """Give the second form Teams sends of every typed text; bots have to look past it."""
    if not text:
        return []
    lines = "<br>".join(html.escape(line, quote=False) for line in text.split("\n"))
    lines = lines.replace(
        html.escape(MENTION, quote=False),
        f'<span itemtype="http://schema.skype.com/Mention" itemscope="">{BOT_NAME}</span>',
    )
    return [{"contentType": "text/html", "content": f"<p>{lines}</p>"}]
