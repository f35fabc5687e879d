"""Every call does what it says, with one permission, and passes Microsoft's own contract."""

from datetime import datetime

import pytest

from bot.clients.graph import GraphClient
from bot.clients.graph.records import Attachment
from storage.errors import GraphError, RefusedError, SettingsError
from tests.fakes.graph import FakeTokens

MAIL = {
    "subject": "Minutes",
    "html": "<p>Hello</p>",
    "to": ["a@contoso.example", "b@contoso.example"],
    "cc": ["c@acme.example"],
    "marker": "run1:send_email",
}


async def test_a_mail_is_one_request_with_each_address_a_recipient_of_its_own(fake, graph, tokens):
    await graph.send_mail(**MAIL)
    (sent,) = fake.calls("POST", "/me/sendMail")
    message = sent["body"]["message"]
    assert [one["emailAddress"]["address"] for one in message["toRecipients"]] == MAIL["to"]
    assert [one["emailAddress"]["address"] for one in message["ccRecipients"]] == MAIL["cc"]
    assert sent["body"]["saveToSentItems"] is True
    assert message["body"] == {"contentType": "html", "content": "<p>Hello</p>"}
    assert tokens.asked == [(("Mail.Send",), None)]


async def test_a_mail_can_be_found_again_by_the_step_that_sent_it(fake, graph):
    await graph.send_mail(**MAIL)
    assert await graph.sent_with_marker("run1:send_email") is True
    assert await graph.sent_with_marker("run2:send_email") is False


async def test_where_the_mailbox_may_not_be_searched_it_says_it_cannot_tell(fake, client):
    graph = client.for_user("asha", FakeTokens("Mail.Read"))
    assert await graph.sent_with_marker("run1:send_email") is None
    fake.fault(403)
    assert await client.for_user("asha", FakeTokens()).sent_with_marker("run1:x") is None


async def test_a_file_goes_with_the_mail_and_three_megabytes_are_the_most(fake, graph):
    await graph.send_mail(**MAIL, attachments=[Attachment("m.md", "text/markdown", b"# M")])
    assert fake.mails[0]["attachments"][0]["contentBytes"] == "IyBN"
    big = Attachment("m.md", "text/markdown", b"x" * (3 * 1024 * 1024 + 1))
    with pytest.raises(RefusedError, match="larger than 3 MB"):
        await graph.send_mail(**MAIL, attachments=[big])
    assert len(fake.mails) == 1


def event(**changed):
    return {
        "subject": "Follow-up",
        "html": "<p>See you</p>",
        "start": datetime.fromisoformat("2026-03-11T14:00"),
        "end": datetime.fromisoformat("2026-03-11T14:45"),
        "zone": "Asia/Kolkata",
        "attendees": ["a@contoso.example"],
        "online": True,
        "location": "Room 1",
        "transaction_id": "run1:create_calendar",
        **changed,
    }


async def test_an_event_is_booked_in_local_time_beside_its_zone(fake, graph):
    booked = await graph.create_event(**event())
    (sent,) = fake.calls("POST", "/me/events")
    assert sent["body"]["start"] == {"dateTime": "2026-03-11T14:00:00", "timeZone": "Asia/Kolkata"}
    assert sent["body"]["end"] == {"dateTime": "2026-03-11T14:45:00", "timeZone": "Asia/Kolkata"}
    assert (booked.id, booked.join_url) == ("AAMkEvent=", "https://teams.example/j")
    assert (await graph.create_event(**event(online=False))).join_url is None
    assert len(fake.events) == 1


async def test_it_knows_who_is_signed_in(graph):
    me = await graph.me()
    assert (me.id, me.display_name, me.mail) == ("asha", "Asha Rao", "asha.rao@contoso.example")


@pytest.mark.parametrize(
    "kept, given",
    [("Asia/Kolkata", "Asia/Kolkata"), ("India Standard Time", None), ("../etc/passwd", None)],
)
async def test_a_time_zone_is_an_iana_name_or_none(fake, graph, kept, given):
    fake.zone = kept
    assert await graph.time_zone() == given


async def test_people_are_found_by_the_beginning_of_their_name_quotes_and_all(fake, graph):
    fake.users = [("Ana O'Brien", "ana@contoso.example"), ("Ben Ortiz", None)]
    assert [one.mail for one in await graph.people("ana o'b")] == ["ana@contoso.example"]
    assert [one.mail for one in await graph.people("Ben")] == [None]
    assert await graph.people("  ") == []
    assert len(fake.exchanges) == 2


async def test_an_address_belongs_to_one_person_or_to_nobody_we_can_name(fake, graph):
    fake.users = [("Ana", "ana@contoso.example"), ("Ben", "two@x.example"), ("B", "two@x.example")]
    assert (await graph.user_by_mail("ana@contoso.example")).name == "Ana"
    assert await graph.user_by_mail("two@x.example") is None
    assert await graph.user_by_mail("nobody@x.example") is None


async def test_a_list_is_read_to_its_last_page(fake, graph):
    fake.teams = {"t1": ("Client delivery", {}), "t2": ("Sales", {"19:a@thread.tacv2": "General"})}
    assert [team.name for team in await graph.teams()] == ["Client delivery", "Sales"]
    assert [channel.name for channel in await graph.channels("t2")] == ["General"]


