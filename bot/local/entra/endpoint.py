"""The token endpoint and discovery of the local Entra: HTTP in, grants out, faults in between."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.local.entra.clients import Registration
from bot.local.entra.directory import Directory
from bot.local.entra.grants import Grants
from bot.local.entra.replies import EntraRefusal
from bot.local.entra.tokens import Tokens
from bot.local.gate import Exchange
from bot.local.ids import Ids
from bot.local.microsoft_faults import Fault, Faults, html_response, json_body

_FORM = "application/x-www-form-urlencoded"
_SECRET = frozenset(
    {"client_secret", "client_assertion", "assertion", "refresh_token", "code", "access_token",
     "id_token"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Serves /token, discovery and keys. `url` is where this server stands."""

    url: Callable[[], str]
    tokens: Tokens
    registration: Registration
    directory: Directory
    grants: Grants
    faults: Faults
    clock: Clock
    ids: Ids
    on_exchange: Callable[[Exchange], None]

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.route("*", "/{tenant}/oauth2/v2.0/token", self.token),
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self.discovery),
            web.get("/{tenant}/discovery/v2.0/keys", self.tokens.serve_keys),
            web.get("/common/discovery/instance", self.instance),
        ]

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Answer a token request: 200, 400, or 401 for a client that is not who it says."""
        form = await _form(request)
        fault = self.faults.take(request.method, request.path)
        if fault is not None:
            await self.faults.hold(fault)
        response = self._answer(request, form, fault)
        self.on_exchange(
            {
                "method": request.method,
                "url": str(request.rel_url),
                "headers": dict(request.headers),
                "body": _masked(form),
                "status": response.status,
                "response_headers": dict(response.headers),
                "response_body": _masked(json_body(response)),
            }
        )
        return await self.faults.send(request, response, fault)

    def _answer(
        self, request: web.Request, form: Mapping[str, str], fault: Fault | None
    ) -> web.Response:
        if fault is not None and fault.hides():
            if fault.after_effect:
                self._give(request, form)
            return self._fault(request, fault)
        return self._give(request, form)

    def _give(self, request: web.Request, form: Mapping[str, str]) -> web.Response:
        try:
            return web.json_response(self._granted(request, form), headers=_no_store())
        except EntraRefusal as refusal:
            return self._refused(request, refusal)

    def _granted(self, request: web.Request, form: Mapping[str, str]) -> dict[str, Any]:
        tenant = request.match_info["tenant"]
        if request.method != "POST":
            raise EntraRefusal(900561, "invalid_request", detail=request.method)
        if request.content_type != _FORM:
            raise EntraRefusal(900144, "invalid_request", detail="grant_type")
        tenant_id = self.directory.tenant(tenant)
        if tenant_id is None:
            raise EntraRefusal(90002, "invalid_request", detail=tenant)
        self.registration.named(form.get("client_id"))
        self.registration.prove(form, self._endpoints(tenant), self.clock)
        return self.grants.give(form, tenant_id)

    def _endpoints(self, tenant: str) -> tuple[str, ...]:
        path = f"/{tenant}/oauth2/v2.0/token"
        return (f"https://{self.tokens.host}{path}", f"{self.url()}{path}")

    def _refused(self, request: web.Request, refusal: EntraRefusal) -> web.Response:
        body = refusal.body(
            app_id=self.registration.app_id,
            now=self.clock.now(),
            trace=self.ids.guid(),
            correlation=request.headers.get("client-request-id") or self.ids.guid(),
        )
        return web.json_response(body, status=refusal.status, headers=_no_store())

    def _fault(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.reply == "html":
            return html_response(fault)
        refusal = EntraRefusal(
            90033, fault.code or "temporarily_unavailable", status=fault.status or 503,
            claims=fault.claims,
        )  # fmt: skip
        response = self._refused(request, refusal)
        if fault.retry_after:
            response.headers["Retry-After"] = fault.retry_after
        return response

    async def discovery(self, request: web.Request) -> web.Response:
        """Give a tenant's OpenID document; 400 for a tenant there is not."""
        fault = self.faults.take(request.method, request.path)
        if fault is not None:
            await self.faults.hold(fault)
            if fault.hides():
                return self._fault(request, fault)
        tenant = request.match_info["tenant"]
        tenant_id = self.directory.tenant(tenant)
        if tenant_id is None:
            return self._refused(request, EntraRefusal(90002, "invalid_tenant", detail=tenant))
        return web.json_response(self.document(tenant, tenant_id))

    def document(self, tenant: str, tenant_id: str) -> dict[str, Any]:
        """Give the OpenID document.

        Browsers and key stores come here by plain loopback; MSAL asks for https at the others.
        """
        place = f"https://{self.tokens.host}/{tenant_id or tenant}"
        return {
            "issuer": self.tokens.issuer(tenant_id or "{tenantid}"),
            "authorization_endpoint": f"{self.url()}/{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{place}/oauth2/v2.0/token",
            "end_session_endpoint": f"{self.url()}/{tenant}/oauth2/v2.0/logout",
            "jwks_uri": f"{self.url()}/{tenant}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
        }

    async def instance(self, request: web.Request) -> web.Response:
        """Say whether an authority's host is known."""
        wanted = request.query.get("authorization_endpoint", "")
        here, _, rest = wanted.removeprefix("https://").partition("/")
        if here != self.tokens.host:
            return web.json_response({"error": "invalid_instance"}, status=400)
        place = f"https://{here}/{rest.partition('/')[0]}/v2.0/.well-known/openid-configuration"
        names = {"preferred_network": here, "preferred_cache": here, "aliases": [here]}
        return web.json_response({"tenant_discovery_endpoint": place, "metadata": [names]})


async def _form(request: web.Request) -> dict[str, str]:
    if request.content_type != _FORM:
        return {}
    return {name: str(value) for name, value in (await request.post()).items()}


def _masked(told: Any) -> Any:
    if not isinstance(told, Mapping):
        return told
    return {name: "[removed]" if name in _SECRET else value for name, value in told.items()}


def _no_store() -> dict[str, str]:
    return {"Cache-Control": "no-store", "Pragma": "no-cache"}
