"""Signing in interactively: the authorize request, the two pages, and the way back."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp import web

from bot.local.entra.clients import Registration
from bot.local.entra.directory import Account, Directory
from bot.local.entra.grants import asked, of_graph
from bot.local.entra.ledger import CODE_LIFE, Code, Ledger
from bot.local.entra.pages import (
    approval_page,
    consent_page,
    sign_in_page,
    trouble_page,
    way_back_page,
)
from bot.local.entra.replies import EntraRefusal
from bot.local.entra.scopes import ADMIN_ONLY

_COOKIE = "local_entra"
_MODES = frozenset({"query", "form_post"})
_PROMPTS = frozenset({"", "login", "none", "consent", "select_account"})
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(slots=True)
class Ticket:
    """A sign-in on its way."""

    tenant: str  # as the address has it
    tenant_id: str
    redirect_uri: str
    state: str
    challenge: str
    scopes: tuple[str, ...]
    nonce: str | None
    prompt: str
    hint: str
    mode: str
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Interactive:
    """Serves the authorize endpoint. A ticket is good for one way through."""

    directory: Directory
    registration: Registration
    ledger: Ledger
    tickets: dict[str, Ticket] = field(default_factory=dict)
    sessions: dict[str, Account] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/{tenant}/oauth2/v2.0/authorize", self.authorize),
            web.post("/{tenant}/oauth2/v2.0/person", self.choose),
            web.post("/{tenant}/oauth2/v2.0/consent", self.decide),
            web.get("/{tenant}/oauth2/v2.0/logout", self.logout),
        ]

    async def authorize(self, request: web.Request) -> web.Response:
        """Begin: a page that asks who signs in, an error page, or the way back with an error."""
        query = request.query
        try:
            tenant_id = self._known(request.match_info["tenant"], query)
        except EntraRefusal as refusal:
            return trouble_page(refusal.sentence(self.registration.app_id))
        try:
            ticket = _ticket(request.match_info["tenant"], tenant_id, query)
        except EntraRefusal as refusal:
            told = refusal.sentence(self.registration.app_id)
            mode = query.get("response_mode", "query")
            return _back(mode, query["redirect_uri"], query.get("state"), refusal.error, told)
        session = self.sessions.get(request.cookies.get(_COOKIE, ""))
        if ticket.prompt == "none":
            return self._silent(ticket, session)
        hinted = self.directory.by_name(tenant_id, ticket.hint) if tenant_id else None
        if session and hinted == session and not ticket.prompt:
            return self._signed_in(ticket, session)
        return self._who(ticket)

    def _known(self, tenant: str, query: Mapping[str, str]) -> str:
        tenant_id = self.directory.tenant(tenant)
        if tenant_id is None:
            raise EntraRefusal(90002, "invalid_request", detail=tenant)
        self.registration.named(query.get("client_id"))
        wanted = query.get("redirect_uri")
        if wanted not in self.registration.redirect_uris:
            raise EntraRefusal(50011, "invalid_request", detail=wanted or "")
        return tenant_id

    def _keep(self, ticket: Ticket) -> str:
        name = secrets.token_urlsafe(24)
        self.tickets[name] = ticket
        return name

    def _who(self, ticket: Ticket) -> web.Response:
        found = sorted(
            self.directory.everybody(),
            key=lambda one: one.person.principal.casefold() != ticket.hint.casefold(),
        )
        action = f"/{ticket.tenant}/oauth2/v2.0/person"
        return sign_in_page(action, self._keep(ticket), found, ticket.redirect_uri)

    async def choose(self, request: web.Request) -> web.Response:
        """Go on as the person chosen."""
        form = await request.post()
        ticket = self.tickets.pop(str(form.get("ticket")), None)
        try:
            account = self.directory.account(str(form.get("person")))
        except KeyError:
            return trouble_page("There is no such account.")
        if ticket is None:
            return trouble_page("This sign-in is over. Start it again from ConsultFlow.")
        if ticket.tenant_id and account.tenant_id != ticket.tenant_id:
            refusal = EntraRefusal(50020, detail=account.person.principal)
            return trouble_page(refusal.sentence())
        response = self._signed_in(ticket, account)
        cookie = secrets.token_urlsafe(24)
        self.sessions[cookie] = account
        response.set_cookie(_COOKIE, cookie, httponly=True, samesite="Lax", path="/")
        return response

    def _signed_in(self, ticket: Ticket, account: Account) -> web.Response:
        ticket.account = account
        # Somebody who sits in front of the page takes the second step there, too.
        self.ledger.second_step.discard(account.object_id)
        missing = of_graph(ticket.scopes) - {".default"} - self.ledger.consented(account)
        if not missing and ticket.prompt != "consent":
            return self._done(ticket)
        action = f"/{ticket.tenant}/oauth2/v2.0/consent"
        wanted = missing or of_graph(ticket.scopes)
        name = self._keep(ticket)
        if missing & ADMIN_ONLY:
            return approval_page(action, name, missing & ADMIN_ONLY, ticket.redirect_uri)
        return consent_page(action, name, account, wanted, ticket.redirect_uri)

    async def decide(self, request: web.Request) -> web.Response:
        """Take the answer to the consent page."""
        form = await request.post()
        ticket = self.tickets.pop(str(form.get("ticket")), None)
        if ticket is None or ticket.account is None:
            return trouble_page("This sign-in is over. Start it again from ConsultFlow.")
        wanted = of_graph(ticket.scopes) - {".default"}
        given = self.ledger.consented(ticket.account)
        if form.get("answer") != "accept" or (wanted - given) & ADMIN_ONLY:
            told = EntraRefusal(65004).sentence()
            return _back(ticket.mode, ticket.redirect_uri, ticket.state, "access_denied", told)
        given |= wanted
        return self._done(ticket)

    def _silent(self, ticket: Ticket, session: Account | None) -> web.Response:
        error = "login_required"
        if session and session.tenant_id == (ticket.tenant_id or session.tenant_id):
            missing = of_graph(ticket.scopes) - {".default"} - self.ledger.consented(session)
            if not missing:
                ticket.account = session
                return self._done(ticket)
            error = "consent_required"
        told = "The person has to be asked."
        return _back(ticket.mode, ticket.redirect_uri, ticket.state, error, told)

    def _done(self, ticket: Ticket) -> web.Response:
        account = ticket.account
        if account is None:
            return trouble_page("Nobody has signed in.")
        code = Code(
            account, ticket.redirect_uri, ticket.challenge, ticket.scopes, ticket.nonce,
            self.ledger.clock.now() + CODE_LIFE,
        )  # fmt: skip
        query = {"code": self.ledger.new_code(code), "state": ticket.state}
        query["session_state"] = secrets.token_hex(8)
        return _lead(ticket.mode, ticket.redirect_uri, query)

    async def logout(self, request: web.Request) -> web.Response:
        """End the browser's session; lead back only to an address that is registered."""
        self.sessions.pop(request.cookies.get(_COOKIE, ""), None)
        back = request.query.get("post_logout_redirect_uri")
        if back in self.registration.redirect_uris:
            response = _redirect(str(back), {})
        else:
            response = web.Response(text="You signed out of your account.")
        response.del_cookie(_COOKIE, path="/")
        return response


