"""A bot in a process of its own, which can be told to be killed at its n-th write to a run.

Started by test_kill.py and test_brokers.py; says its port on standard output, 0 where it opens
none. As in service it serves, executes, or does both: `role` is serve, worker or both.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.app.build import build
from bot.app.worker import work
from bot.auth.app_token import FixedToken
from bot.auth.vault import Vault
from bot.clock import SystemClock
from bot.local.drive import LocalDrive
from bot.teams.settings import EdgeSettings
from bot.telemetry import set_up_logging
from bot.web import Site
from storage.database import open_storage
from tests.fakes.crash import CrashAt


def die():
    """End as a power cut would: no cleanup, no goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


async def serve(told):
    """Run the bot until the process ends."""
    vault = Vault({"k1": b"1" * 32}, "k1")
    storage = await open_storage(told["mongo_uri"], sealer=vault)
    role = told.get("role", "both")
    if told.get("die_at_write"):
        runs = CrashAt(storage.runs, told["die_at_write"], after=told["die_after_it"], die=die)
        storage = replace(storage, runs=runs)
    bot = await build(
        storage=storage,
        edge_settings=EdgeSettings(
            app_id=told["app_id"],
            tenants=frozenset({told["tenant_id"]}),
            open_id_url=told["open_id_url"],
            service_hosts=frozenset(),
            file_hosts=frozenset(),
            loopback=True,
        ),
        tokens=FixedToken(told["bot_token"]),
        sealer=vault,
        clock=SystemClock(),
        drive=LocalDrive(Path(told["drive"]), url=told["teams_url"]),
        api_call_allow=frozenset(told["allow"]),
        lease=timedelta(seconds=2),
        places=told.get("places", 8),
        broker=told.get("broker"),
        executes=role != "serve",
    )
    if role == "worker":
        say(0)
        await work(bot)
        await bot.stop()
        return
    site = Site(bot.web, "127.0.0.1", 0)
    await site.start()
    await bot.start()
    say(site.port)
    await asyncio.Event().wait()


def say(port):
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    set_up_logging()
    asyncio.run(serve(json.loads(sys.argv[1])))
