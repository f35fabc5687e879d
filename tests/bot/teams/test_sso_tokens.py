"""Who a token says somebody is counts only when Entra said it: for us, here, and lately."""

import jwt
import pytest

from bot.auth.accounts import Account, UnprovenError
from bot.teams.keys import KeyStore, fetch_with
from bot.teams.sso_tokens import SsoTokens
from storage.errors import RemoteError
from tests.fakes.activities import ANA
from tests.fakes.entra import FakeEntra, Person
from tests.fakes.keys import APP_ID, TENANT, private_key, signed

PERSON = Person(ANA["aadObjectId"])
OTHER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def entra(clock):
    async with FakeEntra(clock) as server:
        server.add(PERSON)
        yield server


@pytest.fixture
async def prover(entra, clock, edge):
    keys = KeyStore(
        url=entra.open_id_url, fetch=fetch_with(edge.http, timeout_seconds=5), clock=clock
    )
    yield SsoTokens(
        audiences=frozenset({APP_ID, f"api://botid-{APP_ID}"}),
        tenants=frozenset({TENANT}),
        keys=keys,
        clock=clock,
    )
    await keys.close()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"aud": f"api://botid-{APP_ID}"},
        {"iss": f"https://sts.windows.net/{TENANT}/"},
        {"scp": "openid access_as_user"},
        {"nbf": None},
    ],
    ids=str,
)
async def test_a_good_token_names_its_person(prover, entra, change):
    found = await prover.account(entra.sso_token(PERSON, **change), exchangeable=True)
    assert found == Account(PERSON.oid, TENANT)


@pytest.mark.parametrize(
    "change",
    [
        {"aud": OTHER}, {"aud": "https://graph.microsoft.com"}, {"aud": None}, {"aud": [APP_ID]},
        {"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0"}, {"iss": None},
        {"iss": f"https://evil.example/{TENANT}/v2.0"},
        {"tid": OTHER}, {"tid": None}, {"tid": ["x"]}, {"oid": None}, {"oid": ""}, {"oid": 7},
        {"exp": None}, {"exp": "tomorrow"}, {"exp": True}, {"exp": 1}, {"nbf": 99999999999},
        {"scp": None}, {"scp": "Mail.Send"}, {"scp": "access_as_user2"},
    ],
    ids=str,
)  # fmt: skip
async def test_any_other_token_proves_nothing(prover, entra, change):
    with pytest.raises(UnprovenError):
        await prover.account(entra.sso_token(PERSON, **change), exchangeable=True)


async def test_a_tenant_we_do_not_serve_proves_nothing(prover, entra):
    token = entra.sso_token(
        PERSON, tid=OTHER, iss=f"https://login.microsoftonline.com/{OTHER}/v2.0"
    )
    with pytest.raises(UnprovenError, match="another tenant"):
        await prover.account(token, exchangeable=True)


async def test_a_token_is_good_until_five_minutes_after_its_end(prover, entra, clock):
    token = entra.sso_token(PERSON)
    clock.pass_(3600 + 299)
    await prover.account(token, exchangeable=True)
    clock.pass_(1)
    with pytest.raises(UnprovenError, match="expired"):
        await prover.account(token, exchangeable=True)


async def test_an_id_token_is_no_single_sign_on_token_nor_the_other_way_round(prover, entra):
    id_token = entra.sso_token(PERSON, scp=None)
    assert await prover.account(id_token, exchangeable=False)
    with pytest.raises(UnprovenError):
        await prover.account(entra.sso_token(PERSON), exchangeable=False)


def _claims(entra):
    return jwt.decode(entra.sso_token(PERSON), options={"verify_signature": False})


def _none(entra):
    return jwt.encode(_claims(entra), None, algorithm="none", headers={"kid": "entra"})


def _hs256(entra):
    """Sign with the public key as if it were a shared secret."""
    secret = "entra-public-key-as-a-secret-of-length-32"
    return jwt.encode(_claims(entra), secret, algorithm="HS256", headers={"kid": "entra"})


@pytest.mark.parametrize(
    "forge",
    [
        _none,
        _hs256,
        lambda entra: signed(_claims(entra), kid="entra", key=private_key("mallory")),
        lambda entra: signed(_claims(entra), kid="mallory"),
        lambda entra: signed(_claims(entra), kid=None, key=private_key("entra")),
        lambda entra: signed(_claims(entra), kid="entra", headers={"crit": ["exp"]}),
        lambda entra: signed([1], kid="entra"),
        lambda entra: entra.sso_token(PERSON)[:-4],
        lambda entra: entra.sso_token(PERSON).rsplit(".", 1)[0] + ".",
        lambda entra: "",
        lambda entra: "a.b.c",
        lambda entra: "é.b.c",
        lambda entra: "x" * 20_000,
    ],
)
async def test_a_forged_token_proves_nothing(prover, entra, forge):
    with pytest.raises(UnprovenError):
        await prover.account(forge(entra), exchangeable=True)


async def test_keys_that_cannot_be_fetched_are_an_outage_not_a_forgery(entra, clock, edge):
    keys = KeyStore(
        url="http://127.0.0.1:1/", fetch=fetch_with(edge.http, timeout_seconds=1), clock=clock
    )
    prover = SsoTokens(
        audiences=frozenset({APP_ID}), tenants=frozenset({TENANT}), keys=keys, clock=clock
    )
    with pytest.raises(RemoteError):
        await prover.account(entra.sso_token(PERSON), exchangeable=True)
    await keys.close()
