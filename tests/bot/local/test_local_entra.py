"""The local Entra, without MSAL: its pages, and every wrong request it refuses."""

import base64
import hashlib
import re
from datetime import timedelta
from urllib.parse import urlencode

import aiohttp
import jwt
import pytest

from bot.local.entra.directory import FABRIKAM_ID
from bot.local.entra.tokens import Tokens
from bot.local.people import APP_ID, TENANT_ID, guid
from tests.fakes.browsing import Browser, sign_in

BACK = "https://bot.example/auth/end?from=teams"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def address(microsoft, tenant=TENANT_ID, **changes):
    query = {
        "client_id": APP_ID,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "openid profile offline_access User.Read Mail.Send",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    told = urlencode({name: value for name, value in query.items() if value is not None})
    return f"{microsoft.url}/{tenant}/oauth2/v2.0/authorize?{told}"


@pytest.fixture
async def token(microsoft):
    """Ask for tokens; gives status and body."""
    async with aiohttp.ClientSession() as session:

        async def ask(tenant=TENANT_ID, headers=None, **form):
            form = {"client_id": APP_ID, "client_secret": microsoft.client_secret} | form
            told = {name: value for name, value in form.items() if value is not None}
            url = f"{microsoft.url}/{tenant}/oauth2/v2.0/token"
            async with session.post(url, data=told, headers=headers) as reply:
                kind = reply.headers["Content-Type"]
                return reply.status, await (reply.json() if "json" in kind else reply.text())

        yield ask


async def code(microsoft, person="asha", **changes):
    return (await sign_in(address(microsoft, **changes), person))["code"]


def redeem(token, given, **changes):
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": BACK,
            "code_verifier": VERIFIER}  # fmt: skip
    return token(**form | changes)


async def refused(call, number, error="invalid_grant", status=400):
    answered, body = await call
    assert (answered, body["error"], body["error_codes"]) == (status, error, [number]), body
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    return body


async def test_a_person_signs_in_agrees_and_comes_back_with_a_code(microsoft, token):
    async with Browser() as browser:
        await browser.open(address(microsoft, login_hint="ben.ortiz@contoso.example"))
        assert browser.text.index("Ben Ortiz") < browser.text.index("Asha Rao")
        assert (
            "form-action 'self' https://bot.example" in (browser.headers["Content-Security-Policy"])
        )
        await browser.press("person", "ben")
        assert "Send mail as you" in browser.text
        assert "Sign you in and read your profile" in browser.text
        await browser.press("answer", "accept")
    answer = browser.answer
    assert (browser.status, answer["state"], answer["from"]) == (302, "s1", "teams")
    status, body = await redeem(token, answer["code"])
    assert status == 200
    claims = microsoft.tokens.read(body["id_token"])
    assert (claims["nonce"], claims["preferred_username"]) == ("n1", "ben.ortiz@contoso.example")
    access = microsoft.tokens.read(body["access_token"])
    assert access["aud"] == "https://graph.microsoft.com"
    assert access["scp"] == "Mail.Send User.Read"
    assert body["refresh_token"]


async def test_the_keys_that_are_published_are_those_that_sign(microsoft):
    async with aiohttp.ClientSession() as session:
        for tenant in (TENANT_ID, "contoso.example", "common"):
            url = f"{microsoft.url}/{tenant}/v2.0/.well-known/openid-configuration"
            async with session.get(url) as reply:
                document = await reply.json()
            async with session.get(document["jwks_uri"]) as reply:
                (key,) = (await reply.json())["keys"]
            sso = microsoft.sso_token("asha")
            assert jwt.get_unverified_header(sso)["kid"] == key["kid"]
            options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
            claims = jwt.decode(sso, jwt.PyJWK(key).key, ["RS256"], options, audience=APP_ID)
            assert claims["iss"] == microsoft.issuer()
            assert claims["scp"] == "access_as_user"
        async with session.get(
            f"{microsoft.url}/nobody/v2.0/.well-known/openid-configuration"
        ) as no:
            assert no.status == 400


async def test_who_has_agreed_is_not_asked_again_and_who_cancels_comes_back_without(microsoft):
    assert (await sign_in(address(microsoft), "asha", "cancel"))["error"] == "access_denied"
    assert microsoft.consents("asha") == []
    await code(microsoft)
    async with Browser() as browser:
        await browser.open(address(microsoft))
        await browser.press("person", "asha")
        assert browser.answer["code"]
        await browser.open(address(microsoft, prompt="consent"))
        await browser.press("person", "asha")
        assert "Permissions requested" in browser.text


