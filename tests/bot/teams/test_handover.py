"""A file is offered once, and brought once, to nowhere but where files live."""

import asyncio
import re
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.teams.file_consent import consent_of
from bot.teams.hosts import FILE_HOSTS, HostList
from bot.teams.uploads import Uploads
from cards.file import CONSENT, INFO
from storage.errors import RefusedError, RemoteError
from storage.handovers import MOST_BYTES
from tests.fakes.activities import BEN, GROUP, activity, keep_to_contract, message
from tests.fakes.server import Server

DECK = b"PK" + b"x" * 70_000
NAME = "Weekly R-7F3A.pptx"


class OneDriveUploads(Server):
    """Takes files as an upload session does; can be slow, full, or gone."""

    def __init__(self):
        super().__init__()
        self.asked, self.paths = [], []
        self.status = 201
        self.go_on = asyncio.Event()
        self.go_on.set()

    def routes(self):
        return [web.put("/{session}", self._take)]

    async def _take(self, request):
        self.asked.append((dict(request.headers), await request.read()))
        self.paths.append(request.raw_path)
        await self.go_on.wait()
        if self.status == 0:
            request.transport.abort()
        return web.Response(status=self.status or 500, headers={"Location": "/elsewhere"})


@pytest.fixture
async def one_drive():
    async with OneDriveUploads() as server:
        yield server


@pytest.fixture
def url(connector):
    return connector.service_url


@pytest.fixture
async def ana(edge, url):
    """Ana, who has spoken in her own chat."""
    await edge.post(message(url, "hello"))
    return edge.turns[0].user


@pytest.fixture
def offer(edge, ana):
    async def make(key="r1:create_ppt", content=DECK):
        await edge.hand_over.offer(owner=ana, name=NAME, content=content, key=key)
        return cards(edge)[-1]

    return make


def cards(edge, kind=CONSENT):
    found = [
        (call, part) for call in edge.connector.said for part in call.body.get("attachments", ())
    ]
    return [(call, part) for call, part in found if part["contentType"] == kind]


def said(edge):
    return [call.text for call in edge.connector.said if call.text]


def answered(url, card, one_drive, action="accept", *, checker=None, address=None, **more):
    """Make what Teams sends when somebody presses a file's card."""
    call, part = card
    value = {"type": "fileUpload", "action": action, "context": part["content"]["acceptContext"]}
    if action == "accept":
        value["uploadInfo"] = {
            "contentUrl": f"{one_drive.url}/here",
            "name": NAME,
            "uploadUrl": f"{one_drive.url}/session?a=%27b%27" if address is None else address,
            "uniqueId": "1150d938-8870-4044-9f2c-5bbdebe70c9d",
            "fileType": "pptx",
        }
    more = {"name": "fileConsent/invoke", "value": value, "replyToId": call.id, **more}
    body = activity(url, "invoke", **more)
    keep_to_contract(checker, body)
    return body


async def test_a_file_is_offered_by_a_card_that_holds_only_an_id(edge, offer):
    call, part = await offer()
    assert part["name"] == NAME
    content = part["content"]
    assert content["sizeInBytes"] == len(DECK)
    assert content["acceptContext"] == content["declineContext"]
    assert re.fullmatch(r"[0-9a-f]{32}", content["acceptContext"]["file"])
    assert call.body["summary"] == f"{NAME} is ready for you"


async def test_the_same_step_offers_it_once(edge, offer):
    first = await offer()
    assert await offer() == first
    assert len(cards(edge)) == 1
    await offer(key="r1:create_ppt#2")
    assert len(cards(edge)) == 2


async def test_a_card_that_was_never_noted_is_shown_again(edge, offer, raw):
    await offer()
    raw.handovers.update_one({}, {"$unset": {"activityId": ""}})
    await offer()
    assert len(cards(edge)) == 2
    assert raw.handovers.count_documents({}) == 1


async def test_accepted_it_is_put_whole_and_once_without_our_token(
    edge, url, offer, one_drive, checker
):
    card = await offer()
    assert await edge.post(answered(url, card, one_drive, checker=checker)) == (200, None)
    ((headers, content),) = one_drive.asked
    assert content == DECK
    assert headers["Content-Range"] == f"bytes 0-{len(DECK) - 1}/{len(DECK)}"
    assert headers["Content-Length"] == str(len(DECK))
    assert "Authorization" not in headers
    assert one_drive.paths == ["/session?a=%27b%27"]  # signed: not a letter may change
    ((_call, shown),) = cards(edge, INFO)
    assert shown["contentUrl"] == f"{one_drive.url}/here"
    assert shown["content"] == {
        "uniqueId": "1150d938-8870-4044-9f2c-5bbdebe70c9d",
        "fileType": "pptx",
    }
    taken = [call.target for call in edge.connector.calls if call.kind == "delete"]
    assert taken == [card[0].id]


