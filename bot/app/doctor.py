"""`consultflow doctor`: what is well and what is not, one line each, with the way on."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence

from bot.app.brokers.link import TaskiqLink
from bot.app.database import open_database
from bot.app.indexes import index_names
from bot.app.local_keys import local_vault
from bot.app.queue import answers
from bot.local.page_files import PAGE
from bot.settings import Settings, check_for_service
from storage.errors import ConsultFlowError, SettingsError

Say = Callable[[str], None]
# A name, how it is looked at, and whether a local run needs it.
Check = tuple[str, Callable[[Settings], Awaitable[str]], bool]


async def _python(_settings: Settings) -> str:
    return sys.version.split()[0]


async def _database(settings: Settings) -> str:
    vault = await asyncio.to_thread(local_vault, settings)
    async with open_database(settings, vault) as storage:
        await storage.ensure_indexes()
    where = "the one in MONGODB_URI" if settings.mongodb_uri else "the embedded one"
    return f"{where} answers, {len(index_names())} indexes are in place"


async def _page(_settings: Settings) -> str:
    if not (PAGE / "node_modules").is_dir():
        raise SettingsError("the npm packages of the chat page are missing. Run `make setup`.")
    return "npm packages are there"


async def _browser(_settings: Settings) -> str:
    found = await asyncio.to_thread(shutil.which, "chromium")
    if found is None:
        raise SettingsError("chromium is not installed; only the browser tests need it.")
    return found


async def _broker(settings: Settings) -> str:
    if settings.broker is None:
        return "none is set: `consultflow serve` executes runs itself"
    if not await answers(TaskiqLink(settings.broker, _nobody, 1, receives=False)):
        raise SettingsError(
            "I can't reach the one in CONSULTFLOW_BROKER, or it refused me. Is it running, and "
            "are name and password right?"
        )
    return "the one in CONSULTFLOW_BROKER answers"


async def _nobody(_run_id: str) -> None:
    """Leave a run to others: the doctor executes none."""


async def _service(settings: Settings) -> str:
    check_for_service(settings)
    return "everything `consultflow serve` needs is set"


CHECKS: tuple[Check, ...] = (
    ("Python", _python, True),
    ("Database", _database, True),
    ("Chat page", _page, True),
    ("Browser", _browser, False),
    ("Broker", _broker, False),
    ("Serving Teams", _service, False),
)


async def examine(settings: Settings, say: Say, checks: Sequence[Check] = CHECKS) -> int:
    """Run every check; 0 when a local run would work, 1 otherwise."""
    sound = True
    for name, check, needed in checks:
        try:
            say(f"✓ {name}: {await check(settings)}")
        except ConsultFlowError as error:
            say(f"{'✕' if needed else '!'} {name}: {error}")
            sound = sound and not needed
    return 0 if sound else 1
