"""The local Graph asks who calls and whether they may, and says no as Graph does."""

import asyncio
import json
from datetime import timedelta

import aiohttp
import pytest

from bot.local.entra.tokens import Tokens
from bot.local.people import APP_ID, guid

MAIL = {
    "message": {
        "subject": "Minutes",
        "body": {"contentType": "HTML", "content": "<p>Hello</p>"},
        "toRecipients": [{"emailAddress": {"address": "ben.ortiz@contoso.example"}}],
    }
}


async def refused(call, status, code):
    answered, body, headers = await call
    assert (answered, body["error"]["code"]) == (status, code), body
    inner = body["error"]["innerError"]
    assert body["error"]["message"]
    assert inner["request-id"] == headers["request-id"]
    assert set(inner) == {"date", "request-id", "client-request-id"}
    return headers


async def test_every_answer_has_an_id_and_gives_ours_back(ask):
    _, _, headers = await ask("GET", "/me", "User.Read", headers={"client-request-id": "mine-1"})
    assert headers["client-request-id"] == "mine-1"
    _, _, other = await ask("GET", "/me", "User.Read")
    assert headers["request-id"] != other["request-id"]
    assert "client-request-id" not in other


@pytest.mark.parametrize("scheme", ["", "Basic x", "Bearer", "Bearer ", "Bearer not.a.token"])
async def test_without_a_token_of_entras_nobody_is_answered(ask, scheme):
    headers = await refused(
        ask("GET", "/me", token="x", headers={"Authorization": scheme}),
        401,
        "InvalidAuthenticationToken",
    )
    assert headers["WWW-Authenticate"].startswith("Bearer ")


async def test_a_token_for_somebody_else_or_some_other_time_is_refused(ask, microsoft, clock):
    account = microsoft.directory.account("asha")
    good = microsoft.tokens.read(microsoft.graph_token("asha", "User.Read"))
    for change in (
        {"aud": APP_ID},
        {"aud": "https://graph.microsoft.example"},
        {"exp": int(clock.now().timestamp())},
        {"nbf": int((clock.now() + timedelta(hours=1)).timestamp())},
        {"tid": guid("tenant nowhere.example")},
        {"oid": guid("person nobody")},
    ):
        token = microsoft.tokens.sign(good | change)
        await refused(ask("GET", "/me", token=token), 401, "InvalidAuthenticationToken")
    sso = microsoft.sso_token("asha")
    await refused(ask("GET", "/me", token=sso), 401, "InvalidAuthenticationToken")
    stranger = Tokens(host="login.local", app_id=APP_ID, clock=clock, ids=microsoft.ids)
    foreign = stranger.graph(account, frozenset({"User.Read"}), APP_ID)
    await refused(ask("GET", "/me", token=foreign), 401, "InvalidAuthenticationToken")


async def test_a_token_dies_with_its_hour(ask, microsoft, clock):
    token = microsoft.graph_token("asha", "User.Read")
    assert (await ask("GET", "/me", token=token))[0] == 200
    clock.pass_(66 * 60)
    await refused(ask("GET", "/me", token=token), 401, "InvalidAuthenticationToken")


async def test_a_session_ended_at_once_is_challenged(ask, microsoft):
    token = microsoft.graph_token("asha", "User.Read")
    microsoft.revoke("asha", at_once=True)
    headers = await refused(ask("GET", "/me", token=token), 401, "InvalidAuthenticationToken")
    assert 'error="insufficient_claims", claims="' in headers["WWW-Authenticate"]
    fresh = microsoft.graph_token("asha", "User.Read")
    assert (await ask("GET", "/me", token=fresh))[0] == 200


