"""The local connector answers as the contract says, and refuses what Teams refuses."""

from urllib.parse import quote

import aiohttp
import pytest

from bot.local.limits import Limits
from bot.local.people import APP_ID, ASHA, CHEN, TENANT_ID
from tests.fakes.echo_bot import ORDER, attached

MESSAGE = {"type": "message", "text": "hi"}


def conversation(teams, room="asha"):
    return "/v3/conversations/" + quote(teams.world.rooms[room].id, safe="")


async def refused(call, status, code):
    answered, body = await call
    assert (answered, body["error"]["code"]) == (status, code)
    assert body["error"]["message"]


async def test_every_call_and_refusal_keeps_to_the_contract(teams, bot, exchanges, contract_check):
    here, group = conversation(teams), conversation(teams, "group")
    channel, team = conversation(teams, "channel"), quote(teams.world.rooms["channel"].id, safe="")
    status, sent = await bot.call("POST", here + "/activities", attached(ORDER))
    assert status == 201
    await bot.call("POST", f"{here}/activities/{sent['id']}", MESSAGE)
    await bot.call("PUT", f"{here}/activities/{sent['id']}", MESSAGE)
    await bot.call("DELETE", f"{here}/activities/{sent['id']}")
    await bot.call("POST", here + "/activities", {"type": "typing"})
    member = {"members": [{"id": ASHA.id}], "tenantId": TENANT_ID, "bot": {"id": f"28:{APP_ID}"}}
    await bot.call("POST", "/v3/conversations", member)
    thread = {"isGroup": True, "channelData": {"channel": {"id": teams.world.rooms["channel"].id}}}
    await bot.call("POST", "/v3/conversations", thread | {"activity": MESSAGE})
    await bot.call("GET", "/v3/conversations")
    await bot.call("GET", group + "/members")
    await bot.call("GET", group + "/pagedmembers?pageSize=2")
    await bot.call("GET", group + f"/members/{quote(CHEN.id, safe='')}")
    await bot.call("GET", channel + f"/members/{CHEN.object_id}")
    await bot.call("GET", f"/v3/teams/{team}")
    await bot.call("GET", f"/v3/teams/{team}/conversations")
    room = await teams.meetings.schedule("asha", "Weekly")
    await bot.call("GET", f"/v1/meetings/{room.meeting.id}")
    place = f"/v1/meetings/{room.meeting.id}/participants/{ASHA.object_id}"
    assert (await bot.call("GET", f"{place}?tenantId={TENANT_ID}"))[1]["meeting"]["role"]
    good = len(exchanges)
    assert all(exchange["status"] < 300 for exchange in exchanges)
    await bot.call("PUT", f"{here}/activities/{sent['id']}", MESSAGE)
    await bot.call("POST", "/v3/conversations/a:1x/activities", MESSAGE)
    await bot.call("GET", group + "/members/29:1x")
    assert all(exchange["status"] == 404 for exchange in exchanges[good:])
    problems = [(e["url"], str(p)) for e in exchanges for p in contract_check.check_connector(e)]
    assert problems == []


async def test_every_kind_of_activity_keeps_to_the_contract(teams, bot, sent, contract_check):
    await teams.install("asha")
    await teams.install("ben", "group")
    await teams.install("ben", "channel")
    await teams.say("asha", "personal", "hello\nthere")
    await teams.say("chen", "group", "hello")
    await teams.say("ben", "channel", "card")
    card = teams.messages("channel")[-1]
    await teams.press("asha", card.id, "Run", {"notes": "x"})
    await teams.press("asha", card.id, {"type": "Action.Submit", "data": {"a": 1}})
    await teams.say("asha", "group", "status")
    await teams.see("asha", "group")
    await teams.send_file("asha", "a.vtt", b"WEBVTT")
    room = await teams.meetings.schedule("asha", "Weekly")
    await teams.meetings.start(room.key, "asha")
    await teams.meetings.end(room.key, "asha")
    await teams.client.uninstall(teams.world.rooms["group"], "asha")
    kinds = {(a["type"], a.get("name") or a.get("action")) for a in sent}
    assert len(kinds) == 7
    problems = [(a["type"], str(p)) for a in sent for p in contract_check.check_activity(a)]
    # The derived schema knows manual presses only; Teams' own page on refresh sends automatic.
    page = contract_check.load(
        "activity", "samples", "fragment-invoke-adaptiveCard-action-automatic.json"
    )
    assert page["value"]["trigger"] == "automatic"
    assert problems == [("invoke", "activity /value/trigger: 'manual' was expected")]


async def test_without_the_bots_token_nothing_is_answered(teams):
    url = teams.service_url.rstrip("/") + conversation(teams) + "/members"
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
        async with aiohttp.request("GET", url, headers=headers) as reply:
            assert reply.status == 401
            assert (await reply.json())["error"]["code"] == "BotNotRegistered"


async def test_a_bot_taken_out_of_a_chat_cannot_speak_there(teams, bot):
    group = teams.world.rooms["group"]
    await teams.client.uninstall(group, "asha")
    here = conversation(teams, "group")
    await refused(
        bot.call("POST", here + "/activities", MESSAGE), 403, "BotNotInConversationRoster"
    )
    await refused(bot.call("GET", here + "/members"), 403, "BotNotInConversationRoster")
    stranger = {"members": [{"id": "29:1nobody"}]}
    await refused(
        bot.call("POST", "/v3/conversations", stranger), 403, "BotNotInConversationRoster"
    )
    assert await teams.say("asha", "group", "hello") == 0


