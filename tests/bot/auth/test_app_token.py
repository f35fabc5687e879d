"""The bot's own token: asked for once, renewed before it ends, and never twice at a time."""

import asyncio
import json
import threading
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from bot.auth.app_token import (
    RESOURCE,
    AppIdentity,
    AppTokenSource,
    FixedToken,
    acquire_with_msal,
)
from storage.errors import RemoteError, SettingsError
from tests.fakes.keys import private_key

APP = "8d88f59b-ae61-4300-bec0-caace7d28446"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"


class Reply:
    """An HTTP reply as MSAL reads it."""

    def __init__(self, status, body):
        self.status_code = status
        self.text = json.dumps(body)
        self.headers = {}

    def raise_for_status(self):
        if self.status_code >= 400:
            raise OSError(self.status_code)


class Entra:
    """Entra's token endpoint at MSAL's own seam for HTTP, counting what it is asked."""

    def __init__(self):
        self.asked = []
        self.threads = set()
        self.refusal = None
        self.broken = False
        self.gone = False
        self.seconds = 3600
        self.gate = threading.Event()
        self.gate.set()

    def get(self, url, **_more):
        self.threads.add(threading.current_thread())
        if self.gone:
            raise ConnectionError("no route")
        base = url.split("/v2.0/")[0]
        return Reply(
            200,
            {
                "issuer": f"{base}/v2.0",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            },
        )

    def post(self, url, data=None, **_more):
        self.threads.add(threading.current_thread())
        self.gate.wait(5)
        if self.gone:
            raise ConnectionError("no route")
        self.asked.append({"url": url, **data})
        if self.broken:
            return Reply(503, {})
        if self.refusal:
            return Reply(400, self.refusal)
        number = len(self.asked)
        token = {"token_type": "Bearer", "expires_in": self.seconds, "access_token": f"t{number}"}
        return Reply(200, token)

    def close(self):
        """MSAL closes what it was given."""


@pytest.fixture
def entra():
    return Entra()


@pytest.fixture
async def source(entra, clock):
    identity = AppIdentity(app_id=APP, tenant_id=TENANT, secret="s3cret")
    made = AppTokenSource(acquire_with_msal(identity, http_client=entra), clock)
    yield made
    await made.close()


async def test_one_token_serves_everybody(source, entra):
    tokens = await asyncio.gather(*(source.token() for _ in range(20)))
    assert set(tokens) == {"t1"}
    assert len(entra.asked) == 1


async def test_the_token_is_our_tenants_for_the_bot_connector(source, entra):
    await source.token()
    asked = entra.asked[0]
    assert asked["url"] == f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    assert asked["scope"] == "https://api.botframework.com/.default"
    assert asked["grant_type"] == "client_credentials"
    assert asked["client_id"] == APP


async def test_entra_is_never_waited_for_on_the_loop(source, entra):
    await source.token()
    assert threading.main_thread() not in entra.threads


async def test_ten_minutes_before_its_end_a_token_is_renewed_while_it_serves(source, entra, clock):
    await source.token()
    clock.pass_(3600 - 601)
    assert await source.token() == "t1"
    assert len(entra.asked) == 1
    clock.pass_(2)
    entra.gate.clear()
    assert [await source.token() for _ in range(5)] == ["t1"] * 5
    entra.gate.set()
    await source.close()
    assert await source.token() == "t2"
    assert len(entra.asked) == 2


async def test_a_token_that_ended_is_waited_for(source, entra, clock):
    await source.token()
    clock.pass_(3600)
    assert await source.token() == "t2"


async def test_while_entra_is_away_the_old_token_serves_to_its_end(source, entra, clock):
    await source.token()
    entra.gone = True
    clock.pass_(3600 - 300)
    assert await source.token() == "t1"
    await source.close()
    assert await source.token() == "t1"
    clock.pass_(300)
    with pytest.raises(RemoteError, match="can't sign in to Teams") as caught:
        await source.token()
    assert caught.value.retryable
    entra.gone = False
    assert await source.token() == "t2"


async def test_an_entra_that_is_broken_is_an_outage(source, entra):
    """MSAL tells of a 5xx by an error of its own, which is none of the system's."""
    entra.broken = True
    with pytest.raises(RemoteError) as failed:
        await source.token()
    assert failed.value.retryable


async def test_a_refusal_is_a_sentence_without_secrets(source, entra):
    entra.refusal = {
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret provided.",
    }
    with pytest.raises(RemoteError) as caught:
        await source.token()
    assert "AADSTS" not in str(caught.value)
    assert "invalid_client" in str(caught.value.__cause__)
    assert "s3cret" not in repr(caught.value.__cause__)


async def test_a_certificate_signs_instead_of_a_secret(entra, clock, tmp_path, rsa_pem):
    path = tmp_path / "bot.pem"
    path.write_text(rsa_pem)
    identity = AppIdentity(
        app_id=APP, tenant_id=TENANT, certificate_path=path, certificate_thumbprint="A1" * 20
    )
    source = AppTokenSource(acquire_with_msal(identity, http_client=entra), clock)
    assert await source.token() == "t1"
    assert entra.asked[0]["client_assertion"].count(b".") == 2
    assert "client_secret" not in entra.asked[0]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_certificate_that_cannot_be_read_stops_the_start(tmp_path, content):
    path = tmp_path / "bot.pem"
    if content is not None:
        path.write_bytes(content)
    identity = AppIdentity(app_id=APP, tenant_id=TENANT, certificate_path=path)
    with pytest.raises(SettingsError, match="PEM"):
        acquire_with_msal(identity)


class Machine:
    """The identity service of a machine in Azure."""

    def __init__(self):
        self.asked = []

    def get(self, url, params=None, **_more):
        self.asked.append({"url": url, **(params or {})})
        body = {"access_token": "m1", "expires_in": "3600", "token_type": "Bearer"}
        return Reply(200, {**body, "resource": RESOURCE})

    def close(self):
        """MSAL closes what it was given."""


@pytest.mark.parametrize("client_id", [None, "c9e8c047-2a74-40a2-b28a-b162d5f5327c"])
async def test_a_machine_in_azure_needs_no_secret(clock, client_id):
    machine = Machine()
    identity = AppIdentity(app_id=APP, tenant_id=TENANT, managed=True, managed_client_id=client_id)
    source = AppTokenSource(acquire_with_msal(identity, http_client=machine), clock)
    assert await source.token() == "m1"
    assert machine.asked[0]["resource"] == RESOURCE
    assert machine.asked[0].get("client_id") == client_id
    clock.pass_(timedelta(minutes=55).total_seconds())
    await source.token()
    await source.close()
    assert len(machine.asked) == 2


async def test_the_local_token_is_the_one_agreed_on():
    assert await FixedToken("local").token() == "local"


def test_a_secret_is_not_shown():
    assert "s3cret" not in repr(AppIdentity(app_id=APP, tenant_id=TENANT, secret="s3cret"))


@pytest.fixture
def rsa_pem():
    return (
        private_key("certificate")
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )
