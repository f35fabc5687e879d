"""Buttons: what is pressed, what takes its place, and what is refused."""

import json

import pytest

from cards.elements import Card, text
from tests.fakes.activities import GROUP, PERSONAL, activity, execute, keep_to_contract, submit

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


async def test_a_button_in_a_personal_chat_replaces_its_card_to_stay(edge, url, checker):
    edge.answer = saying(card("New"), "and more")
    data = {"cf": 1, "verb": "minutes.make", "in.notes": "Ana: hello"}
    body = execute(url, data, card="1700000000555")
    keep_to_contract(checker, body)
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


async def test_an_old_clients_button_replaces_its_card_too(edge, url, checker):
    edge.answer = saying(card("New", run_id="r1"), "and more")
    body = submit(url, {**HOME, "msteams": {"type": "messageBack"}}, card="1700000000555")
    keep_to_contract(checker, body)
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


async def test_every_naughty_string_in_a_field_arrives_as_typed(edge, url, suite):
    strings = json.loads((suite("blns") / "blns.json").read_text())
    for string in strings:
        data = {"cf": 1, "verb": "minutes.make", "in.notes": string}
        assert (await edge.post(execute(url, data)))[0] == 200
    assert [turn.answers["notes"] for turn in edge.turns] == strings
