"""`consultflow local`: everything on this machine, and on this machine only."""

import asyncio
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.app.build import Bot, build
from bot.app.database import open_database
from bot.app.local_keys import local_vault
from bot.app.memory import keep_what_is_there
from bot.app.sign_in import SignInSettings
from bot.app.signals import stop_event
from bot.auth.app_token import FixedToken
from bot.auth.consent import WHO, scopes_known
from bot.auth.pages import END
from bot.auth.vault import Vault
from bot.clock import SystemClock
from bot.local.people import PEOPLE
from bot.local.script import play_file
from bot.local.teams import LocalTeams
from bot.registry import collect
from bot.settings import DEFAULT_PORT, Settings
from bot.teams.settings import EdgeSettings
from bot.turn import Command
from bot.web import Site
from storage.database import Storage
from storage.errors import SettingsError

LOOPBACK = "127.0.0.1"
PAGE_PORT = 8765
# Nobody else works on an embedded database, so what a killed process held is free soon.
_LEASE = timedelta(seconds=6)


async def run_local(
    settings: Settings, *, port: int | None, open_browser: bool, script: Path | None
) -> int:
    """Run the bot and a local Teams until asked to stop, or until the script has ended.

    Errors: SettingsError, one sentence, for a taken port, a data folder in use, missing parts.
    """
    vault = await asyncio.to_thread(local_vault, settings)
    async with open_database(settings, vault) as storage:
        await storage.ensure_indexes()
        quiet = script is not None
        async with _running(settings, storage, vault, port, quiet=quiet) as (teams, address):
            if script is not None:
                return await play_file(script, teams, print)
            await _stay(teams, address, open_browser=open_browser)
    return 0


@asynccontextmanager
async def _running(
    settings: Settings, storage: Storage, vault: Vault, port: int | None, *, quiet: bool
) -> AsyncIterator[tuple[LocalTeams, str]]:
    """Run everything; give the local Teams, and the address where the bot takes activities."""
    commands = [(one.words[0], one.summary) for one in collect("bot.handlers", Command)]
    history = None if quiet else settings.data_dir / "teams.jsonl"
    teams = LocalTeams(
        settings.data_dir / "drive", commands=commands, history=history, signs_in=True
    )
    await _open_page(teams, port, quiet=quiet)
    async with AsyncExitStack() as open_now:
        open_now.push_async_callback(teams.close)  # last: the bot still brings its waiting cards
        address = _Address()
        bot = await _bot(settings, storage, vault, teams, address)
        open_now.push_async_callback(bot.stop)
        site = Site(bot.web, LOOPBACK, 0 if quiet else DEFAULT_PORT, or_any=True)
        open_now.push_async_callback(site.stop)
        await site.start()
        address.url = f"http://{LOOPBACK}:{site.port}"
        _consent(teams, everything=quiet)
        teams.microsoft.redirect_uris.add(f"{address.url}{END}")
        await bot.start()
        keep_what_is_there()
        messages = f"{address.url}/api/messages"
        await teams.connect(messages)
        yield teams, messages


def _consent(teams: LocalTeams, *, everything: bool) -> None:
    """Let the local organisation have agreed to the sign-in; a script can't press, so to all."""
    for person in PEOPLE:
        teams.microsoft.consent(person, WHO, *(scopes_known() if everything else ()))


@dataclass(slots=True)
class _Address:
    """Where the bot is reached: known once it listens, asked for by who was made before that."""

    url: str = ""


async def _bot(
    settings: Settings, storage: Storage, vault: Vault, teams: LocalTeams, address: _Address
) -> Bot:
    microsoft = teams.microsoft
    return await build(
        storage=storage,
        edge_settings=EdgeSettings(
            app_id=teams.app_id,
            tenants=frozenset({teams.tenant_id}),
            open_id_url=teams.open_id_url,
            service_hosts=frozenset(),
            file_hosts=frozenset(),
            loopback=True,
            unsigned_loopback=True,
        ),
        tokens=FixedToken(teams.bot_token),
        sealer=vault,
        clock=SystemClock(),
        drive=teams.drive,
        api_call_allow=settings.api_call_allow,
        places=settings.workers,
        lease=_LEASE,
        sign_in=SignInSettings(
            app_id=teams.app_id,
            credential=microsoft.client_secret,
            tenants=frozenset({teams.tenant_id}),
            public_url=lambda: address.url,
            authority=microsoft.entra_url,
            issuer=microsoft.entra_url,
            open_id_url=microsoft.open_id_url,
            http=microsoft.http_client(),
            visited=lambda address: address.replace(microsoft.entra_url, microsoft.url, 1),
        ),
        graph_url=microsoft.graph_url,
    )


async def _open_page(teams: LocalTeams, port: int | None, *, quiet: bool) -> None:
    """Take the port that was asked for; without a wish the usual one, or any when it is taken."""
    if port is not None or quiet:
        await teams.start(port=port or 0)
        return
    try:
        await teams.start(port=PAGE_PORT)
    except SettingsError:
        await teams.start(port=0)


async def _stay(teams: LocalTeams, address: str, *, open_browser: bool) -> None:
    stopping = stop_event()
    sys.stdout.write(
        f"ConsultFlow is running on this machine only: {teams.url}\n"
        f"Other local clients can use {address}\n"
        "Without an app id nothing outside can reach it. Press Ctrl-C to end.\n"
    )
    sys.stdout.flush()
    if open_browser:
        await asyncio.to_thread(webbrowser.open, teams.url)
    await stopping.wait()
    with suppress(BrokenPipeError):  # whoever read it may be gone first
        sys.stdout.write("\nEnding.\n")
        sys.stdout.flush()
