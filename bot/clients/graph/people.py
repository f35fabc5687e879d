"""Who the person is, and who else is in the directory."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.clients.graph import calls
from bot.clients.graph.lists import many
from bot.clients.graph.part import Part, words
from bot.clients.graph.records import DirectoryUser, Me

_FIELDS = "id,displayName,mail,userPrincipalName"
_SEARCHED = ("displayName", "givenName", "surname", "mail", "userPrincipalName")


class People(Part):
    """People."""

    async def me(self) -> Me:
        """Tell who is signed in. Source: GET /me; needs User.Read."""
        found = await self._line.ask(calls.ME, "/me", query={"$select": _FIELDS})
        return Me(
            id=words(found, "id"),
            display_name=words(found, "displayName"),
            mail=words(found, "mail") or None,
            upn=words(found, "userPrincipalName"),
        )

    async def time_zone(self) -> str | None:
        """Give the mailbox's time zone as an IANA name; None where Outlook keeps a Windows name.

        Source: GET /me, mailboxSettings; needs MailboxSettings.Read.
        """
        query = {"$select": "mailboxSettings"}
        found = await self._line.ask(calls.TIME_ZONE, "/me", query=query)
        settings = found.get("mailboxSettings")
        name = words(settings, "timeZone") if isinstance(settings, dict) else ""
        try:
            return ZoneInfo(name).key if name else None
        except (ZoneInfoNotFoundError, ValueError):
            return None

    async def people(self, query: str, top: int = 8) -> list[DirectoryUser]:
        """Find people whose name or address begins with the words; at most `top` of them.

        Source: GET /users with $filter; needs User.ReadBasic.All.
        """
        return (await self.people_of([query], top))[0]

    async def people_of(self, queries: Sequence[str], top: int = 8) -> list[list[DirectoryUser]]:
        """Find people for several words, in their order; twenty of them in one request."""
        asked = [" ".join(query.split()) for query in queries]
        found = iter(await self._users([_begins(typed) for typed in asked if typed], top))
        return [next(found) if typed else [] for typed in asked]

    async def user_by_mail(self, mail: str) -> DirectoryUser | None:
        """Find the one person with this address; None when it is nobody's, or several people's."""
        literal = _literal(mail.strip())
        (found,) = await self._users([f"mail eq {literal} or userPrincipalName eq {literal}"], 2)
        return found[0] if len(found) == 1 else None

    async def _users(self, filters: Sequence[str], top: int) -> list[list[DirectoryUser]]:
        asked = [
            ("/users", {"$filter": one, "$select": _FIELDS, "$top": str(top)}) for one in filters
        ]
        found = await many(self._line, calls.PEOPLE, asked, pages=1)
        return [[_user(one) for one in users[:top]] for users in found]


def _begins(typed: str) -> str:
    return " or ".join(f"startswith({name},{_literal(typed)})" for name in _SEARCHED)


def _user(found: dict[str, Any]) -> DirectoryUser:
    return DirectoryUser(
        id=words(found, "id"),
        name=words(found, "displayName"),
        mail=words(found, "mail") or None,
        upn=words(found, "userPrincipalName"),
    )


def _literal(text: str) -> str:
    """Quote a text for $filter. Source: OData 4.01, a quote inside is doubled."""
    return "'" + text.replace("'", "''") + "'"
