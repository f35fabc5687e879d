"""A local Teams with a tiny bot in it."""

import json
import random

import aiohttp
import pytest
from yarl import URL

from bot.clock import SystemClock
from bot.local.ids import Ids
from bot.local.microsoft import LocalMicrosoft
from bot.local.teams import LocalTeams
from tests.fakes.echo_bot import EchoBot


@pytest.fixture
def exchanges():
    return []


@pytest.fixture
def sent():
    return []


@pytest.fixture
async def teams(tmp_path, clock, exchanges, sent):
    """A local Teams on a free port; every call to its connector lands in `exchanges`."""
    local = LocalTeams(
        tmp_path / "drive",
        clock=clock,
        token_clock=SystemClock(),
        chance=random.Random(1),
        on_exchange=exchanges.append,
        on_activity=sent.append,
        invoke_seconds=1.0,
        modules=tmp_path / "no-modules",
    )
    await local.start()
    yield local
    await local.close()


@pytest.fixture
async def bot(teams):
    echo = await EchoBot().start(teams)
    yield echo
    await echo.close()


class Ticks:
    """Seconds that fly, until a test says otherwise: rates have tests of their own."""

    def __init__(self):
        self.now, self.step = 0.0, 60.0

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
async def microsoft(clock, ticks, contract_checks):
    """A local Entra and Graph on a free port; what they said is held against the contracts.

    A call that was refused was wrong on purpose: of that only the answer must be as it should.
    """
    found = []
    local = LocalMicrosoft(
        clock=clock,
        ids=Ids(clock, random.Random(1)),
        seconds=ticks,
        on_exchange=lambda *told: found.append(told),
        redirect_uris={"https://bot.example/auth/end?from=teams"},
    )
    await local.start()
    yield local
    await local.close()
    if contract_checks is None:
        return
    checks = {"entra": contract_checks.check_entra, "graph": contract_checks.check_graph}
    wrong = [
        (exchange["method"], exchange["url"], str(problem))
        for which, exchange in found
        for problem in checks[which](exchange)
        if exchange["status"] < 400 or problem.where == "response"
        if not str(exchange["response_headers"].get("Content-Type")).startswith("text/html")
    ]
    assert wrong == []


class Asking:
    """Calls Graph as one person whose token carries the given permissions."""

    def __init__(self, session, microsoft):
        self._session = session
        self.microsoft = microsoft

    async def __call__(self, method, path, scopes="", person="asha", token=None, **more):
        """Give status, body and headers of the answer."""
        given = self.microsoft.graph_token(person, *scopes.split()) if token is None else token
        headers = {"Authorization": f"Bearer {given}", **more.pop("headers", {})}
        url = URL(path if "://" in path else self.microsoft.graph_url + path, encoded=True)
        async with self._session.request(method, url, headers=headers, **more) as reply:
            text = await reply.text()
            kind = reply.headers.get("Content-Type", "")
            return reply.status, json.loads(text) if "json" in kind else text, reply.headers


@pytest.fixture
async def ask(microsoft):
    async with aiohttp.ClientSession() as session:
        yield Asking(session, microsoft)
