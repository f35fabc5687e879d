"""What the edge's tests share: real keys, a recording connector, an edge between them."""

import json
import os
from pathlib import Path

import pytest

from tests.fakes.connector import FakeConnector
from tests.fakes.edge import TestedEdge
from tests.fakes.keys import KeyServer


@pytest.fixture
def checker(request):
    """The contracts' checker where the shared folder is; None elsewhere."""
    if not os.environ.get("CONSULTFLOW_CONTRACTS"):
        return None
    return request.getfixturevalue("contract_check")


@pytest.fixture
async def keys():
    async with KeyServer("k1") as server:
        yield server


@pytest.fixture
async def connector(checker):
    async with FakeConnector(checker) as server:
        yield server


@pytest.fixture
async def edge(keys, connector, storage, clock):
    async with TestedEdge(keys=keys, connector=connector, storage=storage, clock=clock) as tested:
        yield tested


@pytest.fixture
def edge_with(keys, connector, storage, clock):
    """Make an edge with other settings, to be entered by the test."""

    def make(**settings):
        return TestedEdge(keys=keys, connector=connector, storage=storage, clock=clock, **settings)

    return make


@pytest.fixture
def samples():
    """Activities as Teams documents them, by name, or skip."""
    home = os.environ.get("CONSULTFLOW_CONTRACTS")
    folder = Path(home or ".") / "activity" / "samples"
    if not home or not folder.exists():
        pytest.skip("CONSULTFLOW_CONTRACTS names no folder that holds activity samples")
    found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    return {
        name: sample
        for name, sample in found.items()
        if not name.startswith(("INDEX", "outgoing")) and "conversation" in sample
    }
