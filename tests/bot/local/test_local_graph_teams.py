"""Teams, chats, drives and batches of the local Graph."""

import io

import pytest

from bot.local.graph.teams_calls import MOST_BYTES
from bot.local.graph.uploads import PIECE
from bot.local.people import TEAM_GROUP_ID, guid

TEAM = "Team.ReadBasic.All Channel.ReadBasic.All ChannelMessage.Send ChannelMessage.Read.All"
CHAT = "ChatMessage.Send Chat.Read"
FILES = "Files.ReadWrite Files.Read.All"


async def refused(call, status, code):
    answered, body, _ = await call
    assert (answered, body["error"]["code"]) == (status, code), body


def html(text="<p>Hello</p>", **more):
    return {"body": {"contentType": "html", "content": text}, **more}


@pytest.fixture
def channel(microsoft):
    room = microsoft.world.rooms["channel"].id
    return f"/teams/{TEAM_GROUP_ID}/channels/{room.replace(':', '%3A')}"


@pytest.fixture
def chat(microsoft):
    return f"/chats/{microsoft.world.rooms['group'].id}/messages"


async def test_everybody_sees_their_own_teams_and_channels(ask):
    async def names(path, person):
        _, found, _ = await ask("GET", path, TEAM, person=person)
        return [one["displayName"] for one in found["value"]]

    leaders = guid("team Leadership")
    assert await names("/me/joinedTeams", "asha") == ["Client delivery", "Leadership"]
    assert await names("/me/joinedTeams", "ben") == ["Client delivery"]
    assert await names("/me/joinedTeams", "dana") == []
    assert await names(f"/teams/{leaders}/channels", "asha") == ["General", "Budget"]
    await refused(ask("GET", f"/teams/{leaders}/channels", TEAM, person="ben"), 403, "Forbidden")
    await refused(ask("GET", f"/teams/{leaders}/channels", TEAM, person="dana"), 404, "NotFound")
    await refused(ask("GET", "/teams/x/channels", TEAM), 404, "NotFound")


async def test_a_post_stands_in_the_channel_as_its_writer_and_in_the_local_teams(
    ask, microsoft, channel
):
    status, made, _ = await ask("POST", channel + "/messages", TEAM, json=html(), person="ben")
    assert status == 201
    assert made["from"]["user"]["displayName"] == "Ben Ortiz"
    assert made["id"].isdigit()
    assert len(made["id"]) == 13
    (post,) = microsoft.channel_posts(microsoft.world.rooms["channel"].id)
    assert post["body"]["content"] == "<p>Hello</p>"
    (shown,) = microsoft.world.messages("channel")
    assert (shown.sender, shown.text, shown.text_format) == ("ben", "Hello", "plain")
    _, listed, _ = await ask("GET", channel + "/messages?$top=1", TEAM)
    assert [one["id"] for one in listed["value"]] == [made["id"]]


async def test_what_could_run_is_taken_out_of_a_post(ask, microsoft, chat):
    bad = '<p onclick="x()">Hi<script>alert(1)</script><img src=x onerror=y><a href="javascript:1">'
    status, made, _ = await ask("POST", chat, CHAT, json=html(bad))
    assert status == 201
    for part in ("script", "onclick", "onerror", "javascript"):
        assert part not in made["body"]["content"]
    (shown,) = microsoft.world.messages("group")
    assert shown.text == "Hi"


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({}, 400, "BadRequest"),
        (html(" "), 400, "BadRequest"),
        ({"body": "x"}, 400, "RequestBodyRead"),
        ({"content": "x"}, 400, "RequestBodyRead"),
        (html(subject="a\nb"), 400, "ErrorPropertyValidationFailure"),
        (html('<at id="0">Ben</at>'), 400, "BadRequest"),
        (html(mentions=[{"id": 0, "mentionText": "Ben"}]), 400, "BadRequest"),
        (html(attachments=[{"id": "1", "contentType": "reference"}]), 400, "BadRequest"),
        (html("x" * MOST_BYTES), 413, "RequestEntityTooLarge"),
    ],
)
async def test_a_post_teams_could_not_show_is_refused(ask, microsoft, chat, body, status, code):
    await refused(ask("POST", chat, CHAT, json=body), status, code)
    assert microsoft.channel_posts() == microsoft.world.messages("group") == []