async def test_a_browser_that_is_signed_in_goes_on_by_itself_when_it_is_asked_to(microsoft):
    async with Browser() as browser:
        await browser.open(address(microsoft, prompt="none"))
        assert browser.answer["error"] == "login_required"
        await browser.open(address(microsoft))
        await browser.press("person", "asha")
        await browser.press("answer", "accept")
        await browser.open(address(microsoft, prompt="none"))
        assert browser.answer["code"]
        await browser.open(address(microsoft, login_hint="asha.rao@contoso.example"))
        assert browser.answer["code"]
        await browser.open(address(microsoft, login_hint="ben.ortiz@contoso.example"))
        assert "Who is signing in" in browser.text
        await browser.open(address(microsoft, prompt="none", scope="openid Calendars.Read"))
        assert browser.answer["error"] == "consent_required"
        await browser.open(f"{microsoft.url}/{TENANT_ID}/oauth2/v2.0/logout")
        await browser.open(address(microsoft, prompt="none"))
        assert browser.answer["error"] == "login_required"


async def test_signing_out_leads_back_only_where_it_may(microsoft):
    async with Browser() as browser:
        where = f"{microsoft.url}/{TENANT_ID}/oauth2/v2.0/logout?post_logout_redirect_uri="
        await browser.open(where + "https://evil.example/")
        assert (browser.status, browser.location) == (200, "")
        await browser.open(where + "https%3A%2F%2Fbot.example%2Fauth%2Fend%3Ffrom%3Dteams")
        assert browser.location == BACK


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"client_id": guid("app other")}, "AADSTS700016"),
        ({"client_id": None}, "AADSTS900144"),
        ({"redirect_uri": "https://bot.example/auth/end"}, "AADSTS50011"),
        ({"redirect_uri": BACK + "x"}, "AADSTS50011"),
        ({"redirect_uri": "https://evil.example/<script>"}, "evil.example/&lt;script&gt;"),
        ({"redirect_uri": None}, "AADSTS50011"),
        ({"tenant": "nowhere.example"}, "AADSTS90002"),
    ],
)
async def test_a_request_that_is_not_the_apps_leads_nowhere(microsoft, changes, says):
    async with Browser() as browser:
        await browser.open(address(microsoft, **changes))
    assert (browser.status, browser.location) == (400, "")
    assert says in browser.text
    assert "<script>" not in browser.text


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "please"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
        ({"scope": "openid Mail.Sent"}, "invalid_scope"),
        ({"state": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
    ],
)
async def test_a_request_of_the_apps_that_is_wrong_comes_back_with_an_error(
    microsoft, changes, error
):
    async with Browser() as browser:
        await browser.open(address(microsoft, **changes))
    assert browser.location.startswith("https://bot.example/auth/end?from=teams&error=")
    assert browser.answer["error"] == error
    assert browser.answer.get("state") == (None if "state" in changes else "s1")


async def test_an_account_of_another_tenant_cannot_sign_in_here(microsoft):
    async with Browser() as browser:
        await browser.open(address(microsoft))
        await browser.press("person", "dana")
        assert (browser.status, browser.location) == (400, "")
        assert "AADSTS50020" in browser.text
    assert (await sign_in(address(microsoft, tenant=FABRIKAM_ID), "dana"))["code"]
    assert (await sign_in(address(microsoft, tenant="organizations"), "dana"))["code"]


async def test_what_only_an_admin_may_allow_is_not_given_by_anybody_else(microsoft):
    wanted = address(microsoft, scope="openid OnlineMeetingTranscript.Read.All")
    async with Browser() as browser:
        await browser.open(wanted)
        await browser.press("person", "asha")
        assert "Need admin approval" in browser.text
        ticket = re.search(r'name="ticket" value="([^"]*)"', browser.text)[1]
        forged = {"ticket": ticket, "answer": "accept"}
        url = f"{microsoft.url}/{TENANT_ID}/oauth2/v2.0/consent"
        await browser.open(url, "POST", data=forged)
        assert browser.answer["error"] == "access_denied"
    assert microsoft.consents("asha") == []
    microsoft.consent("asha", "OnlineMeetingTranscript.Read.All")
    assert (await sign_in(wanted, "asha"))["code"]


async def test_a_page_is_good_for_one_way_through(microsoft):
    async with Browser() as browser:
        await browser.open(address(microsoft))
        page = browser.url, browser.text
        await browser.press("person", "asha")
        browser.url, browser.text = page
        await browser.press("person", "ben")
        assert (browser.status, browser.location) == (400, "")
        url = f"{microsoft.url}/{TENANT_ID}/oauth2/v2.0/"
        for step in ("person", "consent"):
            await browser.open(url + step, "POST", data={"ticket": "x", "person": "asha"})
            assert browser.status == 400
        await browser.open(url + "person", "POST", data={"ticket": "x", "person": "zoe"})
        assert browser.status == 400


