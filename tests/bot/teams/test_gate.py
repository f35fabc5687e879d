"""Only Teams gets in: the table of botframework.md 1.4, and everything a body can be."""

import asyncio
import gzip
import json

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.teams.keys import KeyStore, fetch_with
from bot.teams.verifier import Verifier
from tests.fakes.activities import ANA, PERSONAL, execute, message
from tests.fakes.keys import APP_ID, ISSUER, TENANT, claims, jwk, private_key, signed

OTHER_TENANT = "0d9b645f-597b-41f0-a2a3-ef103fbd91bb"


async def test_a_message_teams_signed_reaches_the_bot(edge, contract_check):
    body = message(edge.connector.service_url, "help")
    assert not contract_check.check_activity(body)
    assert await edge.post(body) == (200, None)
    assert [turn.text for turn in edge.turns] == ["help"]


FORGED_CLAIMS = {
    "another app": {"aud": "c9e8c047-2a74-40a2-b28a-b162d5f5327c"},
    "no app": {"aud": None},
    "a list of apps": {"aud": [APP_ID]},
    "another issuer": {"iss": "https://login.microsoftonline.com/common/v2.0"},
    "the emulator's issuer": {
        "iss": "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"
    },
    "a list of issuers": {"iss": ["https://api.botframework.com"]},
    "no issuer": {"iss": None},
    "no end": {"exp": None},
    "an end in words": {"exp": "tomorrow"},
    "an end of true": {"exp": True},
    "no beginning": {"nbf": None},
    "another service address": {"serviceurl": "https://smba.trafficmanager.net/amer/"},
    "no service address": {"serviceurl": None},
}


@pytest.mark.parametrize("changes", FORGED_CLAIMS.values(), ids=FORGED_CLAIMS)
async def test_a_token_with_a_wrong_claim_is_401(edge, changes):
    token = edge.token(**changes)
    body = message(edge.connector.service_url, "help")
    assert await edge.post(body, token=token) == (401, None)
    assert not edge.turns


@pytest.mark.parametrize("offset,status", [(-301, 401), (-299, 200)])
async def test_a_token_lives_five_minutes_longer_than_it_says(edge, offset, status):
    stamp = int(edge.clock.now().timestamp())
    token = edge.token(exp=stamp + offset)
    assert (await edge.post(message(edge.connector.service_url, "x"), token=token))[0] == status


@pytest.mark.parametrize("offset,status", [(301, 401), (299, 200)])
async def test_a_token_begins_five_minutes_sooner_than_it_says(edge, offset, status):
    stamp = int(edge.clock.now().timestamp())
    token = edge.token(nbf=stamp + offset)
    assert (await edge.post(message(edge.connector.service_url, "x"), token=token))[0] == status


async def test_a_token_seen_before_still_ends(edge):
    token = edge.token(exp=int(edge.clock.now().timestamp()) + 60)
    body = message(edge.connector.service_url, "x")
    assert (await edge.post(body, token=token))[0] == 200
    edge.clock.pass_(362)
    assert (await edge.post({**body, "id": "2"}, token=token))[0] == 401


async def test_tokens_seen_do_not_pile_up(keys, clock):
    async with aiohttp.ClientSession() as session:
        fetch = fetch_with(session, timeout_seconds=5)
        store = KeyStore(url=keys.open_id_url, fetch=fetch, clock=clock)
        verifier = Verifier(app_id=APP_ID, issuer=ISSUER, keys=store, clock=clock, cache_size=2)
        body = message("https://smba.trafficmanager.net/emea/", "x")
        for number in range(3):
            token = signed(claims(body["serviceUrl"], clock.now(), jti=str(number)))
            await verifier.verify(f"Bearer {token}", body)
        assert len(verifier._seen) == 2


def forged_tokens(url, now):
    good = claims(url, now)
    public = private_key("k1").public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, payload, signature = signed(good).split(".")
    alien = private_key("alien")
    return {
        "alg none": jwt.encode(good, None, algorithm="none", headers={"kid": "k1"}),
        "alg none in name only": signed(good, headers={"alg": "none"}),
        "HS256 with the public key": signed(good, key=pem, algorithm="HS256"),
        "RS256 in name, HS256 in truth": signed(
            good, key=pem, algorithm="HS256", headers={"alg": "RS256"}
        ),
        "RS512": signed(good, algorithm="RS512"),
        "PS256": signed(good, algorithm="PS256"),
        "alg in a list": signed(good, headers={"alg": ["RS256"]}),
        "another key under our key's id": signed(good, key=alien),
        "an unknown key": signed(good, "k9"),
        "no key id": signed(good, headers={"kid": None}, key=private_key("k1")),
        "a number for a key id": signed(good, headers={"kid": 1}),
        "a path for a key id": signed(good, headers={"kid": "../../dev/null"}),
        "a key of its own": signed(good, key=alien, headers={"jwk": jwk("alien")}),
        "a key address": signed(good, key=alien, headers={"jku": "https://evil.example/keys"}),
        "a certificate address": signed(good, key=alien, headers={"x5u": "https://evil.example"}),
        "a critical extension": signed(good, headers={"crit": ["exp"]}),
        "an unencoded payload": signed(good, headers={"b64": False, "crit": ["b64"]}),
        "a changed payload": f"{head}.{payload[:-2]}AA.{signature}",
        "no signature": f"{head}.{payload}.",
        "two parts": f"{head}.{payload}",
        "garbage": "garbage",
        "dots": "...",
        "emptiness": "",
        "a long one": "a" * 7000,
        "letters that are none": "\N{LATIN SMALL LETTER E WITH ACUTE}a.b.c",
        "a list for claims": signed([1]),
        "a word for claims": signed("claims"),
    }


