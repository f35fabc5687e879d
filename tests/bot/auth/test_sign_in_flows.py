"""The visit to Entra: one person's, once, within ten minutes; whatever else comes is refused."""

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.auth.flows import Flows
from bot.auth.pages import sign_in_routes
from storage.errors import SignInNeededError
from storage.models import Conversation, ConversationKind
from tests.fakes.activities import PERSONAL
from tests.fakes.keys import TENANT
from tests.fakes.server import Server

MAIL = ("Mail.Send",)
PLACE = Conversation(PERSONAL["id"], ConversationKind.PERSONAL, TENANT, "https://smba/", "28:b")


class Pages(Server):
    """The pages, and who was reported signed in."""

    def __init__(self, flows):
        super().__init__()
        self.flows, self.signed_in = flows, []

    def routes(self):
        async def told(done):
            self.signed_in.append(done)

        return sign_in_routes(self.flows, told)


@pytest.fixture
async def pages(tokens, storage, clock):
    where = []
    flows = Flows(
        tokens=tokens,
        sign_ins=storage.sign_ins,
        users=storage.users,
        clock=clock,
        redirect_uri=lambda: f"{where[0]}/auth/end",
    )
    async with Pages(flows) as server:
        where.append(server.url)
        yield server


@pytest.fixture
def offer(pages, ana):
    """Offer Ana a sign-in; gives the address of its button."""

    async def make(scopes=MAIL, claims=None):
        need = SignInNeededError("x", scopes=scopes, claims=claims)
        name = await pages.flows.offer(ana, PLACE, need, silent=False)
        return f"{pages.url}/auth/start?flow={name}"

    return make


@pytest.fixture
def get(http):
    async def get(address):
        async with http.get(address, allow_redirects=False) as response:
            return response.status, response.headers, await response.text()

    return get


@pytest.fixture
def post(http):
    async def post(visited):
        address, form = visited
        async with http.post(address, data=form, allow_redirects=False) as response:
            return response.status, response.headers, await response.text()

    return post


@pytest.fixture
def visit(offer, get, entra, http):
    """Go from the button to Entra and sign in as somebody; gives what Entra's page posts."""

    async def go(person, address=None):
        status, headers, text = await get(address or await offer())
        assert status == 302, text
        return await entra.visit(http, headers["Location"], person)

    return go


async def test_the_button_signs_its_person_in_with_what_was_asked(
    pages, visit, tokens, ana, ana_account, entra, post
):
    status, _, text = await post(await visit(ana_account))
    assert status == 200
    assert "You are signed in, Ana Lima." in text
    assert await tokens.granted(ana) >= {"Mail.Send"}
    assert await tokens.for_user(ana).token(MAIL)
    assert [(done.user.id, done.place, done.scopes) for done in pages.signed_in] == [
        (ana.id, PLACE, MAIL)
    ]
    assert entra.asked[0]["grant_type"] == "authorization_code"


async def test_entra_is_asked_with_state_nonce_and_pkce_in_the_persons_own_tenant(offer, get):
    _, headers, _ = await get(await offer(claims='{"a":1}'))
    address = urlsplit(headers["Location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.path == f"/{TENANT}/oauth2/v2.0/authorize"
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert set(asked["scope"].split()) == {"Mail.Send", "openid", "profile", "offline_access"}
    assert asked["claims"] == '{"a":1}'
    assert asked["login_hint"] == "ana@contoso.example"


async def test_finishing_as_somebody_else_keeps_nothing(pages, visit, ben_account, raw, post):
    """Somebody sends another his link: her tokens must not become his."""
    status, _, text = await post(await visit(ben_account))
    assert status == 400
    assert "another account" in text
    assert pages.signed_in == []
    assert "CANARY" not in str(list(raw.users.find()))
    assert all("tokenCache" not in user for user in raw.users.find())


async def test_an_account_of_another_tenant_keeps_nothing(visit, ana_account, entra, raw, post):
    back = await visit(ana_account)
    entra.people[ana_account.oid].tid = "00000000-0000-4000-8000-000000000000"
    status, _, _ = await post(back)
    assert status in (400, 403)
    assert "tokenCache" not in raw.users.find_one()


async def test_a_state_is_good_once(visit, ana_account, pages, post):
    back = await visit(ana_account)
    assert (await post(back))[0] == 200
    assert (await post(back))[0] == 400
    assert len(pages.signed_in) == 1


@pytest.mark.parametrize(
    "query", ["", "?state=unknown&code=c", "?code=c", "?state=&code=", "?flow=x"]
)
async def test_an_unknown_state_is_refused(pages, get, query):
    status, _, text = await get(f"{pages.url}/auth/end{query}")
    assert status == 400
    assert "Go back to the chat" in text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"state=\xff\xfe"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"state=x"),
        ("application/json", b'{"state": "x"}'),
        ("text/plain", b"state=x"),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"state=x&state=y&state[]=z"),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense"),
        ("multipart/form-data", b"x"),
    ],
)
async def test_a_form_that_is_none_is_refused(pages, http, kind, body):
    headers = {"Content-Type": kind}
    async with http.post(f"{pages.url}/auth/end", data=body, headers=headers) as response:
        assert response.status == 400