async def test_the_way_back_can_be_a_form(microsoft, token):
    answer = await sign_in(address(microsoft, response_mode="form_post"), "asha")
    assert (await redeem(token, answer["code"]))[0] == 200
    assert answer["state"] == "s1"


async def test_a_code_is_good_once_for_its_verifier_and_place(microsoft, token, clock):
    given = await code(microsoft)
    await refused(redeem(token, given, redirect_uri="https://bot.example/"), 70000)
    assert (await redeem(token, given))[0] == 200
    await refused(redeem(token, given), 54005)
    await refused(redeem(token, await code(microsoft), code_verifier="w" * 43), 501481)
    await refused(redeem(token, "never-given"), 70000)
    late = await code(microsoft)
    clock.pass_(601)
    await refused(redeem(token, late), 70008)
    ended = await code(microsoft)
    microsoft.revoke("asha")
    await refused(redeem(token, ended), 54005)


@pytest.mark.parametrize("name", ["code", "redirect_uri", "code_verifier", "grant_type"])
async def test_what_is_missing_is_named(microsoft, token, name):
    given = await code(microsoft)
    body = await refused(redeem(token, given, **{name: None}), 900144, "invalid_request")
    assert f"'{name}'" in body["error_description"]


async def test_a_client_that_is_not_the_app_gets_a_401(microsoft, token):
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    assert (await token(**form))[0] == 200
    await refused(token(**form, client_secret="x"), 7000215, "invalid_client", 401)
    await refused(token(**form, client_secret=None), 7000218, "invalid_client", 401)
    other = guid("app other")
    await refused(token(**form, client_id=other), 700016, "unauthorized_client")
    await refused(token(**form, client_id=None), 900144, "invalid_request")
    await refused(token(**form, client_assertion="x"), 900144, "invalid_request")
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    signed = token(**form, client_assertion="x", client_assertion_type=kind)
    await refused(signed, 700027, "invalid_client", 401)


async def test_a_request_that_is_no_form_or_of_no_tenant_is_refused(microsoft, token):
    url = f"{microsoft.url}/{TENANT_ID}/oauth2/v2.0/token"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json={"grant_type": "refresh_token"}) as reply:
            assert (reply.status, (await reply.json())["error_codes"]) == (400, [900144])
        async with session.get(url) as reply:
            assert (reply.status, (await reply.json())["error_codes"]) == (400, [900561])
    await refused(token(tenant="nowhere.example"), 90002, "invalid_request")
    await refused(token(grant_type="password"), 70003, "unsupported_grant_type")


@pytest.mark.parametrize(
    "scope", ["https://graph.microsoft.com/Mail.Send", "Mail.Send", "https://evil.example/.default"]
)
async def test_the_app_alone_gets_defaults_of_what_there_is_only(token, scope):
    call = token(grant_type="client_credentials", scope=scope)
    await refused(call, 70011, "invalid_scope")


def on_behalf(token, assertion, **changes):
    form = {"grant_type": OBO, "requested_token_use": "on_behalf_of", "assertion": assertion,
            "scope": "https://graph.microsoft.com/User.Read offline_access"}  # fmt: skip
    return token(**form | changes)


async def test_on_behalf_of_takes_only_a_token_meant_for_us_now(microsoft, token, clock):
    microsoft.consent("asha", "User.Read")
    status, body = await on_behalf(token, microsoft.sso_token("asha"))
    assert (status, body["scope"]) == (200, "https://graph.microsoft.com/User.Read")
    assert (await on_behalf(token, microsoft.sso_token("asha", aud=f"api://botid-{APP_ID}")))[
        0
    ] == 200
    now = int(clock.now().timestamp())
    graph = microsoft.graph_token("asha", "User.Read")
    stranger = Tokens(host="login.local", app_id=APP_ID, clock=clock, ids=microsoft.ids)
    forged = stranger.own(microsoft.directory.account("asha"))
    for assertion, number in (
        (microsoft.sso_token("asha", aud=guid("app other")), 500131),
        (graph, 500131),
        (microsoft.sso_token("asha", exp=now), 500133),
        (microsoft.sso_token("asha", nbf=now + 3600), 500133),
        (microsoft.sso_token("asha", exp=None), 500133),
        (microsoft.sso_token("asha", scp="other"), 50013),
        (microsoft.sso_token("asha", tid=FABRIKAM_ID), 50013),
        (microsoft.sso_token("asha", oid=guid("person nobody")), 50013),
        (forged, 50013),
        ("x.y.z", 50013),
        (microsoft.sso_token("dana"), 50020),
    ):
        await refused(on_behalf(token, assertion), number)


