"""Only what Teams signed for this app counts as a token: the table of what does not."""

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.teams.keys import KeyStore, fetch_with
from bot.teams.verifier import Verifier
from tests.fakes.activities import message
from tests.fakes.keys import APP_ID, ISSUER, claims, jwk, private_key, signed

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
