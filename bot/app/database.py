"""The database a local command works on: the one in MONGODB_URI, else an embedded one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.local.mongod import EmbeddedMongod
from bot.settings import Settings


@asynccontextmanager
async def database_uri(settings: Settings) -> AsyncIterator[str]:
    """Give the address for as long as the `async with` lasts. Errors: SettingsError."""
    if settings.mongodb_uri:
        yield settings.mongodb_uri
        return
    async with EmbeddedMongod(settings.data_dir / "mongodb") as uri:
        yield uri
