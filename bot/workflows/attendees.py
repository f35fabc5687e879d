"""People by name: the address they really have, or a blank. Never one that was made up."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from bot.clients.graph.records import DirectoryUser
from bot.clients.mail_address import blank, checked
from storage.errors import GraphError, RefusedError, SignInNeededError
from storage.minutes import Attendee, Minutes

EVERYBODY = "attendees"

_BETWEEN = re.compile(r"[,;\n]")
_MOST_LOOKED_UP = 20


class Directory(Protocol):
    """Who is in the organisation."""

    async def people_of(self, queries: Sequence[str], top: int = 8) -> list[list[DirectoryUser]]:
        """Find people whose name begins so, for each of the words."""
        ...


def entries_of(settings_value: object) -> list[str]:
    """Split what was typed, a text or a list of texts, into one entry a person."""
    texts = [settings_value] if isinstance(settings_value, str) else settings_value
    if not isinstance(texts, list | tuple):
        return []
    parts = [part.strip() for text in texts for part in _BETWEEN.split(str(text))]
    return [part for part in parts if part.strip("<> ")]


def asked_to_next(minutes: Minutes | None) -> list[str]:
    """Name who the next meeting is for: those it names, else everybody who was there."""
    following = minutes.next_meeting if minutes else None
    return list(following.attendees) if following and following.attendees else [EVERYBODY]


async def reached(
    entries: Iterable[str], minutes: Minutes | None, directory: Directory | None
) -> list[str]:
    """Give an address for every entry, or the name with a blank where there is none, each once.

    Shape: `attendees` stands for everybody in the minutes. A name gets the address the notes give
    it, else that of the one person of exactly this name in the directory.
    """
    there = minutes.attendees if minutes else ()
    known = [replace(one, email=_own(one)) for one in there]
    people: list[Attendee] = []
    for entry in entries:
        people += known if entry.casefold() == EVERYBODY else [_person(entry, known)]
    nameless = dict.fromkeys(one.name for one in people if not one.email)
    found = await _looked_up(list(nameless), directory)
    told = (one.email or found.get(one.name) or blank(one.name) for one in people)
    return list(dict.fromkeys(told))


def _person(entry: str, known: Sequence[Attendee]) -> Attendee:
    if "@" in entry:
        return Attendee(entry, email=entry)
    name = entry.removesuffix("<>").strip()
    same = [one for one in known if _same(one.name, name)]
    return same[0] if len(same) == 1 else Attendee(name)


async def _looked_up(names: Sequence[str], directory: Directory | None) -> dict[str, str]:
    asked = names[:_MOST_LOOKED_UP]
    if directory is None or not asked:
        return {}
    try:
        found = await directory.people_of(asked)
    except (GraphError, SignInNeededError):
        return {}  # not allowed to look: the names stay blanks, which their reader can fill
    same = {
        name: [user.mail for user in users if _same(user.name, name)]
        for name, users in zip(asked, found, strict=True)
    }
    return {name: mails[0] for name, mails in same.items() if len(mails) == 1 and mails[0]}


def _own(attendee: Attendee) -> str | None:
    """Give the address the notes have for somebody, unless it is none a mail could go to."""
    try:
        return checked(attendee.email) if attendee.email else None
    except RefusedError:
        return None


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
