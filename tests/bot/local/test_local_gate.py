"""The local Teams answers this machine and its own page, nobody else."""

import asyncio
import io
import json

import aiohttp
import pytest

from bot.local.page_files import NO_PARTS
from bot.local.people import PEOPLE


async def get(teams, path, **headers):
    async with aiohttp.request("GET", teams.url + path, headers=headers) as reply:
        return reply.status, reply.headers, await reply.text()


async def post(teams, path, body, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json", **headers}
    async with aiohttp.request("POST", teams.url + path, data=text, headers=headers) as reply:
        return reply.status, await reply.text()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1"])
async def test_a_name_that_points_here_by_trickery_is_turned_away(teams, host):
    for path in ("/", "/local/state?as=asha", "/amer/v3/conversations", "/page/main.js"):
        status, _, _ = await get(teams, path, Host=host)
        assert status == 421


async def test_another_page_cannot_speak_for_a_person(teams, bot):
    said = {"as": "asha", "room": "asha", "text": "delete everything"}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert (await post(teams, "/local/say", said, Origin=origin))[0] == 403
    plain = {"Content-Type": "text/plain"}
    assert (await post(teams, "/local/say", said, **plain))[0] == 415
    assert bot.activities == []
    assert (await post(teams, "/local/say", said, Origin=teams.url))[0] == 200


async def test_it_listens_on_this_machine_only(teams):
    names = {site.name for site in teams._runner.sites}
    assert all(name.startswith("http://127.0.0.1:") for name in names)


async def test_the_page_may_load_nothing_from_elsewhere(teams):
    _, headers, _ = await get(teams, "/page/main.js")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_without_its_npm_parts_the_page_says_how_to_get_them(teams):
    status, _, text = await get(teams, "/")
    assert (status, text) == (503, NO_PARTS)
    assert "`make setup`" in text


async def test_no_other_file_of_the_machine_is_served(teams):
    for path in ("/page/package.json", "/page/..%2fteams.py", "/page/%2e%2e/teams.py",
                 "/parts/..%2f..%2fpackage.json", "/page/node_modules", "/parts/x.js"):  # fmt: skip
        assert (await get(teams, path))[0] == 404


@pytest.mark.parametrize(
    "path, body, status",
    [
        ("/local/say", "{", 400),
        ("/local/say", "[" * 100_000, 400),
        ("/local/say", "[]", 400),
        ("/local/say", {"as": "dora", "room": "asha", "text": "x"}, 400),
        ("/local/say", {"as": "asha", "room": "ben", "text": "x"}, 404),
        ("/local/say", {"as": "asha", "room": "asha", "text": " "}, 400),
        ("/local/say", {"as": "asha", "room": "asha", "text": "x", "files": ["y"]}, 404),
        ("/local/press", {"as": "asha", "room": "asha", "message": "1", "action": {}}, 404),
        ("/local/refresh", {"as": "asha", "room": "asha", "message": "1"}, 404),
        ("/local/meetings", {"as": "asha", "title": " "}, 400),
        ("/local/meetings", {"as": "asha", "title": "x", "minutes": 0}, 400),
        ("/local/meetings/group/start", {"as": "asha"}, 404),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(teams, bot, path, body, status):
    answered, text = await post(teams, path, body)
    assert answered == status
    assert text.endswith(".")
    assert "Traceback" not in text


async def test_the_page_hears_only_what_its_person_may(teams, bot):
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{teams.url}/local/events?as=ben") as events,
    ):
        assert await events.content.readline() == b": here\n"
        await teams.say("asha", "personal", "secret")
        await teams.say("asha", "group", "open")
        lines = [line async for line in _data(events, 2)]
    assert [line["message"]["text"] for line in lines] == ["open", "You said: open"]
    assert lines[1]["room"]["preview"] == "You said: open"


async def _data(events, count):
    async with asyncio.timeout(5):
        while count:
            line = await events.content.readline()
            if line.startswith(b"data: "):
                count -= 1
                yield json.loads(line[6:])


async def test_state_and_messages_are_those_of_the_person(teams, bot):
    await teams.say("asha", "personal", "secret")
    for person in PEOPLE:
        _, _, text = await get(teams, f"/local/state?as={person}")
        assert ("secret" in text) == (person == "asha")
    assert (await get(teams, "/local/messages?as=ben&room=asha"))[0] == 404
    _, _, text = await get(teams, "/local/messages?as=asha&room=asha")
    assert [message["text"] for message in json.loads(text)] == ["secret", "You said: secret"]


async def test_a_file_too_large_to_send_is_refused(teams):
    big = io.BytesIO(b"x" * (26 * 1024 * 1024))
    url = f"{teams.url}/local/files?as=asha&name=big.txt"
    async with aiohttp.request("POST", url, data=big) as reply:
        assert reply.status == 413
    assert (await get(teams, "/uploads/x/y"))[0] == 404