async def test_however_often_the_answer_comes_it_is_put_once(edge, url, offer, one_drive):
    card = await offer()
    one_drive.go_on.clear()
    bodies = [answered(url, card, one_drive) for _ in range(5)]
    posts = [asyncio.create_task(edge.post(body)) for body in (*bodies, bodies[0])]
    while not one_drive.asked:
        await asyncio.sleep(0)
    one_drive.go_on.set()
    assert {status for status, _ in await asyncio.gather(*posts)} == {200}
    await edge.post(answered(url, card, one_drive))
    assert len(one_drive.asked) == 1
    assert len(cards(edge, INFO)) == 1
    assert said(edge)[-1] == "That file is saved already."


async def test_an_upload_that_takes_long_goes_on_behind_the_answer(
    edge_with, connector, url, one_drive
):
    async with edge_with(answer_within=timedelta(milliseconds=50)) as edge:
        await edge.post(message(url, "hello"))
        await edge.edge.settle()
        owner = edge.turns[0].user
        await edge.hand_over.offer(owner=owner, name=NAME, content=DECK, key="r1:create_ppt")
        one_drive.go_on.clear()
        status, _ = await edge.post(answered(url, cards(edge)[-1], one_drive))
        assert (status, cards(edge, INFO)) == (200, [])
        one_drive.go_on.set()
        await edge.edge.settle()
        assert len(cards(edge, INFO)) == 1


@pytest.mark.parametrize("status", [0, 202, 302, 404, 409, 507])
async def test_an_upload_that_fails_loses_nothing(edge, url, offer, one_drive, status):
    first = await offer()
    one_drive.status = status
    assert await edge.post(answered(url, first, one_drive)) == (200, None)
    assert len(one_drive.asked) == 1
    (sentence,) = [one for one in said(edge) if "couldn't save" in one]
    assert sentence.endswith("It is not lost: accept it again below.")
    assert cards(edge, INFO) == []
    second = cards(edge)[-1]
    assert second[0].id != first[0].id
    one_drive.status = 200
    await edge.post(answered(url, second, one_drive))
    assert one_drive.asked[-1][1] == DECK
    assert len(cards(edge, INFO)) == 1


WRONG = [
    "https://evil.example/up",
    "http://contoso.sharepoint.com/up",
    "https://contoso.sharepoint.com.evil.example/up",
    "https://contoso.sharepoint.com@evil.example/up",
    "https://contoso.sharepoint.com:8443/up",
    "http://169.254.169.254/latest",
    "http://127.0.0.1/up",
    "file:///etc/passwd",
    "//contoso.sharepoint.com/up",
]


class Heard(aiohttp.abc.AbstractResolver):
    """Resolves nothing, and keeps what it was asked."""

    def __init__(self):
        self.names = []

    async def resolve(self, host, port=0, family=0):
        self.names.append(host)
        raise OSError("nothing is resolved here")

    async def close(self):
        pass


@pytest.fixture
async def dialled():
    """A session that opens no connection, and keeps what it was asked for."""
    resolver, sockets = Heard(), []

    def refuse(address):
        sockets.append(address)
        raise OSError("nothing is dialled here")

    connector = aiohttp.TCPConnector(resolver=resolver, socket_factory=refuse)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session, resolver.names, sockets


@pytest.mark.parametrize("address", WRONG)
async def test_another_host_is_refused_and_never_dialled(dialled, address):
    session, names, sockets = dialled
    with pytest.raises(RefusedError, match="no address of OneDrive's"):
        await Uploads(session, HostList(FILE_HOSTS)).put(address, DECK)
    assert (names, sockets) == ([], [])


async def test_where_files_live_is_dialled(dialled):
    """Without this, the test above could be green because nothing ever is."""
    session, names, _sockets = dialled
    with pytest.raises(RemoteError):
        await Uploads(session, HostList(FILE_HOSTS)).put(
            "https://contoso-my.sharepoint.com/personal/ana/uploadSession?guid=1", DECK
        )
    assert names == ["contoso-my.sharepoint.com"]


