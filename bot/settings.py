"""Settings from the environment; every fault is named at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from storage.errors import SettingsError

DEFAULT_PORT = 3978
BROKERS = ("nats", "tls", "redis", "rediss", "amqp", "amqps")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process is to run. Secrets are left out of its repr."""

    mongodb_uri: str | None
    app_id: str | None
    tenant_id: str | None
    tenants: frozenset[str]
    keyring: str | None
    public_host: str | None
    host: str
    port: int
    data_dir: Path
    api_call_allow: frozenset[str]
    workers: int
    broker: str | None = None  # its address, with a password perhaps; None: one process does it all
    identity: str = "secret"  # secret | certificate | managed
    client_secret: str | None = None
    certificate_path: Path | None = None
    certificate_thumbprint: str | None = None
    managed_client_id: str | None = None

    def __repr__(self) -> str:
        """Name the settings that are safe to show."""
        return f"Settings(app_id={self.app_id!r}, host={self.host!r}, port={self.port})"


def default_data_dir(environment: Mapping[str, str]) -> Path:
    """Give the folder a person's data is kept in between local runs."""
    base = environment.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "consultflow"


def _number(text: str, low: int, high: int) -> int:
    number = int(text)
    if not low <= number <= high:
        raise ValueError(text)
    return number


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings, of the process's environment unless another is given.

    Errors: SettingsError listing every value that cannot be used.
    """
    env = os.environ if environment is None else environment
    faults: list[str] = []

    def number(name: str, default: int, low: int, high: int) -> int:
        try:
            return _number(env.get(name) or str(default), low, high)
        except ValueError:
            faults.append(f"{name} must be a whole number from {low} to {high}.")
            return default

    def words(name: str) -> frozenset[str]:
        return frozenset(word.strip() for word in env.get(name, "").split(",") if word.strip())

    tenant = env.get("AZURE_TENANT_ID") or None
    settings = Settings(
        mongodb_uri=env.get("MONGODB_URI") or None,
        app_id=env.get("AZURE_CLIENT_ID") or None,
        tenant_id=tenant,
        tenants=words("CONSULTFLOW_TENANTS") or (frozenset({tenant}) if tenant else frozenset()),
        keyring=env.get("CONSULTFLOW_KEYS") or None,
        public_host=env.get("CONSULTFLOW_PUBLIC_HOST") or None,
        host=env.get("CONSULTFLOW_HOST") or "0.0.0.0",  # noqa: S104  behind a TLS front in service
        port=number("CONSULTFLOW_PORT", DEFAULT_PORT, 0, 65535),
        data_dir=Path(env.get("CONSULTFLOW_DATA") or default_data_dir(env)),
        api_call_allow=words("CONSULTFLOW_API_CALL_ALLOW"),
        workers=number("CONSULTFLOW_WORKERS", 8, 1, 256),
        broker=_broker(env, faults.append),
        identity=_identity(env, faults.append),
        client_secret=env.get("AZURE_CLIENT_SECRET") or None,
        certificate_path=_path(env.get("AZURE_CLIENT_CERTIFICATE_PATH")),
        certificate_thumbprint=env.get("AZURE_CLIENT_CERTIFICATE_THUMBPRINT") or None,
        managed_client_id=env.get("AZURE_MANAGED_IDENTITY_CLIENT_ID") or None,
    )
    if faults:
        raise SettingsError(" ".join(faults))
    return settings


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _broker(env: Mapping[str, str], complain: Callable[[str], None]) -> str | None:
    """Give the broker's address, or several of NATS's with commas; a fault does not repeat it."""
    text = env.get("CONSULTFLOW_BROKER", "").replace(" ", "")
    if not text:
        return None
    kinds = [_kind_of_broker(one) for one in text.split(",")]
    if None in kinds or (len(kinds) > 1 and not set(kinds) <= {"nats", "tls"}):
        complain(
            "CONSULTFLOW_BROKER must be nats://host:4222, redis://host:6379 or "
            "amqp://user:password@host:5672."
        )
    return text


def _kind_of_broker(address: str) -> str | None:
    """Give the scheme of an address a broker of ours can have, else None."""
    try:
        parts = urlsplit(address)
        known = parts.scheme in BROKERS and parts.hostname and parts.port != 0
        known = known and address.startswith(parts.scheme)  # drivers want it in small letters
    except ValueError:
        return None
    return parts.scheme if known else None


def _identity(env: Mapping[str, str], complain: Callable[[str], None]) -> str:
    kind = env.get("CONSULTFLOW_IDENTITY") or (
        "certificate" if env.get("AZURE_CLIENT_CERTIFICATE_PATH") else "secret"
    )
    if kind not in ("secret", "certificate", "managed"):
        complain("CONSULTFLOW_IDENTITY must be secret, certificate or managed.")
    return kind


def check_for_service(settings: Settings, *, worker: bool = False) -> None:
    """Refuse to serve without what proves who is calling, or to be a `worker` without a broker.

    Errors: SettingsError naming every missing variable at once.
    """
    missing = [
        name
        for name, value in (
            ("AZURE_CLIENT_ID", settings.app_id),
            ("AZURE_TENANT_ID", settings.tenant_id),
            ("MONGODB_URI", settings.mongodb_uri),
            ("CONSULTFLOW_KEYS", settings.keyring),
            ("CONSULTFLOW_BROKER", settings.broker or not worker),
            ("AZURE_CLIENT_SECRET", settings.identity != "secret" or settings.client_secret),
            (
                "AZURE_CLIENT_CERTIFICATE_PATH",
                settings.identity != "certificate" or settings.certificate_path,
            ),
            (
                "AZURE_CLIENT_CERTIFICATE_THUMBPRINT",
                settings.identity != "certificate" or settings.certificate_thumbprint,
            ),
        )
        if not value
    ]
    if missing:
        raise SettingsError(
            f"I can't start without {', '.join(missing)}. "
            "For a trial on this machine only, run `consultflow local`."
        )
