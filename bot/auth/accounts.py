"""Whose account: the object id and the tenant, as a verified activity or a token names them."""

from dataclasses import dataclass
from typing import Protocol

from storage.models import User


@dataclass(frozen=True, slots=True)
class Account:
    """A person in a tenant. Both ids are lower-case GUIDs."""

    oid: str
    tid: str


class Prover(Protocol):
    """What tells whose token it is."""

    async def account(self, token: str, *, exchangeable: bool) -> Account:
        """Give the account a token of Entra's was issued to, for us, and lately.

        `exchangeable` asks for a single sign-on token; otherwise it must be an id token.
        Errors: UnprovenError for every token that does not prove it; RemoteError when nobody
        can tell.
        """
        ...


class UnprovenError(Exception):
    """The token proves nothing; the message is for the log."""


def account_of(user: User) -> Account:
    """Give the account behind a user: the two halves of their Microsoft id."""
    oid, _, tid = user.microsoft_id.lower().rpartition(".")
    return Account(oid, tid)