async def test_what_is_not_there_is_not_found(teams, bot):
    here = conversation(teams)
    nowhere = "/v3/conversations/19:x@thread.v2/activities"
    await refused(bot.call("POST", nowhere, MESSAGE), 404, "ConversationNotFound")
    thread = conversation(teams, "channel") + quote(";messageid=1", safe="") + "/activities"
    await refused(bot.call("POST", thread, MESSAGE), 404, "ConversationNotFound")
    gone = here + "/activities/1"
    await refused(bot.call("PUT", gone, MESSAGE), 404, "ActivityNotFoundInConversation")
    await refused(bot.call("DELETE", gone), 404, "ActivityNotFoundInConversation")
    await teams.say("asha", "personal", "mine")
    hers = teams.messages("personal")[0].id
    await refused(
        bot.call("PUT", f"{here}/activities/{hers}", MESSAGE), 403, "NotEnoughPermissions"
    )


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        {},
        {"type": "shout"},
        {"type": "message"},
        {"type": "message", "text": "x", "attachments": 7},
        {"type": "message", "attachments": [{}]},
        {"type": "message", "attachments": [{**attached({})["attachments"][0], "content": []}]},
        {"type": "message", "text": "x", "from": {"id": "28:another"}},
        {"type": "message", "text": "x", "from": 7},
    ],
)
async def test_what_teams_could_not_show_is_a_bad_argument(teams, bot, body):
    await refused(bot.call("POST", conversation(teams) + "/activities", body), 400, "Bad Argument")
    assert teams.messages("personal") == []


async def test_a_message_over_100_kb_of_utf_16_is_too_big(teams, bot):
    here = conversation(teams) + "/activities"
    spare = 51_200 - len('{"type":"message","text":""}')
    fits = {"type": "message", "text": "ä" * spare}
    assert (await bot.call("POST", here, fits))[0] == 201
    more = {"type": "message", "text": "ä" * (spare + 1)}
    await refused(bot.call("POST", here, more), 413, "MessageSizeTooBig")


async def test_the_eighth_message_in_a_second_has_to_wait(teams, bot, exchanges):
    here, other = conversation(teams) + "/activities", conversation(teams, "ben") + "/activities"
    for _ in range(7):
        assert (await bot.call("POST", here, MESSAGE))[0] == 201
    await refused(bot.call("POST", here, MESSAGE), 429, "Throttled")
    assert int(exchanges[-1]["response_headers"]["Retry-After"]) >= 1
    assert (await bot.call("POST", other, MESSAGE))[0] == 201


def test_the_rates_are_those_of_teams():
    now = 0.0
    limits = Limits(lambda: now)
    assert [limits.wait("write", "a") for _ in range(8)] == [None] * 7 + [1]
    now = 1.0
    assert limits.wait("write", "a") is None
    assert limits.wait("write", "a") == 1
    for _ in range(60):
        assert limits.wait("write", "b") is None
        now += 0.25
    assert limits.wait("write", "b") == 15
    assert [limits.wait("read", "b") for _ in range(15)][-2:] == [None, 1]


async def test_members_come_in_pages(teams, bot):
    here = conversation(teams, "group") + "/pagedmembers?pageSize=2"
    _, first = await bot.call("GET", here)
    _, second = await bot.call("GET", f"{here}&continuationToken={first['continuationToken']}")
    names = [member["name"] for page in (first, second) for member in page["members"]]
    assert names == ["Asha Rao", "Ben Ortiz", "Chen Li"]
    assert first["members"][0]["email"] == "Asha.Rao@Contoso.example"
    assert "continuationToken" not in second
    await refused(bot.call("GET", here + "&continuationToken=x"), 400, "Bad Argument")


async def test_a_chat_the_bot_opens_is_the_persons_own(teams, bot):
    body = {"members": [{"id": ASHA.object_id}], "activity": MESSAGE}
    _, made = await bot.call("POST", "/v3/conversations", body)
    assert made["id"] == teams.world.rooms["asha"].id
    assert teams.messages("personal")[0].id == made["activityId"]
    two = {"members": [{"id": ASHA.id}, {"id": CHEN.id}], "isGroup": True}
    await refused(bot.call("POST", "/v3/conversations", two), 400, "Bad Argument")
    elsewhere = {"channelData": {"channel": {"id": "19:x@thread.tacv2"}}, "activity": MESSAGE}
    await refused(bot.call("POST", "/v3/conversations", elsewhere), 404, "ConversationNotFound")


async def test_a_post_the_bot_starts_is_a_thread_of_its_own(teams, bot):
    channel = {"channelData": {"channel": {"id": teams.world.rooms["channel"].id}}}
    _, made = await bot.call("POST", "/v3/conversations", channel | {"activity": MESSAGE})
    await bot.send(MESSAGE, made["id"])
    post, answer = teams.messages("channel")
    assert (post.thread, answer.thread) == (None, post.id)
    await refused(bot.call("POST", "/v3/conversations", channel), 400, "Bad Argument")


async def test_meetings_and_teams_that_are_not_there_are_not_found(teams, bot):
    await refused(bot.call("GET", "/v1/meetings/x"), 404, "MeetingNotFound")
    await refused(bot.call("GET", "/v3/teams/x"), 404, "TeamNotFound")
    room = await teams.meetings.schedule("asha", "Weekly")
    place = f"/v1/meetings/{room.meeting.id}/participants/"
    await refused(bot.call("GET", place + ASHA.object_id), 400, "Bad Argument")
    unknown = f"{place}x?tenantId={TENANT_ID}"
    await refused(bot.call("GET", unknown), 404, "ParticipantNotFound")
    await teams.client.uninstall(room, "asha")
    meeting = f"/v1/meetings/{room.meeting.id}"
    await refused(bot.call("GET", meeting), 403, "BotNotInConversationRoster")
