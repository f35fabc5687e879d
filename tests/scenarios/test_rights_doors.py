"""Who gets in at all: every address, nobody, forged tokens and other tenants (T4, T44)."""

from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest

from bot.local.entra.directory import DANA, FABRIKAM_ID
from bot.local.people import PEOPLE
from bot.teams.presses import EXECUTE
from cards.verbs import VERBS
from tests.fakes.keys import private_key
from tests.scenarios.owned import everything_of_asha, file_answers, kept, put
from tests.scenarios.test_rights_matrix import BUTTONS, WORDS, made_up

# What each address answers somebody without a token or a sign-in of theirs.
ADDRESSES = {
    ("POST", "/api/messages"): 401,
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    ("GET", "/auth/start"): 400,
    ("GET", "/auth/end"): 400,
    ("POST", "/auth/end"): 400,
    ("GET", "/auth/popup.js"): 200,
    ("GET", "/auth/popup.css"): 200,
}
NOBODY_HOME = ("/", "/metrics", "/debug", "/admin", "/api", "/auth", "/api/users", "/.env")


def test_every_address_has_its_row(signing):
    there = {
        (route.method, route.resource.canonical) for route in signing.stage.bot.web.router.routes()
    }
    assert there == set(ADDRESSES)


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


def bearers(stage, microsoft):
    """Every token there is that is not the channel's, and a forgery of that one."""
    claims = jwt.decode(stage.teams.token(), options={"verify_signature": False})
    forged = jwt.encode(
        claims, private_key("forger"), "RS256", {"kid": stage.teams._signer._key_id}
    )
    return {
        "nobody": None,
        "garbage": "CANARY",
        "forged": forged,
        "the bot's own": stage.teams.bot_token,
        "Asha's, from Teams": microsoft.sso_token("asha"),
        "Ben's, from Teams": microsoft.sso_token("ben"),
        "Dana's, from Teams": microsoft.sso_token("dana"),
        "Asha's, for Graph": microsoft.graph_token("asha", "User.Read"),
    }


def activities(stage, owned, person):
    """Every button on Asha's things, both answers to her file and every word, as Teams does."""
    composer = stage.teams.client._composer
    room = stage.teams.client.room("personal", "asha")
    card = next(one for one in stage.teams.messages("personal") if one.sender == "bot")
    for name in VERBS:
        yield composer.press(room, person, card, made_up(name, owned), trigger="manual")
    for value in file_answers(owned, stage.teams.url):
        yield composer.invoke(room, person, "fileConsent/invoke", value)
    for typed, _, _ in WORDS.values():
        said = composer._frame("message", room, person, thread=None)
        yield {**said, "text": typed.format(short=owned.short_id), "textFormat": "plain"}


def elsewhere(activity, tenant=FABRIKAM_ID, room="a:1another-chat"):
    """The same, from a chat of another tenant."""
    activity["conversation"] = {**activity["conversation"], "tenantId": tenant, "id": room}
    activity["channelData"] = {**activity["channelData"], "tenant": {"id": tenant}}
    return activity


async def test_no_address_gives_anything_to_who_is_not_let_in(signing, raw, asha, http):
    put(raw, "review")
    before = kept(raw, asha)
    message = next(iter(activities(signing.stage, asha, PEOPLE["asha"])))
    for who, token in bearers(signing.stage, signing.microsoft).items():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for (method, path), status in ADDRESSES.items():
            body = {"json": message} if path == "/api/messages" else {}
            async with http.request(
                method, signing.where[0] + path, headers=headers, allow_redirects=False, **body
            ) as reply:
                text = await reply.text()
                assert reply.status == status, (who, path)
                assert not any(hers in text for hers in ("CANARY", "Asha", *asha.ids.values()))
    assert kept(raw, asha) == before


async def test_there_is_no_other_address_and_no_other_method(signing, http):
    known = {path for _, path in ADDRESSES}
    for path in (*NOBODY_HOME, *known):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            if (method, path) in ADDRESSES:
                continue
            async with http.request(method, signing.where[0] + path) as reply:
                assert reply.status in (404, 405), (method, path)


