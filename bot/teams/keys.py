"""The channel's public keys: fetched by OpenID metadata, kept a day, renewed on a new key id."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import InvalidKeyError
from jwt.algorithms import RSAAlgorithm

from bot.clock import Clock

FRESH = timedelta(hours=24)
STALE = timedelta(hours=24)  # how much longer old keys serve while the key server fails
BETWEEN = timedelta(minutes=1)
BETWEEN_WITHOUT_KEYS = timedelta(seconds=5)
_LARGEST = 1024 * 1024

Fetch = Callable[[str], Awaitable[Any]]


class KeysUnavailableError(Exception):
    """The key server cannot be reached and no key we hold would do."""


class UnknownKeyError(Exception):
    """The key server does not publish that key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key and the channels it may speak for."""

    public: RSAPublicKey
    endorsements: frozenset[str]


def fetch_with(session: aiohttp.ClientSession, *, timeout_seconds: float) -> Fetch:
    """Make a fetch of JSON documents.

    Errors: aiohttp.ClientError, TimeoutError, ValueError for what is not JSON or above 1 MB.
    """
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    async def fetch(url: str) -> Any:
        async with session.get(url, timeout=timeout, allow_redirects=False) as response:
            response.raise_for_status()
            body = b""
            async for chunk in response.content.iter_chunked(65536):
                body += chunk
                if len(body) > _LARGEST:
                    raise ValueError("the key document is too large")
        return orjson.loads(body)

    return fetch


class KeyStore:
    """Keys by id. Nobody waits for a renewal while a key that does is at hand."""

    def __init__(self, *, url: str, fetch: Fetch, clock: Clock) -> None:
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._failed = False
        self._flight: asyncio.Task[None] | None = None

    async def key(self, key_id: str) -> SigningKey:
        """Give the key of that id, asking the key server at most once a minute for unknown ones.

        Errors: UnknownKeyError; KeysUnavailableError when the server's failure is the reason.
        """
        self._drop_outdated()
        found = self._keys.get(key_id)
        if found is not None:
            if self._outdated(FRESH):
                self._renew()
            return found
        if (flight := self._renew()) is not None:
            await asyncio.shield(flight)
            found = self._keys.get(key_id)
        if found is None:
            raise KeysUnavailableError if self._failed else UnknownKeyError
        return found

    async def close(self) -> None:
        """Stop a renewal under way."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)

    def _outdated(self, age: timedelta) -> bool:
        return self._fetched_at is None or self._clock.now() - self._fetched_at > age

    def _drop_outdated(self) -> None:
        if self._keys and self._outdated(FRESH + STALE):
            self._keys = {}

    def _renew(self) -> asyncio.Task[None] | None:
        """Begin a renewal, or join the one under way; None when the last is too recent."""
        if self._flight is not None and not self._flight.done():
            return self._flight
        now = self._clock.now()
        between = BETWEEN if self._keys else BETWEEN_WITHOUT_KEYS
        if self._tried_at is not None and now - self._tried_at < between:
            return None
        self._tried_at = now
        self._flight = asyncio.create_task(self._load(), name="signing keys")
        return self._flight

    async def _load(self) -> None:
        try:
            metadata = await self._fetch(self._url)
            keys = _read(await self._fetch(_text(metadata, "jwks_uri")))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            self._failed = True
            return
        self._failed = not keys
        if keys:
            self._keys, self._fetched_at = keys, self._clock.now()


def _text(document: Any, name: str) -> str:
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, str):
        raise ValueError(f"no {name} in the metadata")  # noqa: TRY004  a wrong document, not a bug
    return value


def _read(document: Any) -> dict[str, SigningKey]:
    """Read the RSA keys of 2048 bits or more; others are left out."""
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("no keys in the key document")  # noqa: TRY004
    keys: dict[str, SigningKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
            continue
        public = _public_key(entry)
        if public is not None and public.key_size >= 2048:
            endorsed = entry.get("endorsements") or ()
            keys[entry["kid"]] = SigningKey(public, frozenset(map(str, endorsed)))
    return keys


def _public_key(entry: dict[str, Any]) -> RSAPublicKey | None:
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
        return None
    try:
        key = RSAAlgorithm.from_jwk({**entry})
    except (InvalidKeyError, ValueError):
        return None
    return key if isinstance(key, RSAPublicKey) else None
