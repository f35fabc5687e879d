"""`consultflow indexes`: make the indexes, and say which there are."""

import asyncio
from collections.abc import Callable

from bot.app.database import open_database
from bot.app.local_keys import local_vault
from bot.settings import Settings
from storage.indexes import INDEXES


def index_names() -> list[str]:
    """Name every index there has to be, its collection first."""
    return [
        f"{collection}.{index.document['name']}"
        for collection, indexes in INDEXES.items()
        for index in indexes
    ]


async def show_indexes(settings: Settings, say: Callable[[str], None]) -> int:
    """Make sure of every index. Errors: SettingsError; UnavailableError."""
    vault = await asyncio.to_thread(local_vault, settings)
    async with open_database(settings, vault) as storage:
        made = await storage.ensure_indexes()
        for name in index_names():
            say(f"{name} (made now)" if name in made else name)
    return 0