async def test_a_visit_of_more_than_ten_minutes_is_over(visit, ana_account, clock, raw, post):
    back = await visit(ana_account)
    clock.pass_(601)
    assert (await post(back))[0] == 400
    assert "tokenCache" not in raw.users.find_one()


async def test_a_code_of_another_visit_is_refused(visit, ana_account, pages, post):
    """PKCE ties the code to the visit that asked for it."""
    first, second = await visit(ana_account), await visit(ana_account)
    status, _, _ = await post((second[0], {**second[1], "code": first[1]["code"]}))
    assert status == 403
    assert pages.signed_in == []


async def test_entra_refuses_a_visit_without_pkce(offer, get, http, entra, ana_account):
    _, headers, _ = await get(await offer())
    entra.visitor = ana_account
    address = headers["Location"].replace("https://login.microsoftonline.com", entra.url)
    async with http.get(address.replace("code_challenge=", "x="), allow_redirects=False) as answer:
        assert answer.status == 400


async def test_a_button_may_be_pressed_again_until_it_worked(offer, visit, get, ana_account, post):
    address = await offer()
    await visit(ana_account, address)
    assert (await post(await visit(ana_account, address)))[0] == 200
    status, _, text = await get(address)
    assert status == 400
    assert "This sign-in is over" in text


async def test_a_button_is_good_for_a_day(offer, get, clock):
    address = await offer()
    clock.pass_(24 * 3600 - 1)
    assert (await get(address))[0] == 302
    clock.pass_(2)
    assert (await get(address))[0] == 400


async def test_markup_in_entras_words_is_shown_as_text(visit, ana_account, pages, post):
    address, form = await visit(ana_account)
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    denied = {"error": "access_denied", "error_description": evil, "state": form["state"]}
    status, headers, text = await post((address, denied))
    assert status == 403
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "script-src 'self'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["/auth/start?flow=x", "/auth/end?state=x", "/auth/popup.js"])
async def test_no_page_is_kept_framed_or_named_to_others(pages, get, page):
    _, headers, _ = await get(pages.url + page)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["redirect", "redirect_uri", "next", "returnUrl", "url"])
async def test_no_parameter_sends_the_browser_anywhere(offer, get, name):
    address = await offer()
    _, headers, _ = await get(f"{address}&{name}=https://evil.example/")
    assert "evil.example" not in headers["Location"]
    assert headers["Location"].startswith("https://login.microsoftonline.com/")


async def test_the_start_is_only_read(pages, http):
    for method in ("HEAD", "POST", "PUT", "DELETE"):
        async with http.request(method, f"{pages.url}/auth/start?flow=x") as response:
            assert response.status == 405


async def test_an_entra_that_is_away_says_so(visit, ana_account, entra, pages, post):
    back = await visit(ana_account)
    entra.faults.append((503, "<html>", {}))
    status, _, text = await post(back)
    assert status == 503
    assert "Try again in a moment" in text
    assert pages.signed_in == []


async def test_the_word_for_teams_is_its_persons_and_good_once(
    visit, ana_account, pages, ana, ben, clock, post
):
    await post(await visit(ana_account))
    code = pages.signed_in[0].code
    assert not await pages.flows.confirmed(ben, code)
    assert not await pages.flows.confirmed(ana, "another")
    assert await pages.flows.confirmed(ana, code)
    assert not await pages.flows.confirmed(ana, code)


async def test_what_is_kept_of_a_sign_in_tells_nothing(visit, ana_account, raw):
    _, form = await visit(ana_account)
    kept = str(list(raw.signins.find()))
    assert form["state"] not in kept
    assert "Mail.Send" not in kept
    assert "code_verifier" not in kept
