"""What the chat page calls does what its buttons say."""

import json

import aiohttp
import pytest

from bot.local.feed import Feed
from bot.local.people import PEOPLE
from bot.local.uploads import Uploads
from storage.errors import NotFoundError
from storage.models import User
from tests.fakes.contexts import NOW
from tests.fakes.echo_bot import ORDER, attached, card, execute, text


class Page:
    """Calls as the page does, for one person."""

    def __init__(self, teams, person="asha"):
        self.url, self.person = teams.url + "/local/", person

    async def get(self, path, **query):
        async with aiohttp.request(
            "GET", self.url + path, params={"as": self.person, **query}
        ) as reply:
            return await reply.json()

    async def post(self, path, **body):
        body = {"as": self.person, **body}
        async with aiohttp.request("POST", self.url + path, json=body) as reply:
            return await reply.json() if reply.ok else await reply.text()


@pytest.fixture
def page(teams):
    return Page(teams)


async def shown_card(teams, bot, content=ORDER):
    await bot.send(attached(content), teams.world.rooms["asha"].id)
    return teams.messages("personal")[-1]


async def test_a_press_answers_with_what_to_show_under_the_card(teams, bot, page):
    sent = await shown_card(teams, bot)
    at = {"room": "asha", "message": sent.id}
    run = {"type": "Action.Execute", "verb": "run", "data": {"in.notes": "milk"}}
    assert await page.post("press", **at, action=run) == {
        "status": 200,
        "text": None,
        "failure": None,
        "signIn": None,
    }
    [message] = await page.get("messages", room="asha")
    assert message["attachments"][0]["card"]["body"][0]["text"] == "Ran with milk"
    assert "no action" in await page.post("press", **at, action="run")
    submit = {"type": "Action.Submit", "data": {"a": 1}}
    assert (await page.post("press", **at, action=submit))["status"] == 200
    await page.get("state", fresh="1")
    message = (await page.get("messages", room="asha"))[0]
    assert message["attachments"][0]["card"] == ORDER


@pytest.mark.parametrize(
    "verb, failure",
    [
        ("silent", None),
        ("garble", None),
        ("list", "Unable to reach app. Please try again."),
        ("sorry", "Not now."),
        ("wrong", "Something went wrong. Please try again."),
    ],
)
async def test_odd_answers_to_a_press_become_a_sentence_or_nothing(teams, bot, verb, failure):
    sent = await shown_card(teams, bot, card(text("x"), actions=[execute("Go", verb)]))
    pressed = await teams.press("asha", sent.id, "Go")
    assert pressed.failure == failure
    assert sent.card("asha") == sent.card()


async def test_an_answer_that_takes_too_long_is_not_waited_for(teams, bot):
    teams._invoke_seconds = 0.05
    await teams.connect(teams.client.courier._url)
    sent = await shown_card(teams, bot, card(text("x"), actions=[execute("Go", "slow")]))
    pressed = await teams.press("asha", sent.id, "Go")
    assert pressed.failure == "Unable to reach app. Please try again."
    bot.patience.set()


async def test_what_cannot_be_pressed_says_so(teams, bot):
    await teams.say("asha", "personal", "hello")
    with pytest.raises(NotFoundError, match="has no card"):
        await teams.press("asha", teams.messages("personal")[0].id, "Run")
    link = {"type": "Action.OpenUrl", "title": "Open", "url": "https://a.example"}
    sent = await shown_card(teams, bot, card(text("x"), actions=[link]))
    assert (await teams.press("asha", sent.id, "Open")).text == "https://a.example"
    await teams.client.courier.close()
    teams.client.courier = None
    with pytest.raises(NotFoundError, match="not connected"):
        await teams.say("asha", "personal", "hello")


async def test_a_refresh_is_asked_only_where_a_card_wants_it(teams, bot, page, clock):
    plain = await shown_card(teams, bot)
    at = {"room": "asha", "message": plain.id}
    assert (await page.post("refresh", **at))["status"] == 0
    everyone = card(text("x"), refresh={"action": execute("R", "status")})
    sent = await shown_card(teams, bot, everyone)
    assert (await page.post("refresh", room="asha", message=sent.id))["status"] == 200
    by_hand = card(text("x"), refresh={"action": execute("R", "status"), "userIds": []})
    sent = await shown_card(teams, bot, by_hand)
    assert (await page.post("refresh", room="asha", message=sent.id))["status"] == 0


async def test_a_file_sent_from_the_page_arrives(teams, bot, page):
    url = f"{teams.url}/local/files?as=asha&name=notes.txt"
    async with aiohttp.request("POST", url, data=b"Asha: hi") as reply:
        kept = (await reply.json())["id"]
    await page.post("say", room="asha", text="", files=[kept])
    file = bot.activities[0]["attachments"][0]
    async with aiohttp.request("GET", file["content"]["downloadUrl"]) as reply:
        assert await reply.read() == b"Asha: hi"
    [shown, *_] = await page.get("messages", room="asha")
    assert shown["attachments"] == [
        {"kind": "file", "name": "notes.txt", "url": f"/uploads/{kept}/notes.txt"}
    ]
    assert shown["mine"] is True


