"""Who has talked to the bot, and their sealed tokens."""

from datetime import datetime
from typing import Protocol

from pymongo.errors import DuplicateKeyError

from storage.codec import user_of
from storage.collection import NOBODY, Collection, Document, object_id
from storage.errors import NotFoundError, SealError, UnavailableError
from storage.json_values import clean_text
from storage.models import Tokens, User
from storage.together import Together

_SECRETS = ("accessToken", "refreshToken")
_SEALED = (*_SECRETS, "tokenCache")
_WITHOUT_TOKENS = dict.fromkeys(_SEALED, 0)
_TRIES = 4


class Sealer(Protocol):
    """What seals secrets. The owner says whose it is and where it is kept."""

    def seal(self, text: str, *, owner: str) -> str:
        """Seal a text."""
        ...

    def open(self, sealed: str, *, owner: str) -> str:
        """Give back a text. Errors: SealError."""
        ...

    def current(self, sealed: str) -> bool:
        """Tell whether it was sealed with the current key."""
        ...


class Users:
    """Users, one per Microsoft account."""

    def __init__(self, users: Collection, sealer: Sealer) -> None:
        self._users = users
        self._sealer = sealer
        self._asked: Together[str, Document | None] = Together(self._known)

    async def seen(self, *, microsoft_id: str, email: str, name: str, now: datetime) -> User:
        """Give the user behind a Microsoft account, made or brought up to date as needed.

        An address another user already holds does not stop anybody: this user is then kept
        without one, and `clashing_email` says which. Writes only when something changed.
        """
        microsoft_id, name = clean_text(microsoft_id), clean_text(name)
        email = clean_text(email).strip().lower()
        unique = f"{microsoft_id}@no-address.invalid".lower()  # no two users can share it
        found = await self._asked.ask(microsoft_id)
        if found is not None and _is(found, email or unique, None, name):
            return user_of(found)
        kept, clash = email or unique, None
        for _ in range(_TRIES):
            try:
                return await self._upsert(microsoft_id, kept, clash, name, now)
            except DuplicateKeyError as error:
                # Otherwise somebody else made this very user just now: then the next try finds it.
                if "email" in (error.details or {}).get("keyPattern", {}):
                    kept, clash = unique, email
                    if found is not None and _is(found, unique, email, name):
                        return user_of(found)
        raise UnavailableError

    async def _known(self, microsoft_ids: list[str]) -> list[Document | None]:
        return await self._users.each("microsoftId", microsoft_ids, fields=_WITHOUT_TOKENS)

    async def _upsert(
        self, microsoft_id: str, email: str, clash: str | None, name: str, now: datetime
    ) -> User:
        fields: Document = {"email": email, "name": name, "updatedAt": now}
        update: Document = {"$set": fields, "$setOnInsert": {"createdAt": now}}
        if clash is None:
            update["$unset"] = {"clashingEmail": ""}
        else:
            fields["clashingEmail"] = clash
        document = await self._users.change(
            {"microsoftId": {"$eq": microsoft_id}}, update, upsert=True, fields=_WITHOUT_TOKENS
        )
        if document is None:
            raise UnavailableError
        return user_of(document)

    async def get(self, user_id: str) -> User | None:
        """Give a user by id, without tokens."""
        document = await self._users.one({"_id": object_id(user_id)}, fields=_WITHOUT_TOKENS)
        return None if document is None else user_of(document)

    async def keep_tokens(self, user_id: str, tokens: Tokens, *, now: datetime) -> None:
        """Seal and keep a user's tokens; None removes one. Errors: NotFoundError."""
        values = {
            "accessToken": self._sealed(user_id, "accessToken", tokens.access_token),
            "refreshToken": self._sealed(user_id, "refreshToken", tokens.refresh_token),
            "tokenExpiresAt": tokens.expires_at,
        }
        update: Document = {
            "$set": {"updatedAt": now} | {k: v for k, v in values.items() if v is not None}
        }
        if gone := {name: "" for name, value in values.items() if value is None}:
            update["$unset"] = gone
        if not await self._users.touch({"_id": object_id(user_id)}, update):
            raise NotFoundError("User not found.")

    async def tokens(self, user_id: str) -> Tokens | None:
        """Give a user's tokens in the clear; None when there are none.

        Errors: SealError when they were sealed with a key no longer here, changed, or moved
        from another user: then only a new sign-in helps.
        """
        document = await self._users.one(
            {"_id": object_id(user_id)}, fields=dict.fromkeys((*_SECRETS, "tokenExpiresAt"), 1)
        )
        if document is None or not any(document.get(name) for name in _SECRETS):
            return None
        access, refresh = (
            document.get(name) and self._sealer.open(document[name], owner=owner_of(user_id, name))
            for name in _SECRETS
        )
        return Tokens(access, refresh, document.get("tokenExpiresAt"))

    async def reseal(self, *, now: datetime, limit: int) -> int:
        """Seal at most `limit` users' tokens anew with the current key; gives how many it did.

        A token changed in the meantime is left as it is, and so is one that cannot be opened:
        its owner signs in again when it is needed.
        """
        done, last = 0, NOBODY
        held = {"$or": [{name: {"$type": "string"}} for name in _SEALED]}
        fields = dict.fromkeys(_SEALED, 1)
        while done < limit:
            page = await self._users.many(
                {"_id": {"$gt": last}, **held}, sort=[("_id", 1)], limit=100, fields=fields
            )
            if not page:
                break
            last = page[-1]["_id"]
            for document in page:
                if done < limit:
                    done += await self._reseal_one(document, now)
        return done

    async def _reseal_one(self, document: Document, now: datetime) -> bool:
        user_id = str(document["_id"])
        old = {name: document[name] for name in _SEALED if document.get(name)}
        stale = {name: value for name, value in old.items() if not self._sealer.current(value)}
        try:
            opened = {n: self._sealer.open(v, owner=owner_of(user_id, n)) for n, v in stale.items()}
        except SealError:
            return False
        if not opened:
            return False
        new = {name: self._sealed(user_id, name, token) for name, token in opened.items()}
        unchanged = {name: {"$eq": value} for name, value in old.items()}
        return await self._users.touch(
            {"_id": document["_id"], **unchanged}, {"$set": {**new, "updatedAt": now}}
        )

    def _sealed(self, user_id: str, field: str, token: str | None) -> str | None:
        return None if token is None else self._sealer.seal(token, owner=owner_of(user_id, field))


def _is(document: Document, email: str, clash: str | None, name: str) -> bool:
    wanted = {"email": email, "clashingEmail": clash, "name": name}
    return all(document.get(field) == value for field, value in wanted.items())


def owner_of(user_id: str, field: str) -> str:
    """Name whose a sealed text is and where it is kept, as the sealer binds it in."""
    return f"users.{field}:{user_id.lower()}"
