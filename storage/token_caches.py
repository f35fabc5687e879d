"""A user's whole token cache: one sealed text in their document, changed by compare-and-swap."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.collection import Collection, Document, object_id
from storage.errors import NotFoundError, StaleError
from storage.models import Tokens
from storage.users import Sealer, owner_of

_STALE = "These tokens were changed in the meantime."


@dataclass(frozen=True, slots=True)
class TokenCache:
    """A cache in the clear. `text` is None for somebody who is not signed in.

    `version` rises with every change and never falls, so that a refresh that began before a
    sign-out cannot undo it.
    """

    text: str | None
    version: int
    granted: frozenset[str]  # permissions this person has given, by name

    def __repr__(self) -> str:
        """Name what is safe to show."""
        return f"TokenCache(version={self.version}, granted={sorted(self.granted)})"


class TokenCaches:
    """Token caches, beside the tokens of the stored contract, which are kept in step with them."""

    def __init__(self, users: Collection, sealer: Sealer) -> None:
        self._users = users
        self._sealer = sealer

    async def load(self, user_id: str) -> TokenCache:
        """Open a user's cache.

        Errors: NotFoundError; SealError when it was sealed with a key no longer here, changed, or
        moved from another user: then only a new sign-in helps.
        """
        document = await self._document(user_id)
        sealed = document.get("tokenCache")
        text = sealed and self._sealer.open(sealed, owner=owner_of(user_id, "tokenCache"))
        return TokenCache(text, _version(document), _granted(document))

    async def standing(self, user_id: str) -> tuple[bool, frozenset[str], int]:
        """Tell whether a cache is kept, what was granted, and the version; opens nothing.

        Errors: NotFoundError.
        """
        document = await self._document(user_id)
        return bool(document.get("tokenCache")), _granted(document), _version(document)

    async def keep(
        self,
        user_id: str,
        text: str,
        *,
        expected: int,
        granted: Iterable[str],
        tokens: Tokens,
        now: datetime,
    ) -> int:
        """Keep a cache that was loaded at version `expected`, and the tokens it gave with it.

        Gives the new version. A token that is None is left as it is.
        Errors: StaleError when somebody kept another in between; NotFoundError.
        """
        fields: Document = {
            "tokenCache": self._sealed(user_id, "tokenCache", text),
            "tokenVersion": expected + 1,
            "grantedScopes": sorted(set(granted)),
            "updatedAt": now,
        }
        if tokens.access_token is not None:
            fields["accessToken"] = self._sealed(user_id, "accessToken", tokens.access_token)
            fields["tokenExpiresAt"] = tokens.expires_at
        if tokens.refresh_token is not None:
            fields["refreshToken"] = self._sealed(user_id, "refreshToken", tokens.refresh_token)
        if not await self._users.touch(_at(user_id, expected), {"$set": fields}):
            await self._document(user_id)
            raise StaleError(_STALE)
        return expected + 1

    async def forget(self, user_id: str, *, now: datetime) -> bool:
        """Remove a user's cache, tokens and grants; tells whether there was such a user."""
        gone = ("tokenCache", "accessToken", "refreshToken", "tokenExpiresAt", "grantedScopes")
        update: Document = {
            "$unset": dict.fromkeys(gone, ""),
            "$inc": {"tokenVersion": 1},
            "$set": {"updatedAt": now},
        }
        return await self._users.touch({"_id": object_id(user_id)}, update)

    async def withdraw(self, user_id: str, scopes: Iterable[str], *, now: datetime) -> None:
        """Note that permissions are no longer given."""
        update = {"$pullAll": {"grantedScopes": list(scopes)}, "$set": {"updatedAt": now}}
        await self._users.touch({"_id": object_id(user_id), "grantedScopes": {"$ne": None}}, update)

    async def _document(self, user_id: str) -> Document:
        fields = {"tokenCache": 1, "tokenVersion": 1, "grantedScopes": 1}
        document = await self._users.one({"_id": object_id(user_id)}, fields=fields)
        if document is None:
            raise NotFoundError("User not found.")
        return document

    def _sealed(self, user_id: str, field: str, text: str) -> str:
        return self._sealer.seal(text, owner=owner_of(user_id, field))


def _version(document: Document) -> int:
    return document.get("tokenVersion") or 0


def _granted(document: Document) -> frozenset[str]:
    return frozenset(document.get("grantedScopes") or ())


def _at(user_id: str, version: int) -> Document:
    """Match a user at a version; a document without one is at version 0."""
    wanted = {"$in": [None, 0]} if version == 0 else {"$eq": version}
    return {"_id": object_id(user_id), "tokenVersion": wanted}
