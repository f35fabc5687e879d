"""In the local Teams a file is offered, accepted and uploaded as Teams has it done."""

import json

import aiohttp
import pytest

from bot.local.people import TENANT_ID
from bot.local.world import CONSENT, SAVED
from storage.errors import NotFoundError

DECK = b"PK-deck"


def card(name="Weekly.pptx", size=7, **content):
    told = {"description": "From your workflow", "sizeInBytes": size, **content}
    contexts = {"acceptContext": {"file": "f1"}, "declineContext": {"file": "f1"}}
    return {"contentType": CONSENT, "name": name, "content": {**contexts, **told}}


async def post(teams, bot, attachment, room="asha"):
    path = f"/v3/conversations/{teams.world.rooms[room].id}/activities"
    return await bot.call("POST", path, {"type": "message", "attachments": [attachment]})


@pytest.fixture
async def offered(teams, bot):
    _status, made = await post(teams, bot, card())
    return teams.message(made["id"])


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


def invokes(sent):
    return [one for one in sent if one["type"] == "invoke"]


async def test_accept_tells_the_bot_where_the_file_goes(teams, offered, sent, contract_check):
    await teams.consents.accept("asha", offered)
    (activity,) = invokes(sent)
    assert [str(one) for one in contract_check.check_activity(activity)] == []
    assert activity["name"] == "fileConsent/invoke"
    assert activity["replyToId"] == offered.id
    assert activity["conversation"]["tenantId"] == TENANT_ID
    value = activity["value"]
    assert (value["action"], value["context"]) == ("accept", {"file": "f1"})
    assert value["uploadInfo"]["name"] == "Weekly.pptx"
    assert value["uploadInfo"]["fileType"] == "pptx"


async def test_decline_names_no_place(teams, offered, sent, contract_check):
    await teams.consents.decline("asha", offered)
    (activity,) = invokes(sent)
    assert [str(one) for one in contract_check.check_activity(activity)] == []
    assert activity["value"]["action"] == "decline"
    assert "uploadInfo" not in activity["value"]


async def upload(http, info, content=DECK, **headers):
    whole = {"Content-Range": f"bytes 0-{len(DECK) - 1}/{len(DECK)}", **headers}
    sent = {name: value for name, value in whole.items() if value is not None}
    async with http.put(info["uploadUrl"], data=content, headers=sent) as reply:
        return reply.status


@pytest.mark.parametrize(
    "headers, content, status",
    [
        ({"Content-Range": None}, DECK, 400),
        ({"Content-Range": "bytes 0-6"}, DECK, 400),
        ({"Content-Range": "bytes 0-5/7"}, DECK, 416),
        ({"Content-Range": "bytes 1-7/8"}, DECK, 416),
        ({"Content-Range": "bytes 0-7/8"}, DECK + b"!", 416),
        ({}, DECK[:3], 416),
        ({"Authorization": "Bearer x"}, DECK, 401),
    ],
)
async def test_a_wrong_upload_is_refused_and_the_right_one_is_still_taken(
    teams, offered, sent, http, headers, content, status
):
    await teams.consents.accept("asha", offered)
    info = invokes(sent)[0]["value"]["uploadInfo"]
    assert await upload(http, info, content, **headers) == status
    assert teams.consents.taken == []
    assert await upload(http, info) == 201


async def test_an_address_takes_one_file_once_and_the_link_opens_it(teams, offered, sent, http):
    await teams.consents.accept("asha", offered)
    info = invokes(sent)[0]["value"]["uploadInfo"]
    assert [await upload(http, info) for _ in range(2)] == [201, 404]
    assert len(teams.consents.taken) == 1
    assert await upload(http, {"uploadUrl": f"{teams.url}/consents/none"}) == 404
    async with http.get(info["contentUrl"]) as reply:
        assert (reply.status, await reply.read()) == (200, DECK)


async def test_only_who_is_in_the_chat_can_answer_and_only_a_files_card(teams, bot, offered):
    with pytest.raises(NotFoundError):
        await teams.consents.accept("ben", offered)
    await teams.say("asha", "personal", "hello")
    with pytest.raises(NotFoundError, match="offers no file"):
        await teams.consents.accept("asha", teams.messages("personal")[-1])


@pytest.mark.parametrize(
    "wrong", [card(name=""), card(size=0), card(size="7"), card(size=None), card() | {"content": 1}]
)
async def test_a_card_teams_could_not_ask_with_is_refused(teams, bot, wrong):
    status, body = await post(teams, bot, wrong)
    assert (status, body["error"]["code"]) == (400, "Bad Argument")


@pytest.mark.parametrize("room", ["group", "channel"])
async def test_files_are_offered_in_personal_chats_only(teams, bot, room):
    status, body = await post(teams, bot, card(), room)
    assert (status, "personal chats only" in body["error"]["message"]) == (400, True)


async def test_the_page_is_told_of_offers_and_files(teams, bot, offered, http):
    link = {"contentType": SAVED, "name": "Weekly.pptx", "contentUrl": f"{teams.url}/drive/a/b/c"}
    await post(teams, bot, link | {"content": {"uniqueId": "u", "fileType": "pptx"}})
    async with http.get(f"{teams.url}/local/messages?as=asha&room=personal") as reply:
        shown = [part for one in await reply.json() for part in one["attachments"]]
    assert shown == [
        {
            "kind": "consent",
            "name": "Weekly.pptx",
            "text": "From your workflow",
            "bytes": len(DECK),
        },
        {"kind": "file", "name": "Weekly.pptx", "url": "/drive/a/b/c"},
    ]


@pytest.mark.parametrize("accept, status", [(True, 200), (False, 200), ("yes", 400), (None, 400)])
async def test_the_page_answers_with_a_yes_or_a_no(teams, offered, sent, http, accept, status):
    body = {"as": "asha", "room": "asha", "message": offered.id, "accept": accept}
    kind = {"Content-Type": "application/json"}
    address = f"{teams.url}/local/consent"
    async with http.post(address, data=json.dumps(body), headers=kind) as reply:
        assert reply.status == status
    assert len(invokes(sent)) == (status == 200)
