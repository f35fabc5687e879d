"""What the tests of signing in share: an Entra, people, and tokens on a real database."""

import os
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest

from bot.auth.entra import Entra
from bot.auth.user_tokens import UserTokens
from bot.teams.keys import KeyStore, fetch_with
from bot.teams.sso_tokens import SsoTokens
from tests.fakes.activities import ANA, BEN
from tests.fakes.entra import SECRET, FakeEntra, Person
from tests.fakes.keys import APP_ID, TENANT


@pytest.fixture
def entra_checker(request):
    return (
        request.getfixturevalue("contract_check")
        if os.environ.get("CONSULTFLOW_CONTRACTS")
        else None
    )


@pytest.fixture
def ana_account():
    return Person(ANA["aadObjectId"])


@pytest.fixture
def ben_account():
    return Person(BEN["aadObjectId"], name="Ben Ode")


@pytest.fixture
async def entra(clock, entra_checker, ana_account, ben_account):
    async with FakeEntra(clock, entra_checker) as server:
        server.add(ana_account, ben_account)
        yield server
        assert server.problems == []


async def _user(storage, clock, person, email):
    return await storage.users.seen(
        microsoft_id=f"{person['aadObjectId']}.{TENANT}",
        email=email,
        name=person["name"],
        now=clock.now(),
    )


@pytest.fixture
async def ana(storage, clock):
    return await _user(storage, clock, ANA, "ana@contoso.example")


@pytest.fixture
async def ben(storage, clock):
    return await _user(storage, clock, BEN, "ben@contoso.example")


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def prover(entra, clock, http):
    keys = KeyStore(url=entra.open_id_url, fetch=fetch_with(http, timeout_seconds=5), clock=clock)
    yield SsoTokens(
        audiences=frozenset({APP_ID, f"api://botid-{APP_ID}"}),
        tenants=frozenset({TENANT}),
        keys=keys,
        clock=clock,
    )
    await keys.close()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def replica(entra, storage, prover, clock, threads):
    """Make tokens as one process has them; called again, another process on the same database."""

    async def at_once(_seconds):
        return None

    def make(http=None, caches=None, pause=at_once):
        return UserTokens(
            entra=Entra(app_id=APP_ID, credential=SECRET, http=http or entra.http()),
            caches=caches or storage.token_caches,
            prover=prover,
            clock=clock,
            threads=threads,
            pause=pause,
        )

    return make


@pytest.fixture
def tokens(replica):
    return replica()
