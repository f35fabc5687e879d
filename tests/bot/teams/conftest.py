"""What the edge's tests share: real keys, a recording connector, an edge between them."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from storage.models import Conversation, ConversationKind, PlanStep, Step
from tests.bot.teams.card_process import SAVE, Process
from tests.cards import record_samples
from tests.fakes.activities import BOT
from tests.fakes.connector import FakeConnector
from tests.fakes.edge import TestedEdge
from tests.fakes.keys import TENANT, KeyServer


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


@pytest.fixture
def card_place(connector):
    return Conversation(
        "19:x@thread.v2", ConversationKind.GROUP, TENANT, connector.service_url, BOT
    )


@pytest.fixture
def runs(storage):
    return storage.runs


@pytest.fixture
def process(edge, runs):
    return lambda: Process(edge, runs)


@pytest.fixture
def accepted(runs, clock, card_place):
    """Keep a run of two steps that a message shows; `named` tells several apart."""

    async def accept(named="k", activity="17", **changes):
        run = replace(
            record_samples.running(),
            key=named, created_at=clock.now(), updated_at=clock.now(),
            due_at=clock.now(), plan=tuple(PlanStep(one, "save_data") for one in SAVE),
            steps=tuple(Step(one, "save_data") for one in SAVE), **changes,
        )  # fmt: skip
        kept, _new = await runs.accept(run)
        return await runs.show_at(kept.id, card_place, activity, now=clock.now())

    return accept
