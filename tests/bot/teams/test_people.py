"""Whom the bot takes somebody for, and where it remembers them."""

import pytest

from tests.fakes.activities import ANA, BEN, CHANNEL, GROUP, PERSONAL, message
from tests.fakes.connector import Fault
from tests.fakes.keys import TENANT

MICROSOFT_ID = f"{ANA['aadObjectId']}.{TENANT}"


@pytest.fixture
def url(connector):
    return connector.service_url


async def lookups(edge):
    return [call.target for call in edge.connector.calls if call.kind == "member"]


async def test_the_roster_gives_name_and_address(edge, url):
    edge.connector.members[ANA["id"]] = {
        **ANA,
        "name": "Ana Maria Lima",
        "email": "Ana.Lima@Contoso.com",
        "userPrincipalName": "ana@contoso.onmicrosoft.com",
    }
    await edge.post(message(url, "hi"))
    user = edge.turns[0].user
    assert (user.microsoft_id, user.name) == (MICROSOFT_ID, "Ana Maria Lima")
    assert user.email == "ana.lima@contoso.com"


@pytest.mark.parametrize(
    "principal,email",
    [
        ("ana@contoso.onmicrosoft.com", "ana@contoso.onmicrosoft.com"),
        ("ana_maria_fabrikam.com#EXT#@contoso.onmicrosoft.com", "ana_maria@fabrikam.com"),
    ],
)
async def test_without_an_address_the_sign_in_name_serves(edge, url, principal, email):
    edge.connector.members[ANA["id"]] = {**ANA, "email": None, "userPrincipalName": principal}
    await edge.post(message(url, "hi"))
    assert edge.turns[0].user.email == email


@pytest.mark.parametrize("principal", [None, "", "ana", "#EXT#@contoso.onmicrosoft.com"])
async def test_without_either_the_placeholder_cannot_be_written_to(edge, url, principal):
    edge.connector.members[ANA["id"]] = {**ANA, "userPrincipalName": principal}
    await edge.post(message(url, "hi"))
    assert edge.turns[0].user.email.endswith(".invalid")


async def test_somebody_not_on_the_roster_can_talk_all_the_same(edge, url):
    await edge.post(message(url, "hi"))
    assert edge.turns[0].user.name == "Ana Lima"


async def test_in_a_channel_the_teams_roster_is_asked(edge, url):
    team = {"id": "19:712c61d0@thread.tacv2"}
    data = {"tenant": {"id": TENANT}, "team": team, "channel": {"id": "19:253b1f34@thread.tacv2"}}
    await edge.post(message(url, "hi", conversation=CHANNEL, channelData=data))
    await edge.post(message(url, "hi", conversation=CHANNEL, sender=BEN))
    asked = [call.conversation for call in edge.connector.calls if call.kind == "member"]
    assert asked == [team["id"], CHANNEL["id"].split(";")[0]]


async def test_the_roster_is_asked_once_a_day(edge, url):
    for _ in range(3):
        await edge.post(message(url, "hi"))
    assert await lookups(edge) == [ANA["id"]]
    edge.clock.pass_(24 * 3600)
    await edge.post(message(url, "hi"))
    assert await lookups(edge) == [ANA["id"]] * 2


async def test_a_roster_that_fails_is_asked_again_next_time(edge, url):
    edge.connector.fail(*[Fault(502, kinds=("member",))] * 3)
    await edge.post(message(url, "hi"))
    assert "Try again" in edge.connector.said[-1].text
    await edge.post(message(url, "hi"))
    assert len(edge.turns) == 1


async def test_the_personal_chat_is_where_somebody_can_be_reached_later(edge, url):
    await edge.post(message(url, "hi"))
    await edge.post(message(url, "hi", conversation=GROUP))
    user = edge.turns[0].user
    place = await edge.storage.conversations.personal_of(user.id)
    assert (place.id, place.service_url, place.tenant_id) == (PERSONAL["id"], url, TENANT)


async def test_two_personal_chats_are_kept_apart(edge, url):
    other = {**PERSONAL, "id": "a:ben"}
    await edge.post(message(url, "hi"))
    await edge.post(message(url, "hi", sender=BEN, conversation=other))
    ana, ben = (turn.user.id for turn in edge.turns)
    assert (await edge.storage.conversations.personal_of(ana)).id == PERSONAL["id"]
    assert (await edge.storage.conversations.personal_of(ben)).id == "a:ben"


async def test_a_forged_request_is_not_remembered(edge, url):
    await edge.post(message(url, "hi"), token=edge.token(aud="other"))
    await edge.post(message(url, "hi", conversation=CHANNEL), token=edge.token(aud="other"))
    assert not [call for call in edge.connector.calls if call.kind == "member"]
    assert not edge.turns


async def test_a_channel_is_remembered_with_its_team_also_when_it_is_named_once(edge, url):
    team = {"tenant": {"id": TENANT}, "team": {"id": "19:t@thread.tacv2", "aadGroupId": "7d9f"}}
    await edge.post(message(url, "hi", conversation=CHANNEL, channelData=team))
    await edge.post(message(url, "hi", conversation=CHANNEL))
    assert [turn.conversation.team_id for turn in edge.turns] == ["7d9f", None]
    plain = CHANNEL["id"].partition(";")[0]
    assert (await edge.storage.conversations.shared(TENANT, plain)).team_id == "7d9f"
