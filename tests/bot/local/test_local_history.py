"""What was said in the local Teams is still there after a restart."""

import json

import pytest

from bot.clock import SystemClock
from bot.local.teams import LocalTeams
from tests.fakes.echo_bot import EchoBot


@pytest.fixture
def file(tmp_path):
    return tmp_path / "data" / "teams.jsonl"


async def restart(tmp_path, file, clock):
    teams = LocalTeams(tmp_path / "drive", clock=clock, token_clock=SystemClock(), history=file)
    await teams.start()
    return teams


async def test_chats_cards_and_meetings_outlast_a_restart(tmp_path, file, clock):
    first = LocalTeams(tmp_path / "drive", history=file)
    await first.start()
    bot = await EchoBot().start(first)
    await first.install("asha")
    await first.say("asha", "personal", "card")
    await first.say("ben", "channel", "hello ü")
    card = first.messages("personal")[-1]
    await first.press("asha", card.id, "Run")
    path = f"/v3/conversations/{first.world.rooms['channel'].id}/activities/"
    answer = first.messages("channel")[-1]
    await bot.call("PUT", path + answer.id, {"type": "message", "text": "Better"})
    room = await first.meetings.schedule("asha", "Weekly")
    await first.meetings.start(room.key, "asha")
    await bot.close()
    await first.close()

    second = await restart(tmp_path, file, clock)
    assert second.messages("personal")[-1].card("asha")["body"][0]["text"] == "Order"
    assert [m.text for m in second.messages("channel")] == ["hello ü", "Better"]
    assert second.messages("channel")[-1].edited
    again = second.world.rooms[room.key]
    assert (again.id, again.meeting, again.meeting_state) == (room.id, room.meeting, "running")
    assert second.world.rooms["asha"].installed
    bot = await EchoBot().start(second)
    status, _ = await bot.call("PUT", path + answer.id, {"type": "message", "text": "Best"})
    assert status == 200
    await second.say("asha", "personal", "hi")
    ids = [int(message.id) for message in second.messages("personal")]
    assert ids == sorted(set(ids))
    await bot.close()
    await second.close()


async def test_a_line_cut_short_costs_only_itself(tmp_path, file, clock):
    first = await restart(tmp_path, file, clock)
    bot = await EchoBot().start(first)
    await first.say("asha", "personal", "hello")
    await bot.close()
    await first.close()
    with file.open("a") as out:
        out.write('[]\n{"message": {"room": "nowhere"}}\n{"room": {"key": "x"}}\n{"message": {"id"')
    second = await restart(tmp_path, file, clock)
    assert [m.text for m in second.messages("personal")] == ["hello", "You said: hello"]
    await second.close()
    assert all(json.loads(line) for line in file.read_text().splitlines())


async def test_old_messages_give_way_after_five_hundred(tmp_path, file, clock):
    first = await restart(tmp_path, file, clock)
    for _ in range(520):
        await first.say("asha", "group", "hi", mention=False)
    await first.close()
    second = await restart(tmp_path, file, clock)
    await second.close()
    third = await restart(tmp_path, file, clock)
    assert len(third.messages("group")) == 500
    await third.close()
