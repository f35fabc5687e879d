"""A whole bot and a local Teams, on real HTTP with signed tokens and a real database.

Everything that crosses the wire is held against the outside contracts: what Teams sends to the bot,
every call to the Bot Connector, every card. Where the contracts are not at hand this is left out,
and the run says so.
"""

import itertools
import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.app.build import build
from bot.auth.app_token import FixedToken
from bot.clock import to_millisecond
from bot.local.card_text import card_text
from bot.local.microsoft import LocalMicrosoft
from bot.local.teams import LocalTeams
from bot.teams.settings import EdgeSettings
from bot.web import Site
from tests.fakes.loop_watch import WATCH
from tests.scenarios.owned import everything_of_asha
from tests.scenarios.signing import Signing, sign_in_settings

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
CARD = "application/vnd.microsoft.card.adaptive"


GOOD_SHAPES = set()
WORDS = {"text", "title", "value", "placeholder", "label", "errorMessage", "data", "summary"}


def _wordless(element):
    if isinstance(element, dict):
        return {
            key: type(value).__name__ if key in WORDS else _wordless(value)
            for key, value in element.items()
        }
    return [_wordless(one) for one in element] if isinstance(element, list) else element


def _is_refresh(problem, activity):
    return problem.at == "/value/trigger" and activity["value"]["trigger"] == "automatic"


class RunningClock:
    """The machine's pace, from a day of the test's choosing."""

    def __init__(self, start=START):
        self._start = start
        self._at = time.monotonic()

    def now(self):
        return to_millisecond(self._start + timedelta(seconds=time.monotonic() - self._at))


class Wire:
    """Everything that was exchanged, and what the contracts say of it."""

    def __init__(self, check):
        self._check = check
        self.exchanges, self.activities, self.faults = [], [], []

    def exchange(self, seen):
        self.exchanges.append(seen)
        if self._check:
            with WATCH.without():
                self._note(seen["url"], self._check.check_connector(seen))
                self.cards_of(seen.get("body"))

    def activity(self, seen):
        self.activities.append(seen)
        if self._check:
            with WATCH.without():
                problems = self._check.check_activity(seen)
            # The contracts' own sample of a refresh is "automatic"; their schema knows "manual".
            self._note(seen["type"], [one for one in problems if not _is_refresh(one, seen)])

    def microsoft(self, kind, seen):
        self.exchanges.append(seen)
        if self._check:
            check = self._check.check_entra if kind == "entra" else self._check.check_graph
            with WATCH.without():
                self._note(seen["url"], check(seen))

    def cards_of(self, body):
        for attachment in (body or {}).get("attachments") or ():
            if attachment.get("contentType") == CARD:
                self.card(attachment["content"])

    def card(self, card):
        """Check a card; one that differs from a good one in its words only is good as well."""
        if not self._check:
            return
        shape = json.dumps(_wordless(card), sort_keys=True)
        if shape not in GOOD_SHAPES or len(json.dumps(card)) > 24_000:
            problems = self._check.check_card(card)
            self._note("card", problems)
            if not problems:
                GOOD_SHAPES.add(shape)

    def _note(self, what, problems):
        self.faults += [f"{what}: {problem}" for problem in problems]


class Stage:
    """People, a Teams and a bot; shorthands to talk, press and read."""

    def __init__(self, teams, storage, wire, bot):
        self.teams, self.storage, self.wire, self.bot = teams, storage, wire, bot

    async def say(self, person, text, where="personal"):
        """Say something; gives the bot's newest message there, or None when it said nothing."""
        before = [message.id for message in self._bots(where, person)]
        status = await self.teams.say(person, where, text)
        assert status in (200, 201, 202), status
        new = [message for message in self._bots(where, person) if message.id not in before]
        return new[-1] if new else None

    def _bots(self, where, person):
        return [m for m in self.teams.messages(where, person) if m.sender == "bot"]

    async def press(self, person, message, what, **inputs):
        """Press a button; gives what the presser then sees of that message, as text."""
        pressed = await self.teams.press(person, message.id, what, inputs)
        assert pressed.status == 200, pressed
        assert not pressed.failure, pressed
        body = pressed.body or {}
        if body.get("type") == CARD:
            self.wire.card(body["value"])
            return card_text(body["value"])
        return str(body.get("value", ""))

    def text(self, message, person=None):
        """Read a message as its reader sees it."""
        card = message.card(person)
        return card_text(card) if card else message.text

    async def until(self, words, where="personal", person="asha"):
        """Wait until a message of the bot shows some words."""
        return await self.teams.wait_for(
            where, lambda m: m.sender == "bot" and words in self.text(m), person=person
        )


