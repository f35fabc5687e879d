"""MSAL itself signs people in at the local Entra, and is told what the real one would tell it."""

import asyncio

import msal
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.clock import SystemClock
from bot.local.entra.directory import FABRIKAM_ID
from bot.local.microsoft import LocalMicrosoft
from tests.fakes.browsing import sign_in

BACK = "https://bot.example/auth/end"


@pytest.fixture
async def exchanges(contract_checks):
    """Every exchange; each is held against the contract at the end."""
    found = []
    yield found
    if contract_checks is not None:
        checks = {"entra": contract_checks.check_entra, "graph": contract_checks.check_graph}
        problems = [(e["url"], str(p)) for which, e in found for p in checks[which](e)]
        assert problems == []


@pytest.fixture
async def microsoft(exchanges):
    local = LocalMicrosoft(
        clock=SystemClock(),
        on_exchange=lambda *told: exchanges.append(told),
        redirect_uris={BACK},
    )
    await local.start()
    yield local
    await local.close()


class Msal:
    """MSAL as the bot has it: one cache a person, a fresh http cache each time, in a thread."""

    def __init__(self, microsoft, tenant=None):
        self.microsoft = microsoft
        self.cache = msal.SerializableTokenCache()
        self.tenant = tenant or microsoft.tenant_id
        self.more = {"instance_discovery": False}

    def app(self):
        return msal.ConfidentialClientApplication(
            self.microsoft.app_id,
            client_credential=self.microsoft.client_secret,
            authority=f"https://login.local/{self.tenant}",
            token_cache=self.cache,
            http_client=self.microsoft.http_client(),
            http_cache={},
            **self.more,
        )

    async def obo(self, token, *scopes):
        return await asyncio.to_thread(
            lambda: self.app().acquire_token_on_behalf_of(token, list(scopes))
        )

    async def silent(self, *scopes, **more):
        def work():
            app = self.app()
            (account,) = app.get_accounts()
            return app.acquire_token_silent_with_error(list(scopes), account=account, **more)

        return await asyncio.to_thread(work)

    async def begin(self, *scopes, **more):
        return await asyncio.to_thread(
            lambda: self.app().initiate_auth_code_flow(
                list(scopes), redirect_uri=BACK, response_mode="form_post", **more
            )
        )

    async def finish(self, flow, answer):
        return await asyncio.to_thread(
            lambda: self.app().acquire_token_by_auth_code_flow(flow, answer)
        )


async def test_the_button_signs_in_with_code_and_pkce_and_silence_serves_the_rest(microsoft):
    client = Msal(microsoft)
    flow = await client.begin("User.Read", "Mail.Send", login_hint="asha.rao@contoso.example")
    result = await client.finish(flow, await sign_in(flow["auth_uri"], "asha"))
    claims = result["id_token_claims"]
    asha = microsoft.directory.account("asha")
    assert (claims["oid"], claims["tid"]) == (asha.object_id, asha.tenant_id)
    assert claims["name"] == "Asha Rao"
    assert microsoft.consents("asha") == ["Mail.Send", "User.Read"]
    assert [form["grant_type"] for form in microsoft.token_requests] == ["authorization_code"]
    again = await client.silent("Mail.Send")
    assert again["access_token"] == result["access_token"]
    assert len(microsoft.token_requests) == 1
    microsoft.consent("asha", "Calendars.ReadWrite")
    more = await client.silent("Calendars.ReadWrite")
    assert microsoft.token_requests[-1]["grant_type"] == "refresh_token"
    secret = microsoft.client_secret
    assert not any(secret in str(form) for form in microsoft.token_requests)
    assert more["access_token"] != result["access_token"]


async def test_on_behalf_of_waits_for_consent_and_works_right_after(microsoft):
    client, token = Msal(microsoft), microsoft.sso_token("ben")
    refused = await client.obo(token, "Mail.Send")
    assert (refused["error"], refused["suberror"]) == ("invalid_grant", "consent_required")
    assert "AADSTS65001" in refused["error_description"]
    flow = await client.begin("Mail.Send")
    assert "code" in await sign_in(flow["auth_uri"], "ben")
    given = await client.obo(token, "Mail.Send")
    assert given["access_token"]
    assert (await client.silent("Mail.Send"))["access_token"] == given["access_token"]


