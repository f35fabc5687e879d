"""The token endpoint's four grants. Source: Entra, OAuth 2.0 code, on-behalf-of, client flows."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from bot.local.entra.directory import Account, Directory
from bot.local.entra.ledger import Ledger
from bot.local.entra.replies import (
    EntraRefusal,
    consent_required,
    second_step_required,
)
from bot.local.entra.scopes import GRAPH, OPENID, OWN, bare
from bot.local.entra.tokens import LIFE, Claims, Tokens

Form = Mapping[str, str]
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_RESOURCES = (GRAPH, "https://api.botframework.com")


def asked(text: str) -> tuple[str, ...]:
    """Split a scope parameter. Errors: EntraRefusal 900144 or 70011."""
    scopes = tuple(text.split())
    if not scopes:
        raise EntraRefusal(900144, "invalid_request", detail="scope")
    for scope in scopes:
        if scope not in OPENID and bare(scope) is None:
            raise EntraRefusal(70011, "invalid_scope", detail=scope)
    return scopes


def of_graph(scopes: tuple[str, ...]) -> frozenset[str]:
    """Give the Graph permissions among what was asked, by their plain names."""
    names = (bare(scope) for scope in scopes if scope not in OPENID)
    return frozenset(name for name in names if name)


@dataclass(frozen=True, slots=True)
class Grants:
    """Turns a grant into tokens; every method raises EntraRefusal."""

    tokens: Tokens
    ledger: Ledger
    directory: Directory

    def give(self, form: Form, tenant_id: str) -> dict[str, Any]:
        """Answer a token request of a client that has proved who it is."""
        kind = form.get("grant_type")
        if not kind:
            raise EntraRefusal(900144, "invalid_request", detail="grant_type")
        if kind == "authorization_code":
            return self._code(form, tenant_id)
        if kind == "refresh_token":
            return self._refresh(form, tenant_id)
        if kind == OBO:
            return self._on_behalf(form, tenant_id)
        if kind == "client_credentials":
            return self._application(form, tenant_id)
        raise EntraRefusal(70003, "unsupported_grant_type", detail=kind)

    def _code(self, form: Form, tenant_id: str) -> dict[str, Any]:
        verifier = need(form, "code_verifier")
        code = self.ledger.redeem(need(form, "code"), need(form, "redirect_uri"))
        _at_home(code.account, tenant_id)
        digest = hashlib.sha256(verifier.encode()).digest()
        made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(made, code.challenge):
            raise EntraRefusal(501481)
        scopes = asked(form.get("scope") or " ".join(code.scopes))
        return self._answer(code.account, scopes, form, nonce=code.nonce)

    def _refresh(self, form: Form, tenant_id: str) -> dict[str, Any]:
        scopes = asked(form.get("scope", ""))
        account = self.ledger.use(need(form, "refresh_token"))
        _at_home(account, tenant_id)
        self._policy(account)
        return self._answer(account, (*scopes, "offline_access"), form)

    def _on_behalf(self, form: Form, tenant_id: str) -> dict[str, Any]:
        if form.get("requested_token_use") != "on_behalf_of":
            raise EntraRefusal(900144, "invalid_request", detail="requested_token_use")
        scopes = asked(form.get("scope", ""))
        account = self._asserted(need(form, "assertion"))
        _at_home(account, tenant_id)
        self._policy(account)
        return self._answer(account, scopes, form)

    def _asserted(self, assertion: str) -> Account:
        try:
            claims: Claims = self.tokens.read(assertion)
        except jwt.InvalidTokenError as error:
            raise EntraRefusal(50013) from error
        app_id = self.tokens.app_id
        if claims.get("aud") not in (app_id, f"api://botid-{app_id}"):
            raise EntraRefusal(500131)
        if not self.tokens.in_time(claims):
            raise EntraRefusal(500133)
        account = self.directory.by_object_id(str(claims.get("oid")))
        allowed = OWN in str(claims.get("scp", "")).split()
        if account is None or account.tenant_id != claims.get("tid") or not allowed:
            raise EntraRefusal(50013)
        return account

    def _application(self, form: Form, tenant_id: str) -> dict[str, Any]:
        scope = need(form, "scope")
        resource = scope.removesuffix("/.default")
        if resource == scope or resource not in _RESOURCES or not tenant_id:
            raise EntraRefusal(70011, "invalid_scope", detail=scope)
        token = self.tokens.application(tenant_id, resource, self.tokens.app_id)
        return {"token_type": "Bearer", **_lasting(), "access_token": token}

    def _policy(self, account: Account) -> None:
        if account.object_id in self.ledger.blocked:
            raise EntraRefusal(53003, "interaction_required", suberror="message_only")
        if account.object_id in self.ledger.second_step:
            raise second_step_required()

    def _answer(
        self, account: Account, scopes: tuple[str, ...], form: Form, nonce: str | None = None
    ) -> dict[str, Any]:
        granted = self.ledger.consented(account)
        wanted = of_graph(scopes)
        if ".default" in wanted:
            wanted = frozenset(granted)
        if not wanted or not wanted <= granted:
            raise consent_required()
        access = self.tokens.graph(account, wanted, self.tokens.app_id)
        self.note(account, access)
        told = sorted(wanted) if ".default" in of_graph(scopes) else scopes
        reply: dict[str, Any] = {
            "token_type": "Bearer",
            "scope": " ".join(scope for scope in told if scope != "offline_access"),
            **_lasting(),
            "access_token": access,
        }
        if "offline_access" in scopes:
            reply["refresh_token"] = self.ledger.new_refresh(account)
        if "openid" in scopes:
            reply["id_token"] = self.tokens.identity(account, self.tokens.app_id, nonce)
        if form.get("client_info") == "1":
            reply["client_info"] = client_info(account)
        return reply

    def note(self, account: Account, token: str) -> None:
        """Keep which access tokens somebody has, so that they can be ended."""
        uti = str(self.tokens.read(token)["uti"])
        self.ledger.issued.setdefault(account.object_id, set()).add(uti)


def need(form: Form, name: str) -> str:
    """Give a parameter that must be there. Errors: EntraRefusal 900144."""
    if not form.get(name):
        raise EntraRefusal(900144, "invalid_request", detail=name)
    return form[name]


def client_info(account: Account) -> str:
    """Give who signed in, as MSAL reads it: base64 of uid and utid."""
    told = json.dumps({"uid": account.object_id, "utid": account.tenant_id})
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _at_home(account: Account, tenant_id: str) -> None:
    if tenant_id and account.tenant_id != tenant_id:
        raise EntraRefusal(50020, detail=account.person.principal)


def _lasting() -> dict[str, int]:
    seconds = int(LIFE.total_seconds()) - 1
    return {"expires_in": seconds, "ext_expires_in": seconds}
