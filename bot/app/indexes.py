"""`consultflow indexes`: make the indexes, and say which there are."""

import asyncio
from collections.abc import Callable

from bot.app.database import database_uri
from bot.app.local_keys import local_vault
from bot.settings import Settings
from storage.database import open_storage


async def show_indexes(settings: Settings, say: Callable[[str], None]) -> int:
    """Make sure of every index. Errors: SettingsError; UnavailableError."""
    vault = await asyncio.to_thread(local_vault, settings)
    async with database_uri(settings) as uri:
        storage = await open_storage(uri, sealer=vault)
        try:
            for name in await storage.ensure_indexes():
                say(name)
        finally:
            storage.close()
    return 0
