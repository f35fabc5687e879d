"""`consultflow serve`: the bot for Microsoft Teams, on a database you run."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.app.build import Bot, build
from bot.app.database import open_database
from bot.app.memory import keep_what_is_there
from bot.app.sign_in import SignInSettings
from bot.app.signals import stop_event
from bot.auth.app_token import AppIdentity, AppTokenSource, acquire_with_msal, credential_of
from bot.auth.vault import Vault
from bot.clock import SystemClock
from bot.settings import Settings, check_for_service
from bot.teams.settings import EdgeSettings
from bot.web import Site
from storage.database import Storage
from storage.errors import SettingsError

_log = structlog.get_logger()


async def run_service(settings: Settings) -> int:
    """Serve until asked to stop.

    Errors: SettingsError naming what is missing; UnavailableError when the database is away.
    """
    check_for_service(settings)
    # With a broker there are workers, whose number is their owner's choice: nothing is done here.
    async with open_bot(settings, executes=settings.broker is None) as bot:
        await _serve(settings, bot)
    return 0


@asynccontextmanager
async def open_bot(settings: Settings, *, executes: bool) -> AsyncIterator[Bot]:
    """Give the bot of a service, not started yet; it is stopped at the end.

    It `executes` runs, or leaves them to the workers behind the broker.
    Errors: SettingsError; UnavailableError when the database is away.
    """
    vault = Vault.from_settings(settings.keyring or "")
    tokens = AppTokenSource(acquire_with_msal(_identity(settings)), SystemClock())
    async with open_database(settings, vault) as storage:
        await storage.ensure_indexes()
        bot = await _bot(settings, storage, vault, tokens, executes=executes)
        try:
            yield bot
        finally:
            await bot.stop()
            await tokens.close()


async def _bot(
    settings: Settings, storage: Storage, vault: Vault, tokens: AppTokenSource, *, executes: bool
) -> Bot:
    return await build(
        storage=storage,
        edge_settings=EdgeSettings(app_id=settings.app_id or "", tenants=settings.tenants),
        tokens=tokens,
        sealer=vault,
        clock=SystemClock(),
        public_host=settings.public_host,
        api_call_allow=settings.api_call_allow,
        places=settings.workers,
        sign_in=_sign_in(settings),
        broker=settings.broker,
        executes=executes,
    )


def _sign_in(settings: Settings) -> SignInSettings | None:
    """Say how people sign in; nobody can without a public address or with a managed identity."""
    host = settings.public_host
    if host is None or settings.identity == "managed":
        return None
    return SignInSettings(
        app_id=settings.app_id or "",
        credential=credential_of(_identity(settings)),
        tenants=settings.tenants,
        public_url=lambda: f"https://{host}",
        public_host=host,
    )


async def _serve(settings: Settings, bot: Bot) -> None:
    site = Site(bot.web, settings.host, settings.port)
    stopping = stop_event()
    try:
        await site.start()
    except OSError as error:
        raise SettingsError(_refused(settings, error)) from error
    try:
        await bot.start()
        keep_what_is_there()
        _log.info("serving", host=settings.host, port=site.port)
        await stopping.wait()
    finally:
        await site.stop()


def _refused(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is taken. Set CONSULTFLOW_PORT."
    return (
        f"I can't listen on {settings.host}, port {settings.port}. "
        "Set CONSULTFLOW_HOST and CONSULTFLOW_PORT."
    )


def _identity(settings: Settings) -> AppIdentity:
    return AppIdentity(
        app_id=settings.app_id or "",
        tenant_id=settings.tenant_id or "",
        secret=settings.client_secret if settings.identity == "secret" else None,
        certificate_path=settings.certificate_path if settings.identity == "certificate" else None,
        certificate_thumbprint=settings.certificate_thumbprint,
        managed=settings.identity == "managed",
        managed_client_id=settings.managed_client_id,
    )
