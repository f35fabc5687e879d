"""A Graph to talk to, a person who talks, and the contracts held against every word of it."""

import pytest

from tests.fakes.graph import FakeGraph, FakeTokens, Pauses, broken_rules, graph_client


@pytest.fixture
async def fake(contract_checks):
    async with FakeGraph() as served:
        yield served
        if contract_checks is not None:
            assert broken_rules(served, contract_checks) == []


@pytest.fixture
def tokens():
    return FakeTokens()


@pytest.fixture
def pauses(clock):
    return Pauses(clock)


@pytest.fixture
async def client(fake, clock, pauses):
    async with graph_client(fake, clock, pauses) as opened:
        yield opened


@pytest.fixture
def graph(client, tokens):
    return client.for_user("asha", tokens)