async def test_a_mention_and_an_attachment_that_are_told_are_taken(ask, chat, microsoft):
    ben = microsoft.directory.account("ben")
    user = {"id": ben.object_id, "displayName": "Ben", "userIdentityType": "aadUser"}
    body = html(
        '<p><at id="0">Ben</at></p><attachment id="f1"></attachment>',
        mentions=[{"id": 0, "mentionText": "Ben", "mentioned": {"user": user}}],
        attachments=[{"id": "f1", "contentType": "reference", "contentUrl": "https://x.example/a"}],
    )
    status, made, _ = await ask("POST", chat, CHAT, json=body)
    assert (status, len(made["mentions"]), len(made["attachments"])) == (201, 1, 1)


async def test_graph_knows_only_chats_the_caller_is_in(ask, microsoft, chat):
    await refused(ask("POST", chat, CHAT, json=html(), person="dana"), 404, "NotFound")
    bots = f"/chats/{microsoft.world.rooms['asha'].id}/messages"
    await refused(ask("POST", bots, CHAT, json=html()), 404, "NotFound")
    channel = f"/chats/{microsoft.world.rooms['channel'].id}/messages"
    await refused(ask("POST", channel, CHAT, json=html()), 404, "NotFound")
    assert (await ask("GET", chat, CHAT))[1]["value"] == []


async def test_the_fifth_post_in_a_second_has_to_wait(ask, microsoft, chat, ticks):
    ticks.step = 0.0
    for _ in range(4):
        assert (await ask("POST", chat, CHAT, json=html()))[0] == 201
    status, body, headers = await ask("POST", chat, CHAT, json=html())
    assert (status, body["error"]["code"], headers["Retry-After"]) == (
        429, "TooManyRequests", "1",
    )  # fmt: skip
    assert len(microsoft.channel_posts()) == 4


async def put(ask, path, content, **more):
    headers = {"Content-Type": "application/octet-stream", **more.pop("headers", {})}
    return await ask("PUT", path, FILES, data=io.BytesIO(content), headers=headers, **more)


async def test_a_file_is_new_once_and_written_over_after_that(ask, microsoft):
    path = "/me/drive/root:/ConsultFlow/Q1%20review.pptx:/content"
    status, made, _ = await put(ask, path, b"one")
    assert (status, made["name"], made["size"]) == (201, "Q1 review.pptx", 3)
    assert made["webUrl"].endswith("/ConsultFlow/Q1%20review.pptx")
    status, again, _ = await put(ask, path, b"two!")
    assert (status, again["id"]) == (200, made["id"])
    assert again["eTag"] != made["eTag"]
    assert microsoft.drive("asha") == {"ConsultFlow/Q1 review.pptx": b"two!"}
    _, found, _ = await ask("GET", "/me/drive/root:/consultflow/q1%20review.pptx", FILES)
    assert found["id"] == made["id"]
    _, top, _ = await ask("GET", "/me/drive/root/children", FILES)
    assert [one["name"] for one in top["value"]] == ["ConsultFlow"]


async def test_a_taken_name_is_a_conflict_or_gets_a_number(ask, microsoft, bare):
    path = "/me/drive/root:/a.txt:/content"
    await put(ask, path, b"1")
    answers = []
    for conflict in ("fail", "rename"):
        told = {"item": {"@microsoft.graph.conflictBehavior": conflict}}
        _, session, _ = await begin(ask, told, path="/me/drive/root:/a.txt:")
        answers.append(await bare(session["uploadUrl"], 0, b"3", 1))
    assert [answer[0] for answer in answers] == [409, 201]
    assert answers[0][1]["error"]["code"] == "nameAlreadyExists"
    assert microsoft.drive("asha") == {"a.txt": b"1", "a 1.txt": b"3"}
    under = "/me/drive/root:/a.txt/b.txt:/content"
    await refused(put(ask, under, b"2"), 409, "nameAlreadyExists")
    odd = path + "?@microsoft.graph.conflictBehavior=fail"
    await refused(put(ask, odd, b"2"), 400, "BadRequest")


