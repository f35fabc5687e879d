"""A deck for a channel lands in its folder, under a name that can be kept, once for each step."""

import pytest

from bot.clients.channel_files import ChannelFiles
from bot.local.microsoft import LocalMicrosoft
from bot.local.people import ASHA, TEAM_GROUP_ID, first_rooms
from storage.errors import GraphError, SignInNeededError
from tests.fakes.graph import Pauses, graph_client

CHANNEL = next(room.id for room in first_rooms() if room.key == "channel")


class Consented:
    """Tokens for what Asha has agreed to, and the question for what she has not."""

    def __init__(self, microsoft, *scopes):
        self.microsoft, self.scopes = microsoft, set(scopes)
        self.asked = []

    async def token(self, scopes, *, claims=None):
        self.asked.append(tuple(scopes))
        if not set(scopes) <= self.scopes:
            raise SignInNeededError("Sign in.", scopes=tuple(scopes))
        return self.microsoft.graph_token("asha", *self.scopes)


@pytest.fixture
async def microsoft(clock):
    local = LocalMicrosoft(clock=clock)
    await local.start()
    yield local
    await local.close()


@pytest.fixture
def put(microsoft, clock):
    async def write(tokens, name="A: plan? R-1.pptx", content=b"deck", step="create_ppt", **more):
        async with graph_client(microsoft, clock, Pauses(clock)) as client:
            files = ChannelFiles(client.for_user(ASHA.object_id, tokens))
            place = {"team_id": TEAM_GROUP_ID, "channel_id": CHANNEL, **more}
            return await files.put(**place, name=name, content=content, key=f"run:{step}")

    return write


async def test_the_same_step_writes_one_file_and_another_step_another(microsoft, put):
    tokens = Consented(microsoft, "Files.Read.All", "Files.ReadWrite")
    for content in (b"one", b"two"):
        url = await put(tokens, content=content)
    await put(tokens, step="create_ppt#2")
    assert microsoft.team_drive(TEAM_GROUP_ID) == {
        "General/A- plan- R-1.pptx": b"two",
        "General/A- plan- R-1 (2).pptx": b"deck",
    }
    assert url.startswith("https://")


async def test_both_permissions_are_asked_for_at_once_before_anything_is_written(microsoft, put):
    tokens = Consented(microsoft, "Files.ReadWrite")
    with pytest.raises(SignInNeededError) as asked:
        await put(tokens)
    assert set(asked.value.scopes) == {"Files.Read.All", "Files.ReadWrite"}
    assert list(microsoft.requests) == []


async def test_a_channel_that_is_not_hers_is_said(microsoft, put):
    tokens = Consented(microsoft, "Files.Read.All", "Files.ReadWrite")
    with pytest.raises(GraphError, match="channel's files"):
        await put(tokens, channel_id="19:none@thread.tacv2")