async def test_where_teams_names_another_host_it_is_said_and_offered_again(
    edge, url, offer, one_drive
):
    first = await offer()
    await edge.post(answered(url, first, one_drive, address="https://evil.example/up"))
    assert "no address of OneDrive's" in said(edge)[-1]
    assert one_drive.asked == []
    await edge.post(answered(url, cards(edge)[-1], one_drive))
    assert len(one_drive.asked) == 1


async def test_a_link_to_elsewhere_is_not_drawn(edge, url, offer, one_drive):
    body = answered(url, await offer(), one_drive)
    body["value"]["uploadInfo"]["contentUrl"] = "https://evil.example/phish"
    await edge.post(body)
    assert cards(edge, INFO) == []
    assert said(edge)[-1] == f"{NAME} is in your OneDrive."


@pytest.mark.parametrize("more", [{"sender": BEN}, {"conversation": GROUP}], ids=["Ben", "a group"])
@pytest.mark.parametrize("action", ["accept", "decline"])
async def test_it_is_for_one_person_in_their_own_chat(
    edge, url, offer, one_drive, raw, more, action
):
    card = await offer()
    assert await edge.post(answered(url, card, one_drive, action, **more)) == (200, None)
    assert "does not wait for you any more" in said(edge)[-1]
    assert one_drive.asked == []
    assert raw.handovers.find_one()["state"] == "waiting"


async def test_declined_it_is_dropped(edge, url, offer, one_drive, raw, checker):
    card = await offer()
    await edge.post(answered(url, card, one_drive, "decline", checker=checker))
    assert said(edge)[-1] == "Not saved."
    await edge.post(answered(url, card, one_drive))
    assert said(edge)[-1].startswith("You declined that file.")
    assert one_drive.asked == []
    assert "content" not in raw.handovers.find_one()


async def test_over_ten_megabytes_it_names_another_place(edge, offer):
    with pytest.raises(RefusedError, match=r"10 MB.*OneDrive"):
        await offer(content=b"x" * (MOST_BYTES + 1))
    assert cards(edge) == []


async def test_ten_megabytes_arrive_whole(edge, ana, raw):
    await edge.hand_over.offer(owner=ana, name=NAME, content=b"x" * MOST_BYTES, key="r1:s")
    assert raw.handovers.find_one()["size"] == MOST_BYTES
    assert len(cards(edge)) == 1


GOOD = {"action": "accept", "context": {"file": "f"}, "uploadInfo": {"uploadUrl": "https://x"}}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "accept",
        [],
        {},
        {**GOOD, "action": "maybe"},
        {**GOOD, "action": None},
        {**GOOD, "context": None},
        {**GOOD, "context": {"file": {"$ne": 1}}},
        {**GOOD, "context": {"file": ""}},
        {**GOOD, "uploadInfo": None},
        {**GOOD, "uploadInfo": {"uploadUrl": 5}},
    ],
)
async def test_an_answer_that_is_none_is_said_to_be(edge, url, offer, raw, value):
    await offer()
    with pytest.raises(RefusedError):
        consent_of(value)
    body = activity(url, "invoke", name="fileConsent/invoke", value=value)
    assert (await edge.post(body))[0] == 200
    assert "can't read that answer" in said(edge)[-1]
    assert raw.handovers.find_one()["state"] == "waiting"


async def test_a_card_that_cannot_be_taken_away_changes_nothing(edge, url, offer, one_drive, raw):
    card = await offer()
    edge.connector.fail(404)
    edge.connector.faults[0].kinds = ("delete",)
    await edge.post(answered(url, card, one_drive))
    assert raw.handovers.find_one()["state"] == "saved"
    assert len(cards(edge, INFO)) == 1


@pytest.mark.parametrize("status", [201, 500])
async def test_the_address_that_takes_the_file_is_kept_nowhere_and_told_nobody(
    edge, url, offer, one_drive, raw, capsys, status
):
    card = await offer()
    one_drive.status = status
    canary = "CANARY-upload"
    await edge.post(answered(url, card, one_drive, address=f"{one_drive.url}/{canary}"))
    assert len(one_drive.asked) == 1
    stored = [str(one) for name in raw.list_collection_names() for one in raw[name].find()]
    told = [str(call.body) for call in edge.connector.calls]
    printed = capsys.readouterr()
    assert canary not in "".join([*stored, *told, printed.out, printed.err])
