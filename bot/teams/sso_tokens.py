"""Tokens of Entra's that say who somebody is: checked here before anything believes them."""

import math
from typing import Any

import jwt
import orjson

from bot.auth.accounts import Account, UnprovenError
from bot.clock import Clock
from bot.teams.keys import KeyStore, KeysUnavailableError, SigningKey, UnknownKeyError
from storage.errors import RemoteError

LEEWAY_SECONDS = 300
LONGEST_TOKEN = 16 * 1024
ISSUER = "https://login.microsoftonline.com"


class SsoTokens:
    """Checks single sign-on tokens and id tokens for one app and its tenants."""

    def __init__(
        self,
        *,
        audiences: frozenset[str],
        tenants: frozenset[str],
        keys: KeyStore,
        clock: Clock,
        issuer: str = ISSUER,
    ) -> None:
        self._audiences = frozenset(name.lower() for name in audiences)
        self._tenants = frozenset(tenant.lower() for tenant in tenants)
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._signatures = jwt.PyJWS(algorithms=["RS256"])

    async def account(self, token: str, *, exchangeable: bool) -> Account:
        """Give the account of a token Entra signed for us, in one of our tenants, and lately.

        `exchangeable` asks for a single sign-on token; otherwise it must be an id token.
        Errors: UnprovenError for every other; RemoteError when the key server does not answer.
        """
        if not token.isascii() or not 0 < len(token) <= LONGEST_TOKEN:
            raise UnprovenError("not a token")
        try:
            key = await self._keys.key(_key_id(token))
            claims = self._claims(token, key)
        except UnknownKeyError as error:
            raise UnprovenError("signed with an unknown key") from error
        except KeysUnavailableError as error:
            raise RemoteError(
                "I can't reach Microsoft's sign-in right now. Try again in a moment.",
                retryable=True,
            ) from error
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise UnprovenError(f"not a good token: {error}") from error
        _check_use(claims, exchangeable=exchangeable)
        return self._checked(claims)

    def _claims(self, token: str, key: SigningKey) -> dict[str, Any]:
        claims = orjson.loads(self._signatures.decode(token, key.public, algorithms=["RS256"]))
        if not isinstance(claims, dict):
            raise UnprovenError("the claims are not an object")
        return claims

    def _checked(self, claims: dict[str, Any]) -> Account:
        oid, tid, audience = (_text(claims, name) for name in ("oid", "tid", "aud"))
        if tid not in self._tenants:
            raise UnprovenError("of another tenant")
        if claims.get("iss") not in (
            f"{self._issuer}/{tid}/v2.0",
            f"https://sts.windows.net/{tid}/",
        ):
            raise UnprovenError("issued by somebody else")
        if audience not in self._audiences:
            raise UnprovenError("meant for another app")
        now = self._clock.now().timestamp()
        if now >= _instant(claims, "exp") + LEEWAY_SECONDS:
            raise UnprovenError("expired")
        if now < _instant(claims, "nbf" if "nbf" in claims else "iat") - LEEWAY_SECONDS:
            raise UnprovenError("not valid yet")
        return Account(oid, tid)


def _check_use(claims: dict[str, Any], *, exchangeable: bool) -> None:
    scopes = str(claims.get("scp") or "").split()
    if exchangeable and "access_as_user" not in scopes:
        raise UnprovenError("not a single sign-on token")
    if not exchangeable and scopes:
        raise UnprovenError("not an id token")


def _key_id(token: str) -> str:
    header = jwt.get_unverified_header(token)
    key_id = header.get("kid")
    if header.get("alg") != "RS256" or "crit" in header or header.get("b64", True) is not True:
        raise UnprovenError("not signed with RS256")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= 256:
        raise UnprovenError("names no key")
    return key_id


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise UnprovenError(f"{name} is missing")
    return value.lower()


def _instant(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UnprovenError(f"{name} is missing or not a time")
    return float(value)