@pytest.mark.parametrize(
    "name", ["a%3Ab", "a*b", "a%3Fb", "a%7Cb", "%20a", "a%20", "a.", "..", "a%0Ab"]
)
async def test_a_name_onedrive_cannot_hold_is_refused(ask, microsoft, name):
    await refused(put(ask, f"/me/drive/root:/x/{name}:/content", b"1"), 400, "invalidRequest")
    assert microsoft.drive("asha") == {}


async def test_beyond_four_megabytes_a_session_is_needed(ask):
    path = "/me/drive/root:/a.bin:/content"
    await refused(put(ask, path, b"x" * (4 * 1024 * 1024 + 1)), 413, "RequestBodyTooLarge")
    assert (await put(ask, path, b"x" * (4 * 1024 * 1024)))[0] == 201


async def begin(ask, body=None, path="/me/drive/root:/big.bin:"):
    more = {"json": body} if body is not None else {}
    return await ask("POST", path + "/createUploadSession", FILES, **more)


def piece(start, content, total):
    return {"Content-Range": f"bytes {start}-{start + len(content) - 1}/{total}"}


@pytest.fixture
def bare(ask):
    """Send a piece as its address wants it: without a token."""

    async def send(url, start, content, total, method="PUT", **headers):
        async with ask._session.request(
            method, url, data=content, headers={**piece(start, content, total), **headers}
        ) as reply:
            text = await reply.text()
            return reply.status, (await reply.json() if text else text), reply.headers

    return send