async def test_nothing_is_done_for_nobody_or_with_a_forged_token(signing, raw, asha, http):
    put(raw, "review")
    before = kept(raw, asha)
    tokens = bearers(signing.stage, signing.microsoft)
    for activity in activities(signing.stage, asha, PEOPLE["asha"]):
        for who in ("nobody", "forged"):
            headers = {"Authorization": f"Bearer {tokens[who]}"} if tokens[who] else {}
            address = f"{signing.where[0]}/api/messages"
            async with http.post(address, json=activity, headers=headers) as reply:
                assert (reply.status, await reply.text()) == (401, ""), (who, activity)
    assert kept(raw, asha) == before


@pytest.mark.parametrize("person", [DANA, PEOPLE["asha"]], ids=["Dana", "Asha's id over there"])
async def test_another_tenant_is_refused_whatever_it_asks(signing, raw, asha, person):
    put(raw, "review")
    before, people = kept(raw, asha), raw["users"].count_documents({})
    for activity in activities(signing.stage, asha, person):
        answer = await signing.stage.teams.client.deliver(elsewhere(activity))
        assert (answer.status, answer.body) == (403, None), activity
    assert kept(raw, asha) == before
    assert raw["users"].count_documents({}) == people


async def test_two_tenants_with_the_same_person_id_see_nothing_of_each_other(
    start_bot, raw, stage_clock
):
    stage = await start_bot(tenants=(FABRIKAM_ID,))
    asha = await everything_of_asha(stage, raw, stage_clock.now())
    put(raw, "review")
    before = kept(raw, asha)
    for activity in activities(stage, asha, PEOPLE["asha"]):
        answer = await stage.teams.client.deliver(elsewhere(activity))
        assert answer.status == 200, activity
        told = str(answer.body)
        assert "CANARY" not in told, activity
        assert not any(one in told for one in (asha.short_id, asha.user.id)), activity
        if activity.get("name") == EXECUTE and BUTTONS[activity["value"]["action"]["verb"]]:
            assert "Asha" not in told, activity
    same = raw["users"].count_documents({"microsoftId": {"$regex": PEOPLE["asha"].object_id}})
    assert same == 2
    assert kept(raw, asha)["workflows"] == before["workflows"]
    assert kept(raw, asha)["executionlogs"] == before["executionlogs"]


TOKENS = ("asha", "ben", "dana")


@pytest.mark.parametrize("sender", ["asha", "ben"])
@pytest.mark.parametrize("token", TOKENS)
async def test_a_sign_in_is_for_whom_it_was_offered_with_their_own_token(
    signing,
    raw,
    sender,
    token,
):
    signing.microsoft.consent("asha", "User.Read")
    signing.microsoft.consent("ben", "User.Read")
    offered = signing.card(await signing.stage.say("asha", "connect"))
    brought = {
        "id": offered["tokenExchangeResource"]["id"],
        "connectionName": "",
        "token": signing.microsoft.sso_token(token),
    }
    answer = await signing.invoke(sender, "signin/tokenExchange", brought)
    may = (sender, token) == ("asha", "asha")
    assert answer.status == (200 if may else 412)
    assert raw["users"].count_documents({"tokenCache": {"$exists": True}}) == int(may)


async def test_a_link_passed_on_signs_nobody_else_in(signing, raw, http):
    """Dana has no account in this tenant: the address leads to Contoso's Entra only."""
    offered = signing.card(await signing.stage.say("asha", "connect"))
    async with http.get(offered["buttons"][0]["value"], allow_redirects=False) as reply:
        place = urlsplit(reply.headers["Location"])
    assert place.path.startswith(f"/{signing.microsoft.tenant_id}/")
    assert parse_qs(place.query)["code_challenge_method"] == ["S256"]
    page = await signing.visit(offered["buttons"][0]["value"], "ben")
    assert (page.status, "another account" in page.text) == (400, True)
    assert raw["users"].count_documents({"tokenCache": {"$exists": True}}) == 0
