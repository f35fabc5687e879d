"""Worker processes, and the world outside them."""

import os
import random

import pytest

from bot.clock import SystemClock
from tests.crash.ground import Ground, told_of
from tests.crash.nursery import open_nursery
from tests.crash.outside import Outside


@pytest.fixture(scope="session")
def nursery():
    return open_nursery()


@pytest.fixture
async def outside(tmp_path, raw):
    world = Outside(tmp_path, raw)
    await world.start()
    yield world
    await world.close()


@pytest.fixture
async def ground(storage, raw, outside, nursery, mongo_uri, tmp_path):
    told = told_of(outside, mongo_uri, tmp_path)
    made = Ground(storage, raw, SystemClock(), outside, nursery, told)
    await made.settle()
    yield made
    await made.close()


@pytest.fixture
def seed():
    """Another seed each time; the table says which it was."""
    return int(os.environ.get("CONSULTFLOW_SEED") or random.randrange(10**6))
