"""`consultflow reseal`: seal everything anew with the current key, so that older ones can go."""

import asyncio
from collections.abc import Callable

from bot.app.database import open_database
from bot.app.local_keys import local_vault
from bot.clock import SystemClock
from bot.settings import Settings
from bot.workflows.secrets import renewed


async def reseal(settings: Settings, say: Callable[[str], None]) -> int:
    """Seal anew what older keys of the ring sealed, and say how much that was.

    May run beside the bot, and again. Errors: SettingsError; UnavailableError.
    """
    vault = await asyncio.to_thread(local_vault, settings)
    now = SystemClock().now()

    def renew(text: str, owner: str) -> str:
        return renewed(text, vault, owner=owner)

    async with open_database(settings, vault) as storage:
        people = await storage.resealing.tokens(now=now)
        workflows = await storage.resealing.settings(renew, now=now)
        runs = await storage.resealing.plans(renew, now=now)
    say(f"Sealed anew: the tokens of {people} people, {workflows} workflows, {runs} runs.")
    return 0
