"""What the page is told of a person's Microsoft 365 is theirs, and holds nobody's HTML."""

import aiohttp
import pytest

from bot.local.people import TEAM_GROUP_ID, guid


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def look(teams, session):
    async def get(person):
        async with session.get(f"{teams.url}/local/microsoft?as={person}") as reply:
            return reply.status, await (reply.json() if reply.status == 200 else reply.text())

    return get


@pytest.fixture
def graph(teams, session):
    async def call(person, method, path, scope, **more):
        token = teams.microsoft.graph_token(person, scope)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        url = teams.microsoft.graph_url + path
        async with session.request(method, url, headers=headers, **more) as reply:
            assert reply.status < 300, await reply.text()
            return await reply.json() if reply.status != 202 else None

    return call


def post(text):
    return {"body": {"contentType": "html", "content": text}}


async def test_a_mail_is_shown_as_words(look, graph):
    ben = [{"emailAddress": {"address": "ben.ortiz@contoso.example"}}]
    body = {"contentType": "html", "content": "<p>Dear &lt;Ben&gt;,</p><script>x()</script>Bye"}
    message = {"subject": "<b>S</b>", "body": body, "toRecipients": ben}
    await graph("asha", "POST", "/me/sendMail", "Mail.Send", json={"message": message})
    (sent,) = (await look("asha"))[1]["sent"]
    assert (sent["text"], sent["to"]) == ("Dear <Ben>,\nBye", ["ben.ortiz@contoso.example"])
    assert len((await look("ben"))[1]["inbox"]) == 1
    assert (await look("chen"))[1]["inbox"] == []


async def test_a_post_is_shown_to_those_who_are_there(look, graph, teams):
    channels = await graph(
        "asha", "GET", f"/teams/{guid('team Leadership')}/channels", "Channel.ReadBasic.All"
    )
    budget = channels["value"][1]["id"]
    place = f"/teams/{guid('team Leadership')}/channels/{budget}/messages"
    await graph("asha", "POST", place, "ChannelMessage.Send", json=post("<p>Secret</p>"))
    chat = f"/chats/{teams.world.rooms['group'].id}/messages"
    await graph("ben", "POST", chat, "ChatMessage.Send", json=post("<p>Open</p>"))
    places = {person: [p["place"] for p in (await look(person))[1]["posts"]]
              for person in ("asha", "ben")}  # fmt: skip
    assert places == {
        "asha": ["Acme rollout", "Leadership \u203a Budget"], "ben": ["Acme rollout"],
    }  # fmt: skip


async def test_a_file_is_given_to_those_who_can_open_it(look, graph, teams, session):
    kind = {"headers": {"Content-Type": "text/html"}, "data": b"<script>x()</script>"}
    await graph("asha", "PUT", "/me/drive/root:/a.html:/content", "Files.ReadWrite", **kind)
    room = teams.world.rooms["channel"].id
    folder = await graph(
        "asha", "GET", f"/teams/{TEAM_GROUP_ID}/channels/{room}/filesFolder", "Files.Read.All"
    )
    inside = f"/drives/{folder['parentReference']['driveId']}/items/{folder['id']}"
    await graph("asha", "PUT", inside + ":/b.html:/content", "Files.ReadWrite", **kind)
    shown = {person: {f["path"]: f["url"] for f in (await look(person))[1]["files"]}
             for person in ("asha", "ben", "chen")}  # fmt: skip
    assert set(shown["asha"]) == {"a.html", "General/b.html"}
    assert set(shown["ben"]) == set(shown["chen"]) == {"General/b.html"}
    async with session.get(teams.url + shown["asha"]["a.html"]) as reply:
        assert (reply.status, reply.content_type) == (200, "application/octet-stream")
        assert reply.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in reply.headers["Content-Security-Policy"]
    stolen = shown["asha"]["a.html"].replace("as=asha", "as=ben")
    async with session.get(teams.url + stolen) as reply:
        assert reply.status == 404


async def test_a_consent_is_withdrawn_by_whoever_gave_it(look, teams, session):
    teams.microsoft.consent("asha", "Mail.Send")
    (given,) = (await look("asha"))[1]["consents"]
    assert given == {"scope": "Mail.Send", "words": "Send mail as you"}
    url = f"{teams.url}/local/microsoft/withdraw"
    for body, status in (
        ({"as": "ben", "scope": "Mail.Send"}, 400),
        ({"as": "zoe", "scope": "Mail.Send"}, 400),
        ({"as": "asha", "scope": ["Mail.Send"]}, 400),
        ({"as": "asha", "scope": "Mail.Send"}, 200),
        ({"as": "asha", "scope": "Mail.Send"}, 400),
    ):
        async with session.post(url, json=body) as reply:
            assert reply.status == status
    assert teams.microsoft.consents("asha") == []


async def test_only_people_of_the_local_teams_look(look, teams, session):
    for person in ("", "dana", "zoe"):
        assert (await look(person))[0] == 400
    other = {"Origin": "https://evil.example"}
    async with session.get(f"{teams.url}/local/microsoft?as=asha", headers=other) as reply:
        assert reply.status == 403
    async with session.get(f"{teams.microsoft.graph_url}/me", headers=other) as reply:
        assert reply.status == 403


async def test_a_mail_that_goes_out_shows_at_once(teams, graph):
    with teams.world.feed.listen() as queue:
        body = {"message": {"toRecipients": [{"emailAddress": {"address": "b@c.example"}}]}}
        await graph("asha", "POST", "/me/sendMail", "Mail.Send", json=body)
        assert queue.get_nowait() == {"kind": "microsoft"}
