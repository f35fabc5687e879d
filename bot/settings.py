"""Settings from the environment; every fault is named at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from storage.errors import SettingsError

DEFAULT_PORT = 3978


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


def _identity(env: Mapping[str, str], complain: Callable[[str], None]) -> str:
    kind = env.get("CONSULTFLOW_IDENTITY") or (
        "certificate" if env.get("AZURE_CLIENT_CERTIFICATE_PATH") else "secret"
    )
    if kind not in ("secret", "certificate", "managed"):
        complain("CONSULTFLOW_IDENTITY must be secret, certificate or managed.")
    return kind


def check_for_service(settings: Settings) -> None:
    """Refuse to serve without what proves who is calling.

    Errors: SettingsError naming every missing variable at once.
    """
    missing = [
        name
        for name, value in (
            ("AZURE_CLIENT_ID", settings.app_id),
            ("AZURE_TENANT_ID", settings.tenant_id),
            ("MONGODB_URI", settings.mongodb_uri),
            ("CONSULTFLOW_KEYS", settings.keyring),
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
