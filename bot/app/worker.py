"""`consultflow worker`: executes what others accept, on as many machines as wanted."""

import structlog

from bot.app.build import Bot
from bot.app.memory import keep_what_is_there
from bot.app.serve import open_bot
from bot.app.signals import stop_event
from bot.settings import Settings, check_for_service

_log = structlog.get_logger()


async def run_worker(settings: Settings) -> int:
    """Execute runs until asked to stop; no port is opened.

    Errors: SettingsError naming what is missing; UnavailableError when the database is away.
    """
    check_for_service(settings, worker=True)
    async with open_bot(settings, executes=True) as bot:
        await work(bot)
    return 0


async def work(bot: Bot) -> None:
    """Have a bot execute what is due until the process is asked to end."""
    stopping = stop_event()
    await bot.start()
    keep_what_is_there()
    _log.info("working")
    await stopping.wait()
