"""Signing in, as Teams does it: silently where it can, by the button where it cannot."""

import asyncio
import json

import pytest
from aiohttp import web

from bot.app.sign_in import SignInSettings, SignInSide
from storage.errors import SignInNeededError
from tests.fakes.activities import ANA, BEN, CHANNEL, GROUP, activity, execute, message, submit
from tests.fakes.entra import SECRET, FakeEntra, Person
from tests.fakes.keys import APP_ID, TENANT
from tests.fakes.server import Server

MAIL = ("Mail.Send",)
OAUTH = "application/vnd.microsoft.card.oauth"
PRESS = {"cf": 1, "verb": "home"}


@pytest.fixture
def ana():
    return Person(ANA["aadObjectId"], consented={"User.Read", "Mail.Send"})


@pytest.fixture
def ben():
    return Person(BEN["aadObjectId"], consented={"User.Read", "Mail.Send"})


@pytest.fixture
async def entra(clock, checker, ana, ben):
    async with FakeEntra(clock, checker) as server:
        server.add(ana, ben)
        yield server
        assert server.problems == []


class Stage(Server):
    """An edge with sign-in, whose bot needs a permission before it answers anything."""

    def __init__(self, edge, side, connector):
        super().__init__()
        self.edge, self.side, self.connector = edge, side, connector
        self.woken = 0
        self.need = MAIL
        self.claims = None
        teams, self._routes = side.open(self._wake)
        edge.edge.listen(
            answer=self._answer, welcome=self._nothing, shown=self._nothing, sign_in=teams
        )

    def routes(self):
        return [*self._routes, web.get("/", self._nothing)]

    def _wake(self):
        self.woken += 1

    async def _nothing(self, *_):
        return []

    async def _answer(self, turn):
        if not set(self.need) <= await self.side.tokens.granted(turn.user) or self.claims:
            raise SignInNeededError(
                "I need your permission to send mail as you.",
                scopes=self.need,
                claims=self.claims,
            )
        return ["Sent."]

    async def post(self, kind, value=None, **more):
        made = activity(
            self.connector.service_url, "invoke", **{"name": kind, "value": value, **more}
        )
        return await self.edge.post(made)

    async def say(self, text="send", **more):
        status, _ = await self.edge.post(message(self.connector.service_url, text, **more))
        assert status == 200

    async def press(self, **more):
        made = execute(self.connector.service_url, PRESS, **more)
        return await self.edge.post(made)

    async def press_again(self, value, **more):
        made = execute(self.connector.service_url, PRESS, **more)
        made["value"] |= value
        return await self.edge.post(made)

    @property
    def cards(self):
        """The sign-in cards that were sent."""
        return [
            attachment["content"]
            for call in self.connector.said
            for attachment in call.body.get("attachments", ())
            if attachment["contentType"] == OAUTH
        ]

    @property
    def texts(self):
        return [call.text for call in self.connector.said if call.text]

    def exchange_id(self):
        return self.cards[-1]["tokenExchangeResource"]["id"]

    async def exchange(self, token, name=None, **more):
        value = {"id": name or self.exchange_id(), "connectionName": "", "token": token}
        return await self.post("signin/tokenExchange", value, **more)


@pytest.fixture
async def stage(edge, entra, storage, clock, connector):
    where = []
    side = SignInSide(
        SignInSettings(
            app_id=APP_ID,
            credential=SECRET,
            tenants=frozenset({TENANT}),
            public_url=lambda: where[0],
            open_id_url=entra.open_id_url,
            http=entra.http(),
        ),
        storage=storage,
        edge=edge.edge,
        clock=clock,
    )
    async with Stage(edge, side, connector) as made:
        where.append(made.url)
        yield made
    await side.close()


async def test_words_that_need_a_sign_in_are_answered_with_teams_own_card(stage):
    await stage.say()
    (card,) = stage.cards
    assert card["text"] == "I need your permission to send mail as you."
    assert card["connectionName"] == ""
    (button,) = card["buttons"]
    assert button["type"] == "signin"
    assert button["value"].startswith(f"{stage.url}/auth/start?flow=")
    assert card["tokenExchangeResource"] == {"id": button["value"].rpartition("=")[2]}