@pytest.fixture
def wire(contract_checks):
    return Wire(contract_checks)


@pytest.fixture
def stage_clock():
    return RunningClock()


@pytest.fixture
async def start_bot(storage, vault, tmp_path, stage_clock, wire):
    """Start a local Teams and a bot on it; called again, a second bot takes over."""
    running = []
    teams = LocalTeams(
        tmp_path / "drive",
        clock=stage_clock,
        token_clock=stage_clock,
        on_exchange=wire.exchange,
        on_activity=wire.activity,
        # People in tests type faster than Teams allows; its limits have tests of their own.
        seconds=itertools.count(step=60).__next__,
    )
    teams.microsoft.on_exchange = wire.microsoft
    await teams.start()

    async def start(*, sign_in_with=None, silent=False, tenants=(), **options):
        if sign_in_with is not None:
            microsoft = teams.microsoft
            teams.client.silent = teams.silent if silent else None
            options |= {"sign_in": sign_in_with(microsoft), "graph_url": microsoft.graph_url}
        if running:
            await stop(*running.pop())
        bot = await build(
            storage=storage,
            edge_settings=EdgeSettings(
                app_id=teams.app_id,
                tenants=frozenset({teams.tenant_id, *tenants}),
                open_id_url=teams.open_id_url,
                service_hosts=frozenset(),
                file_hosts=frozenset(),
                loopback=True,
                # A busy machine must not change what a test sees; lateness has its own tests.
                answer_within=timedelta(seconds=60),
            ),
            tokens=FixedToken(teams.bot_token),
            sealer=vault,
            clock=stage_clock,
            drive=teams.drive,
            **options,
        )
        site = Site(bot.web, "127.0.0.1", 0)
        await site.start()
        await bot.start()
        await teams.connect(f"http://127.0.0.1:{site.port}/api/messages")
        running.append((site, bot))
        return Stage(teams, storage, wire, bot)

    async def stop(site, bot):
        await site.stop()
        await bot.stop()

    yield start
    for site, bot in running:
        await stop(site, bot)
    await teams.close()
    assert wire.faults == []


@pytest.fixture
async def stage(start_bot):
    return await start_bot()


@pytest.fixture
async def microsoft(stage_clock, contract_checks):
    told = []
    local = LocalMicrosoft(clock=stage_clock, on_exchange=lambda *one: told.append(one))
    await local.start()
    yield local
    await local.close()
    if contract_checks is not None:
        checks = {"entra": contract_checks.check_entra, "graph": contract_checks.check_graph}
        assert [(e["url"], str(p)) for kind, e in told for p in checks[kind](e)] == []


@pytest.fixture
async def signing(start_bot, microsoft):
    where = []
    stage = await start_bot(
        sign_in=sign_in_settings(microsoft, where),
        graph_url=microsoft.graph_url,
    )
    where.append(stage.teams.client.courier._url.removesuffix("/api/messages"))
    microsoft.redirect_uris.add(f"{where[0]}/auth/end")
    return Signing(stage, microsoft, where)


@pytest.fixture
async def asha(signing, raw, stage_clock):
    """Asha, signed in, and everything of hers."""
    signing.microsoft.consent("asha", "User.Read")
    await signing.silently("asha", await signing.stage.say("asha", "connect"))
    await signing.stage.until("You are signed in, Asha Rao.")
    return await everything_of_asha(signing.stage, raw, stage_clock.now())
