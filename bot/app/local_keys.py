"""The key that seals secrets in local runs: made once, kept beside the data, for the owner only."""

import os
import tempfile
from pathlib import Path

from bot.auth.vault import Vault, new_key
from bot.settings import Settings
from storage.errors import SettingsError


def local_vault(settings: Settings) -> Vault:
    """Give the vault of CONSULTFLOW_KEYS, else of the key in the data folder, made if missing.

    Errors: SettingsError for a folder that cannot be used.
    """
    if settings.keyring:
        return Vault.from_settings(settings.keyring)
    try:
        return Vault.from_settings(_kept(settings.data_dir / "keys"))
    except OSError as error:
        raise SettingsError(
            f"I can't use the data folder {settings.data_dir}: {error.strerror}."
        ) from error


def _kept(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    return path.read_text(encoding="utf-8").strip()


def _make(path: Path) -> None:
    """Write a key whole or not at all; the first to come decides which."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # for the owner only
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"local:{new_key()}")
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()
