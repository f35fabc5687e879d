"""People by name: the address they really have, or a blank. Never one that was made up."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from bot.clients.graph.records import DirectoryUser
from bot.clients.mail_address import blank
from storage.errors import GraphError, SignInNeededError
from storage.minutes import Attendee, Minutes

EVERYBODY = "attendees"

_BETWEEN = re.compile(r"[,;\n]")
_MOST_LOOKED_UP = 20


class Directory(Protocol):
    """Who is in the organisation."""

    async def people(self, query: str, top: int = 8) -> list[DirectoryUser]:
        """Find people whose name begins so."""
        ...


def entries_of(settings_value: object) -> list[str]:
    """Split what was typed, a text or a list of texts, into one entry a person."""
    texts = [settings_value] if isinstance(settings_value, str) else settings_value
    if not isinstance(texts, list | tuple):
        return []
    parts = [part.strip() for text in texts for part in _BETWEEN.split(str(text))]
    return [part for part in parts if part]


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
    known = minutes.attendees if minutes else ()
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
    if directory is None:
        return {}
    asked = names[:_MOST_LOOKED_UP]
    found = await asyncio.gather(*(_address(name, directory) for name in asked))
    return {name: address for name, address in zip(asked, found, strict=True) if address}


async def _address(name: str, directory: Directory) -> str | None:
    try:
        users = await directory.people(name)
    except (GraphError, SignInNeededError):
        return None  # not allowed to look: the name stays a blank, which its reader can fill
    same = [user for user in users if _same(user.name, name)]
    return same[0].mail if len(same) == 1 else None


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
