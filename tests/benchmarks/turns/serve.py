"""Serve one bot on a free port, in a process of its own."""

import asyncio
import sys

from aiohttp import web

from tests.benchmarks.turns.settings import Bench, say


def serve(make):
    """Make the bot with `make(bench)`, listen, tell the port, and stay."""
    asyncio.run(_serve(make, Bench.from_argument(sys.argv[1])))


async def _serve(make, bench):
    process = await make(bench)
    app = web.Application(client_max_size=1024 * 1024)
    app.router.add_post("/api/messages", process)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    say(port=runner.addresses[0][1])
    await asyncio.Event().wait()
