"""Who is calling: the Bot Connector's token, checked here and nowhere else."""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import orjson

from bot.clock import Clock
from bot.teams.keys import KeyStore, SigningKey, UnknownKeyError

LEEWAY_SECONDS = 300
CACHE_SECONDS = 300
CACHE_SIZE = 2048
LONGEST_TOKEN = 16 * 1024
CHANNEL = "msteams"


class VerificationError(Exception):
    """The token does not prove that Teams is calling; the message is for the log."""


@dataclass(frozen=True, slots=True)
class _Verified:
    service_url: str
    good_until: float  # epoch seconds


class Verifier:
    """Checks tokens of one issuer for one app."""

    def __init__(
        self,
        *,
        app_id: str,
        issuer: str,
        keys: KeyStore,
        clock: Clock,
        cache_size: int = CACHE_SIZE,
    ) -> None:
        self._cache_size = cache_size
        self._app_id = app_id
        self._issuer = issuer
        self._keys = keys
        self._clock = clock
        self._signatures = jwt.PyJWS(algorithms=["RS256"])
        self._seen: OrderedDict[bytes, _Verified] = OrderedDict()

    async def verify(self, authorization: str | None, activity: Mapping[str, Any]) -> None:
        """Let pass what Teams signed for this app, this service address and this channel.

        Errors: VerificationError for everything else; KeysUnavailableError when nobody can tell.
        """
        token = _bearer(authorization)
        now = self._clock.now().timestamp()
        digest = hashlib.sha256(token.encode()).digest()
        verified = self._seen.get(digest)
        if verified is None or verified.good_until <= now:
            verified = await self._check(token, now)
            self._remember(digest, verified)
        _check_body(activity, verified.service_url)

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        self._seen[digest] = verified
        self._seen.move_to_end(digest)
        if len(self._seen) > self._cache_size:
            self._seen.popitem(last=False)

    async def _check(self, token: str, now: float) -> _Verified:
        try:
            key = await self._keys.key(_key_id(token))
            payload = self._signatures.decode(token, key.public, algorithms=["RS256"])
            claims = orjson.loads(payload)
        except UnknownKeyError as error:
            raise VerificationError("signed with an unknown key") from error
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise VerificationError(f"not a good token: {error}") from error
        if not isinstance(claims, dict):
            raise VerificationError("the claims are not an object")
        return self._check_claims(claims, key, now)

    def _check_claims(self, claims: dict[str, Any], key: SigningKey, now: float) -> _Verified:
        if claims.get("iss") != self._issuer:
            raise VerificationError("issued by somebody else")
        if claims.get("aud") != self._app_id:
            raise VerificationError("meant for another app")
        if CHANNEL not in key.endorsements:
            raise VerificationError("the key is not endorsed for Teams")
        expires, begins = _instant(claims, "exp"), _instant(claims, "nbf")
        if now >= expires + LEEWAY_SECONDS:
            raise VerificationError("expired")
        if now < begins - LEEWAY_SECONDS:
            raise VerificationError("not valid yet")
        service_url = claims.get("serviceurl")
        if not isinstance(service_url, str) or not service_url:
            raise VerificationError("names no service address")
        return _Verified(service_url, min(expires + LEEWAY_SECONDS, now + CACHE_SECONDS))


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
        raise VerificationError("no bearer token")
    if not token.isascii():
        raise VerificationError("not a token")
    return token


def _key_id(token: str) -> str:
    """Read the only two things we take from an unproven header."""
    header = jwt.get_unverified_header(token)
    key_id = header.get("kid")
    if header.get("alg") != "RS256":
        raise VerificationError("not signed with RS256")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= 256:
        raise VerificationError("names no key")
    if "crit" in header or header.get("b64", True) is not True:
        raise VerificationError("asks for an extension")
    return key_id


def _instant(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise VerificationError(f"{name} is missing or not a time")
    return float(value)


def _check_body(activity: Mapping[str, Any], service_url: str) -> None:
    """Tie the token to the body: both are required, where the SDK skips what is absent."""
    if activity.get("serviceUrl") != service_url:
        raise VerificationError("the body names another service address")
    if activity.get("channelId") != CHANNEL:
        raise VerificationError("the body does not come from Teams")