async def test_teams_signs_in_silently_and_the_chat_hears_of_it(stage, entra, ana):
    await stage.say()
    name = stage.exchange_id()
    status, body = await stage.exchange(entra.sso_token(ana))
    assert (status, body) == (200, {"id": name, "connectionName": ""})
    assert stage.texts == ["You are signed in, Ana Lima."]
    assert stage.woken == 1
    await stage.say()
    assert stage.texts[-1] == "Sent."


async def test_five_clients_at_once_are_one_exchange(stage, entra, ana):
    await stage.say()
    token, name = entra.sso_token(ana), stage.exchange_id()
    answers = await asyncio.gather(*(stage.exchange(token, name) for _ in range(5)))
    assert [status for status, _ in answers] == [200] * 5
    assert entra.count("jwt-bearer") == 1
    assert (await stage.exchange(token, name))[0] == 200  # one that wakes up late
    assert entra.count("jwt-bearer") == 1
    assert stage.texts == ["You are signed in, Ana Lima."]


async def test_five_clients_without_consent_all_show_the_button(stage, entra, ana):
    ana.consented = set()
    await stage.say()
    token = entra.sso_token(ana)
    answers = await asyncio.gather(*(stage.exchange(token) for _ in range(5)))
    assert [status for status, _ in answers] == [412] * 5
    assert {body["failureDetail"] for _, body in answers} == {
        "I need your permission to send mail as you."
    }
    assert entra.count("jwt-bearer") == 1
    assert stage.texts == []


async def test_an_exchange_another_replica_makes_is_waited_for(stage, entra, ana, storage, clock):
    await stage.say()
    user = await storage.users.seen(
        microsoft_id=f"{ana.oid}.{TENANT}", email="", name="Ana Lima", now=clock.now()
    )
    key = f"{user.id}|{stage.exchange_id()}"
    end = clock.now().replace(year=2027)
    await storage.sign_ins.exchange(key, user_id=user.id, now=clock.now(), expires_at=end)
    waiting = asyncio.create_task(stage.exchange(entra.sso_token(ana)))
    await storage.sign_ins.settle(key, "")
    assert (await waiting)[0] == 200
    assert entra.count("jwt-bearer") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"oid": BEN["aadObjectId"]},
        {"tid": "00000000-0000-4000-8000-000000000000"},
        {"aud": "00000000-0000-4000-8000-000000000000"},
        {"exp": 1},
        {"scp": "User.Read"},
    ],
    ids=str,
)
async def test_a_token_that_is_not_the_speakers_signs_nobody_in(stage, entra, ana, raw, change):
    await stage.say()
    status, body = await stage.exchange(entra.sso_token(ana, **change))
    assert status == 412
    assert body["failureDetail"]
    assert entra.asked == []
    assert "tokenCache" not in raw.users.find_one()


async def test_somebody_elses_card_signs_nobody_in(stage, entra, ben, raw):
    """In a group every member's client sees the card, and may bring its own token."""
    await stage.say(conversation=GROUP)
    status, _ = await stage.exchange(entra.sso_token(ben), sender=BEN, conversation=GROUP)
    assert status == 412
    assert entra.asked == []
    assert all("tokenCache" not in user for user in raw.users.find())


@pytest.mark.parametrize(
    "value", [None, 7, "x", [], {}, {"id": 1, "token": 2}, {"id": "x" * 10_000, "token": "t"}]
)
async def test_a_malformed_exchange_is_refused(stage, value):
    await stage.say()
    assert (await stage.post("signin/tokenExchange", value))[0] == 412


async def test_a_group_is_told_for_whom_the_card_is(stage):
    await stage.say(conversation=GROUP)
    assert stage.cards[0]["text"].startswith("Ana Lima: ")
    assert "tokenExchangeResource" in stage.cards[0]


async def test_in_a_channel_there_is_only_the_button(stage):
    await stage.say(conversation=CHANNEL)
    assert "tokenExchangeResource" not in stage.cards[0]
    assert stage.cards[0]["buttons"]


async def test_what_a_second_factor_is_asked_for_is_not_tried_silently(stage):
    stage.claims = '{"a":1}'
    await stage.say()
    assert "tokenExchangeResource" not in stage.cards[0]


async def test_where_teams_fails_the_button_is_offered_once(stage):
    await stage.say()
    value = {"code": "resourcematchfailed", "message": "Resource match failed"}
    for _ in range(3):
        assert (await stage.post("signin/failure", value))[0] == 200
    assert len(stage.cards) == 2
    assert "tokenExchangeResource" not in stage.cards[1]
    assert stage.cards[1]["text"] == "Sign in so that I can send mail as you."


