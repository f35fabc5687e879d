"""The tokens of the local Entra: signed for real with a key made for this run."""

from datetime import timedelta
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.clock import Clock
from bot.local.entra.directory import Account
from bot.local.entra.scopes import GRAPH, GRAPH_ID, OWN
from bot.local.ids import Ids

LIFE = timedelta(minutes=65)
TEAMS_CLIENT = "1fec8e78-bce4-4aaf-ab1b-5451cc387264"
_CLOCK_SKEW = timedelta(minutes=5)
Claims = dict[str, Any]


class Tokens:
    """Signs tokens and reads them back. `host` is what stands in front of a tenant's id."""

    def __init__(self, *, host: str, app_id: str, clock: Clock, ids: Ids) -> None:
        self.host = host
        self.app_id = app_id
        self._clock = clock
        self._ids = ids
        # Some 100 ms of work; LocalMicrosoft makes this object in a thread.
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = ids.guid()

    def issuer(self, tenant_id: str) -> str:
        """Give the issuer that a tenant's tokens name."""
        return f"https://{self.host}/{tenant_id}/v2.0"

    def graph(self, account: Account, scopes: frozenset[str], client_id: str) -> str:
        """Give an access token for Microsoft Graph."""
        claims = self._person(account) | {
            "aud": GRAPH,
            "iss": f"https://sts.windows.net/{account.tenant_id}/",
            "appid": client_id,
            "scp": " ".join(sorted(scopes)),
            "upn": account.person.principal,
            "ver": "1.0",
        }
        return self.sign(claims)

    def application(self, tenant_id: str, resource: str, client_id: str) -> str:
        """Give a token for the app itself, on nobody's behalf."""
        claims = {
            "aud": resource,
            "iss": f"https://sts.windows.net/{tenant_id}/",
            "tid": tenant_id,
            "appid": client_id,
            "oid": self._ids.guid(),
            "idtyp": "app",
            "roles": [],
            "ver": "1.0",
        }
        return self.sign(claims)

    def own(self, account: Account, **changes: Any) -> str:
        """Give what Teams passes in signin/tokenExchange; `changes` replace claims, None drops."""
        claims = self._person(account) | {
            "aud": self.app_id,
            "azp": TEAMS_CLIENT,
            "azpacr": "0",
            "scp": OWN,
            "sub": f"own-{account.object_id}",
        }
        return self.sign(claims | changes)

    def identity(self, account: Account, client_id: str, nonce: str | None) -> str:
        """Give an id token."""
        claims = self._person(account) | {
            "aud": client_id,
            "sub": f"own-{account.object_id}",
            "nonce": nonce,
        }
        return self.sign(claims)

    def _person(self, account: Account) -> Claims:
        return {
            "iss": self.issuer(account.tenant_id),
            "tid": account.tenant_id,
            "oid": account.object_id,
            "name": account.person.name,
            "preferred_username": account.person.principal,
            "ver": "2.0",
        }

    def sign(self, claims: Claims) -> str:
        """Sign claims as they are; times are filled in where none are given."""
        now = self._clock.now()
        timed = {
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
            "uti": self._ids.guid(),
        }
        filled = {name: value for name, value in (timed | claims).items() if value is not None}
        headers = {"kid": self._key_id, "x5t": self._key_id}
        return jwt.encode(filled, self._key, algorithm="RS256", headers=headers)

    def read(self, token: str) -> Claims:
        """Give a token's claims once its signature holds; whose it is and until when is not asked.

        Errors: jwt.InvalidTokenError.
        """
        checks = {"verify_aud": False, "verify_exp": False, "verify_nbf": False}
        options: Any = {**checks, "verify_iat": False}
        claims: Claims = jwt.decode(
            token, self._key.public_key(), algorithms=["RS256"], options=options
        )
        return claims

    def in_time(self, claims: Claims) -> bool:
        """Say whether a token counts now, give or take five minutes before its start."""
        now = self._clock.now()
        start, end = claims.get("nbf"), claims.get("exp")
        if not isinstance(start, int) or not isinstance(end, int):
            return False
        return int(start) <= (now + _CLOCK_SKEW).timestamp() and now.timestamp() < end

    def for_graph(self, claims: Claims) -> bool:
        """Say whether a token is meant for Microsoft Graph."""
        return claims.get("aud") in (GRAPH, GRAPH_ID)

    def keys(self) -> dict[str, Any]:
        """Give the public key as a JWK set."""
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        jwk.pop("key_ops", None)
        named = {"use": "sig", "kid": self._key_id, "x5t": self._key_id, "alg": "RS256"}
        return {"keys": [jwk | named]}

    async def serve_keys(self, _request: web.Request) -> web.Response:
        """Serve the key set."""
        return web.json_response(self.keys())
