"""Speaking unasked: within Teams' limits, and a run's card always ends in its last state."""

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from bot.teams.connector import ConnectorError
from bot.teams.limiter import Limiter
from bot.teams.notifier import Notifier
from cards.elements import Card, CardTooLargeError, text
from storage.errors import UnavailableError
from storage.models import Conversation, ConversationKind
from tests.fakes.activities import BOT
from tests.fakes.connector import Fault
from tests.fakes.keys import TENANT


def card(words):
    return Card((text(words),), words)


@dataclass
class Still:
    """A picture that stays as it is, and notes what is said to it."""

    words: str
    told: list = field(default_factory=list)
    moves: int = 0

    async def card(self):
        self.told.append("drawn")
        return card(self.words)

    async def delivered(self):
        self.told.append("delivered")
        self.moves -= 1
        return self.moves >= 0

    async def refused(self):
        self.told.append("refused")


class Unread(Still):
    """A picture whose database does not answer at first."""

    async def card(self):
        if not self.told:
            self.told.append("down")
            raise UnavailableError
        return await super().card()


class Undrawable(Still):
    """A picture that fits on no card."""

    async def card(self):
        raise CardTooLargeError("Too large.")


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
        await notifier.update(place, "17", Still(f"step {step}"), resting=False)
    await notifier.settle()
    assert shown(connector)[-1] == "step 19"
    assert len(connector.said) <= 2


async def test_updates_of_one_card_are_a_second_apart(edge, notifier, connector, place):
    times = []
    for step in range(3):
        await notifier.update(place, "17", Still(f"step {step}"), resting=False)
        await connector.until(lambda c, n=step: len(c.said) > n)
        times.append(edge.clock.now())
    await notifier.settle()
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    assert all(gap >= 1 for gap in gaps)


async def test_a_state_that_stays_does_not_wait_behind_those_that_pass(
    edge, connector, clock, place
):
    gate = asyncio.Event()

    async def pause(seconds):
        await gate.wait()
        clock.pass_(seconds)

    notifier = Notifier(edge.edge.connector, Limiter(clock, pause), pause, lambda: 0.0)
    for number in range(20):
        await notifier.update(place, f"{number}", Still("passing"), resting=False)
    await connector.until(lambda c: len(c.said) == 5)
    await notifier.update(place, "19", Still("last"), resting=True)
    await connector.until(lambda c: len(c.said) == 6)
    assert (connector.said[5].target, shown(connector)[5]) == ("19", "last")
    gate.set()
    await notifier.settle()
    assert len(connector.said) == 20


async def test_two_cards_do_not_wait_for_each_other(notifier, connector, place):
    connector.fail(Fault("hang", kinds=("update",)))
    await notifier.update(place, "17", Still("stuck"), resting=False)
    await connector.until(lambda c: len(c.said) == 1)
    await notifier.update(place, "18", Still("free"), resting=False)
    await connector.until(lambda c: len(c.said) == 2)
    assert connector.said[1].target == "18"
    connector.never.set()
    await notifier.settle()


async def test_runs_in_one_conversation_share_its_limit_fairly(notifier, connector, place):
    pictures = {f"{number}": Still("busy", moves=10) for number in range(10)}
    for activity, picture in pictures.items():
        await notifier.update(place, activity, picture, resting=False)
    await notifier.settle()
    targets = [call.target for call in connector.said]
    assert len(targets) == 110
    for begin in range(0, 110, 10):
        assert len(set(targets[begin : begin + 10])) >= 9


@pytest.mark.parametrize("what", [412, 429, 500, 502, 503, 504, "drop"])
async def test_what_passes_is_tried_again_until_the_card_is_shown(notifier, connector, place, what):
    connector.fail(*[Fault(what, kinds=("update",))] * 7)
    still = Still("done")
    await notifier.update(place, "17", still, resting=True)
    await notifier.settle()
    assert shown(connector) == ["done"] * 8
    assert still.told.count("delivered") == 1
    assert "refused" not in still.told


