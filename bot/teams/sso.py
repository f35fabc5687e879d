"""Signing in as Teams does it: the card, the silent exchange, the pop-up, the login request."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from botbuilder.schema import InvokeResponse

from bot.auth.consent import asking_for
from bot.auth.flows import Flows, Offer, SignedIn
from bot.auth.pages import START
from bot.auth.user_tokens import UserTokens
from bot.clock import Clock
from bot.teams.messages import bad_code, not_yet
from cards.sign_in import SignInCard
from storage.errors import (
    ConsultFlowError,
    SignInNeededError,
    UnavailableError,
)
from storage.models import Conversation, ConversationKind, User
from storage.sign_ins import SignIns

log = structlog.get_logger(__name__)

EXCHANGE, VERIFY, FAILURE = "signin/tokenExchange", "signin/verifyState", "signin/failure"
NAMES = frozenset({EXCHANGE, VERIFY, FAILURE})
_EXCHANGE_FOR = timedelta(minutes=5)
_LOOKS = 20
_BETWEEN_SECONDS = 0.25
_NOT_YOURS = "This sign-in is for somebody else, or it is over. Type connect to start your own."


@dataclass(frozen=True, slots=True)
class SignInParts:
    """What a sign-in works with. `signed_in` is told once of each that came to its end."""

    tokens: UserTokens
    flows: Flows
    sign_ins: SignIns
    clock: Clock
    public_url: Callable[[], str]  # https://host, without a slash
    signed_in: Callable[[SignedIn], Awaitable[None]]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


class TeamsSignIn:
    """Asks people to sign in, and takes what their Teams brings back."""

    def __init__(self, parts: SignInParts) -> None:
        self._parts = parts
        self._flights: dict[str, asyncio.Task[str]] = {}

    async def card(
        self, user: User, place: Conversation, need: SignInNeededError, *, silent: bool = True
    ) -> SignInCard:
        """Make the card that asks this person for this. In channels Teams cannot do it silently."""
        silently = silent and need.claims is None and place.kind is not ConversationKind.CHANNEL
        name = await self._parts.flows.offer(user, place, need, silent=silently)
        address = f"{self._parts.public_url()}{START}?flow={name}"
        personal = place.kind is ConversationKind.PERSONAL
        sentence = str(need) if personal else f"{user.name}: {need}"
        return SignInCard(sentence, address, name if silently else None)

    async def invoke(
        self, name: str, value: Any, user: User, place: Conversation
    ) -> tuple[InvokeResponse, SignInCard | None]:
        """Answer one of the sign-in invokes, and give a card to send, if one helps."""
        value = value if isinstance(value, dict) else {}
        if name == EXCHANGE:
            return await self._exchanged(value, user), None
        if name == VERIFY:
            return await self._verified(value, user), None
        return await self._failed(value, user, place)

    async def exchange(self, user: User, exchange_id: str, token: str) -> str:
        """Sign somebody in with their Teams' token; "" when they are, else why not, in words.

        Several clients of theirs bring the same: one exchange is made, all get its outcome.
        """
        key = f"{user.id}|{exchange_id}"
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._once(key, user, exchange_id, token))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return await asyncio.shield(flight)

    async def before(self, value: Any, user: User) -> InvokeResponse | None:
        """Take the sign-in a button brings along; None when the button may be pressed now."""
        value = value if isinstance(value, dict) else {}
        brought, state = value.get("authentication"), value.get("state")
        if isinstance(brought, dict):
            problem = await self.exchange(user, _text(brought, "id"), _text(brought, "token"))
            return not_yet(problem) if problem else None
        if isinstance(state, str) and state:
            return None if await self._parts.flows.confirmed(user, state) else bad_code()
        return None

    async def _once(self, key: str, user: User, exchange_id: str, token: str) -> str:
        offer = await self._parts.flows.offered(exchange_id)
        if offer is None or offer.user_id != user.id:
            outcome = await self._outcome(key)
            return _NOT_YOURS if outcome is None else outcome
        now = self._parts.clock.now()
        claimed = await self._parts.sign_ins.exchange(
            key, user_id=user.id, now=now, expires_at=now + _EXCHANGE_FOR
        )
        if not claimed.ours:
            return await self._awaited(key, claimed.outcome)
        problem = "I could not finish the sign-in. Press Sign in."
        try:
            problem = await self._exchange(user, token, offer)
        finally:
            await self._parts.sign_ins.settle(key, problem)
        if not problem:
            await self._parts.flows.used(exchange_id)
            await self._parts.signed_in(SignedIn(user, offer.place, offer.scopes, ""))
        return problem

    async def _exchange(self, user: User, token: str, offer: Offer) -> str:
        try:
            await self._parts.tokens.exchange(user, token, offer.scopes)
        except UnavailableError:
            raise
        except ConsultFlowError as error:
            log.info("sso.refused", reason=type(error).__name__, cause=str(error.__cause__ or ""))
            return str(error)
        return ""

    async def _awaited(self, key: str, outcome: str | None) -> str:
        """Wait for what another replica is doing."""
        for _ in range(_LOOKS):
            if outcome is not None:
                return outcome
            await self._parts.pause(_BETWEEN_SECONDS)
            outcome = await self._outcome(key)
        return "Signing in takes longer than it should. Press Sign in."

    async def _outcome(self, key: str) -> str | None:
        return await self._parts.sign_ins.outcome(key, now=self._parts.clock.now())

    async def _exchanged(self, value: dict[str, Any], user: User) -> InvokeResponse:
        said = {"id": _text(value, "id"), "connectionName": _text(value, "connectionName")}
        try:
            problem = await self.exchange(user, said["id"], _text(value, "token"))
        except UnavailableError as error:
            problem = str(error)
        if problem:
            return InvokeResponse(status=412, body={**said, "failureDetail": problem})
        return InvokeResponse(status=200, body=said)

    async def _verified(self, value: dict[str, Any], user: User) -> InvokeResponse:
        """Take the pop-up's last word. The sign-in was complete before it was said."""
        state = _text(value, "state")
        if state == "CancelledByUser" or await self._parts.flows.confirmed(user, state):
            return InvokeResponse(status=200)
        return InvokeResponse(status=412)

    async def _failed(
        self, value: dict[str, Any], user: User, place: Conversation
    ) -> tuple[InvokeResponse, SignInCard | None]:
        """Offer the button where Teams could not do it alone; once, whichever clients tell."""
        log.warning("sso.failed", code=_text(value, "code")[:80])
        return InvokeResponse(status=200), await self.by_button(user, place)

    async def by_button(self, user: User, place: Conversation) -> SignInCard | None:
        """Make the card with nothing but a button, for what was last tried silently here, once."""
        latest = await self._parts.flows.latest(user)
        if latest is None or not latest.silent or latest.place.id != place.id:
            return None
        need = SignInNeededError(
            asking_for(latest.scopes), scopes=latest.scopes, claims=latest.claims
        )
        return await self.card(user, place, need, silent=False)


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
