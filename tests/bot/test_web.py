"""The HTTP side: what watches the process learns whether it lives and whether it can work."""

import socket
from contextlib import closing

import aiohttp
import pytest
from aiohttp import web

from bot.local.mongod import EmbeddedMongod
from bot.web import Site, make_web
from storage.database import open_storage
from storage.errors import UnavailableError


async def take(_request):
    return web.Response(text="taken")


async def answers():
    """A database that is there."""


@pytest.fixture
async def site():
    """Start a site, and ask it; gives status and text."""
    running = []
    async with aiohttp.ClientSession() as session:

        async def start(ping=answers):
            running.append(Site(make_web(messages=take, ping=ping), "127.0.0.1", 0))
            await running[-1].start()

            async def ask(path, method="GET", **more):
                url = f"http://127.0.0.1:{running[-1].port}{path}"
                async with session.request(method, url, **more) as reply:
                    return reply.status, await reply.text()

            return ask

        yield start
        for one in running:
            await one.stop()


async def test_the_process_is_alive_though_its_database_is_away(site):
    async def away():
        raise UnavailableError

    ask = await site(away)
    assert await ask("/healthz") == (200, "ok\n")
    assert await ask("/readyz") == (503, "storage unavailable\n")


async def test_readiness_follows_the_database_away_and_back(site, data_dir, vault):
    """R6: a real server, ended and started again on the same port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with EmbeddedMongod(data_dir, port) as uri:
        storage = await open_storage(uri, sealer=vault, timeout_seconds=1.0)
        ask = await site(storage.ping)
        assert (await ask("/readyz"))[0] == 200
    with closing(storage):
        assert (await ask("/readyz"))[0] == 503
        async with EmbeddedMongod(data_dir, port):
            assert (await ask("/readyz"))[0] == 200


@pytest.mark.parametrize(
    "path, method, status",
    [
        ("/api/messages", "GET", 405),
        ("/api/messages", "POST", 200),
        ("/api/messages", "PUT", 405),
        ("/healthz", "POST", 405),
        ("/healthz", "HEAD", 405),
        ("/", "GET", 404),
        ("/metrics", "GET", 404),
        ("/api/messages/x", "POST", 404),
    ],
)
async def test_only_these_addresses_answer(site, path, method, status):
    assert (await (await site())(path, method))[0] == status


async def test_a_taken_port_is_told_or_left_for_another():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            await Site(web.Application(), "127.0.0.1", port).start()
        other = Site(web.Application(), "127.0.0.1", port, or_any=True)
        await other.start()
        assert other.port not in (0, port)
        await other.stop()


async def test_a_site_that_never_started_can_be_stopped():
    await Site(web.Application(), "127.0.0.1", 0).stop()
