"""Files sent along: fetched where Teams keeps them, and nowhere else."""

import pytest
from aiohttp import web

from bot.teams import wire
from bot.teams.files import Files
from bot.teams.hosts import FILE_HOSTS, HostList
from tests.fakes.activities import GROUP, keep_to_contract, message
from tests.fakes.server import Server

DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"
MEGABYTE = 1024 * 1024


class FileServer(Server):
    """Gives a file, too large a file, an error, or a way elsewhere; keeps the headers it saw."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def routes(self):
        return [web.get("/{name}", self._give)]

    async def _give(self, request):
        self.asked.append(dict(request.headers))
        name = request.match_info["name"]
        if name == "moved":
            raise web.HTTPFound("/notes")
        if name == "gone":
            raise web.HTTPNotFound
        if name != "endless":
            return web.Response(body=b"Ana: hello" if name == "notes" else b"x" * int(name))
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(12):
            await response.write(b"x" * MEGABYTE)
        return response


@pytest.fixture
async def files():
    async with FileServer() as server:
        yield server


def with_file(edge, *attachments, text="see file", **more):
    return message(edge.connector.service_url, text, attachments=list(attachments), **more)


def download(url, name="notes.txt"):
    return {
        "contentType": DOWNLOAD,
        "contentUrl": "https://contoso.sharepoint.com/personal/notes.txt",
        "name": name,
        "content": {"downloadUrl": url, "uniqueId": "1150d938", "fileType": "txt"},
    }


async def test_a_file_comes_with_the_turn_and_our_token_stays_home(edge, files, checker):
    body = with_file(edge, download(f"{files.url}/notes"))
    keep_to_contract(checker, body)
    await edge.post(body)
    turn = edge.turns[0]
    assert [(f.name, f.content) for f in turn.files] == [("notes.txt", b"Ana: hello")]
    assert turn.file_problem is None
    assert "Authorization" not in files.asked[0]


async def test_a_file_alone_is_a_turn_too(edge, files):
    await edge.post(with_file(edge, download(f"{files.url}/notes"), text=None))
    assert edge.turns[0].text == ""
    assert edge.turns[0].files


@pytest.mark.parametrize("size,fits", [(10 * MEGABYTE, True), (10 * MEGABYTE + 1, False)])
async def test_ten_megabytes_are_the_most(edge, files, size, fits):
    await edge.post(with_file(edge, download(f"{files.url}/{size}")))
    turn = edge.turns[0]
    assert bool(turn.files) is fits
    assert fits or "larger than 10 MB" in turn.file_problem


@pytest.mark.parametrize(
    "path,problem", [("endless", "larger than 10 MB"), ("gone", "fetch"), ("moved", "fetch")]
)
async def test_what_cannot_be_had_is_said(edge, files, path, problem):
    await edge.post(with_file(edge, download(f"{files.url}/{path}")))
    assert not edge.turns[0].files
    assert len(files.asked) == 1
    assert problem in edge.turns[0].file_problem


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/notes",
        "http://contoso.sharepoint.com/notes",
        "https://sharepoint.com.evil.example/notes",
        "https://contoso.sharepoint.com@evil.example/",
        "http://169.254.169.254/metadata",
        "file:///etc/passwd",
        "",
        None,
        5,
    ],
)
async def test_a_link_that_is_not_onedrives_is_refused(edge, address):
    await edge.post(with_file(edge, download(address)))
    assert "fetch" in edge.turns[0].file_problem


async def test_a_link_that_is_not_onedrives_is_not_followed(edge, files):
    activity = wire.load(with_file(edge, download(f"{files.url}/notes")))
    fetched = await Files(edge.http, HostList(FILE_HOSTS)).of(activity, personal=True)
    assert fetched[0] == ()
    assert "fetch" in fetched[1]
    assert not files.asked


def test_sharepoint_and_onedrive_are_where_files_come_from():
    hosts = HostList(FILE_HOSTS)
    assert hosts.allows("https://contoso-my.sharepoint.com/personal/ana/_layouts/download.aspx?a=b")
    assert not hosts.allows("http://127.0.0.1:80/notes")


async def test_in_a_group_a_file_is_asked_for_in_the_personal_chat(edge, files):
    body = with_file(edge, download(f"{files.url}/notes"), conversation=GROUP)
    await edge.post(body)
    assert "personal chat" in edge.turns[0].file_problem
    assert not files.asked


async def test_a_picture_is_not_read_and_that_is_said(edge):
    picture = {"contentType": "image/png", "contentUrl": "https://smba.trafficmanager.net/x"}
    await edge.post(with_file(edge, picture))
    assert "can't read that attachment" in edge.turns[0].file_problem


async def test_the_copy_of_the_text_and_quoted_cards_are_not_files(edge):
    copy = {"contentType": "text/html", "content": "<p>see file</p>"}
    quoted = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}
    await edge.post(with_file(edge, copy, quoted))
    assert edge.turns[0].file_problem is None


@pytest.mark.parametrize(
    "name,kept",
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\a\\b.txt", "b.txt"),
        ("a\x00b\n.vtt", "ab.vtt"),
        ("", "file"),
    ],
)
async def test_a_files_name_is_a_name_only(edge, files, name, kept):
    await edge.post(with_file(edge, download(f"{files.url}/notes", name)))
    assert edge.turns[0].files[0].name == kept


async def test_more_than_five_files_are_five_and_a_sentence(edge, files):
    await edge.post(with_file(edge, *[download(f"{files.url}/notes")] * 6))
    assert len(edge.turns[0].files) == 5
    assert "first 5 files" in edge.turns[0].file_problem
