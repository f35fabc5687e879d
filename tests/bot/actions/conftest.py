"""What the actions that leave the house are given: a Graph, a bot that posts, and minutes."""

import pytest

from bot.actions.generate_mom import Config as Notes
from bot.actions.generate_mom import generate_mom
from tests.fakes.contexts import BotPost, context_for
from tests.fakes.graph import FakeGraph, FakeTokens, Pauses, broken_rules, graph_client
from tests.fakes.notes import FX_1


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
async def client_of(fake, clock):
    """Make Graph as somebody who has not consented to some permissions."""
    async with graph_client(fake, clock, Pauses(clock)) as client:
        yield lambda *missing: client.for_user("asha", FakeTokens(*missing))


@pytest.fixture
async def graph(fake, clock, tokens):
    async with graph_client(fake, clock, Pauses(clock)) as client:
        yield client.for_user("asha", tokens)


@pytest.fixture
def bot_post():
    return BotPost()


@pytest.fixture
def given(graph, bot_post):
    """Make the context of a step that follows minutes of some notes; None for no minutes."""

    async def make(step_id, notes=FX_1, **more):
        inputs = {"timeZone": "Asia/Kolkata", **more.pop("inputs", {})}
        outputs = {}
        if notes is not None:
            context = context_for("generate_mom", inputs={**inputs, "notes": notes})
            made = await generate_mom.run(Notes(), context)
            outputs = {"generate_mom": made.model_dump(mode="json")}
        services = {"graph": graph, "post": bot_post, **more}
        return context_for(step_id, inputs=inputs, outputs=outputs, **services)

    return make


@pytest.fixture
def go(given):
    """Run an action as the engine does: what it proposes, what its owner changes, what is done."""

    async def run(action, settings, changes=None, **more):
        context = await given(action.name, **more)
        seen = await action.propose(settings, context)
        config = action.config.model_validate({**seen, **(changes or {})})
        return await action.run(config, context)

    return run
