"""Only Teams gets in: the table of botframework.md 1.4, and everything a body can be."""

import pytest

from tests.fakes.activities import ANA, PERSONAL, execute, keep_to_contract, message
from tests.fakes.keys import TENANT

OTHER_TENANT = "0d9b645f-597b-41f0-a2a3-ef103fbd91bb"


async def test_a_message_teams_signed_reaches_the_bot(edge, checker):
    body = message(edge.connector.service_url, "help")
    keep_to_contract(checker, body)
    assert await edge.post(body) == (200, None)
    assert [turn.text for turn in edge.turns] == ["help"]


BODIES_THAT_ARE_NOT_TEAMS = {
    "no serviceUrl": ({"serviceUrl": None}, 401),
    "another serviceUrl": ({"serviceUrl": "https://evil.example/"}, 401),
    "no channelId": ({"channelId": None}, 401),
    "another channel": ({"channelId": "webchat"}, 401),
    "another tenant": (
        {
            "conversation": {**PERSONAL, "tenantId": OTHER_TENANT},
            "channelData": {"tenant": {"id": OTHER_TENANT}},
        },
        403,
    ),
    "two tenants": ({"channelData": {"tenant": {"id": OTHER_TENANT}}}, 403),
    "no tenant": (
        {"conversation": {"id": "a:1", "conversationType": "personal"}, "channelData": {}},
        403,
    ),
    "no id": ({"id": None}, 400),
    "an id that is a number": ({"id": 5}, 400),
    "no conversation": ({"conversation": None}, 400),
    "a conversation that is a word": ({"conversation": "a:1"}, 400),
    "a text that is a list": ({"text": ["help"]}, 400),
    "a sender that is a list": ({"from": []}, 400),
    "entities that are a word": ({"entities": "mention"}, 400),
    "entities of words": ({"entities": ["mention"]}, 400),
    "no type": ({"type": None}, 400),
    "a type that is a number": ({"type": 1}, 400),
}


@pytest.mark.parametrize(
    "changes,status", BODIES_THAT_ARE_NOT_TEAMS.values(), ids=BODIES_THAT_ARE_NOT_TEAMS
)
async def test_a_body_that_teams_would_not_send_is_refused(edge, changes, status):
    body = {**message(edge.connector.service_url, "help"), **changes}
    body = {name: value for name, value in body.items() if value is not None}
    assert await edge.post(body) == (status, None)
    assert not edge.turns


EVIL_ADDRESSES = [
    "https://evil.example/",
    "https://smba.trafficmanager.net.evil.com/emea/",
    "https://smba.trafficmanager.net@evil.example/emea/",
    "https://evil.example\\@smba.trafficmanager.net/",
    "https://evil.example#smba.trafficmanager.net/",
    "https://smba.trafficmanager.net:8443/emea/",
    "http://smba.trafficmanager.net/emea/",
    "https://botframework.com.evil.example/",
    "https://evilbotframework.com/",
    "ftp://smba.trafficmanager.net/",
    "//smba.trafficmanager.net/",
    "smba.trafficmanager.net",
    "https://smba.traffiсmanager.net/",  # a Cyrillic c
    "https://[::1/",
    "https://smba.trafficmanager.net:port/",
    "http://127.0.0.1.evil.example/",
    "http://10.0.0.1/",
]


@pytest.mark.parametrize("address", EVIL_ADDRESSES)
async def test_the_bots_token_never_travels_to_an_address_that_is_not_teams(edge, address):
    token = edge.token(serviceurl=address)
    status, _ = await edge.post(message(address, "help"), token=token)
    assert status == 403
    assert not edge.turns
    assert not edge.connector.calls


async def test_a_stranger_without_an_account_is_told_so(edge):
    sender = {"id": "29:1x", "name": "Guest"}
    body = message(edge.connector.service_url, "help", sender=sender)
    assert (await edge.post(body))[0] == 200
    assert "signed in to their organisation" in edge.connector.said[0].text
    assert not edge.turns


async def test_a_claim_of_identity_in_a_card_is_not_believed(edge):
    data = {"cf": 1, "verb": "home", "user": "somebody-else", "aadObjectId": "x"}
    _, answer = await edge.post(execute(edge.connector.service_url, data))
    assert answer["statusCode"] == 400
    await edge.post(execute(edge.connector.service_url, {"cf": 1, "verb": "home"}))
    assert edge.turns[0].user.microsoft_id == f"{ANA['aadObjectId']}.{TENANT}"