async def test_a_large_file_arrives_in_pieces(ask, microsoft, bare):
    content = bytes(range(256)) * (PIECE * 2 // 256) + b"end"
    status, session, _ = await begin(ask)
    assert (status, session["nextExpectedRanges"]) == (200, ["0-"])
    url, total = session["uploadUrl"], len(content)
    status, state, _ = await bare(url, 0, content[:PIECE], total)
    assert (status, state["nextExpectedRanges"]) == (202, [f"{PIECE}-{total - 1}"])
    assert microsoft.drive("asha") == {}
    await bare(url, PIECE, content[PIECE : 2 * PIECE], total)
    status, item, _ = await bare(url, 2 * PIECE, content[2 * PIECE :], total)
    assert (status, item["size"]) == (201, total)
    assert microsoft.drive("asha") == {"big.bin": content}
    answer = await bare(url, 0, b"x", 1)
    assert (answer[0], answer[1]["error"]["code"]) == (404, "itemNotFound")


async def test_a_piece_of_the_wrong_size_or_place_is_refused(ask, microsoft, bare, clock):
    url = (await begin(ask, {"item": {"@microsoft.graph.conflictBehavior": "replace"}}))[1][
        "uploadUrl"
    ]
    total = PIECE * 2

    async def code(*told, **headers):
        status, body, _ = await bare(*told, **headers)
        return status, body["error"]["code"]

    assert await code(url, 0, b"x" * 1000, total) == (400, "invalidRequest")
    assert await code(url, PIECE, b"x" * PIECE, total) == (416, "invalidRange")
    assert await code(url, 0, b"x", total, **{"Content-Range": "bytes 0-9/10"}) == (
        400, "invalidRange",
    )  # fmt: skip
    assert await code(url, 0, b"x", total, **{"Content-Range": "0-0"}) == (400, "invalidRequest")
    assert await code(url, 0, b"x" * PIECE, total, Authorization="Bearer x") == (
        401, "unauthenticated",
    )  # fmt: skip
    assert (await bare(url, 0, b"x" * PIECE, total))[0] == 202
    assert await code(url, PIECE, b"x" * PIECE, total + PIECE) == (416, "invalidRange")
    clock.pass_(25 * 3600)
    assert await code(url, PIECE, b"x" * PIECE, total) == (404, "itemNotFound")
    assert microsoft.drive("asha") == {}


async def test_a_lost_piece_is_asked_after_and_a_session_is_dropped(ask, microsoft, bare):
    url = (await begin(ask))[1]["uploadUrl"]
    microsoft.fail("PUT /up/*", status=503, after_effect=True, retry_after="1")
    assert (await bare(url, 0, b"x" * PIECE, PIECE * 2))[0] == 503
    async with ask._session.get(url) as reply:
        assert (await reply.json())["nextExpectedRanges"] == [f"{PIECE}-"]
    async with ask._session.delete(url) as reply:
        assert reply.status == 204
    async with ask._session.get(url) as reply:
        assert reply.status == 404


async def test_a_session_for_something_odd_is_refused(ask):
    await refused(begin(ask, {"item": {"size": 1}}), 400, "RequestBodyRead")
    await refused(begin(ask, {"item": {"name": "other.bin"}}), 400, "invalidRequest")
    odd = {"item": {"@microsoft.graph.conflictBehavior": "x"}}
    await refused(begin(ask, odd), 400, "invalidRequest")
    await refused(begin(ask, path="/me/drive/root:/a*b:"), 400, "invalidRequest")


async def test_a_channels_files_lie_in_its_teams_library(ask, microsoft, channel):
    _, folder, _ = await ask("GET", channel + "/filesFolder", FILES)
    place = f"/drives/{folder['parentReference']['driveId']}/items/{folder['id']}"
    status, made, _ = await put(ask, place + ":/deck.pptx:/content", b"1", person="ben")
    assert status == 201
    assert microsoft.team_drive(TEAM_GROUP_ID) == {"General/deck.pptx": b"1"}
    _, same, _ = await ask("GET", f"{place.rpartition('/')[0]}/{made['id']}", FILES)
    assert same["name"] == "deck.pptx"
    _, session, _ = await begin(ask, path=place + ":/big.bin:")
    assert session["uploadUrl"]
    outside = put(ask, place + ":/x.txt:/content", b"1", person="dana")
    await refused(outside, 404, "itemNotFound")


async def test_nobody_writes_into_another_persons_drive(ask, microsoft):
    _, made, _ = await put(ask, "/me/drive/root:/a.txt:/content", b"1")
    drive = f"/drives/{made['parentReference']['driveId']}/items"
    top = made["parentReference"]["id"]
    await refused(ask("GET", f"{drive}/{made['id']}", FILES, person="ben"), 404, "itemNotFound")
    call = put(ask, f"{drive}/{top}:/b.txt:/content", b"2", person="ben")
    await refused(call, 404, "itemNotFound")
    inside = put(ask, f"{drive}/{made['id']}:/b.txt:/content", b"2")
    await refused(inside, 400, "invalidRequest")
    call = put(ask, "/me/drive/root:/a.txt:/content", b"1", person="chen")
    await refused(call, 404, "itemNotFound")


def batch(*requests):
    return {"requests": [{"id": str(n), **one} for n, one in enumerate(requests, 1)]}


ME = {"method": "GET", "url": "/me"}


async def test_a_batch_answers_each_call_for_itself(ask, microsoft):
    microsoft.fail("GET /users", status=429, retry_after="7")
    body = batch(
        ME, {"method": "GET", "url": "/users?$top=1"}, {"method": "GET", "url": "/me/events"}
    )
    status, found, _ = await ask("POST", "/$batch", "User.Read User.ReadBasic.All", json=body)
    assert status == 200
    by_id = {one["id"]: one for one in found["responses"]}
    assert by_id["1"]["body"]["displayName"] == "Asha Rao"
    assert (by_id["2"]["status"], by_id["2"]["headers"]["Retry-After"]) == (429, "7")
    assert by_id["3"]["status"] == 403


async def test_what_depends_on_a_failed_call_is_not_done(ask, microsoft, chat):
    said = {"method": "POST", "url": chat, "body": html(),
            "headers": {"Content-Type": "application/json"}, "dependsOn": ["1"]}  # fmt: skip
    body = batch({"method": "GET", "url": "/me/messages"}, said)
    _, found, _ = await ask("POST", "/$batch", CHAT, json=body)
    assert {one["id"]: one["status"] for one in found["responses"]} == {"1": 403, "2": 424}
    assert microsoft.channel_posts() == []
    body = batch(ME, said)
    _, found, _ = await ask("POST", "/$batch", CHAT + " User.Read", json=body)
    assert {one["id"]: one["status"] for one in found["responses"]} == {"1": 200, "2": 201}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"requests": []},
        {"requests": [ME]},
        batch(*[ME] * 21),
        {"requests": [{"id": "1", **ME}, {"id": "1", **ME}]},
        batch(ME | {"dependsOn": ["2"]}, ME),
        batch(ME | {"method": "HEAD"}),
        batch(ME | {"url": "https://graph.microsoft.com/v1.0/me"}),
        batch({"method": "POST", "url": "/me/sendMail", "body": {}}),
        batch(ME | {"colour": "red"}),
        {"requests": [7]},
    ],
)
async def test_a_batch_that_is_not_put_together_right_is_refused(ask, body):
    await refused(ask("POST", "/$batch", "User.Read", json=body), 400, "BadRequest")