async def test_a_claims_challenge_is_met_by_signing_in_again(microsoft):
    client, token = Msal(microsoft), microsoft.sso_token("asha")
    microsoft.consent("asha", "Mail.Send")
    microsoft.require_second_step("asha")
    refused = await client.obo(token, "Mail.Send")
    assert (refused["error"], refused["suberror"]) == ("interaction_required", "basic_action")
    flow = await client.begin("Mail.Send", claims_challenge=refused["claims"])
    assert "claims=" in flow["auth_uri"]
    result = await client.finish(flow, await sign_in(flow["auth_uri"], "asha"))
    assert result["access_token"]
    assert (await client.obo(token, "Mail.Send"))["access_token"]


async def test_a_revoked_session_and_a_withdrawn_consent_are_told_apart(microsoft):
    client = Msal(microsoft)
    microsoft.consent("asha", "Mail.Send", "User.Read")
    await client.obo(microsoft.sso_token("asha"), "User.Read")
    microsoft.withdraw("asha", "Mail.Send")
    refused = await client.silent("Mail.Send")
    assert refused["suberror"] == "consent_required"
    microsoft.consent("asha", "Mail.Send")
    microsoft.revoke("asha")
    refused = await client.silent("Mail.Send")
    assert (refused["error"], refused["suberror"]) == ("invalid_grant", "bad_token")


async def test_refresh_tokens_rotate_and_the_old_one_stays_good_a_while(microsoft):
    client = Msal(microsoft)
    microsoft.consent("asha", "Mail.Send", "User.Read", "Files.Read")
    await client.obo(microsoft.sso_token("asha"), "User.Read")
    old = client.cache.serialize()
    assert "access_token" in await client.silent("Mail.Send")
    assert client.cache.serialize() != old
    client.cache.deserialize(old)
    assert "access_token" in await client.silent("Files.Read")


async def test_nobody_of_another_tenant_gets_a_token_here(microsoft):
    microsoft.consent("dana", "User.Read")
    refused = await Msal(microsoft).obo(microsoft.sso_token("dana"), "User.Read")
    assert "AADSTS50020" in refused["error_description"]
    own = await Msal(microsoft, FABRIKAM_ID).obo(microsoft.sso_token("dana"), "User.Read")
    assert own["access_token"]


async def test_the_app_gets_a_token_for_itself(microsoft):
    client = Msal(microsoft)
    result = await asyncio.to_thread(
        lambda: client.app().acquire_token_for_client(["https://graph.microsoft.com/.default"])
    )
    assert result["access_token"]


async def test_the_instance_is_known_and_nothing_else_is_called(microsoft):
    client = Msal(microsoft)
    client.more = {}
    assert (await client.begin("User.Read"))["auth_uri"].startswith(microsoft.url)
    http = microsoft.http_client()
    for elsewhere in ("https://graph.microsoft.com/v1.0/me", "http://login.local/x", "ftp://a/"):
        with pytest.raises(OSError, match="not the local Entra"):
            http.get(elsewhere)


async def test_a_certificate_proves_the_app_as_well_as_a_secret(microsoft):
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    microsoft.registration.certificates.append(keys[0].public_key())
    results = []
    for key in keys:
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        client = Msal(microsoft)
        secret = {"private_key": pem.decode(), "thumbprint": "AB" * 20}
        app = await asyncio.to_thread(
            lambda client=client, secret=secret: msal.ConfidentialClientApplication(
                client.microsoft.app_id,
                client_credential=secret,
                authority=client.microsoft.authority,
                http_client=client.microsoft.http_client(),
                instance_discovery=False,
            )
        )
        results.append(
            await asyncio.to_thread(
                app.acquire_token_for_client, ["https://graph.microsoft.com/.default"]
            )
        )
    assert results[0].get("access_token"), results
    assert results[1]["error"] == "invalid_client"