async def test_on_behalf_of_needs_all_it_is_made_of(microsoft, token):
    sso = microsoft.sso_token("asha")
    for name in ("requested_token_use", "scope"):
        body = await refused(on_behalf(token, sso, **{name: None}), 900144, "invalid_request")
        assert f"'{name}'" in body["error_description"]
    await refused(on_behalf(token, None), 900144, "invalid_request")
    await refused(on_behalf(token, sso, scope="Mail.Sent"), 70011, "invalid_scope")


async def test_consent_is_per_person_and_permission(microsoft, token):
    microsoft.consent("asha", "User.Read")
    sso = microsoft.sso_token("asha")
    assert (await on_behalf(token, sso))[0] == 200
    both = "User.Read Mail.Send"
    body = await refused(on_behalf(token, sso, scope=both), 65001)
    assert body["suberror"] == "consent_required"
    await refused(on_behalf(token, microsoft.sso_token("ben")), 65001)
    microsoft.withdraw("asha")
    await refused(on_behalf(token, sso), 65001)


async def test_conditional_access_asks_for_more_or_keeps_out(microsoft, token):
    microsoft.consent("asha", "User.Read")
    sso = microsoft.sso_token("asha")
    microsoft.require_second_step("asha")
    body = await refused(on_behalf(token, sso), 50076, "interaction_required")
    assert "capolids" in body["claims"]
    await code(microsoft)
    assert (await on_behalf(token, sso))[0] == 200
    microsoft.block("asha")
    await refused(on_behalf(token, sso), 53003, "interaction_required")
    microsoft.block("asha", blocked=False)
    assert (await on_behalf(token, sso))[0] == 200


def refresh(token, name, **changes):
    form = {"grant_type": "refresh_token", "refresh_token": name, "scope": "User.Read"}
    return token(**form | changes)


async def test_a_refresh_token_rotates_grows_old_and_can_be_ended(microsoft, token, clock):
    microsoft.consent("asha", "User.Read")
    _, body = await on_behalf(token, microsoft.sso_token("asha"))
    first = body["refresh_token"]
    _, body = await refresh(token, first)
    second = body["refresh_token"]
    assert first != second
    assert (await refresh(token, first))[0] == 200
    clock.pass_(3601)
    stale = await refused(refresh(token, first), 50173)
    assert stale["suberror"] == "bad_token"
    await refused(refresh(token, second, scope="Mail.Send"), 65001)
    await refused(refresh(token, second, scope=None), 900144, "invalid_request")
    await refused(refresh(token, second, tenant=FABRIKAM_ID), 50020)
    await refused(refresh(token, "never-given"), 70000)
    _, body = await refresh(token, second)
    clock.pass_(timedelta(days=91).total_seconds())
    await refused(refresh(token, body["refresh_token"]), 700082)
    _, body = await on_behalf(token, microsoft.sso_token("asha"))
    microsoft.revoke("asha")
    await refused(refresh(token, body["refresh_token"]), 50173)


@pytest.mark.parametrize(
    "how, status",
    [({"status": 503, "retry_after": "2.5"}, 503), ({"status": 500}, 500), ({"status": 429}, 429)],
)
async def test_entra_can_be_out_of_order(microsoft, token, how, status):
    microsoft.consent("asha", "User.Read")
    microsoft.fail("POST */token", **how)
    answered, body = await on_behalf(token, microsoft.sso_token("asha"))
    assert (answered, body["error"]) == (status, "temporarily_unavailable")
    assert (await on_behalf(token, microsoft.sso_token("asha")))[0] == 200


async def test_entra_can_answer_html_half_or_slowly(microsoft, token):
    microsoft.consent("asha", "User.Read")
    sso = microsoft.sso_token("asha")
    microsoft.fail("POST */token", status=502, reply="html")
    status, text = await on_behalf(token, sso)
    assert (status, "<html" in text) == (502, True)
    microsoft.fail("POST */token", reply="half")
    with pytest.raises(aiohttp.ClientError):
        await on_behalf(token, sso)
    microsoft.fail("POST */token", seconds=0.001)
    assert (await on_behalf(token, sso))[0] == 200
    microsoft.fail("GET */openid-configuration", status=503)
    url = f"{microsoft.url}/{TENANT_ID}/v2.0/.well-known/openid-configuration"
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        assert reply.status == 503
