"""A person signs in at the local Entra, and sees their local Microsoft 365, in a real browser."""

import base64
import hashlib
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import expect

from bot.local.people import APP_ID, TENANT_ID
from bot.local.teams import LocalTeams
from tests.fakes.echo_bot import EchoBot
from tests.fakes.server import Server

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
HOSTILE = '<p>Dear Ben,</p><script>document.title="x"</script><img src=x onerror="alert(1)">Bye'


class Back(Server):
    """Where a sign-in comes back to; keeps what it was told."""

    def __init__(self):
        super().__init__()
        self.told = []

    def routes(self):
        return [web.route("*", "/auth/end", self._end), web.get("/favicon.ico", self._icon)]

    async def _end(self, request):
        self.told.append(dict(request.query or await request.post()))
        return web.Response(text="Signed in. You can close this.", content_type="text/html")

    async def _icon(self, _request):
        return web.Response(status=204)


@pytest.fixture
async def back():
    async with Back() as server:
        yield server


@pytest.fixture
async def teams(tmp_path, back):
    local = LocalTeams(tmp_path / "drive")
    local.microsoft.redirect_uris.add(f"{back.url}/auth/end")
    await local.start()
    bot = await EchoBot().start(local)
    yield local
    await bot.close()
    await local.close()


def address(teams, back, mode, scope="openid Mail.Send Files.ReadWrite"):
    query = urlencode(
        {
            "client_id": APP_ID, "response_type": "code", "redirect_uri": f"{back.url}/auth/end",
            "scope": scope, "state": "s1", "nonce": "n1", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", "response_mode": mode,
        }
    )  # fmt: skip
    return f"{teams.url}/{TENANT_ID}/oauth2/v2.0/authorize?{query}"


@pytest.mark.parametrize("mode", ["query", "form_post"])
async def test_signing_in_takes_two_presses_and_leads_back(page, teams, back, mode):
    await page.goto(address(teams, back, mode))
    await page.get_by_role("button", name="Asha Rao").click()
    await expect(page.get_by_role("heading")).to_have_text("Permissions requested")
    await expect(page.get_by_text("Send mail as you")).to_be_visible()
    await page.get_by_role("button", name="Accept").click()
    await expect(page.get_by_text("Signed in")).to_be_visible()
    (told,) = back.told
    assert told["state"] == "s1"
    assert told["code"]
    assert teams.microsoft.consents("asha") == ["Files.ReadWrite", "Mail.Send"]


async def test_who_cancels_comes_back_without_a_code(page, teams, back):
    await page.goto(address(teams, back, "query"))
    await page.get_by_role("button", name="Ben Ortiz").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_text("Signed in")).to_be_visible()
    assert back.told[0]["error"] == "access_denied"


async def graph(teams, method, path, scope, **more):
    token = teams.microsoft.graph_token("asha", scope)
    headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
    url = teams.microsoft.graph_url + path
    async with aiohttp.request(method, url, headers=headers, **more) as reply:
        assert reply.status < 300, await reply.text()


async def fill(teams):
    ben = {"emailAddress": {"address": "ben.ortiz@contoso.example"}}
    mail = {"subject": "Minutes", "body": {"contentType": "html", "content": HOSTILE},
            "toRecipients": [ben]}  # fmt: skip
    await graph(teams, "POST", "/me/sendMail", "Mail.Send", json={"message": mail})
    event = {
        "subject": "Review",
        "start": {"dateTime": "2026-03-05T15:00:00", "timeZone": "Asia/Kolkata"},
        "end": {"dateTime": "2026-03-05T15:30:00", "timeZone": "Asia/Kolkata"},
        "attendees": [ben],
    }
    await graph(teams, "POST", "/me/events", "Calendars.ReadWrite", json=event)
    chat = teams.world.rooms["group"].id
    post = {"body": {"contentType": "html", "content": "<p>Minutes are out</p>"}}
    await graph(teams, "POST", f"/chats/{chat}/messages", "ChatMessage.Send", json=post)
    kind = {"Content-Type": "text/plain"}
    path = "/me/drive/root:/ConsultFlow/a.txt:/content"
    await graph(teams, "PUT", path, "Files.ReadWrite", data=b"hello", headers=kind)
    teams.microsoft.consent("asha", "Mail.Send", "Files.ReadWrite")


async def show(page, teams, person="asha"):
    await page.goto(f"{teams.url}/#as={person}&room={person}")
    await page.wait_for_selector("body[data-ready]")
    await page.get_by_role("button", name="Microsoft 365").click()
    return page.get_by_role("region", name="Microsoft 365")


async def test_a_person_sees_what_was_done_as_them_and_nobodys_html_runs(page, teams):
    panel = await show(page, teams)
    await expect(panel.get_by_text("Nothing has been sent as you.")).to_be_visible()
    await fill(teams)
    await panel.get_by_text("Minutes", exact=True).click()
    await expect(panel.get_by_text("Dear Ben,")).to_be_visible()
    await expect(panel.locator("img, script, iframe")).to_have_count(0)
    assert await page.title() != "x"
    for words in ("Review", "Ben Ortiz", "Asha Rao to ben.ortiz@contoso.example"):
        await expect(panel.get_by_text(words).first).to_be_visible()
    async with page.expect_download() as download:
        await panel.get_by_role("link", name="ConsultFlow/a.txt").click()
    assert (await download.value).suggested_filename == "a.txt"


async def test_a_post_through_graph_shows_in_the_chat_as_its_writer(page, teams):
    await fill(teams)
    await page.goto(f"{teams.url}/#as=ben&room=group")
    await page.wait_for_selector("body[data-ready]")
    await expect(page.locator(".message[data-sender=asha] .words")).to_have_text("Minutes are out")


async def test_a_consent_is_taken_back_with_one_press(page, teams):
    await fill(teams)
    panel = await show(page, teams)
    await panel.get_by_role("button", name="Withdraw: Send mail as you").click()
    await expect(panel.get_by_role("button", name="Withdraw")).to_have_count(1)
    assert teams.microsoft.consents("asha") == ["Files.ReadWrite"]


async def test_a_guest_is_told_where_their_things_are(page, teams):
    panel = await show(page, teams, "chen")
    await expect(panel.get_by_text("You are a guest here")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_panel_fits_its_window(new_page, teams, width):
    page = await new_page(width=width, scheme="dark")
    await fill(teams)
    await page.goto(f"{teams.url}/#as=asha&room=asha&view=microsoft")
    await page.wait_for_selector("body[data-ready]")
    panel = page.locator("#microsoft")
    await expect(panel.get_by_text("What ConsultFlow may do")).to_be_attached()
    assert await panel.evaluate("place => place.scrollWidth <= place.clientWidth")
