"""Teams delivers things twice, late, and while we are slow: each is done once."""

import asyncio
from datetime import timedelta

import pytest

from bot.teams.messages import SENTENCE
from cards.elements import Card, text
from tests.fakes.activities import GROUP, PERSONAL, execute, mentioning, message

HOME = {"cf": 1, "verb": "home"}
CARD = Card((text("Done"),), "Done")


@pytest.fixture
def url(connector):
    return connector.service_url


async def test_a_message_delivered_three_times_at_once_is_one_turn(edge, url):
    body = message(url, "run it")
    answers = await asyncio.gather(*(edge.post(body) for _ in range(3)))
    assert answers == [(200, None)] * 3
    assert len(edge.turns) == 1


async def test_a_press_delivered_three_times_at_once_is_one_turn(edge, url):
    body = execute(url, HOME)
    answers = await asyncio.gather(*(edge.post(body) for _ in range(3)))
    assert len(edge.turns) == 1
    assert [answer["statusCode"] for _, answer in answers] == [200] * 3
    assert {answer["type"] for _, answer in answers} == {SENTENCE}


async def test_a_replayed_token_with_a_known_id_is_dropped(edge, url):
    body, token = message(url, "run it"), edge.token()
    await edge.post(body, token=token)
    assert await edge.post({**body, "text": "delete it"}, token=token) == (200, None)
    assert [turn.text for turn in edge.turns] == ["run it"]


async def test_the_same_id_in_another_conversation_is_another_message(edge, url):
    body = message(url, "hi")
    await edge.post(body)
    await edge.post({**mentioning(url, "hi", conversation=GROUP), "id": body["id"]})
    assert len(edge.turns) == 2


async def test_a_turn_that_takes_long_is_answered_in_time_and_goes_on(edge_with, connector, url):
    go_on = asyncio.Event()

    async def answer(_turn):
        await go_on.wait()
        return ["done at last"]

    async with edge_with(answer_within=timedelta(milliseconds=20), answer=answer) as edge:
        assert await edge.post(message(url, "slow")) == (200, None)
        assert not connector.said
        go_on.set()
        await edge.edge.settle()
        assert [call.text for call in connector.said] == ["done at last"]


@pytest.mark.parametrize("place,kind", [(PERSONAL, "update"), (GROUP, "send")])
async def test_a_press_that_takes_long_shows_its_card_later(edge_with, connector, url, place, kind):
    go_on = asyncio.Event()

    async def answer(_turn):
        await go_on.wait()
        return [CARD]

    async with edge_with(answer_within=timedelta(milliseconds=20), answer=answer) as edge:
        _, answered = await edge.post(execute(url, HOME, conversation=place))
        assert answered["type"] == SENTENCE
        go_on.set()
        await edge.edge.settle()
        assert [(c.kind, c.card) for c in connector.said] == [(kind, CARD.to_json())]


async def test_a_press_that_fails_late_says_so(edge_with, connector, url):
    go_on = asyncio.Event()

    async def answer(_turn):
        await go_on.wait()
        raise KeyError("a bug")

    async with edge_with(answer_within=timedelta(milliseconds=20), answer=answer) as edge:
        await edge.post(execute(url, HOME, conversation=GROUP))
        go_on.set()
        await edge.edge.settle()
        assert "went wrong on my side" in connector.said[0].text


async def test_closing_waits_for_turns_under_way(edge_with, connector, url):
    go_on = asyncio.Event()

    async def answer(_turn):
        await go_on.wait()
        return ["done"]

    async with edge_with(answer_within=timedelta(milliseconds=1), answer=answer) as edge:
        await edge.post(message(url, "slow"))
        go_on.set()
    assert [call.text for call in connector.said] == ["done"]
