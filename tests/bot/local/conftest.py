"""A local Teams with a tiny bot in it."""

import random

import pytest

from bot.clock import SystemClock
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