@pytest.mark.parametrize(
    "method, path, scopes, code",
    [
        ("GET", "/me", "Mail.Send", "Authorization_RequestDenied"),
        ("GET", "/users", "User.Read", "Authorization_RequestDenied"),
        ("POST", "/me/sendMail", "Mail.ReadWrite", "ErrorAccessDenied"),
        ("GET", "/me/messages", "Mail.Send", "ErrorAccessDenied"),
        ("POST", "/me/messages", "Mail.Send", "ErrorAccessDenied"),
        ("POST", "/me/events", "Calendars.Read", "ErrorAccessDenied"),
        ("GET", "/me/events", "Mail.Send", "ErrorAccessDenied"),
        ("PATCH", "/me/events/x", "Calendars.Read", "ErrorAccessDenied"),
        ("DELETE", "/me/events/x", "Calendars.Read", "ErrorAccessDenied"),
        ("GET", "/me/joinedTeams", "User.Read", "Forbidden"),
        ("GET", "/teams/x/channels", "Team.ReadBasic.All", "Forbidden"),
        ("POST", "/teams/x/channels/y/messages", "ChatMessage.Send", "Forbidden"),
        ("GET", "/teams/x/channels/y/messages", "ChannelMessage.Send", "Forbidden"),
        ("POST", "/chats/x/messages", "ChannelMessage.Send", "Forbidden"),
        ("GET", "/chats/x/messages", "ChatMessage.Send", "Forbidden"),
        ("PUT", "/me/drive/root:/a.txt:/content", "Files.Read", "accessDenied"),
        ("POST", "/me/drive/root:/a.txt:/createUploadSession", "Files.Read", "accessDenied"),
        ("GET", "/teams/x/channels/y/filesFolder", "User.Read", "accessDenied"),
        ("PUT", "/drives/x/items/y:/a.txt:/content", "Files.Read", "accessDenied"),
        ("GET", "/me?$select=mailboxSettings", "User.Read", "ErrorAccessDenied"),
        ("GET", "/me?$select=mailboxSettings,mail", "MailboxSettings.Read",
         "Authorization_RequestDenied"),
    ],
)  # fmt: skip
async def test_without_the_permission_the_service_says_so_in_its_own_words(
    ask, method, path, scopes, code
):
    body = {} if method in ("POST", "PATCH", "PUT") else None
    await refused(ask(method, path, scopes, json=body), 403, code)


def test_each_operation_opens_with_the_permissions_of_the_contract(microsoft, contract_check):
    table = contract_check.load("graph", "least-privilege.json")["operations"]
    known = {}
    for entry in table:
        path = "/".join("{}" if part[:1] == "{" else part for part in _plain(entry["path"]))
        known[entry["method"], path] = (
            {*entry["delegated_least"]}, {*entry["delegated_least"], *entry["delegated_also"]}
        )  # fmt: skip
    checked = 0
    for route in microsoft.routes:
        path = "/".join("{}" if part[:1] == "{" else part for part in _plain(route.template))
        least, allowed = known[route.method, path]
        if route.template == "/me":
            allowed = allowed | {"MailboxSettings.Read"}
        assert least & route.scopes, route
        assert route.scopes <= allowed, (route, route.scopes - allowed)
        checked += 1
    assert checked > 20


def _plain(path):
    return path.replace(":/{", "/:/{").replace("}:/", "}/:/").split("/")


async def test_what_is_not_there_is_a_bad_segment_and_a_wrong_method_is_405(ask):
    await refused(ask("GET", "/me/planner", "User.Read"), 400, "BadRequest")
    headers = await refused(ask("DELETE", "/me", "User.Read"), 405, "Request_BadRequest")
    assert headers["Allow"] == "GET"
    await refused(ask("PUT", "/me/events", "Calendars.ReadWrite"), 405, "Request_BadRequest")
    await refused(ask("GET", "/$batch", "User.Read"), 405, "Request_BadRequest")