async def test_a_post_goes_where_it_is_told_and_gives_its_id(fake, graph):
    assert await graph.post_to_channel("t1", "19:a@thread.tacv2", "<p>Hi</p>") == "1700000000001"
    assert await graph.post_to_chat("19:b@thread.v2", "<p>Hi</p>") == "1700000000002"
    assert fake.posts == [
        (("t1", "19:a@thread.tacv2"), "<p>Hi</p>"),
        (("19:b@thread.v2",), "<p>Hi</p>"),
    ]


async def test_a_small_file_is_written_in_one_piece_whatever_it_is_called(fake, graph):
    made = await graph.put_file("ConsultFlow/50% & más #1?.pptx", b"deck")
    assert fake.files == {"ConsultFlow/50% & más #1?.pptx": b"deck"}
    assert made.id == "01FILE"
    await graph.put_channel_file("t1", "19:a@thread.tacv2", "a.pptx", b"deck")
    assert fake.files["b!drive/01FOLDER/a.pptx"] == b"deck"


async def test_a_large_file_goes_in_pieces_and_our_token_stays_at_home(fake, graph, tokens):
    size = 9 * 1024 * 1024 + 5
    await graph.put_file("ConsultFlow/big.pptx", b"x" * size)
    assert sum(length for _, length in fake.chunks) == size
    assert all(length % (320 * 1024) == 0 for _, length in fake.chunks[:-1])
    assert fake.chunks[0][0] == f"bytes 0-3276799/{size}"
    assert len(tokens.asked) == 1


async def test_what_must_not_replace_anything_goes_through_a_session(fake, graph):
    await graph.put_file("a.pptx", b"deck", "rename")
    (asked,) = fake.calls("POST", "/createUploadSession")
    assert asked["body"] == {"item": {"@microsoft.graph.conflictBehavior": "rename"}}
    assert fake.chunks == [("bytes 0-3/4", 4)]


@pytest.mark.parametrize("told", ["", "http://evil.example/u", "file:///etc/passwd", "//x"])
async def test_pieces_are_sent_to_no_address_in_the_clear(fake, graph, told):
    session = {"uploadUrl": told, "expirationDateTime": "2026-03-05T00:00:00Z"}
    fake.fault(200, body=session)
    with pytest.raises(GraphError, match="no address to upload to"):
        await graph.put_file("a.pptx", b"deck", "fail")


async def test_the_token_follows_no_link_to_another_host(fake, graph):
    fake.fault(200, body={"value": [], "@odata.nextLink": "https://evil.example/v1.0/x"})
    with pytest.raises(GraphError, match="not its own"):
        await graph.teams()
    for inside in (f"{fake.url}/v1.0x/me", f"{fake.url}/beta/me", "not an address"):
        fake.fault(200, body={"value": [], "@odata.nextLink": inside})
        with pytest.raises(GraphError, match="not its own"):
            await graph.teams()


async def test_the_channels_of_many_teams_take_one_request_for_twenty(fake, graph, tokens):
    fake.teams = {f"t{n}": (f"Team {n}", {f"19:{n}@thread.tacv2": f"C{n}"}) for n in range(21)}
    found = await graph.channels_of(list(fake.teams))
    assert [[one.name for one in team] for team in found] == [[f"C{n}"] for n in range(21)]
    assert [one["url"] for one in fake.exchanges][:1] == ["/v1.0/$batch"]
    assert len(fake.exchanges) == 2
    assert tokens.asked[0] == (("Channel.ReadBasic.All",), None)


async def test_many_names_are_looked_up_at_once(fake, graph):
    fake.users = [("Ana Gray", "ana@contoso.example"), ("Bo Lund", "bo@contoso.example")]
    found = await graph.people_of(["Bo", " ", "Ana", "Cy"])
    assert [[one.name for one in users] for users in found] == [["Bo Lund"], [], ["Ana Gray"], []]
    assert len(fake.exchanges) == 1
    assert await graph.people_of([]) == []


async def test_what_is_refused_in_a_batch_is_asked_again_alone(fake, graph):
    fake.teams = {f"t{n}": (f"Team {n}", {f"19:{n}@thread.tacv2": f"C{n}"}) for n in range(2)}
    fake.inner = [(429, {"Retry-After": "1"}, {"error": {"code": "TooManyRequests"}})]
    found = await graph.channels_of(["t0", "t1"])
    assert [[one.name for one in team] for team in found] == [["C0"], ["C1"]]
    assert [one["url"].partition("?")[0] for one in fake.exchanges] == [
        "/v1.0/$batch",
        "/v1.0/teams/t0/channels",
    ]


@pytest.mark.parametrize("url", ["http://graph.microsoft.com/v1.0", "http://127.0.0.1.evil/v1.0"])
def test_graph_is_never_called_in_the_clear(clock, pauses, url):
    with pytest.raises(SettingsError, match="only called over https"):
        GraphClient(None, base_url=url, clock=clock, pause=pauses, chance=lambda: 0.0)
