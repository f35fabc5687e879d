"""How the local Graph answers a call: who asks, may they, how often, and only then the work."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt

from bot.clock import Clock
from bot.local.entra.directory import Directory
from bot.local.entra.ledger import Ledger
from bot.local.entra.replies import CAPOLIDS
from bot.local.entra.tokens import Claims, Tokens
from bot.local.graph.batch import batch
from bot.local.graph.call import Answer, Call, GraphRefusal, Route, bad, denied
from bot.local.ids import Ids
from bot.local.microsoft_faults import HTML, Fault, Faults

MOST_AT_ONCE = 4  # per mailbox
_FAULT_CODES = {
    401: "InvalidAuthenticationToken", 403: "Forbidden", 404: "NotFound", 409: "Conflict",
    423: "Locked", 429: "TooManyRequests", 500: "InternalServerError",
    502: "BadGateway", 503: "ServiceUnavailable", 504: "GatewayTimeout",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it was asked, for a test to look at."""

    method: str
    path: str  # below /v1.0, percent-encoded
    query: dict[str, str]
    person: str | None
    scopes: frozenset[str]
    client_request_id: str | None
    status: int


@dataclass(slots=True)
class Service:
    """Everything between the wire and the operations."""

    tokens: Tokens
    ledger: Ledger
    directory: Directory
    faults: Faults
    clock: Clock
    ids: Ids
    routes: list[Route]
    asked: Callable[[Asked], None]
    _busy: Counter[str] = field(default_factory=Counter)

    async def answer(self, call: Call, fault: Fault | None = None) -> Answer:
        """Answer one call; never raises for what a caller does wrong.

        `fault` is the call's own; one within a batch finds its own here.
        """
        request_id = self.ids.guid()
        try:
            answer = await self._answer(call, fault)
        except GraphRefusal as refusal:
            answer = self._refused(call, refusal, request_id)
        answer.headers["request-id"] = request_id
        if "client-request-id" in call.headers:
            answer.headers["client-request-id"] = call.headers["client-request-id"]
        account = call.account.key if call.account else None
        self.asked(
            Asked(
                call.method, call.path, call.query, account, call.scopes,
                call.headers.get("client-request-id"), answer.status,
            )
        )  # fmt: skip
        return answer

    async def _answer(self, call: Call, fault: Fault | None) -> Answer:
        self._authenticate(call)
        if call.path.lower() == "/$batch":
            return await self._batch(call, fault)
        with self._at_once(call):
            if fault is not None:
                await self.faults.hold(fault)
                if fault.hides():
                    if fault.after_effect:
                        self._work(call)
                    raise _broken(fault)
            return self._work(call)

    async def _batch(self, call: Call, fault: Fault | None) -> Answer:
        if call.method != "POST":
            raise GraphRefusal(405, "Request_BadRequest", "$batch takes POST.")
        if fault is not None:
            await self.faults.hold(fault)
            if fault.hides() and not fault.after_effect:
                raise _broken(fault)
        answer = await batch(call, self._inner)
        if fault is not None and fault.hides():
            raise _broken(fault)
        return answer

    async def _inner(self, call: Call) -> Answer:
        return await self.answer(call, self.faults.take(call.method, call.path))

    def _authenticate(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthorized("Access token is empty.")
        try:
            claims = self.tokens.read(token)
        except jwt.InvalidTokenError as error:
            raise _unauthorized("IDX10511: Signature validation failed.") from error
        if not self.tokens.for_graph(claims):
            raise _unauthorized("Access token validation failure. Invalid audience.")
        if not self.tokens.in_time(claims):
            raise _unauthorized("Lifetime validation failed, the token is expired.")
        if claims.get("uti") in self.ledger.dead:
            raise _unauthorized("Continuous access evaluation resulted in challenge.", CAPOLIDS)
        self._whose(call, claims)

    def _whose(self, call: Call, claims: Claims) -> None:
        if claims.get("idtyp") == "app":
            return
        account = self.directory.by_object_id(str(claims.get("oid")))
        if account is None or account.tenant_id != claims.get("tid"):
            raise _unauthorized("The identity of the calling user could not be established.")
        call.account = account
        call.scopes = frozenset(str(claims.get("scp", "")).split())

    @contextmanager
    def _at_once(self, call: Call) -> Iterator[None]:
        """Count a mailbox's calls under way; the fifth at once is turned away."""
        route = self._route(call)
        whose = call.account.object_id if call.account and route.service == "outlook" else ""
        if whose and self._busy[whose] >= MOST_AT_ONCE:
            raise GraphRefusal(
                429,
                "ApplicationThrottled",
                "Application is over its MailboxConcurrency limit.",
                {"Retry-After": "1"},
            )
        self._busy[whose] += 1
        try:
            yield
        finally:
            self._busy[whose] -= 1

    def _route(self, call: Call) -> Route:
        here = [(route, route.match(call.path)) for route in self.routes]
        fits = [(route, names) for route, names in here if names is not None]
        if not fits:
            segment = call.path.strip("/").partition("/")[0]
            raise bad(f"Resource not found for the segment '{segment}'.")
        for route, names in fits:
            if route.method == call.method:
                call.names = names or {}
                return route
        allowed = ", ".join(sorted({route.method for route, _ in fits}))
        raise GraphRefusal(
            405, "Request_BadRequest", "Specified HTTP method is not allowed.", {"Allow": allowed}
        )

    def _work(self, call: Call) -> Answer:
        route = self._route(call)
        if call.account is None or not route.scopes & call.scopes:
            raise denied(route.service)
        paged = {"$skiptoken"} if "$top" in route.options else set()
        odd = next((name for name in call.query if name not in route.options | paged), None)
        if odd is not None:
            raise bad(f"Query option '{odd}' is not allowed.")
        return route.handler(call)

    def _refused(self, call: Call, refusal: GraphRefusal, request_id: str) -> Answer:
        if refusal.code == HTML:
            headers = refusal.headers | {"Content-Type": "text/html"}
            return Answer(refusal.status, HTML, headers)
        inner: dict[str, Any] = {
            "date": self.clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": call.headers.get("client-request-id", request_id),
        }
        error = {"code": refusal.code, "message": refusal.message, "innerError": inner}
        return Answer(refusal.status, {"error": error}, refusal.headers)


def _unauthorized(message: str, claims: str | None = None) -> GraphRefusal:
    challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/"'
    if claims:
        encoded = jwt.utils.base64url_encode(claims.encode()).decode()
        challenge += f', error="insufficient_claims", claims="{encoded}"'
    return GraphRefusal(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": challenge})


def _broken(fault: Fault) -> GraphRefusal:
    status = fault.status or 502
    if fault.reply == "html":
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        return GraphRefusal(status, HTML, "", headers)
    if status == 401:
        return _unauthorized("Lifetime validation failed, the token is expired.", fault.claims)
    headers = dict(fault.headers)
    if fault.retry_after or status == 429:
        headers["Retry-After"] = fault.retry_after or "1"
    code = fault.code or _FAULT_CODES.get(status, "UnknownError")
    return GraphRefusal(status, code, "The request could not be completed.", headers)