@pytest.mark.parametrize(
    "kind, content, status, code",
    [
        ("text/plain", "{}", 415, "UnsupportedMediaType"),
        ("", "{}", 415, "UnsupportedMediaType"),
        ("application/json", "{", 400, "BadRequest"),
        ("application/json", "[]", 400, "BadRequest"),
        ("application/json", "[" * 50_000, 400, "BadRequest"),
        ("application/json", "\xff", 400, "BadRequest"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(ask, kind, content, status, code):
    headers = {"Content-Type": kind}
    call = ask("POST", "/me/sendMail", "Mail.Send", headers=headers, data=content.encode("latin1"))
    await refused(call, status, code)


@pytest.mark.parametrize(
    "path",
    ["/me?$expand=manager", "/me?$top=5", "/users?$skip=2", "/users?x=1", "/me/joinedTeams?$top=1",
     "/me?$select=shoeSize", "/users?$top=0", "/users?$top=1000", "/users?$top=x",
     "/users?$skiptoken=abc", "/users?$filter=shoeSize%20eq%20%271%27", "/users?$filter=mail",
     "/users?$filter=mail%20gt%20%27a%27", "/users?$filter=(mail%20eq%20%27a%27",
     "/users?$filter=mail%20eq%20%27a%27)", "/users?$filter=mail%20eq%20%27a",
     "/users?$orderby=mail", "/users?$search=%22mail:a%22"],
)  # fmt: skip
async def test_a_query_graph_does_not_take_is_refused(ask, path):
    scopes = "User.Read User.ReadBasic.All Team.ReadBasic.All"
    status, body, _ = await ask("GET", path, scopes)
    assert status == 400, body


async def test_a_list_comes_in_pages_that_only_its_own_token_turns(ask):
    link, names = "/users?$top=2&$select=displayName", []
    while link:
        _, page, _ = await ask("GET", link, "User.ReadBasic.All")
        assert len(page["value"]) <= 2
        names += [one["displayName"] for one in page["value"]]
        last, link = link, page.get("@odata.nextLink")
    assert names == ["Asha Rao", "Ben Ortiz", "Chen Li"]
    token = last.partition("skiptoken=")[2]
    for wrong in (f"/users?$top=1&$skiptoken={token}", f"/users?$skiptoken={token}x"):
        assert (await ask("GET", wrong, "User.ReadBasic.All"))[0] == 400
    ben = await ask("GET", last, "User.ReadBasic.All", person="ben")
    assert ben[0] == 400


async def test_the_fifth_call_at_once_into_a_mailbox_has_to_wait(ask, microsoft):
    gate = asyncio.Event()
    microsoft.fail("GET /me/messages", times=4, until=gate)
    calls = [asyncio.create_task(ask("GET", "/me/messages", "Mail.Read")) for _ in range(4)]
    while len(microsoft.faults.held) < 4:
        await asyncio.sleep(0)
    headers = await refused(ask("GET", "/me/messages", "Mail.Read"), 429, "ApplicationThrottled")
    assert headers["Retry-After"] == "1"
    other = await ask("GET", "/me/messages", "Mail.Read", person="ben")
    assert other[0] == 200
    gate.set()
    assert [answer[0] for answer in await asyncio.gather(*calls)] == [200] * 4
    assert (await ask("GET", "/me/messages", "Mail.Read"))[0] == 200


@pytest.mark.parametrize(
    "how, status, waits",
    [
        ({"status": 401}, 401, None),
        ({"status": 403}, 403, None),
        ({"status": 404}, 404, None),
        ({"status": 409}, 409, None),
        ({"status": 429}, 429, "1"),
        ({"status": 429, "retry_after": "2.128"}, 429, "2.128"),
        ({"status": 500}, 500, None),
        ({"status": 503, "retry_after": "30"}, 503, "30"),
        ({"status": 504}, 504, None),
        ({"status": 502, "reply": "html"}, 502, None),
        ({"status": 200, "reply": "html"}, 200, None),
    ],
)
async def test_a_fault_strikes_as_often_as_it_was_told_and_nothing_was_done(
    ask, microsoft, how, status, waits
):
    microsoft.fail("POST /me/sendMail", times=2, **how)
    for _ in range(2):
        answered, body, headers = await ask("POST", "/me/sendMail", "Mail.Send", json=MAIL)
        assert answered == status
        assert headers.get("Retry-After") == waits
        assert ("<html" in body) if how.get("reply") else body["error"]["code"]
    assert microsoft.outbox("asha") == []
    assert (await ask("POST", "/me/sendMail", "Mail.Send", json=MAIL))[0] == 202
    assert len(microsoft.outbox("asha")) == 1


async def test_a_fault_after_the_effect_leaves_the_effect(ask, microsoft):
    microsoft.fail("POST /me/sendMail", status=504, after_effect=True)
    assert (await ask("POST", "/me/sendMail", "Mail.Send", json=MAIL))[0] == 504
    assert len(microsoft.outbox("asha")) == 1


@pytest.mark.parametrize("reply", ["half", "none"])
async def test_an_answer_can_be_cut_in_half_or_never_come(ask, microsoft, reply):
    # More than once: a client may ask again by itself when a connection goes.
    microsoft.fail("GET /me", reply=reply, times=5)
    call = asyncio.create_task(ask("GET", "/me", "User.Read"))
    if reply == "none":
        while not microsoft.requests:
            await asyncio.sleep(0)
        assert not call.done()
        microsoft.faults.close()
    with pytest.raises((aiohttp.ClientError, ConnectionError, json.JSONDecodeError)):
        await call


async def test_what_was_asked_can_be_looked_at(ask, microsoft):
    await ask("GET", "/users?$top=1", "User.ReadBasic.All", headers={"client-request-id": "c"})
    (asked,) = microsoft.requests
    assert (asked.method, asked.path, asked.query) == ("GET", "/users", {"$top": "1"})
    assert (asked.person, asked.scopes) == ("asha", {"User.ReadBasic.All"})
    assert (asked.client_request_id, asked.status) == ("c", 200)
