"""The database a command works on: the one in MONGODB_URI, else an embedded one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.auth.vault import Vault
from bot.local.mongod import EmbeddedMongod
from bot.settings import Settings
from storage.database import Storage, open_storage
from storage.errors import UnavailableError


@asynccontextmanager
async def open_database(settings: Settings, vault: Vault) -> AsyncIterator[Storage]:
    """Give a database that answers, for as long as the `async with` lasts.

    Errors: SettingsError; UnavailableError when there is none at MONGODB_URI.
    """
    async with _address(settings) as uri:
        storage = await open_storage(uri, sealer=vault)
        try:
            await _reach(storage)
            yield storage
        finally:
            storage.close()


@asynccontextmanager
async def _address(settings: Settings) -> AsyncIterator[str]:
    if settings.mongodb_uri:
        yield settings.mongodb_uri
        return
    async with EmbeddedMongod(settings.data_dir / "mongodb") as uri:
        yield uri


async def _reach(storage: Storage) -> None:
    try:
        await storage.ping()
    except UnavailableError as error:
        raise UnavailableError(
            "I can't reach the database in MONGODB_URI. Is it running, and open to this machine?"
        ) from error
