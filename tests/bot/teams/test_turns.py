"""What a person says and presses, and what they get back: through HTTP, signed, both ways."""

import asyncio
import json

import pytest

from cards.elements import Card, text
from storage.models import ConversationKind
from tests.fakes.activities import (
    ANA,
    BEN,
    BOT,
    CHANNEL,
    GROUP,
    PERSONAL,
    activity,
    keep_to_contract,
    mentioning,
    message,
)

HOME = {"cf": 1, "verb": "home"}
REFRESH = {"cf": 1, "verb": "run.refresh", "run": "R-7F3A"}
ADAPTIVE = "application/vnd.microsoft.card.adaptive"
SENTENCE = "application/vnd.microsoft.activity.message"


def card(words="Hello", run_id=None):
    return Card((text(words),), f"Summary of {words}", run_id=run_id)


def saying(*replies):
    async def answer(_turn):
        return list(replies)

    return answer


@pytest.fixture
def url(connector):
    return connector.service_url


async def test_words_are_answered_with_messages_in_order(edge, url, checker):
    edge.answer = saying("one", card(), "two")
    body = message(url, "help")
    keep_to_contract(checker, body)
    assert await edge.post(body) == (200, None)
    said = edge.connector.said
    assert [(c.kind, c.target) for c in said] == [("reply", body["id"])] * 3
    assert [c.text for c in said] == ["one", None, "two"]
    assert said[1].card == card().to_json()
    assert said[1].body["summary"] == "Summary of Hello"
    assert said[0].body["from"]["id"] == BOT


async def test_the_turn_says_who_where_when_and_in_which_time_zone(edge, url):
    await edge.post(message(url, " logs\N{NO-BREAK SPACE}failed "))
    turn = edge.turns[0]
    assert turn.text == "logs failed"
    assert turn.user.name == "Ana Lima"
    assert turn.conversation.id == PERSONAL["id"]
    assert turn.personal
    assert turn.now == edge.clock.now()
    assert turn.time_zone == "Europe/Lisbon"


async def test_in_a_channel_the_answer_lands_in_the_thread(edge, url):
    edge.answer = saying("here")
    body = mentioning(url, "<at>ConsultFlow</at> help")
    await edge.post(body)
    assert edge.turns[0].text == "help"
    assert edge.turns[0].conversation.kind is ConversationKind.CHANNEL
    assert edge.connector.said[0].conversation == CHANNEL["id"]


async def test_an_empty_message_is_not_a_turn(edge, url):
    assert await edge.post(mentioning(url, "<at>ConsultFlow</at>")) == (200, None)
    assert not edge.turns


async def test_a_message_with_a_runs_card_is_where_the_run_shows(edge, url):
    edge.answer = saying(card("Run", run_id="r1"))
    await edge.post(message(url, "run it"))
    assert edge.shown == [("r1", PERSONAL["id"], edge.connector.said[0].id)]


@pytest.mark.parametrize("name", [None, "task/fetch", "signin/failure", "no/such"])
async def test_an_unknown_invoke_is_501(edge, url, name):
    assert await edge.post(activity(url, "invoke", name=name, value={})) == (501, None)


@pytest.mark.parametrize(
    "kind", ["messageReaction", "messageUpdate", "messageDelete", "typing", "event", "handoff", "x"]
)
async def test_what_the_bot_has_no_use_for_is_200(edge, url, kind):
    assert await edge.post(activity(url, kind)) == (200, None)
    assert not edge.turns


async def test_every_sample_teams_documents_is_answered(edge, url, samples):
    for name, sample in samples.items():
        body = {
            **sample,
            "serviceUrl": url,
            "channelId": "msteams",
            "id": sample.get("id") or name,
            "conversation": {**sample["conversation"], "tenantId": PERSONAL["tenantId"]},
            "channelData": {
                **sample.get("channelData", {}),
                "tenant": {"id": PERSONAL["tenantId"]},
            },
        }
        status, _ = await edge.post(body)
        assert status in (200, 501), name


async def test_expected_replies_come_back_in_the_answer(edge, url):
    edge.answer = saying("one", card())
    _, answer = await edge.post(message(url, "help", deliveryMode="expectReplies"))
    assert [a.get("text") for a in answer["activities"]] == ["one", None]
    assert not edge.connector.said


@pytest.mark.parametrize("place", [PERSONAL, GROUP, CHANNEL])
async def test_a_new_place_is_greeted_once(edge, url, place, checker):
    async def welcome(where):
        return [card(f"Welcome {where.kind.value}")]

    edge.welcome = welcome
    installed = activity(url, "installationUpdate", conversation=place, action="add")
    added = activity(
        url, "conversationUpdate", conversation=place, membersAdded=[{"id": BOT}, {"id": ANA["id"]}]
    )
    keep_to_contract(checker, installed, added)
    assert await edge.post(installed) == (200, None)
    assert await edge.post(added) == (200, None)
    assert [c.conversation for c in edge.connector.said] == [place["id"]]


async def test_people_who_come_and_an_app_that_goes_are_not_greeted(edge, url):
    async def welcome(_where):
        return ["Welcome"]

    edge.welcome = welcome
    await edge.post(activity(url, "conversationUpdate", membersAdded=[{"id": ANA["id"]}]))
    await edge.post(activity(url, "conversationUpdate", membersRemoved=[{"id": BOT}]))
    await edge.post(activity(url, "installationUpdate", action="remove"))
    assert not edge.connector.said


def typing(connector):
    return [call for call in connector.calls if (call.body or {}).get("type") == "typing"]


@pytest.mark.parametrize("place", [PERSONAL, GROUP])
async def test_a_slow_answer_shows_that_it_is_coming(edge_with, connector, url, place):
    async def answer(_turn):
        await connector.until(typing)
        return ["done"]

    async with edge_with(typing_after_seconds=0.01, answer=answer) as edge:
        await edge.post(message(url, "slow", conversation=place))
        assert len(typing(connector)) == 1
        assert connector.said[0].text == "done"


async def test_in_a_channel_nobody_sees_typing_so_none_is_sent(edge_with, connector, url):
    async def answer(_turn):
        for _ in range(5):
            await edge.post(b"{")
        return ["done"]

    async with edge_with(typing_after_seconds=0.0, answer=answer) as edge:
        await edge.post(message(url, "slow", conversation=PERSONAL))
        assert typing(connector)
        connector.calls.clear()
        await edge.post(message(url, "slow", conversation=CHANNEL))
        assert not typing(connector)


async def test_a_quick_answer_shows_no_typing(edge, url):
    edge.answer = saying("done")
    await edge.post(message(url, "quick"))
    assert {c.body["type"] for c in edge.connector.calls if c.body} == {"message"}


async def test_two_people_in_one_chat_are_two_people(edge, url):
    await asyncio.gather(
        edge.post(message(url, "a", conversation=GROUP, sender=ANA)),
        edge.post(message(url, "b", conversation=GROUP, sender=BEN)),
    )
    assert {turn.text: turn.user.name for turn in edge.turns} == {"a": "Ana Lima", "b": "Ben Ode"}


async def test_every_naughty_string_is_heard_as_typed(edge, url, suite):
    strings = json.loads((suite("blns") / "blns.json").read_text())
    for string in strings:
        assert await edge.post(message(url, string)) == (200, None)
    heard = iter(edge.turns)
    for string in strings:
        if string.replace("\N{NO-BREAK SPACE}", " ").strip():
            assert next(heard).text == string.replace("\N{NO-BREAK SPACE}", " ").strip()
