"""Our own Graph client gets on with the local Graph, call by call."""

from datetime import datetime, timedelta

import aiohttp
import pytest

from bot.clients.graph import GraphClient
from bot.clients.graph.records import Attachment
from bot.local.people import TEAM_GROUP_ID
from storage.errors import GraphError, SignInNeededError


class Minted:
    """Tokens for whatever is asked, as far as the person has agreed to it."""

    def __init__(self, microsoft, person):
        self.microsoft, self.person = microsoft, person

    async def token(self, scopes, *, claims=None):
        if not set(scopes) <= set(self.microsoft.consents(self.person)):
            raise SignInNeededError("Sign in first.", scopes=scopes, claims=claims)
        return self.microsoft.graph_token(self.person, *scopes)


@pytest.fixture
async def graph(microsoft, clock):
    async def at_once(_seconds):
        return None

    async with aiohttp.ClientSession() as session:
        client = GraphClient(
            session,
            base_url=microsoft.graph_url,
            clock=clock,
            pause=at_once,
            chance=lambda: 0.5,
        )
        yield lambda person="asha": client.for_user(person, Minted(microsoft, person))


START = datetime.fromisoformat("2026-03-05T10:00")
EVERYTHING = (
    "User.Read", "User.ReadBasic.All", "MailboxSettings.Read", "Mail.Send", "Mail.Read",
    "Calendars.ReadWrite", "Team.ReadBasic.All", "Channel.ReadBasic.All", "ChannelMessage.Send",
    "ChatMessage.Send", "Files.ReadWrite", "Files.Read.All",
)  # fmt: skip


async def test_every_call_of_our_client_is_understood(graph, microsoft):
    microsoft.consent("asha", *EVERYTHING)
    asha = graph()
    assert (await asha.me()).display_name == "Asha Rao"
    assert await asha.time_zone() == "Asia/Kolkata"
    assert [one.name for one in await asha.people("ben")] == ["Ben Ortiz"]
    assert (await asha.user_by_mail("ben.ortiz@contoso.example")).name == "Ben Ortiz"
    await asha.send_mail(
        subject="Minutes",
        html="<p>Hello</p>",
        to=["ben.ortiz@contoso.example"],
        attachments=[Attachment("a.txt", "text/plain", b"x")],
        marker="run:1",
    )
    assert [one["subject"] for one in microsoft.outbox("asha")] == ["Minutes"]
    assert await asha.sent_with_marker("run:1") is True
    assert await asha.sent_with_marker("run:2") is False
    event = await asha.create_event(
        subject="Review", html="", start=START, end=START + timedelta(hours=1),
        zone="Asia/Kolkata", attendees=["ben.ortiz@contoso.example"], online=True, location=None,
        transaction_id="run:2",
    )  # fmt: skip
    assert event.join_url
    (team, _) = await asha.teams()
    (channel,) = await asha.channels(team.id)
    assert await asha.post_to_channel(team.id, channel.id, "<p>Hi</p>")
    assert await asha.post_to_chat(microsoft.world.rooms["group"].id, "<p>Hi</p>")
    small = await asha.put_file("ConsultFlow/a b.pptx", b"1")
    assert small.name == "a b.pptx"
    large = await asha.put_file("ConsultFlow/big.bin", b"x" * (5 * 1024 * 1024))
    assert len(microsoft.drive("asha")["ConsultFlow/big.bin"]) == 5 * 1024 * 1024
    assert large.web_url
    await asha.put_channel_file(TEAM_GROUP_ID, channel.id, "deck.pptx", b"2")
    assert microsoft.team_drive(TEAM_GROUP_ID) == {"General/deck.pptx": b"2"}


async def test_faults_reach_our_client_as_its_own_errors(graph, microsoft):
    microsoft.consent("asha", *EVERYTHING)
    asha = graph()
    microsoft.fail("GET /me", status=503, retry_after="2.5", times=2)
    assert (await asha.me()).upn
    sending = {"subject": "S", "html": "h", "to": ["b@contoso.example"], "marker": "m"}
    for how in ({"status": 504, "after_effect": True}, {"reply": "half"}):
        microsoft.fail("POST /me/sendMail", **how)
        with pytest.raises(GraphError):
            await asha.send_mail(**sending)
    assert len(microsoft.outbox("asha")) == 2
    microsoft.fail("GET /me", status=401, times=2)
    with pytest.raises(SignInNeededError):
        await asha.me()
    microsoft.withdraw("asha", "Mail.Send")
    with pytest.raises(SignInNeededError):
        await asha.send_mail(**sending)
