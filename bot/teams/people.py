"""Who is speaking: the account in the verified activity, and what the roster says of it."""

from collections import OrderedDict
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from botbuilder.schema import Activity

from bot.teams.connector import Connector, ConnectorError, Member
from bot.teams.places import inner_text, without_thread
from storage.errors import RefusedError
from storage.models import Conversation, ConversationKind, User

_MOST = 4096


class Users(Protocol):
    """Where people are kept."""

    async def seen(self, *, microsoft_id: str, email: str, name: str, now: datetime) -> User:
        """Give the user behind a Microsoft account, made or brought up to date as needed."""
        ...


class People:
    """Everybody who spoke lately. The roster is asked once a day for each."""

    def __init__(self, users: Users, connector: Connector) -> None:
        self._users = users
        self._connector = connector
        self._known: OrderedDict[str, tuple[User, date]] = OrderedDict()

    async def who(self, activity: Activity, place: Conversation, *, now: datetime) -> User:
        """Give the user who spoke, never by anything a card or a text claims.

        Errors: RefusedError for somebody without an account in an organisation.
        """
        sender = activity.from_property
        if sender is None or not sender.aad_object_id or not sender.id:
            raise RefusedError(
                "I can only work with people who are signed in to their organisation. "
                "Sign in to Teams with your work account, then try again."
            )
        microsoft_id = f"{sender.aad_object_id}.{place.tenant_id}".lower()
        known = self._known.get(microsoft_id)
        if known is not None and known[1] == now.date():
            return known[0]
        member = await self._look_up(roster_of(activity, place), sender.id)
        user = await self._users.seen(
            microsoft_id=microsoft_id,
            email=_address(member),
            name=(member and member.name) or sender.name or "Somebody",
            now=now,
        )
        user = replace(user, teams_id=sender.id)
        self._known[microsoft_id] = (user, now.date())
        self._known.move_to_end(microsoft_id)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return user

    async def member(self, place: Conversation, teams_id: str, *, now: datetime) -> User | None:
        """Give somebody on a conversation's roster by what Teams calls them; None for nobody."""
        where = replace(place, id=without_thread(place.id))
        found = await self._look_up(where, teams_id)
        if found is None or not found.aad_object_id:
            return None
        return await self._users.seen(
            microsoft_id=f"{found.aad_object_id}.{place.tenant_id}".lower(),
            email=_address(found),
            name=found.name or "Somebody",
            now=now,
        )

    def forget(self, user: User) -> None:
        """Know this user no more."""
        self._known.pop(user.microsoft_id, None)

    async def _look_up(self, place: Conversation, member_id: str) -> Member | None:
        try:
            return await self._connector.member(place, member_id)
        except ConnectorError as error:
            if error.retryable:
                raise
            return None  # not on this roster, as a guest of a meeting: they work without an address


def roster_of(activity: Activity, place: Conversation) -> Conversation:
    """Give the conversation whose roster has the sender: of a channel it is the team's."""
    if place.kind is not ConversationKind.CHANNEL:
        return place
    team = inner_text(activity.channel_data, "team", "id")
    return replace(place, id=team or without_thread(place.id))


def _address(member: Member | None) -> str:
    """Give the e-mail address, else the one in the sign-in name, else nothing.

    Shape: a guest signs in as `ana_fabrikam.com#EXT#@contoso.onmicrosoft.com`; domains have no
    underscore, so the last one stands for the @ of the guest's own address.
    """
    if member is None:
        return ""
    if member.email:
        return member.email
    name, guest, _ = (member.user_principal_name or "").partition("#EXT#")
    if guest:
        local, _, domain = name.rpartition("_")
        name = f"{local}@{domain}" if local else ""
    return name if "@" in name else ""
