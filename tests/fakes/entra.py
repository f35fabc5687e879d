"""Entra on a loopback socket: codes with PKCE, on-behalf-of, rotating refresh tokens, consent."""

import base64
import hashlib
import itertools
import json
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import requests
from aiohttp import web

from bot.auth.entra import AUTHORITY
from tests.fakes.keys import APP_ID, TENANT, jwk, signed
from tests.fakes.server import Server

SECRET = "CANARY-app-secret"
UNSPOKEN = {"openid", "profile", "offline_access", "email"}


@dataclass
class Person:
    """An account, and what it has consented to."""

    oid: str
    tid: str = TENANT
    name: str = "Ana Lima"
    consented: set = field(default_factory=lambda: {"User.Read"})


class LoopbackHttp:
    """What MSAL calls with: the real address, redirected to the loopback server."""

    def __init__(self, url):
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self.gone = False

    def get(self, url, **more):
        return self._session.get(self._there(url), timeout=10, **more)

    def post(self, url, **more):
        return self._session.post(self._there(url), timeout=10, **more)

    def close(self):
        self._session.close()

    def _there(self, url):
        if self.gone:
            raise requests.ConnectionError("no route")
        assert url.startswith(AUTHORITY), url
        return self._url + url.removeprefix(AUTHORITY)


class FakeEntra(Server):
    """Issues tokens to people; `asked` is every call of the token endpoint, in order."""

    def __init__(self, clock, check=None):
        super().__init__()
        self.clock = clock
        self.people = {}
        self.visitor = None  # who is sitting in front of the browser
        self.asked = []
        self.faults = deque()  # (status, body, headers) to answer instead
        self.expires_in = 3600
        self.rotates = True
        self.once = False  # a refresh token is good for one use only
        self.claims = None  # what conditional access asks of everybody
        self.problems = []
        self.discoveries = 0
        self._codes, self._refresh = {}, {}
        self._check = check
        self._numbers = itertools.count(1)

    @property
    def open_id_url(self):
        return f"{self.url}/common/v2.0/.well-known/openid-configuration"

    def add(self, *people):
        for person in people:
            self.people[person.oid] = person

    def http(self):
        return LoopbackHttp(self.url)

    def count(self, grant):
        return sum(grant in call["grant_type"] for call in self.asked)

    def revoke(self, oid):
        """End every session of somebody's."""
        self._refresh = {token: who for token, who in self._refresh.items() if who != oid}

    def sso_token(self, person, **changes):
        """Sign what Teams gets for our app."""
        claims = {**self._claims(person), "scp": "access_as_user", **changes}
        return signed({k: v for k, v in claims.items() if v is not None}, kid="entra")

    def routes(self):
        return [
            web.get("/{tid}/v2.0/.well-known/openid-configuration", self._metadata),
            web.get("/common/discovery/v2.0/keys", self._keys),
            web.get("/{tid}/oauth2/v2.0/authorize", self._authorize),
            web.post("/{tid}/oauth2/v2.0/token", self._token),
        ]

    async def visit(self, http, auth_uri, person):
        """Sign in at Entra's page as somebody; gives what its form would post, and to where."""
        self.visitor = person
        address = self.url + auth_uri.removeprefix(AUTHORITY)
        async with http.get(address, allow_redirects=False) as response:
            assert response.status == 200, await response.text()
            posted = await response.json()
            return posted["to"], posted["form"]

    def _claims(self, person):
        now = int(self.clock.now().timestamp())
        return {
            "iss": f"{AUTHORITY}/{person.tid}/v2.0",
            "aud": APP_ID,
            "oid": person.oid,
            "tid": person.tid,
            "sub": f"sub-{person.oid}",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "name": person.name,
        }

    async def _metadata(self, request):
        self.discoveries += 1
        tid = request.match_info["tid"]
        base = f"{AUTHORITY}/{tid}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "jwks_uri": f"{self.url}/common/discovery/v2.0/keys",
            }
        )

    async def _keys(self, _request):
        return web.json_response({"keys": [jwk("entra", endorsements=None)]})

    async def _authorize(self, request):
        query = request.query
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            return web.Response(status=400, text="PKCE is required")
        code = f"code-{next(self._numbers)}"
        self._codes[code] = (dict(query), self.visitor)
        self.visitor.consented |= set(query["scope"].split()) - UNSPOKEN
        sent = {"code": code, "state": query["state"], "session_state": "s"}
        assert query["response_mode"] == "form_post"
        return web.json_response({"to": query["redirect_uri"], "form": sent})

    async def _token(self, request):
        form = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        self.asked.append(form)
        if self.faults:
            status, body, headers = self.faults.popleft()
        else:
            status, body = self._answer(request.match_info["tid"], form)
            headers = {}
        if self._check is not None and isinstance(body, dict) and status in (200, 400, 401):
            exchange = {
                "method": "POST",
                "url": f"{AUTHORITY}{request.path}",
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
                "body": form,
                "status": status,
                "response_body": body,
            }
            self.problems += map(str, self._check.check_entra(exchange))
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(
            status=status, text=text, headers=headers, content_type="application/json"
        )

    def _answer(self, tid, form):
        if form.get("client_secret") != SECRET:
            return 401, refusal("invalid_client")
        person = self._person(form)
        if person is None or person.tid != tid:
            return 400, refusal("invalid_grant", suberror="bad_token")
        if self.claims is not None and form["grant_type"] != "authorization_code":
            return 400, refusal("interaction_required", claims=self.claims)
        wanted = set(form["scope"].split()) - UNSPOKEN
        if not wanted <= person.consented:
            return 400, refusal("invalid_grant", suberror="consent_required")
        return 200, self._issued(person, form)

    def _person(self, form):
        kind = form["grant_type"]
        if kind == "authorization_code":
            asked, person = self._codes.pop(form["code"], ({}, None))
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if person is None or challenge != asked["code_challenge"]:
                return None
            form["nonce"] = asked["nonce"]
            return person if form["redirect_uri"] == asked["redirect_uri"] else None
        if kind == "refresh_token":
            token = form["refresh_token"]
            oid = self._refresh.pop(token, None) if self.once else self._refresh.get(token)
            return self.people.get(oid)
        payload = form["assertion"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return self.people.get(claims["oid"])

    def _issued(self, person, form):
        number = next(self._numbers)
        refresh = f"CANARY-refresh-{number}"
        self._refresh[refresh] = person.oid
        info = json.dumps({"uid": person.oid, "utid": person.tid}).encode()
        claims = {**self._claims(person), "nonce": form.get("nonce")}
        return {
            "token_type": "Bearer",
            "scope": " ".join(sorted(person.consented)),
            "expires_in": self.expires_in,
            "access_token": f"CANARY-access-{person.oid}-{number}",
            "refresh_token": refresh,
            "id_token": signed({k: v for k, v in claims.items() if v}, kid="entra"),
            "client_info": base64.urlsafe_b64encode(info).decode().rstrip("="),
        }


def refusal(error, **more):
    """Make a refusal as Entra words it; nobody may read the text."""
    return {
        "error": error,
        "error_description": "AADSTS000000: words that may change.",
        "error_codes": [0],
        "timestamp": "2026-03-04 09:00:00Z",
        "trace_id": "0000aaaa-11bb-cccc-dd33-eeeeee333333",
        "correlation_id": "aaaa0000-bb11-2222-33cc-444444dddddd",
        **more,
    }