def test_old_uploads_give_way():
    uploads = Uploads()
    first, *_ = [uploads.keep(f"{n}.txt", b"x") for n in range(21)]
    assert uploads.find(first) is None
    with pytest.raises(NotFoundError, match="Attach it again"):
        uploads.attachment(first)


async def test_meetings_and_installs_go_through_the_page(teams, bot, page):
    assert await page.post("install", room="channel") == {"told": 2}
    assert await page.post("install", room="channel") == {"told": 0}
    room = await page.post("meetings", title="Weekly", minutes=45)
    assert room["meeting"]["state"] == "scheduled"
    assert (await page.post(f"meetings/{room['key']}/start"))["status"] == 200
    assert "running" in await page.post(f"meetings/{room['key']}/start")
    assert (await page.post(f"meetings/{room['key']}/end"))["failure"] is None
    assert "not a meeting" in await page.post("meetings/group/end")
    state = await page.get("state")
    assert state["rooms"][-1]["meeting"]["state"] == "ended"
    assert state["rooms"][-1]["preview"] == "Meeting ended"


async def test_an_attachment_of_another_kind_is_named_not_lost(teams, bot, page):
    odd = {"contentType": "application/vnd.microsoft.card.hero", "content": {}}
    two = {"type": "message", "attachments": [odd, *attached(ORDER)["attachments"]]}
    await bot.send(two, teams.world.rooms["asha"].id)
    [message] = await page.get("messages", room="asha")
    assert [part["kind"] for part in message["attachments"]] == ["other", "card"]
    assert (await page.get("state"))["rooms"][0]["preview"] == "Order"


async def test_typing_and_silent_kinds_leave_no_message(teams, bot):
    here = teams.world.rooms["asha"].id
    with teams.world.feed.listen() as heard:
        for kind in ("typing", "event", "endOfConversation"):
            assert (await bot.send({"type": kind}, here))[0] == 201
        assert (await heard.get())["kind"] == "typing"
    assert teams.messages("personal") == []


async def test_a_listener_that_falls_behind_is_let_go_and_a_closed_feed_ends():
    feed = Feed()
    with feed.listen() as slow:
        for number in range(2001):
            feed.tell("message", n=number)
        with feed.listen() as quick:
            feed.tell("message", n="last")
            assert (await quick.get())["n"] == "last"
        events = [slow.get_nowait() for _ in range(slow.qsize())]
        assert events[-1] is None
    with feed.listen() as late:
        feed.close()
        assert await late.get() is None
    with pytest.raises(TimeoutError):
        await feed.until(lambda: None, seconds=0.01)


async def test_the_drive_is_listed_and_served_by_the_page(teams, page):
    folder = teams.drive.root / "Asha Rao" / "ConsultFlow"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("x")
    [entry] = await page.get("files")
    assert (entry["name"], entry["owner"], entry["bytes"]) == ("a.txt", "Asha Rao", 1)
    async with aiohttp.request("GET", teams.url + entry["url"]) as reply:
        assert await reply.read() == b"x"
        assert reply.headers["Content-Security-Policy"].startswith("sandbox")
    async with aiohttp.request("GET", teams.url + "/drive/Asha%20Rao/ConsultFlow/b.txt") as reply:
        assert (reply.status, await reply.text()) == (404, "There is no such file.")


async def test_the_key_server_publishes_an_endorsed_key(teams):
    async with aiohttp.request("GET", teams.open_id_url) as reply:
        found = await reply.json()
    async with aiohttp.request("GET", found["jwks_uri"]) as reply:
        [key] = json.loads(await reply.text())["keys"]
    assert found["issuer"] == "https://api.botframework.com"
    assert (key["endorsements"], key["use"], "d" in key) == (["msteams"], "sig", False)


async def test_each_person_finds_their_own_documents_only(teams, page):
    for person in ("asha", "ben"):
        owner = User("a" * 24, "x.y", "a@b.example", PEOPLE[person].name, NOW, NOW)
        await teams.drive.put(owner=owner, name=f"{person}.pptx", content=b"x", key=person)
    assert [entry["name"] for entry in await page.get("files")] == ["asha.pptx"]
    assert [entry["name"] for entry in await Page(teams, "ben").get("files")] == ["ben.pptx"]
    assert await Page(teams, "chen").get("files") == []


async def test_the_list_of_chats_shows_what_a_card_begins_with(teams, bot, page):
    runs = [{"type": "TextRun", "text": "Acme  rollout "}, "is done"]
    await shown_card(teams, bot, card({"type": "RichTextBlock", "inlines": runs}, text("More")))
    rooms = {room["key"]: room for room in (await page.get("state"))["rooms"]}
    assert rooms["asha"]["preview"] == "Acme rollout is done"
