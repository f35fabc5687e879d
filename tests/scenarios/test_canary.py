"""No secret stands where it does not belong: logs, cards, errors, other hosts, database files.

Every secret is a value of its own. The database's files are read raw, after all of it was
written there: this server compresses nothing, and its oplog and journal hold every write there
was, also of what was deleted since.
"""

import io
import json
import logging
import re
import secrets as chance
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from pymongo import MongoClient

from bot.auth.vault import Vault
from bot.local.mongod import EmbeddedMongod
from bot.telemetry import set_up_logging
from storage.database import open_storage
from storage.models import TriggerName
from tests.fakes.browsing import Browser, sign_in
from tests.fakes.network import RawServer
from tests.scenarios.secrets_kept import (
    Overheard,
    Recorded,
    Secrets,
    files_with,
    flow_of,
    forms,
    readable_mongod,
)
from tests.scenarios.signing import Signing, sign_in_settings
from tests.scenarios.test_story_minutes import FX1
from tests.scenarios.test_story_send import ACTIONS, NAME

# Where each kind belongs, besides the memory of the bot and of whoever gave it.
TO_ENTRA = ("client secret", "Teams token", "refresh token", "code", "verifier", "state and nonce")
HEADER = "CANARY-header-" + chance.token_urlsafe(24)


@pytest.fixture
def key():
    return chance.token_bytes(32)


@pytest.fixture
def vault(key):
    return Vault({"k1": key}, "k1")


@pytest.fixture
def log():
    """Log everything of ours, as the program does, to a text."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    for handler in before:
        root.removeHandler(handler)
    out = io.StringIO()
    set_up_logging(stream=out, level=logging.DEBUG)
    yield out
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@dataclass
class Ground:
    """A database server of the test's own, and where its files are."""

    folder: Path
    server: EmbeddedMongod
    uri: str = ""


@pytest.fixture
async def ground():
    with tempfile.TemporaryDirectory(prefix="consultflow-") as made:
        folder = Path(made)
        server = EmbeddedMongod(folder / "data", binary=readable_mongod(folder))
        found = Ground(folder, server, await server.__aenter__())
        yield found
        await server.__aexit__(None, None, None)


@pytest.fixture
async def storage(ground, vault):
    uri = ground.uri.replace("/?", "/consultflow_test?")
    opened = await open_storage(uri, sealer=vault)
    await opened.ensure_indexes()
    yield opened
    opened.close()


@pytest.fixture
def raw(ground):
    with MongoClient(ground.uri, tz_aware=True) as client:
        yield client["consultflow_test"]


