"""A sign-in from the card to its end: the offer, the visit to Entra, what came of it."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.auth.user_tokens import UserTokens
from bot.clock import Clock
from storage.codec import conversation_document, conversation_of
from storage.errors import RefusedError, SealError, SignInNeededError
from storage.models import Conversation, User
from storage.sign_ins import SignInKind, SignIns
from storage.users import Users

OFFER_FOR = timedelta(hours=24)  # as long as a run waits for it
VISIT_FOR = timedelta(minutes=10)
CODE_FOR = timedelta(minutes=5)

_GONE = "This sign-in is over. Go back to the chat and press Sign in again."


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody was asked to sign in for, and where."""

    user_id: str
    place: Conversation
    scopes: tuple[str, ...]
    claims: str | None
    silent: bool = True  # Teams was asked to do it without anybody's help


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody signed in. `code` is what their Teams sends back to prove that it was told."""

    user: User
    place: Conversation
    scopes: tuple[str, ...]
    code: str


Told = Callable[[SignedIn], Awaitable[None]]


class Flows:
    """Sign-ins by the button. An offer is one person's: whoever else uses it comes to nothing."""

    def __init__(
        self,
        *,
        tokens: UserTokens,
        sign_ins: SignIns,
        users: Users,
        clock: Clock,
        redirect_uri: Callable[[], str],
        new_secret: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._tokens = tokens
        self._sign_ins = sign_ins
        self._users = users
        self._clock = clock
        self._redirect_uri = redirect_uri
        self._new_secret = new_secret

    async def offer(
        self, user: User, place: Conversation, need: SignInNeededError, *, silent: bool
    ) -> str:
        """Offer somebody to sign in; gives what names the offer, to its card's readers only.

        It may be opened again until they have signed in, for a day.
        """
        secret = self._new_secret()
        data = {
            "place": conversation_document(place),
            "scopes": list(need.scopes),
            "claims": need.claims,
            "silent": silent,
        }
        await self._keep(SignInKind.OFFER, secret, data, user.id, OFFER_FOR)
        return secret

    async def offered(self, secret: str) -> Offer | None:
        """Give what was offered; None when it is over, or never was."""
        return _offer(await self._read(SignInKind.OFFER, secret))

    async def latest(self, user: User) -> Offer | None:
        """Give what somebody was offered last, unless it is over."""
        try:
            now = self._clock.now()
            return _offer(await self._sign_ins.latest(SignInKind.OFFER, user.id, now=now))
        except SealError:
            return None

    async def begin(self, secret: str) -> str:
        """Begin the visit an offer is for; gives Entra's address to go to.

        Errors: RefusedError when the offer is over; RemoteError when Entra is away.
        """
        offer = await self.offered(secret)
        user = await self._users.get(offer.user_id) if offer else None
        if offer is None or user is None:
            raise RefusedError(_GONE)
        flow = await self._tokens.begin(
            user, offer.scopes, redirect_uri=self._redirect_uri(), claims=offer.claims
        )
        data = {"offer": secret, "flow": flow}
        await self._keep(SignInKind.FLOW, flow["state"], data, user.id, VISIT_FOR)
        return str(flow["auth_uri"])

    async def finish(self, query: Mapping[str, str]) -> SignedIn:
        """End a visit with what Entra sent along. The visit is over whatever comes of it.

        Errors: RefusedError for a visit that is none (any more), or of somebody else's; then
        nothing is kept. SignInNeededError, RemoteError as Entra says.
        """
        state = query.get("state") or ""
        data = await self._take(SignInKind.FLOW, state)
        offer = await self.offered(data["offer"]) if data else None
        user = await self._users.get(offer.user_id) if offer else None
        if data is None or offer is None or user is None:
            raise RefusedError(_GONE)
        await self._tokens.redeem(user, data["flow"], query)
        await self.used(data["offer"])
        code = self._new_secret()
        await self._keep(SignInKind.CODE, code, {}, user.id, CODE_FOR)
        return SignedIn(user, offer.place, offer.scopes, code)

    async def used(self, secret: str) -> None:
        """Withdraw an offer: its sign-in is done."""
        await self._take(SignInKind.OFFER, secret)

    async def confirmed(self, user: User, code: str) -> bool:
        """Tell whether a code is the one this person's visit ended with, once."""
        data = await self._read(SignInKind.CODE, code)
        if data is None or data["user"] != user.id:
            return False
        return await self._take(SignInKind.CODE, code) is not None

    async def _keep(
        self, kind: SignInKind, secret: str, data: dict[str, Any], user_id: str, lasts: timedelta
    ) -> None:
        await self._sign_ins.keep(
            kind,
            secret,
            {"user": user_id, **data},
            user_id=user_id,
            expires_at=self._clock.now() + lasts,
        )

    async def _read(self, kind: SignInKind, secret: str) -> dict[str, Any] | None:
        try:
            return await self._sign_ins.read(kind, secret, now=self._clock.now())
        except SealError:
            return None

    async def _take(self, kind: SignInKind, secret: str) -> dict[str, Any] | None:
        try:
            return await self._sign_ins.take(kind, secret, now=self._clock.now())
        except SealError:
            return None


def _offer(data: dict[str, Any] | None) -> Offer | None:
    place = conversation_of(data["place"]) if data else None
    if data is None or place is None:
        return None
    return Offer(data["user"], place, tuple(data["scopes"]), data["claims"], data["silent"])
