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
    execute,
    mentioning,
    message,
    submit,
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


async def test_words_are_answered_with_messages_in_order(edge, url, contract_check):
    edge.answer = saying("one", card(), "two")
    body = message(url, "help")
    assert not contract_check.check_activity(body)
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


async def test_a_button_in_a_personal_chat_replaces_its_card_to_stay(edge, url, contract_check):
    edge.answer = saying(card("New"), "and more")
    data = {"cf": 1, "verb": "minutes.make", "in.notes": "Ana: hello"}
    body = execute(url, data, card="1700000000555")
    assert not contract_check.check_activity(body)
    status, answer = await edge.post(body)
    assert (status, answer["statusCode"], answer["type"]) == (200, 200, ADAPTIVE)
    assert answer["value"] == card("New").to_json()
    assert [(c.kind, c.target) for c in edge.connector.said] == [
        ("update", "1700000000555"),
        ("send", ""),
    ]
    turn = edge.turns[0]
    assert turn.pressed.name == "minutes.make"
    assert turn.answers == {"notes": "Ana: hello"}
    assert turn.card_activity_id == "1700000000555"
    assert turn.key == body["id"]


async def test_in_a_group_the_answer_to_a_button_is_for_who_pressed_it(edge, url):
    edge.answer = saying(card("For you"))
    _, answer = await edge.post(execute(url, HOME, conversation=GROUP))
    assert answer["type"] == ADAPTIVE
    assert not edge.connector.said


async def test_in_a_group_a_runs_card_is_everybodys(edge, url):
    edge.answer = saying(card("Run", run_id="r1"))
    await edge.post(execute(url, HOME, conversation=GROUP, card="17"))
    assert [(c.kind, c.target) for c in edge.connector.said] == [("update", "17")]
    assert edge.shown == [("r1", GROUP["id"], "17")]


async def test_a_sentence_in_answer_to_a_button_replaces_nothing(edge, url):
    edge.answer = saying("That card is old.")
    _, answer = await edge.post(execute(url, HOME))
    assert answer == {"statusCode": 200, "type": SENTENCE, "value": "That card is old."}
    assert not edge.connector.said


async def test_no_reply_to_a_button_is_an_empty_answer(edge, url):
    _, answer = await edge.post(execute(url, HOME))
    assert answer == {"statusCode": 200, "type": SENTENCE, "value": ""}


@pytest.mark.parametrize("data,trigger", [(REFRESH, "manual"), (HOME, "automatic")])
async def test_a_client_that_looks_by_itself_changes_nothing_for_others(edge, url, data, trigger):
    edge.answer = saying(card("Now", run_id="r1"))
    _, answer = await edge.post(execute(url, data, trigger=trigger, conversation=GROUP))
    assert answer["value"] == card("Now").to_json()
    assert edge.turns[0].refresh
    assert not edge.connector.said


async def test_where_teams_has_lost_the_card_the_answer_is_still_there(edge, url):
    edge.answer = saying(card("New"))
    edge.connector.fail(404)
    _, answer = await edge.post(execute(url, HOME))
    assert answer["value"] == card("New").to_json()


async def test_an_old_clients_button_replaces_its_card_too(edge, url, contract_check):
    edge.answer = saying(card("New", run_id="r1"), "and more")
    body = submit(url, {**HOME, "msteams": {"type": "messageBack"}}, card="1700000000555")
    assert not contract_check.check_activity(body)
    assert await edge.post(body) == (200, None)
    assert [(c.kind, c.target) for c in edge.connector.said] == [
        ("update", "1700000000555"),
        ("reply", body["id"]),
    ]
    assert edge.shown == [("r1", PERSONAL["id"], "1700000000555")]


async def test_an_old_clients_card_that_is_gone_is_sent_anew(edge, url):
    edge.answer = saying(card("New", run_id="r1"))
    edge.connector.fail(404)
    await edge.post(submit(url, HOME))
    sent = edge.connector.said[-1]
    assert (sent.kind, sent.card) == ("reply", card("New").to_json())
    assert edge.shown == [("r1", PERSONAL["id"], sent.id)]


async def test_a_sentence_to_an_old_client_is_a_message(edge, url):
    edge.answer = saying("Saved.")
    await edge.post(submit(url, HOME))
    assert [(c.kind, c.text) for c in edge.connector.said] == [("reply", "Saved.")]


async def test_a_message_with_a_runs_card_is_where_the_run_shows(edge, url):
    edge.answer = saying(card("Run", run_id="r1"))
    await edge.post(message(url, "run it"))
    assert edge.shown == [("r1", PERSONAL["id"], edge.connector.said[0].id)]


TAMPERED = [
    {"cf": 1, "verb": "no.such"},
    {"cf": 2, "verb": "home"},
    {"verb": "home"},
    {},
    {"cf": 1, "verb": ["home"]},
    {"cf": 1, "verb": "workflow.show", "wf": {"$ne": None}},
    {"cf": 1, "verb": "workflow.show", "wf": "x" * 65},
    {"cf": 1, "verb": "workflow.show", "wf": "a", "owner": "me"},
    {"cf": 1, "verb": "workflow.list", "page": "1"},
    {"cf": 1, "verb": "workflow.list", "page": 1e300},
]


@pytest.mark.parametrize("data", TAMPERED)
async def test_a_changed_button_is_refused_with_a_sentence(edge, url, data):
    _, answer = await edge.post(execute(url, data))
    assert (answer["statusCode"], answer["type"]) == (400, "application/vnd.microsoft.error")
    assert answer["value"]["message"].endswith(".")
    assert await edge.post(submit(url, data)) == (200, None)
    assert edge.connector.said[-1].text.endswith(".")
    assert not edge.turns


@pytest.mark.parametrize(
    "value", [None, "x", [], {}, {"action": None}, {"action": {"type": "Action.Submit"}}]
)
async def test_a_malformed_press_is_refused_with_a_sentence(edge, url, value):
    status, answer = await edge.post(
        activity(url, "invoke", name="adaptiveCard/action", value=value)
    )
    assert (status, answer["statusCode"]) == (200, 400)


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
async def test_a_new_place_is_greeted_once(edge, url, place, contract_check):
    async def welcome(where):
        return [card(f"Welcome {where.kind.value}")]

    edge.welcome = welcome
    installed = activity(url, "installationUpdate", conversation=place, action="add")
    added = activity(
        url, "conversationUpdate", conversation=place, membersAdded=[{"id": BOT}, {"id": ANA["id"]}]
    )
    assert not contract_check.check_activity(installed) + contract_check.check_activity(added)
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


async def test_every_naughty_string_in_a_field_arrives_as_typed(edge, url, suite):
    strings = json.loads((suite("blns") / "blns.json").read_text())
    for string in strings:
        data = {"cf": 1, "verb": "minutes.make", "in.notes": string}
        assert (await edge.post(execute(url, data)))[0] == 200
    assert [turn.answers["notes"] for turn in edge.turns] == strings