@dataclass
class Play:
    """A bot that signs people in, everything it says and sends, and every secret there is."""

    stage: object
    signing: Signing
    server: RawServer
    entra: Recorded
    heard: Overheard
    pages: list = field(default_factory=list)
    secrets: Secrets = field(default_factory=Secrets)

    @property
    def microsoft(self):
        return self.stage.teams.microsoft

    async def connect_by_the_page(self):
        """Sign in in the pop-up, with a code, and keep what the pages showed."""
        card = self.signing.card(await self.stage.say("asha", "connect"))
        self.secrets.note("offer", card["tokenExchangeResource"]["id"])
        async with Browser() as browser:
            await browser.open(card["buttons"][0]["value"])
            self.secrets.note("state and nonce", *flow_of(browser.location))
            entra = browser.location.replace(self.microsoft.entra_url, self.microsoft.url)
            form = await sign_in(entra, "asha")
            await browser.open(f"{self.signing.where[0]}/auth/end", "POST", data=form)
            assert browser.status == 200, browser.text
            self.pages.append(browser.text)
        code = re.search(r"data-code='([^']+)'", self.pages[-1])[1]
        self.secrets.note("word of the page", code)
        state = {"state": code}
        assert (await self.signing.invoke("asha", "signin/verifyState", state)).status == 200
        await self.stage.until("You are signed in, Asha Rao.")

    async def connect_silently(self, person):
        """Sign in with the token Teams has."""
        token = self.microsoft.sso_token(person)
        self.secrets.note(f"Teams token of {person}", token.rpartition(".")[2])
        card = self.signing.card(await self.stage.say(person, "connect"))
        resource = card["tokenExchangeResource"]["id"]
        self.secrets.note(f"offer to {person}", resource)
        value = {"id": resource, "connectionName": "", "token": token}
        return (await self.signing.invoke(person, "signin/tokenExchange", value)).status

    async def call_a_service(self):
        """Build and run a workflow that calls a service with a secret header; it says it back."""
        stage = self.stage
        form = await stage.say("asha", "new")
        await stage.press("asha", form, "Next", trigger="manual")
        await stage.press("asha", form, "Add", action="api_call")
        await stage.press("asha", form, "Next")
        shown = await stage.press(
            "asha", form, "Next",
            url=f"{self.server.origin}/items", secret_headers=f"X-Api-Key: {HEADER}",
        )  # fmt: skip
        assert "Name it" in shown, shown
        await stage.press("asha", form, "Next", name="CANARY-in-the-clear")
        assert "Saved" in await stage.press("asha", form, "Save")
        for status, told in (("200 OK", "Completed"), ("500 Oh", "answered 500")):
            body = json.dumps({"you": HEADER, "sent": [f"X-Api-Key: {HEADER}"]})
            head = f"HTTP/1.1 {status}\r\nX-Echo: {HEADER}\r\nLocation: /{HEADER}\r\n"
            self.server.answer = (
                f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
            await stage.say("asha", "run CANARY-in-the-clear")
            await stage.until(told)
        for words in ("logs", "show CANARY-in-the-clear", "edit CANARY-in-the-clear", "cancel"):
            await stage.say("asha", words)

    def gather(self):
        """Note every secret that came up, from those who gave it."""
        m365, teams, note = self.microsoft, self.stage.teams, self.secrets.note
        note("client secret", m365.client_secret)
        note("bot token", teams.bot_token)
        note("Teams' signature", teams.token().rpartition(".")[2])
        issued = [token for tokens in m365.ledger.issued.values() for token in tokens]
        assert issued
        note("access token", *(token.rpartition(".")[2] for token in issued))
        note("refresh token", *m365.ledger.refreshes)
        note("code", *m365.ledger.codes)
        forms_sent = list(m365.token_requests)
        note("verifier", *(one["code_verifier"] for one in forms_sent if "code_verifier" in one))
        note("secret header", HEADER)


@pytest.fixture
async def play(start_bot, log, key, ground):
    where, recorded = [], []

    def settings(microsoft):
        recorded.append(Recorded(microsoft.http_client()))
        return sign_in_settings(microsoft, where, http=recorded[0])

    async with RawServer() as server:
        stage = await start_bot(sign_in_with=settings, api_call_allow=frozenset({server.origin}))
        client = stage.teams.client
        where.append(client.courier._url.removesuffix("/api/messages"))
        stage.teams.microsoft.redirect_uris.add(f"{where[0]}/auth/end")
        client.courier = Overheard(client.courier)
        signing = Signing(stage, stage.teams.microsoft, where)
        made = Play(stage, signing, server, recorded[0], client.courier)
        made.secrets.note("key", key)
        yield made


async def story_s3(play, raw, clock):
    """Run, look, send; then the same with an event that Graph refuses."""
    stage = play.stage
    user = raw["users"].find_one({"email": "asha.rao@contoso.example"})
    await stage.storage.workflows.add(
        user_id=str(user["_id"]), name=NAME, trigger=TriggerName.MANUAL, actions=ACTIONS,
        action_configs={}, canvas=None, now=clock.now(),
    )  # fmt: skip
    for told in ("Completed", "Permission denied (403):"):
        await stage.say("asha", f"run meeting follow with {FX1}")
        for _ in ("the mail", "the event"):
            card = await stage.until("Nothing leaves before you press Send.")
            await stage.press("asha", card, "Send")
        await stage.until(told)
        play.microsoft.fail("POST /me/events", status=403)


async def sign_ins_that_fail(play):
    """Entra refuses, answers nonsense and is away; Ben brings what is not his."""
    for how in ({"status": 500}, {"reply": "half"}):
        play.microsoft.fail("POST */token", **how)
        assert await play.connect_silently("ben") == 412
    card = play.signing.card(await play.stage.say("ben", "connect"))
    token = play.microsoft.sso_token("asha")
    play.secrets.note("Teams token, taken", token.rpartition(".")[2])
    value = {"id": card["tokenExchangeResource"]["id"], "connectionName": "", "token": token}
    assert (await play.signing.invoke("ben", "signin/tokenExchange", value)).status == 412


def where_it_went(play, log, capfd):
    """Everything that left the bot: what it is called, its text, and what belongs there."""
    out, err = capfd.readouterr()
    by_host = {"Graph": [], "Teams": []}
    for one in play.stage.wire.exchanges:
        if "/oauth2/" not in one["url"]:
            by_host["Graph" if one["url"].startswith("/v1.0") else "Teams"].append(one)
    yield "the log", log.getvalue(), ()
    yield "standard output", out + err, ()
    yield "what Teams was sent", json.dumps(by_host["Teams"], default=str), ("offer",)
    yield "the bot's answers", "".join(play.heard.answers), ("offer",)
    yield "what Graph was asked", json.dumps(by_host["Graph"], default=str), ()
    yield "what the service was sent", b"".join(play.server.received), ("secret header",)
    yield "what Entra was sent", "".join(play.entra.sent), TO_ENTRA
    yield "the pages", "".join(play.pages), ("word of the page",)


@contextmanager
def everything_on_disk(raw):
    """Have the server write all it has, and nothing more for a while."""
    raw.client.admin.command("fsync", lock=True)
    try:
        yield
    finally:
        raw.client.admin.command("fsyncUnlock")


async def test_no_secret_stands_where_it_does_not_belong(
    play, raw, log, capfd, ground, stage_clock
):
    play.microsoft.consent("asha", "User.Read", "Mail.Send", "Calendars.ReadWrite")
    play.microsoft.consent("ben", "User.Read")
    await play.connect_by_the_page()
    await sign_ins_that_fail(play)
    assert await play.connect_silently("ben") == 200
    await play.call_a_service()
    await story_s3(play, raw, stage_clock)
    await play.stage.say("asha", "check connection")
    asked = await play.stage.say("asha", "delete my data")
    await play.stage.press("asha", asked, "Delete everything")
    play.gather()
    marker = Secrets({"marker": "CANARY-in-the-clear"})
    for name, content, belongs in where_it_went(play, log, capfd):
        assert content or name == "standard output", name
        assert play.secrets.found_in(content, but=belongs) == [], name
        assert bool(marker.found_in(content)) is (
            name in {"what Teams was sent", "the bot's answers"}
        )
    await play.stage.bot.edge.settle()
    with everything_on_disk(raw):
        assert files_with(play.secrets, ground.folder) == {}
        seen = files_with(marker, ground.folder)
    assert any(name.startswith("collection") for name in seen), "compressed, so nothing is seen"
    assert any(name.startswith("WiredTigerLog") for name in seen)


@pytest.mark.parametrize("form", sorted(forms("a-secret-of-some-length")))
def test_the_search_finds_a_secret_in_every_form(form):
    secrets = Secrets()
    secrets.note("one", "a-secret-of-some-length")
    assert secrets.found_in(b"\0\x81 before " + form + b" after") == ["one 0"]
    assert secrets.found_in(form, but=("one",)) == []
    assert secrets.found_in(b"a-secret-of-other-length") == []
