"""Speaking to Teams through everything that can go wrong on the way."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import aiohttp
import pytest

from bot.auth.app_token import FixedToken
from bot.teams.connector import Connector, ConnectorError
from bot.teams.hosts import HostList
from storage.models import Conversation, ConversationKind
from tests.fakes.activities import ANA, BOT
from tests.fakes.connector import Fault
from tests.fakes.keys import TENANT

HELLO = {"type": "message", "text": "hello"}


@pytest.fixture
def place(connector):
    return Conversation(
        id="19:253b1f34@thread.tacv2;messageid=1485983194839",
        kind=ConversationKind.CHANNEL,
        tenant_id=TENANT,
        service_url=connector.service_url,
        bot_id=BOT,
    )


@pytest.fixture
def pauses():
    return []


@pytest.fixture
async def client(connector, clock, pauses):
    async def pause(seconds):
        pauses.append(seconds)
        clock.pass_(seconds)

    async with aiohttp.ClientSession() as session:
        yield Connector(
            session,
            tokens=FixedToken("bot-token"),
            hosts=HostList(frozenset(), loopback=True),
            clock=clock,
            pause=pause,
            chance=lambda: 0.0,
        )


async def test_it_sends_replies_updates_and_deletes(client, connector, place):
    sent = await client.send(place, HELLO)
    replied = await client.reply(place, sent, HELLO)
    await client.update(place, replied, {"type": "message", "text": "changed"})
    await client.delete(place, sent)
    assert [(c.kind, c.conversation, c.target) for c in connector.calls] == [
        ("send", place.id, ""),
        ("reply", place.id, sent),
        ("update", place.id, replied),
        ("delete", place.id, sent),
    ]
    assert sent != replied


async def test_it_finds_people_and_opens_their_chat(client, connector, place):
    connector.members[ANA["id"]] = {**ANA, "email": "ana@contoso.com", "tenantId": TENANT}
    member = await client.member(place, ANA["id"])
    assert (member.name, member.email) == ("Ana Lima", "ana@contoso.com")
    assert (member.aad_object_id, member.tenant_id) == (ANA["aadObjectId"], TENANT)
    chat = await client.create_personal(
        service_url=place.service_url, tenant_id=TENANT, bot_id=BOT, member_id=ANA["id"]
    )
    assert chat.kind is ConversationKind.PERSONAL
    assert chat.id.startswith("a:")
    await client.send(chat, HELLO)


@pytest.mark.parametrize("status", [412, 429, 502, 504])
async def test_what_passes_is_tried_again(client, connector, place, status):
    connector.fail(status, status)
    assert await client.send(place, HELLO)
    assert len(connector.calls) == 3


async def test_three_tries_are_enough(client, connector, place):
    connector.fail(502, 502, 502)
    with pytest.raises(ConnectorError) as caught:
        await client.send(place, HELLO)
    assert caught.value.retryable
    assert len(connector.calls) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 500])
async def test_what_does_not_pass_is_not_tried_again(client, connector, place, status):
    connector.fail(status)
    with pytest.raises(ConnectorError) as caught:
        await client.send(place, HELLO)
    assert (caught.value.status, caught.value.retryable) == (status, False)
    assert len(connector.calls) == 1
    assert str(caught.value).endswith(".")


async def test_a_removed_bot_is_told_apart(client, connector, place):
    connector.fail(403)
    with pytest.raises(ConnectorError, match="not in that conversation") as caught:
        await client.send(place, HELLO)
    assert caught.value.code == "BotNotInConversationRoster"


@pytest.mark.parametrize(
    "told,waited",
    [("2", 2.0), ("2.128", 2.128), ("3600", 10.0), ("-1", 0.5), ("nan", 0.5), ("soon", 0.5)],
)
async def test_it_waits_as_long_as_teams_says_up_to_ten_seconds(
    client, connector, place, pauses, told, waited
):
    connector.fail(Fault(429, {"Retry-After": told}))
    await client.send(place, HELLO)
    assert pauses == [waited]


async def test_it_reads_a_date_to_wait_for(client, connector, place, pauses, clock):
    until = format_datetime(clock.now() + timedelta(seconds=4), usegmt=True)
    connector.fail(Fault(429, {"Retry-After": until}))
    await client.send(place, HELLO)
    assert pauses == [4.0]


async def test_a_message_whose_fate_is_unknown_is_not_sent_twice(client, connector, place):
    connector.fail("drop")
    with pytest.raises(ConnectorError) as caught:
        await client.send(place, HELLO)
    assert not caught.value.retryable
    assert len(connector.calls) == 1


async def test_an_update_whose_fate_is_unknown_is_repeated(client, connector, place):
    connector.fail("drop")
    await client.update(place, "1", HELLO)
    assert [c.kind for c in connector.calls] == ["update", "update"]


async def test_a_connection_that_cannot_be_made_is_tried_again(client, connector, place, pauses):
    await connector.__aexit__(None, None, None)
    with pytest.raises(ConnectorError) as caught:
        await client.send(place, HELLO)
    assert caught.value.retryable
    assert len(pauses) == 2


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "https://smba.trafficmanager.net.evil.com/", "http://10.0.0.1/"],
)
async def test_a_poisoned_address_gets_neither_message_nor_token(client, place, address):
    asked = []

    class Watched(FixedToken):
        async def token(self):
            asked.append(address)
            return await super().token()

    client._tokens = Watched("bot-token")
    poisoned = Conversation(place.id, place.kind, TENANT, address, BOT)
    for call in (
        client.send(poisoned, HELLO),
        client.update(poisoned, "1", HELLO),
        client.delete(poisoned, "1"),
        client.member(poisoned, ANA["id"]),
    ):
        with pytest.raises(ConnectorError, match="not an address of Microsoft Teams"):
            await call
    assert not asked


async def test_a_cancelled_call_is_over(client, connector, place):
    connector.fail("hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.send(place, HELLO)