def _ticket(tenant: str, tenant_id: str, query: Mapping[str, str]) -> Ticket:
    """Read an authorize request. Errors: EntraRefusal, which the way back carries."""
    if query.get("response_type") != "code":
        raise EntraRefusal(9002313, "unsupported_response_type", detail="response_type")
    if query.get("response_mode", "query") not in _MODES:
        raise EntraRefusal(9002313, "invalid_request", detail="response_mode")
    if query.get("prompt", "") not in _PROMPTS:
        raise EntraRefusal(9002313, "invalid_request", detail="prompt")
    challenge = query.get("code_challenge", "")
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise EntraRefusal(9002325, "invalid_request")
    scopes = asked(query.get("scope", ""))
    for name in ("state", *(("nonce",) if "openid" in scopes else ())):
        if not query.get(name):
            raise EntraRefusal(900144, "invalid_request", detail=name)
    return Ticket(
        tenant, tenant_id, query["redirect_uri"], query["state"], challenge, scopes,
        query.get("nonce"), query.get("prompt", ""), query.get("login_hint", ""),
        query.get("response_mode", "query"),
    )  # fmt: skip


def _back(mode: str, address: str, state: str | None, error: str, told: str) -> web.Response:
    query = {"error": error, "error_description": told}
    return _lead(mode, address, query | ({"state": state} if state else {}))


def _lead(mode: str, address: str, query: dict[str, str]) -> web.Response:
    return way_back_page(address, query) if mode == "form_post" else _redirect(address, query)


def _redirect(address: str, query: dict[str, str]) -> web.Response:
    place = urlsplit(address)
    joined = urlencode([*parse_qsl(place.query), *query.items()])
    headers = {"Location": urlunsplit(place._replace(query=joined)), "Cache-Control": "no-store"}
    return web.Response(status=302, headers=headers)
