"""The keys and tokens of the local Teams: what the real channel's key server would give."""

from datetime import datetime, timedelta
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.clock import Clock

ISSUER = "https://api.botframework.com"
METADATA_PATH = "/v1/.well-known/openidconfiguration"
KEYS_PATH = "/v1/.well-known/keys"
_LIFE = timedelta(hours=1)


class Signer:
    """Signs what the local Teams posts to the bot, with a key made for this run."""

    def __init__(self, key: rsa.RSAPrivateKey, *, key_id: str, app_id: str, clock: Clock) -> None:
        self._key = key
        self._key_id = key_id
        self._app_id = app_id
        self._clock = clock
        self._signed: tuple[str, datetime, str] | None = None

    @classmethod
    def make(cls, *, key_id: str, app_id: str, clock: Clock) -> "Signer":
        """Make a key (2048 bits, some 100 ms of work: call it in a thread)."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(key, key_id=key_id, app_id=app_id, clock=clock)

    def token(self, service_url: str) -> str:
        """Give a token for one service address, good for an hour and used for half of it."""
        now = self._clock.now()
        if self._signed and self._signed[0] == service_url and now < self._signed[1]:
            return self._signed[2]
        claims = {
            "serviceurl": service_url,
            "iss": ISSUER,
            "aud": self._app_id,
            "nbf": int(now.timestamp()) - 300,
            "exp": int((now + _LIFE).timestamp()),
        }
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})
        self._signed = (service_url, now + _LIFE / 2, token)
        return token

    def routes(self, url: str) -> list[web.RouteDef]:
        """Give the routes of the key server that stands at this address."""

        async def openid(_request: web.Request) -> web.Response:
            return web.json_response(metadata(url))

        async def keys(_request: web.Request) -> web.Response:
            return web.json_response(self.keys())

        return [web.get(METADATA_PATH, openid), web.get(KEYS_PATH, keys)]

    def keys(self) -> dict[str, Any]:
        """Give the public key as a JWK set, endorsed for Teams."""
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        jwk |= {"use": "sig", "kid": self._key_id, "alg": "RS256", "endorsements": ["msteams"]}
        jwk.pop("key_ops", None)
        return {"keys": [jwk]}


def metadata(url: str) -> dict[str, Any]:
    """Give the OpenID document that names the keys' address."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{url}/v1/invalid",
        "jwks_uri": url + KEYS_PATH,
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    }