async def test_a_batch_needs_a_token_as_any_call(ask):
    call = ask("POST", "/$batch", token="x", json=batch(ME))
    await refused(call, 401, "InvalidAuthenticationToken")


async def test_people_are_found_by_name_address_or_search(ask):
    async def names(query, person="asha", **headers):
        status, found, _ = await ask(
            "GET", "/users?" + query, "User.ReadBasic.All", person=person, headers=headers
        )
        assert status == 200, found
        return [one["displayName"] for one in found["value"]]

    assert await names("$filter=startswith(displayName,%27ash%27)") == ["Asha Rao"]
    assert await names("$filter=mail%20eq%20%27BEN.ORTIZ@contoso.example%27") == ["Ben Ortiz"]
    both = "$filter=startswith(mail,%27b%27)%20or%20(displayName%20eq%20%27Chen%20Li%27)"
    assert await names(both) == ["Ben Ortiz", "Chen Li"]
    assert await names("$filter=surname%20eq%20%27O%27%27Neil%27") == []
    eventual = {"ConsistencyLevel": "eventual"}
    assert await names("$search=%22displayName:li%22", **eventual) == ["Chen Li"]
    both = "$search=%22displayName:ra%22%20OR%20%22mail:ben%22&$count=true"
    assert await names(both, **eventual) == ["Asha Rao", "Ben Ortiz"]
    assert await names("$top=9", person="dana") == ["Dana Fox"]
    status, _, _ = await ask("GET", "/users?$search=ash", "User.ReadBasic.All", headers=eventual)
    assert status == 400


async def test_nobody_is_found_in_another_tenant(ask, microsoft):
    ben = microsoft.directory.account("ben").object_id
    path = f"/users/{ben}"
    code = "Request_ResourceNotFound"
    await refused(ask("GET", path, "User.ReadBasic.All", person="dana"), 404, code)
    assert (await ask("GET", path, "User.ReadBasic.All"))[1]["displayName"] == "Ben Ortiz"
    await refused(ask("GET", path, "User.Read"), 403, "Authorization_RequestDenied")
    own = await ask("GET", path, "User.Read", person="ben")
    assert own[0] == 200


async def test_the_time_zone_is_told_to_whoever_may_read_it(ask):
    path = "/me?$select=mailboxSettings"
    _, me, _ = await ask("GET", path, "MailboxSettings.Read")
    assert me["mailboxSettings"] == {"timeZone": "Asia/Kolkata"}
    await refused(
        ask("GET", path, "MailboxSettings.Read", person="chen"),
        404,
        "MailboxNotEnabledForRESTAPI",
    )
