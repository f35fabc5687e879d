"""The channel's keys as Microsoft serves them: OpenID metadata and a JWK set on loopback."""

import asyncio
import json
from functools import lru_cache

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode

from tests.fakes.server import Server

APP_ID = "8d88f59b-ae61-4300-bec0-caace7d28446"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
ISSUER = "https://api.botframework.com"


def private_key(name, bits=2048):
    """Give the key of that name and size."""
    return _made(name, bits)


@lru_cache(maxsize=16)
def _made(_name, bits):
    """Make a key once: making one costs a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(kid, *, endorsements=("msteams",), bits=2048, **more):
    """Give the public half as the key server publishes it."""
    public = RSAAlgorithm.to_jwk(private_key(kid, bits).public_key(), as_dict=True)
    public.pop("key_ops", None)
    found = {**public, "kid": kid, "use": "sig", "x5t": kid, **more}
    return found if endorsements is None else {**found, "endorsements": list(endorsements)}


def claims(service_url, now, **changes):
    """Give the claims of a token Teams would send; None takes one out."""
    stamp = int(now.timestamp())
    good = {
        "serviceurl": service_url,
        "iss": ISSUER,
        "aud": APP_ID,
        "nbf": stamp - 300,
        "exp": stamp + 3600,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(payload, kid="k1", headers=None, key=None, algorithm="RS256"):
    """Sign claims, whatever they are, under any header: by hand, since PyJWT refuses odd ones."""
    header = {"alg": algorithm, "typ": "JWT", "kid": kid, **(headers or {})}
    header = {name: value for name, value in header.items() if value is not None}
    parts = [base64url_encode(json.dumps(part).encode()) for part in (header, payload)]
    scheme = jwt.get_algorithm_by_name(algorithm)
    signature = scheme.sign(b".".join(parts), key or private_key(kid))
    return b".".join([*parts, base64url_encode(signature)]).decode()


class KeyServer(Server):
    """Serves whichever keys it is given; can fail, answer nonsense or never answer."""

    def __init__(self, *kids):
        super().__init__()
        self.keys = [jwk(kid) for kid in kids or ("k1",)]
        self.fetches = 0
        self.status = 200
        self.body = None
        self.hangs = False
        self._never = asyncio.Event()

    @property
    def open_id_url(self):
        return f"{self.url}/v1/.well-known/openidconfiguration"

    async def __aexit__(self, *exception):
        self._never.set()
        await super().__aexit__(*exception)

    def routes(self):
        return [
            web.get("/v1/.well-known/openidconfiguration", self._metadata),
            web.get("/v1/.well-known/keys", self._keys),
        ]

    async def _metadata(self, _request):
        self.fetches += 1
        if self.hangs:
            await self._never.wait()
        if self.status != 200:
            return web.Response(status=self.status)
        if self.body is not None:
            return web.Response(text=self.body)
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.url}/v1/.well-known/keys"})

    async def _keys(self, _request):
        return web.json_response({"keys": self.keys})
