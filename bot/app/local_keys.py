"""The key that seals secrets in local runs: made once, kept beside the data, for the owner only."""

import os
from pathlib import Path

from bot.auth.vault import Vault, new_key
from bot.settings import Settings


def local_vault(settings: Settings) -> Vault:
    """Give the vault of CONSULTFLOW_KEYS, else of the key in the data folder, made if missing."""
    return Vault.from_settings(settings.keyring or _kept(settings.data_dir / "keys"))


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        line = f"local:{new_key()}"
        file.write(line)
    return line