async def test_tries_come_later_and_later_and_not_at_the_same_moment(
    edge, notifier, connector, place
):
    connector.fail(*[502] * 9)
    await notifier.update(place, "17", Still("done"), resting=True)
    await notifier.settle()
    waits = [seconds for seconds in edge.pauses if seconds > 1][:8]
    for tries, seconds in enumerate(waits):
        least = min(2**tries, 60)
        assert least <= seconds <= least * 1.5
    assert len({round(seconds / 2**tries, 3) for tries, seconds in enumerate(waits[:6])}) > 1


@pytest.mark.parametrize("asked", [7, 90, 600])
async def test_a_card_comes_no_sooner_than_teams_says(edge, notifier, connector, place, asked):
    connector.fail(Fault(429, {"Retry-After": str(asked)}))
    begun = edge.clock.now()
    await notifier.update(place, "17", Still("done"), resting=True)
    await connector.until(lambda c: len(c.said) == 2)
    assert (edge.clock.now() - begun).total_seconds() >= asked
    await notifier.settle()


async def test_a_newer_state_overtakes_one_that_failed(notifier, connector, place):
    connector.fail(Fault("hang", kinds=("update",)))
    await notifier.update(place, "17", Still("old"), resting=True)
    await connector.until(lambda c: len(c.said) == 1)
    await notifier.update(place, "17", Still("new"), resting=True)
    connector.never.set()
    await notifier.settle()
    assert shown(connector) == ["old", "new"]


@pytest.mark.parametrize("status", [400, 403, 404, 413])
async def test_a_card_that_is_gone_is_let_go(notifier, connector, place, status):
    connector.fail(status)
    still = Still("done")
    await notifier.update(place, "17", still, resting=True)
    await notifier.settle()
    assert len(connector.said) == 1
    assert still.told == ["drawn", "refused"]


async def test_a_card_teams_never_takes_is_left_for_later(notifier, connector, place):
    connector.fail(*[502] * 50)
    still = Still("done")
    await notifier.update(place, "17", still, resting=True)
    await notifier.settle()
    assert len(connector.said) == 12
    assert set(still.told) == {"drawn"}


async def test_a_database_that_does_not_answer_is_asked_again(notifier, connector, place):
    unread = Unread("done")
    await notifier.update(place, "17", unread, resting=True)
    await notifier.settle()
    assert shown(connector) == ["done"]
    assert unread.told == ["down", "drawn", "delivered"]


async def test_a_card_that_cannot_be_drawn_ends_nothing_else(notifier, connector, place):
    await notifier.update(place, "17", Undrawable("x"), resting=True)
    await notifier.update(place, "18", Still("done"), resting=True)
    await notifier.settle()
    assert shown(connector) == ["done"]


async def test_a_run_that_moved_while_it_was_drawn_is_drawn_again(notifier, connector, place):
    await notifier.update(place, "17", Still("done", moves=1), resting=True)
    await notifier.settle()
    assert shown(connector) == ["done", "done"]


async def test_a_message_waits_for_its_turn_and_is_tried_three_times(notifier, connector, place):
    connector.fail(429, 429)
    await notifier.send(place, "hello")
    assert len(connector.said) == 3
    connector.fail(429, 429, 429)
    with pytest.raises(ConnectorError) as caught:
        await notifier.send(place, "hello")
    assert caught.value.status == 429
    assert len(connector.said) == 6


async def test_a_message_does_not_wait_for_as_long_as_teams_may_say(notifier, connector, place):
    connector.fail(Fault(429, {"Retry-After": "3600"}))
    with pytest.raises(ConnectorError) as caught:
        await notifier.send(place, "hello")
    assert caught.value.retry_after_seconds == 3600
    assert len(connector.said) == 1


async def test_a_message_nobody_may_get_raises(notifier, connector, place):
    connector.fail(403)
    with pytest.raises(ConnectorError):
        await notifier.send(place, "hello")


async def test_closing_brings_the_last_state(edge_with, connector, place):
    async with edge_with() as edge:
        await edge.edge.notifier.update(place, "17", Still("done"), resting=True)
    assert shown(connector) == ["done"]
