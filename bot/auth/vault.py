"""Seal secrets before they are stored: AES-256-GCM, a ring of keys, the owner bound in."""

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import SealError, SettingsError

_VERSION = "cf1"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_EXAMPLE = (
    "CONSULTFLOW_KEYS must be id:key,id:key with 32-byte keys in base64, the current one first."
)


class Vault:
    """Seals with the current key, opens with any key of the ring.

    Shape of what it gives: cf1.<key id>.<base64url of nonce, ciphertext and tag>: one text.
    """

    def __init__(
        self,
        ring: Mapping[str, bytes],
        current: str,
        *,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        if current not in ring or any(len(key) != _KEY_BYTES for key in ring.values()):
            raise SettingsError(_EXAMPLE)
        self._keys = {key_id: AESGCM(key) for key_id, key in ring.items()}
        self._current = current
        self._random_bytes = random_bytes

    @classmethod
    def from_settings(cls, text: str) -> Self:
        """Read a ring written as "id:base64,id:base64"; the first key is the current one.

        Errors: SettingsError, which never repeats the text.
        """
        ring: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            key_id, _, encoded = part.partition(":")
            if not _KEY_ID.fullmatch(key_id) or key_id in ring:
                raise SettingsError(_EXAMPLE)
            ring[key_id] = _key(encoded)
        if not ring:
            raise SettingsError(_EXAMPLE)
        return cls(ring, next(iter(ring)))

    def seal(self, text: str, *, owner: str) -> str:
        """Seal a text for its owner: where it is kept and whose, as users.accessToken:<id>."""
        nonce = self._random_bytes(_NONCE_BYTES)
        key = self._keys[self._current]
        sealed = key.encrypt(nonce, text.encode(), _bound(self._current, owner))
        encoded = base64.urlsafe_b64encode(nonce + sealed).decode()
        return f"{_VERSION}.{self._current}.{encoded}"

    def open(self, sealed: str, *, owner: str) -> str:
        """Give back the text. Errors: SealError unless whole, of this owner, and of our ring."""
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        key = self._keys.get(key_id)
        if version != _VERSION or key is None:
            raise SealError("This secret was not sealed with a key I have.")
        try:
            raw = base64.b64decode(encoded, altchars=b"-_", validate=True)
            return key.decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(key_id, owner)
            ).decode()
        except (InvalidTag, ValueError) as error:
            raise SealError("This secret was changed, or it belongs to somebody else.") from error

    def current(self, sealed: str) -> bool:
        """Tell whether it was sealed with the current key; False asks for a new seal."""
        return sealed.startswith(f"{_VERSION}.{self._current}.")


def new_key() -> str:
    """Make a fresh key as settings spell it."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _bound(key_id: str, owner: str) -> bytes:
    """Name everything a sealed text must not be moved away from."""
    return f"{_VERSION}|{key_id}|{owner}".encode()


def _key(encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SettingsError(_EXAMPLE) from error
    if len(key) != _KEY_BYTES:
        raise SettingsError(_EXAMPLE)
    return key
