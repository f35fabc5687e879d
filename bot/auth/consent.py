"""Permissions in words: the one place that says what each lets the bot do."""

from collections.abc import Iterable

WHO = "User.Read"  # what every sign-in asks for

_WORDS = {
    WHO: "see your name and e-mail address",
    "User.ReadBasic.All": "look up colleagues by name",
    "People.Read": "find the people you work with",
    "Mail.Send": "send mail as you",
    "Mail.ReadWrite": "find the mail I sent for you, so that none goes out twice",
    "Mail.ReadBasic": "see whether a mail I sent for you went out",
    "MailboxSettings.Read": "read your time zone",
    "Calendars.ReadBasic": "see when you are busy",
    "Calendars.Read": "read your calendar",
    "Calendars.ReadWrite": "add events to your calendar",
    "Team.ReadBasic.All": "see which teams you are in",
    "Channel.ReadBasic.All": "see the channels of your teams",
    "ChannelMessage.Send": "post in channels as you",
    "ChatMessage.Send": "post in chats as you",
    "Files.Read.All": "find the files of your channels",
    "Files.ReadWrite": "save files to your OneDrive and your channels",
    "Files.ReadWrite.All": "save files to the channels you can reach",
    "OnlineMeetings.Read": "find your online meetings",
    "OnlineMeetings.ReadWrite": "make online meetings for you",
    "OnlineMeetingTranscript.Read.All": "read the transcripts of your meetings",
}
# What Entra adds by itself: nothing that anybody has to be asked about.
_UNSPOKEN = frozenset({"openid", "profile", "email", "offline_access"})
_GRAPH = "https://graph.microsoft.com/"


def scopes_known() -> tuple[str, ...]:
    """Give every permission there are words for."""
    return tuple(_WORDS)


def in_words(scope: str) -> str:
    """Say what one permission is for; one we have no words for is named."""
    return _WORDS.get(scope, f"use the permission {scope}")


def list_in_words(scopes: Iterable[str]) -> str:
    """Say what permissions are for, as the end of "so that I can ..."."""
    said = list(dict.fromkeys(in_words(scope) for scope in scopes))
    if len(said) < 2:
        return "".join(said)
    return f"{', '.join(said[:-1])} and {said[-1]}"


def asking_for(scopes: Iterable[str]) -> str:
    """Give the sentence of a sign-in card."""
    return f"Sign in so that I can {list_in_words(scopes)}."


def named(scope_text: str) -> frozenset[str]:
    """Read the permissions an answer of Entra's names, by their short names."""
    found = {part.removeprefix(_GRAPH) for part in scope_text.split()}
    return frozenset(found - _UNSPOKEN)
