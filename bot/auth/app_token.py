"""The bot's own token for the Bot Connector: asked for once, renewed early, in a thread."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from msal.application import ConfidentialClientApplication
from msal.exceptions import MsalError
from msal.managed_identity import (
    ManagedIdentityClient,
    ManagedIdentityError,
    SystemAssignedManagedIdentity,
    UserAssignedManagedIdentity,
)

from bot.clock import Clock
from storage.errors import RemoteError, SettingsError

RESOURCE = "https://api.botframework.com"
AUTHORITY = "https://login.microsoftonline.com"
EARLY = timedelta(minutes=10)
LAST_CALL = timedelta(seconds=30)  # a token this close to its end may die on the way


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """How the bot proves who it is: exactly one of secret, certificate or managed identity."""

    app_id: str
    tenant_id: str
    secret: str | None = None
    certificate_path: Path | None = None  # PEM with the private key
    certificate_thumbprint: str | None = None
    managed: bool = False
    managed_client_id: str | None = None  # None means the machine's own identity

    def __repr__(self) -> str:
        """Name what is safe to show."""
        return f"AppIdentity(app_id={self.app_id!r}, tenant_id={self.tenant_id!r})"


Acquire = Callable[[], dict[str, Any]]


def acquire_with_msal(identity: AppIdentity, *, http_client: Any = None) -> Acquire:
    """Make a function that asks Entra for a fresh token. It blocks: call it in a thread.

    Errors: SettingsError, here, when the certificate cannot be read.
    """
    if identity.managed:
        return _managed(identity, http_client or _TimedSession())
    credential = credential_of(identity)
    made: list[ConfidentialClientApplication] = []

    def acquire() -> dict[str, Any]:
        if not made:  # its constructor calls Entra, so it belongs into the thread too
            made.append(
                ConfidentialClientApplication(
                    identity.app_id,
                    authority=f"{AUTHORITY}/{identity.tenant_id}",
                    client_credential=credential,
                    http_client=http_client,
                    timeout=10,
                    instance_discovery=False,  # the authority is a constant of ours
                )
            )
        application = made[0]
        # MSAL hands out its cached token to the last minutes; we ask because we want a new one.
        application.remove_tokens_for_client()
        result: dict[str, Any] = application.acquire_token_for_client(
            scopes=[f"{RESOURCE}/.default"]
        )
        return result

    return acquire


class _TimedSession(requests.Session):
    """A session that gives up: the machine's identity service is asked without a limit else."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 10)
        return super().request(*args, **kwargs)


def _managed(identity: AppIdentity, http_client: Any) -> Acquire:
    kind = (
        UserAssignedManagedIdentity(client_id=identity.managed_client_id)
        if identity.managed_client_id
        else SystemAssignedManagedIdentity()
    )

    def acquire() -> dict[str, Any]:
        # A client per token: it has no way to forget the one it holds.
        client = ManagedIdentityClient(kind, http_client=http_client)
        result: dict[str, Any] = client.acquire_token_for_client(resource=RESOURCE)
        return result

    return acquire


def credential_of(identity: AppIdentity) -> str | dict[str, str]:
    """Give the secret or the certificate as MSAL takes it. Errors: SettingsError."""
    if identity.certificate_path is None:
        return identity.secret or ""
    try:
        key = identity.certificate_path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"I can't read the certificate {identity.certificate_path}: it must be a PEM file."
        ) from error
    return {"private_key": key, "thumbprint": identity.certificate_thumbprint or ""}


class AppTokenSource:
    """One token for the process. While it is renewed, the old one serves."""

    def __init__(self, acquire: Acquire, clock: Clock) -> None:
        self._acquire = acquire
        self._clock = clock
        self._token = ""
        self._expires_at: datetime | None = None
        self._flight: asyncio.Task[None] | None = None

    async def token(self) -> str:
        """Give a token that will not end within seconds.

        Errors: RemoteError when Entra gives none and no old one is good.
        """
        left = self._left()
        if left <= EARLY:
            flight = self._renew()
            if left <= LAST_CALL:
                await asyncio.shield(flight)
        return self._token

    async def close(self) -> None:
        """Wait for a renewal under way: a thread cannot be called off."""
        if self._flight is not None:
            await asyncio.gather(self._flight, return_exceptions=True)

    def _left(self) -> timedelta:
        return self._expires_at - self._clock.now() if self._expires_at else timedelta(0)

    def _renew(self) -> asyncio.Task[None]:
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._load(), name="bot token")
            self._flight.add_done_callback(_seen)
        return self._flight

    async def _load(self) -> None:
        asked_at = self._clock.now()
        try:
            result = await asyncio.to_thread(self._acquire)
        except (OSError, MsalError, ManagedIdentityError, ValueError) as error:
            # MSAL raises ValueError for a tenant or an authority Entra does not know, and an
            # error of its own for a 5xx.
            raise RemoteError(_REFUSED, retryable=True) from error
        token = result.get("access_token")
        if not isinstance(token, str):
            cause = RuntimeError(f"{result.get('error')}: {result.get('error_description')}")
            raise RemoteError(_REFUSED, retryable=False) from cause
        self._token = token
        self._expires_at = asked_at + timedelta(seconds=float(result.get("expires_in", 0)))


_REFUSED = "I can't sign in to Teams right now. Ask an administrator to check the bot's sign-in."


def _seen(flight: asyncio.Task[None]) -> None:
    """Take note of a failure nobody waits for: the next caller meets it again."""
    if not flight.cancelled():
        flight.exception()


class FixedToken:
    """A token agreed on beforehand: local Teams shares it with the bot."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        """Give the token."""
        return self._token
