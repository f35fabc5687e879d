"""Speaking unasked: within Teams' limits, and a run's card always ends in its last state."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from bot.teams.connector import ConnectorError
from bot.teams.limiter import Limiter
from cards.elements import Card, text
from storage.models import Conversation, ConversationKind
from tests.fakes.activities import BOT
from tests.fakes.connector import Fault
from tests.fakes.keys import TENANT


def card(words):
    return Card((text(words),), words)


@pytest.fixture
def place(connector):
    return Conversation(
        "19:2da4c29f@thread.v2", ConversationKind.GROUP, TENANT, connector.service_url, BOT
    )


@pytest.fixture
def notifier(edge):
    return edge.edge.notifier


def shown(connector):
    return [call.card["body"][0]["inlines"][0]["text"] for call in connector.said]


async def test_a_message_and_a_card_are_sent(notifier, connector, place):
    first = await notifier.send(place, "hello")
    second = await notifier.send(place, card("Run"))
    assert [call.id for call in connector.said] == [first, second]
    assert connector.said[0].text == "hello"
    assert connector.said[1].body["summary"] == "Run"


async def test_a_card_shows_its_last_state_and_few_of_those_before(notifier, connector, place):
    for step in range(20):
        await notifier.update(place, "17", card(f"step {step}"))
    await notifier.settle()
    assert shown(connector)[-1] == "step 19"
    assert len(connector.said) <= 2


async def test_updates_of_one_card_are_a_second_apart(edge, notifier, connector, place):
    times = []

    async def watch():
        for step in range(3):
            await notifier.update(place, "17", card(f"step {step}"))
            await connector.until(lambda c, n=step: len(c.said) > n)
            times.append(edge.clock.now())

    await watch()
    await notifier.settle()
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    assert all(gap >= 1 for gap in gaps)


async def test_two_cards_do_not_wait_for_each_other(notifier, connector, place):
    connector.fail(Fault("hang", kinds=("update",)))
    await notifier.update(place, "17", card("stuck"))
    await connector.until(lambda c: len(c.said) == 1)
    await notifier.update(place, "18", card("free"))
    await connector.until(lambda c: len(c.said) == 2)
    assert connector.said[1].target == "18"
    connector.never.set()
    await notifier.settle()


async def test_a_card_teams_is_too_busy_for_is_shown_later(notifier, connector, place):
    connector.fail(*[Fault(429, kinds=("update",))] * 7)
    await notifier.update(place, "17", card("done"))
    await notifier.settle()
    assert shown(connector)[-1] == "done"
    assert len(connector.said) == 8


async def test_a_newer_state_overtakes_one_that_failed(edge, notifier, connector, place):
    connector.fail(*[Fault(502, kinds=("update",))] * 3)
    await notifier.update(place, "17", card("old"))
    await connector.until(lambda c: len(c.said) >= 1)
    await notifier.update(place, "17", card("new"))
    await notifier.settle()
    assert shown(connector)[-1] == "new"
    assert shown(connector).count("old") == 3


@pytest.mark.parametrize("status", [403, 404])
async def test_a_card_that_is_gone_is_let_go(notifier, connector, place, status):
    connector.fail(status)
    await notifier.update(place, "17", card("done"))
    await notifier.settle()
    assert len(connector.said) == 1


async def test_a_message_nobody_may_get_raises(notifier, connector, place):
    connector.fail(403)
    with pytest.raises(ConnectorError):
        await notifier.send(place, "hello")


async def test_closing_brings_the_last_state(edge_with, connector, place):
    async with edge_with() as edge:
        await edge.edge.notifier.update(place, "17", card("done"))
    assert shown(connector) == ["done"]


async def through(limiter, clock, place, count):
    """Give at which second each of so many calls went through."""
    begun, times = clock.now(), []
    for _ in range(count):
        await limiter.wait_for(place)
        times.append((clock.now() - begun).total_seconds())
    return times


async def test_teams_limits_are_kept_to_in_every_window(clock, place):
    async def pause(seconds):
        clock.pass_(seconds)

    times = await through(Limiter(clock, pause), clock, place, 2000)
    for most, seconds in ((7, 1), (8, 2), (60, 30), (1800, 3600)):
        windows = zip(times, times[most:], strict=False)
        assert all(last - first >= seconds - 1e-3 for first, last in windows), (most, seconds)
    assert times[6] == 0


async def test_one_conversation_does_not_wait_for_another(clock, place):
    async def pause(seconds):
        clock.pass_(seconds)

    limiter = Limiter(clock, pause)
    await through(limiter, clock, place, 7)
    assert await through(limiter, clock, replace(place, id="19:other@thread.v2"), 1) == [0]
    assert (await through(limiter, clock, place, 1))[0] > 0


async def test_many_at_once_keep_to_the_limits_too(clock, place):
    async def pause(seconds):
        clock.pass_(seconds)
        await asyncio.sleep(0)

    limiter, begun = Limiter(clock, pause), clock.now()
    await asyncio.gather(*(limiter.wait_for(place) for _ in range(60)))
    assert (clock.now() - begun).total_seconds() >= 12