async def _popup(stage, entra, person, http):
    address = stage.cards[-1]["buttons"][0]["value"]
    async with http.get(address, allow_redirects=False) as response:
        to, form = await entra.visit(http, response.headers["Location"], person)
    async with http.post(to, data=form) as response:
        text = await response.text()
        return response.status, text.partition("data-code='")[2].partition("'")[0]


async def test_the_button_signs_in_and_the_pop_ups_word_is_good_once(stage, entra, ana, edge):
    await stage.say(conversation=CHANNEL)
    status, code = await _popup(stage, entra, ana, edge.http)
    assert status == 200
    assert code
    assert (await stage.post("signin/verifyState", {"state": code}, sender=BEN))[0] == 412
    assert (await stage.post("signin/verifyState", {"state": code}))[0] == 200
    assert (await stage.post("signin/verifyState", {"state": code}))[0] == 412
    assert stage.texts == ["You are signed in, Ana Lima."]
    assert stage.woken == 1


async def test_a_pop_up_that_was_closed_is_no_error(stage):
    assert (await stage.post("signin/verifyState", {"state": "CancelledByUser"}))[0] == 200
    assert (await stage.post("signin/verifyState", {"state": "x"}))[0] == 412
    assert (await stage.post("signin/verifyState", None))[0] == 412


async def test_a_press_that_needs_a_sign_in_is_answered_with_a_login_request(stage):
    status, body = await stage.press()
    assert status == 200
    assert body["statusCode"] == 401
    assert body["type"] == "application/vnd.microsoft.activity.loginRequest"
    assert body["value"]["connectionName"]
    assert body["value"]["tokenExchangeResource"]["id"]
    assert body["value"]["buttons"][0]["type"] == "signin"


async def test_the_press_is_made_once_teams_brings_the_token(stage, entra, ana):
    _, asked = await stage.press()
    resource = asked["value"]["tokenExchangeResource"]["id"]
    brought = {"id": resource, "connectionName": "consultflow", "token": entra.sso_token(ana)}
    _, body = await stage.press_again({"authentication": brought})
    assert (body["statusCode"], body["value"]) == (200, "Sent.")


async def test_a_press_with_a_token_that_does_not_do_shows_the_button(stage, entra, ana):
    _, asked = await stage.press()
    ana.consented = set()
    resource = asked["value"]["tokenExchangeResource"]["id"]
    brought = {"id": resource, "connectionName": "consultflow", "token": entra.sso_token(ana)}
    _, body = await stage.press_again({"authentication": brought})
    assert body["statusCode"] == 412
    assert body["type"] == "application/vnd.microsoft.error.preconditionFailed"


async def test_a_press_that_still_needs_more_does_not_go_round_in_circles(stage, entra, ana):
    stage.need, ana.consented = ("User.Read",), {"User.Read"}
    _, asked = await stage.press()
    stage.need = MAIL
    resource = asked["value"]["tokenExchangeResource"]["id"]
    brought = {"id": resource, "connectionName": "consultflow", "token": entra.sso_token(ana)}
    _, body = await stage.press_again({"authentication": brought})
    assert body["statusCode"] == 412


async def test_the_press_is_made_after_the_button_and_not_with_a_wrong_code(
    stage, entra, ana, edge
):
    await stage.say(conversation=CHANNEL)
    _, code = await _popup(stage, entra, ana, edge.http)
    _, wrong = await stage.press_again({"state": "123456"})
    assert wrong["type"] == "application/vnd.microsoft.error.incorrectAuthCode"
    _, body = await stage.press_again({"state": code})
    assert (body["statusCode"], body["value"]) == (200, "Sent.")


async def test_a_submit_that_needs_a_sign_in_gets_the_card_as_a_message(stage, connector):
    status, _ = await stage.edge.post(submit(connector.service_url, PRESS))
    assert status == 200
    assert len(stage.cards) == 1


async def test_a_card_that_redraws_itself_asks_nobody_to_sign_in(stage):
    _, body = await stage.press(trigger="automatic")
    assert body["statusCode"] == 200
    assert stage.cards == []


async def test_no_token_stands_in_anything_said(stage, entra, ana, connector):
    await stage.say()
    await stage.exchange(entra.sso_token(ana))
    await stage.say()
    assert "CANARY" not in json.dumps([call.body for call in connector.calls])
