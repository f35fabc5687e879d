"""The same calls against the local Microsoft 365: its checks, its ids, its faults."""

import random
from contextlib import suppress

import pytest

from bot.clients.graph import GraphClient, open_session
from bot.clients.graph.records import Attachment
from bot.local.microsoft import LocalMicrosoft
from storage.errors import GraphError, SignInNeededError
from tests.bot.clients.graph.test_graph_calls import MAIL, event


class Consented:
    """The tokens of somebody who has agreed to anything, or only to what is named."""

    def __init__(self, microsoft, person, *scopes):
        self.microsoft, self.person, self.scopes = microsoft, person, scopes

    async def token(self, scopes, *, claims=None):
        return self.microsoft.graph_token(self.person, *(self.scopes or scopes))


@pytest.fixture
async def microsoft(clock, contract_checks):
    exchanges = []
    local = LocalMicrosoft(
        clock=clock,
        on_exchange=lambda which, one: exchanges.append(one) if which == "graph" else None,
    )
    await local.start()
    yield local
    await local.close()
    if contract_checks is not None:
        broken = [str(found) for one in exchanges for found in contract_checks.check_graph(one)]
        assert broken == []


@pytest.fixture
async def as_person(microsoft, clock, pauses):
    async with open_session() as session:
        client = GraphClient(
            session,
            base_url=microsoft.graph_url,
            clock=clock,
            pause=pauses,
            chance=lambda: 0.0,
            seconds=0.5,
        )
        yield lambda person, *scopes: client.for_user(person, Consented(microsoft, person, *scopes))


@pytest.fixture
def asha(as_person):
    return as_person("asha")


async def test_she_knows_who_she_is_and_who_is_there(asha):
    me = await asha.me()
    assert me.display_name == "Asha Rao"
    assert await asha.time_zone() in ("Asia/Kolkata", None)
    (ben,) = await asha.people("Ben")
    assert ben.mail == "ben.ortiz@contoso.example"
    assert (await asha.user_by_mail("ben.ortiz@contoso.example")).id == ben.id
    assert await asha.people("O'Brien") == []
    found = await asha.people_of(["Ben Ortiz", "Asha"])
    assert [[one.name for one in users] for users in found] == [["Ben Ortiz"], ["Asha Rao"]]


async def test_a_mail_reaches_her_sent_items_and_is_found_by_its_marker(microsoft, asha):
    mail = {**MAIL, "to": ["ben.ortiz@contoso.example", "x@acme.example"]}
    await asha.send_mail(**mail, attachments=[Attachment("m.md", "text/markdown", b"# M")])
    (kept,) = microsoft.outbox("asha")
    assert [one["emailAddress"]["address"] for one in kept["toRecipients"]] == mail["to"]
    assert await asha.sent_with_marker(MAIL["marker"]) is True
    assert await asha.sent_with_marker("other:send_email") is False
    assert len(microsoft.inbox("ben")) == 1


async def test_an_event_is_made_once_whatever_happens_on_the_way(microsoft, asha):
    microsoft.fail("POST /me/events", status=504, after_effect=True)
    microsoft.fail("POST /me/events", reply="none", after_effect=True)
    booked = await asha.create_event(**event(attendees=["ben.ortiz@contoso.example"]))
    (kept,) = microsoft.events("asha")
    assert kept["start"].isoformat() == "2026-03-11T08:30:00+00:00"
    assert booked.join_url.startswith("https://teams.microsoft.com/l/meetup-join/")
    assert len(microsoft.events("ben")) == 1


async def test_teams_channels_and_posts(microsoft, asha):
    both = await asha.teams()
    (shared, apart), team = await asha.channels_of([team.id for team in both]), both[0]
    assert [one.name for one in apart] == ["General", "Budget"]
    assert await asha.channels(team.id) == shared
    channels = await asha.channels(team.id)
    posted = await asha.post_to_channel(team.id, channels[0].id, "<p>Hi</p>")
    (kept,) = microsoft.channel_posts(channels[0].id)
    assert kept["id"] == posted


@pytest.mark.parametrize("size", [10, 5 * 1024 * 1024 + 7])
async def test_files_of_any_size_arrive_whole(microsoft, asha, size):
    content = random.Random(2).randbytes(size)
    await asha.put_file("ConsultFlow/A deck.pptx", content)
    made = await asha.put_file("ConsultFlow/A deck.pptx", content)
    assert list(microsoft.drive("asha").values()) == [content]
    assert made.name == "A deck.pptx"


async def test_a_large_file_survives_a_lost_answer(microsoft, asha):
    content = random.Random(3).randbytes(7 * 1024 * 1024)
    lost = microsoft.fail("PUT */up*", status=504, after_effect=True)
    await asha.put_file("ConsultFlow/big.pptx", content)
    assert lost.times == 0
    assert list(microsoft.drive("asha").values()) == [content]


async def test_a_file_for_a_channel_lands_in_its_folder(microsoft, asha):
    team = (await asha.teams())[0]
    channel = (await asha.channels(team.id))[0]
    await asha.put_channel_file(team.id, channel.id, "deck.pptx", b"deck")
    assert list(microsoft.team_drive(team.id).values()) == [b"deck"]


@pytest.mark.parametrize("fault", [{"status": 504}, {"reply": "none"}, {"reply": "half"}])
async def test_a_mail_with_no_answer_is_sent_once_and_left_open(microsoft, asha, fault):
    microsoft.fail("POST /me/sendMail", after_effect=True, **fault)
    with suppress(GraphError):  # a 202 has no body of which half could be missing
        await asha.send_mail(**{**MAIL, "to": ["ben.ortiz@contoso.example"]})
    assert len(microsoft.outbox("asha")) == 1


async def test_throttling_is_waited_out(microsoft, asha, pauses):
    microsoft.fail("GET /me/joinedTeams", status=429, retry_after="2.128")
    await asha.teams()
    assert pauses.seconds == [pytest.approx(2.128)]


async def test_a_permission_that_is_missing_is_named(as_person):
    with pytest.raises(GraphError, match=r"^Permission denied \(403\): .*Calendars\.ReadWrite"):
        await as_person("asha", "User.Read").create_event(**event())


async def test_a_session_that_was_ended_asks_for_a_sign_in(microsoft, as_person):
    old = microsoft.graph_token("asha", "User.Read")
    microsoft.revoke("asha", at_once=True)

    class Old:
        async def token(self, scopes, *, claims=None):
            return old

    asha = as_person("asha")
    asha._line._tokens = Old()
    with pytest.raises(SignInNeededError, match="Session expired"):
        await asha.me()


async def test_a_guest_without_a_mailbox_is_told_so(as_person):
    with pytest.raises(GraphError) as failed:
        await as_person("chen").send_mail(**MAIL)
    assert "mailbox" in str(failed.value)