async def test_forged_tokens_are_all_401_and_reach_nothing(edge, capsys):
    url = edge.connector.service_url
    statuses = {}
    for name, token in forged_tokens(url, edge.clock.now()).items():
        headers = {"Authorization": f"Bearer {token}"}
        statuses[name] = (await edge.post(message(url, "help"), headers=headers))[0]
    assert statuses == dict.fromkeys(statuses, 401)
    assert not edge.turns
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Negotiate x"])
async def test_no_bearer_token_is_401(edge, header):
    body = message(edge.connector.service_url, "help")
    assert (await edge.post(body, headers={"Authorization": header}))[0] == 401
    assert not edge.turns


@pytest.mark.parametrize("endorsements", [None, (), ("skype", "webchat")])
async def test_a_key_that_does_not_speak_for_teams_is_401(edge, endorsements):
    edge.keys.keys = [jwk("k1", endorsements=endorsements)]
    assert (await edge.post(message(edge.connector.service_url, "help")))[0] == 401


async def test_short_keys_and_keys_of_other_kinds_are_left_out(edge):
    edge.keys.keys = [
        {
            "kty": "EC",
            "kid": "k1",
            "crv": "P-256",
            "x": "AA",
            "y": "AA",
            "endorsements": ["msteams"],
        },
        {"kty": "RSA", "kid": "k1", "n": "!", "e": "AQAB", "endorsements": ["msteams"]},
        {"kty": "oct", "kid": "k1", "k": "AA"},
        jwk("k1", bits=1024),
        {"kid": 5},
        "k1",
    ]
    assert (await edge.post(message(edge.connector.service_url, "help")))[0] in (401, 503)
    assert not edge.turns


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


async def test_get_is_405(edge):
    async with edge.http.get(f"{edge.url}/api/messages") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_what_does_not_say_it_is_json_is_415(edge, kind):
    body = message(edge.connector.service_url, "help")
    assert (await edge.post(body, headers={"Content-Type": kind or "application/octet-stream"}))[
        0
    ] == 415


async def test_a_message_as_large_as_teams_lets_through_is_answered(edge):
    text = "\N{GRINNING FACE}" * 25_000  # 100 KB in UTF-16, as Teams counts
    body = message(edge.connector.service_url, text)
    raw = json.dumps(body, ensure_ascii=False).encode()
    assert (await edge.post(raw))[0] == 200
    assert edge.turns[0].text == text


async def test_a_larger_body_is_413_however_it_comes(edge):
    body = message(edge.connector.service_url, "x" * 300_000)
    raw = json.dumps(body).encode()
    assert (await edge.post(raw))[0] == 413

    async def in_pieces():
        for start in range(0, len(raw), 10_000):
            yield raw[start : start + 10_000]

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {edge.token()}"}
    url = f"{edge.url}/api/messages"
    async with edge.http.post(url, data=in_pieces(), headers=headers) as response:
        assert response.status == 413
    bomb = gzip.compress(b" " * 50_000_000)
    assert (await edge.post(bomb, headers={"Content-Encoding": "gzip"}))[0] == 413


async def test_a_body_that_is_not_what_its_encoding_says_is_400(edge):
    assert (await edge.post(b"not gzip", headers={"Content-Encoding": "gzip"}))[0] == 400


async def test_a_body_that_does_not_come_is_cut_off(edge_with):
    async with edge_with(body_timeout_seconds=0.05) as edge:
        host, port = edge.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()
        assert (await edge.post(message(edge.connector.service_url, "help")))[0] == 200


async def test_json_test_suite_never_crashes_the_door(edge, suite):
    statuses = {}
    for path in sorted((suite("JSONTestSuite") / "test_parsing").glob("*.json")):
        statuses[path.name] = (await edge.post(path.read_bytes()))[0]
    assert len(statuses) > 300
    assert set(statuses.values()) == {400}
    assert not edge.turns


async def test_json_test_suite_as_a_value_never_crashes_the_bot(edge, suite):
    statuses = {}
    for path in sorted((suite("JSONTestSuite") / "test_parsing").glob("[yi]_*.json")):
        value = path.read_bytes()
        body = message(edge.connector.service_url, None, value="PLACE")
        raw = json.dumps(body).encode().replace(b'"PLACE"', value)
        statuses[path.name] = (await edge.post(raw))[0]
    assert set(statuses.values()) <= {200, 400}
    assert all(status == 200 for name, status in statuses.items() if name[0] == "y"), statuses


@pytest.mark.parametrize(
    "raw",
    [b"[" * 100_000, b'{"a":' * 40_000, b'{"type":"message","a":' + b"[" * 64 + b"]" * 64 + b"}"],
)
async def test_deep_nesting_is_400(edge, raw):
    assert (await edge.post(raw))[0] == 400


async def test_of_a_key_given_twice_the_last_wins(edge):
    body = message(edge.connector.service_url, "first")
    raw = json.dumps(body).encode().replace(b'"first"', b'"first", "text": "second"')
    assert (await edge.post(raw))[0] == 200
    assert edge.turns[0].text == "second"


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
