"""Sign-ins under way: each kept under a secret only its holder has, for minutes, sealed.

The database holds a digest of the secret, never the secret: whoever reads it can go on with none.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo.errors import DuplicateKeyError

from storage.collection import Collection, Document, object_id
from storage.json_values import from_text, to_text
from storage.users import Sealer

_MOST_BYTES = 16 * 1024


class SignInKind(StrEnum):
    """What is kept: what a person was asked for, a visit to Entra, a word for Teams to repeat."""

    OFFER = "offer"
    FLOW = "flow"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A token exchange several clients ask for: `ours` for the one that has to do it.

    `outcome` is what it came to, "" for well, or None while it is under way.
    """

    ours: bool
    outcome: str | None


class SignIns:
    """Sign-ins under way. All expire by themselves; what has expired is not there."""

    def __init__(self, sign_ins: Collection, sealer: Sealer) -> None:
        self._sign_ins = sign_ins
        self._sealer = sealer

    async def keep(
        self,
        kind: SignInKind,
        secret: str,
        data: dict[str, Any],
        *,
        user_id: str,
        expires_at: datetime,
    ) -> None:
        """Keep JSON under a secret. Errors: RefusedError over 16 kB."""
        place = _place(kind, secret)
        text = to_text(data, most_bytes=_MOST_BYTES, what="This sign-in")
        document: Document = {
            "_id": place,
            "userId": object_id(user_id),
            "data": self._sealer.seal(text, owner=_owner(place)),
            "exp": expires_at,
        }
        await self._sign_ins.add(document)

    async def read(self, kind: SignInKind, secret: str, *, now: datetime) -> dict[str, Any] | None:
        """Give what is kept under a secret, and leave it. Errors: SealError."""
        place = _place(kind, secret)
        document = await self._sign_ins.one({"_id": {"$eq": place}, "exp": {"$gt": now}})
        return None if document is None else self._opened(document)

    async def latest(
        self, kind: SignInKind, user_id: str, *, now: datetime
    ) -> dict[str, Any] | None:
        """Give what was kept last of a kind for a user. Errors: SealError."""
        prefix = {"$regex": f"^{kind}:"}
        found = await self._sign_ins.many(
            {"userId": object_id(user_id), "_id": prefix, "exp": {"$gt": now}},
            sort=[("exp", -1)],
            limit=1,
        )
        return self._opened(found[0]) if found else None

    async def take(self, kind: SignInKind, secret: str, *, now: datetime) -> dict[str, Any] | None:
        """Give what is kept under a secret, once, to one of many who ask. Errors: SealError."""
        data = await self.read(kind, secret, now=now)
        if data is None or not await self._sign_ins.remove({"_id": _place(kind, secret)}):
            return None
        return data

    async def exchange(
        self, key: str, *, user_id: str, now: datetime, expires_at: datetime
    ) -> Exchange:
        """Claim an exchange, or learn who has and what it came to."""
        place = _place("exchange", key)
        document = {"_id": place, "userId": object_id(user_id), "exp": expires_at}
        for _ in range(2):
            try:
                await self._sign_ins.add(dict(document))
            except DuplicateKeyError:
                there = await self._sign_ins.one({"_id": {"$eq": place}})
                if there is not None and there["exp"] > now:
                    return Exchange(ours=False, outcome=there.get("outcome"))
                await self._sign_ins.remove({"_id": {"$eq": place}, "exp": {"$lte": now}})
            else:
                return Exchange(ours=True, outcome=None)
        return Exchange(ours=False, outcome=None)

    async def outcome(self, key: str, *, now: datetime) -> str | None:
        """Tell what an exchange came to; None while it is under way, or when there is none."""
        query = {"_id": {"$eq": _place("exchange", key)}, "exp": {"$gt": now}}
        document = await self._sign_ins.one(query)
        return document.get("outcome") if document else None

    async def settle(self, key: str, outcome: str) -> None:
        """Write down what an exchange came to: "" for well, else why not, for its other clients."""
        place = {"_id": {"$eq": _place("exchange", key)}}
        await self._sign_ins.touch(place, {"$set": {"outcome": outcome}})

    def _opened(self, document: Document) -> dict[str, Any]:
        text = self._sealer.open(document["data"], owner=_owner(document["_id"]))
        data: dict[str, Any] = from_text(text)
        return data


def _place(kind: str, secret: str) -> str:
    return f"{kind}:{hashlib.sha256(secret.encode('utf-8', 'replace')).hexdigest()}"


def _owner(place: str) -> str:
    return f"signins.data:{place}"
