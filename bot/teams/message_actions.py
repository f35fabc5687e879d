"""A message's menu as it arrives, and the windows Teams shows: composeExtension fetch and submit.

Source: Microsoft Teams, "Create action commands" for message extensions; the contracts' activities.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botbuilder.schema import Activity, InvokeResponse

from bot.teams.messages import CARD, Said
from bot.teams.presses import Pressed, read_data
from bot.turn import Message
from cards.elements import Card
from cards.verbs import MinutesOfMessage, PickForMessage, Verb
from storage.errors import RefusedError

FETCH = "composeExtension/fetchTask"
SUBMIT = "composeExtension/submitAction"
RUN, MINUTES = "runConsultFlow", "draftMinutes"
TITLES = {RUN: "Run ConsultFlow", MINUTES: "Draft minutes from this"}
NOT_HERE = (
    "I'm not in this conversation, so I can't show anything here. Add ConsultFlow to it. "
    'What was started goes on: say "logs" in our own chat to see it.'
)

_VERBS: Mapping[str, Verb] = {RUN: PickForMessage(), MINUTES: MinutesOfMessage()}
_ID = re.compile(r"\d{1,20}")
_ITEM = re.compile(r"(?i)<li(?:\s[^<>]*)?>")
_BREAK = re.compile(r"(?i)<br\s*/?>|</(?:p|div|li|tr|h\d|blockquote)>")
_CELL = re.compile(r"(?i)</t[dh]>")
_TAG = re.compile(r"<[^<>]*>")
_AT = re.compile(r"(?i)<at(?:\s[^<>]*)?>([^<>]*)</at>")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was chosen, or sent from the window; the message comes along where Teams brings it."""

    pressed: Pressed
    message: Message | None
    title: str


def asked_of(activity: Activity) -> Asked:
    """Read a choice from a message's menu, or a window that was sent.

    Errors: RefusedError for a command or a window that is not ours.
    """
    value = _dict(activity.value)
    title = TITLES.get(str(value.get("commandId")), "ConsultFlow")
    message = _message(activity, _dict(value.get("messagePayload")))
    if activity.name == SUBMIT:
        return Asked(read_data(_dict(value.get("data"))), message, title)
    verb = _VERBS.get(str(value.get("commandId")))
    if verb is None:
        raise RefusedError("I don't know that command. Update ConsultFlow, or ask your admin to.")
    return Asked(Pressed(verb, {}, refresh=False), message, title)


def in_thread(activity: Activity) -> None:
    """Have what is said about a channel's message said under it.

    Shape: a channel's own id carries no thread, so the one of the message joins it.
    """
    if activity.name not in (FETCH, SUBMIT) or activity.conversation is None:
        return
    value, where = _dict(activity.value), activity.conversation
    payload, sent = _dict(value.get("messagePayload")), _dict(value.get("data"))
    thread = _thread(payload) or str(sent.get("thread") or "")
    # Only channels have threads: their ids end in these.
    channel = str(where.id).endswith(("@thread.tacv2", "@thread.skype"))
    channel = channel and where.conversation_type in (None, "channel")
    if channel and _ID.fullmatch(thread):
        where.id = f"{where.id};messageid={thread}"


def task_of(said: Said, *, title: str) -> InvokeResponse:
    """Answer with a window that shows a card, or a sentence."""
    if not isinstance(said, Card):
        sentence = said if isinstance(said, str) else said.summary
        return InvokeResponse(
            status=200, body={"task": {"type": "message", "value": sentence or "Done."}}
        )
    card = {"contentType": CARD, "content": said.to_json()}
    shown = {"title": title, "height": "medium", "width": "medium", "card": card}
    return InvokeResponse(status=200, body={"task": {"type": "continue", "value": shown}})


def closed() -> InvokeResponse:
    """Answer so that the window closes."""
    return InvokeResponse(status=200)


def is_window(card: Card) -> bool:
    """Say whether a card is made for a window: its buttons are Action.Submit."""
    return any(action.get("type") == "Action.Submit" for action in card.actions)


def plain_text(content: str, *, is_html: bool, bot: str = "") -> str:
    """Give a message's text as it reads, the mention of the bot taken off."""
    if not is_html:
        return content.strip()
    flat = content.replace("\r", "").replace("\n", " ")
    text = _AT.sub(lambda at: "" if html.unescape(at[1]) == bot else at[1], flat)
    text = _CELL.sub(" ", _BREAK.sub("\n", _ITEM.sub("- ", text)))
    text = html.unescape(_TAG.sub("", text)).replace("\N{NO-BREAK SPACE}", " ")
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _message(activity: Activity, payload: Mapping[str, Any]) -> Message | None:
    identifier = str(payload.get("id") or "")
    if not identifier:
        return None
    body = _dict(payload.get("body"))
    content = body.get("content")
    text = plain_text(
        content if isinstance(content, str) else "",
        is_html=body.get("contentType") != "text",
        bot=(activity.recipient and activity.recipient.name) or "",
    )
    return Message(identifier, text, _thread(payload) or None)


def _thread(payload: Mapping[str, Any]) -> str:
    found = str(payload.get("replyToId") or payload.get("id") or "")
    return found if _ID.fullmatch(found) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
