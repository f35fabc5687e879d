"""A conversation can be played from a file, with cards printed as text."""

import pytest

from bot.local.script import Player, play_file
from bot.local.script_file import Presses, Says, ScriptError, Waits, read_script
from bot.local.world import CONSENT
from tests.fakes.echo_bot import attached, card, text

PLAY = '''
# An order.
Asha: hello
    second line
      third line
Ben@channel: hi
Asha: card
Asha presses "Run" with notes = milk
Asha presses "Run" with notes = """
a = b
c
"""
wait for "Everybody"
'''


def test_a_script_reads_as_it_is_written():
    steps = read_script('Asha: """\nminutes\n\n  Ben: hi\n"""\n' + PLAY)
    assert steps[0] == Says(1, "asha", "personal", "minutes\n\n  Ben: hi")
    assert steps[1] == Says(8, "asha", "personal", "hello\nsecond line\n  third line")
    assert steps[2] == Says(11, "ben", "channel", "hi")
    assert steps[4] == Presses(13, "asha", "personal", "Run", {"notes": "milk"})
    assert steps[5].inputs == {"notes": "a = b\nc"}
    assert steps[6] == Waits(18, "Everybody")


@pytest.mark.parametrize(
    "script, sentence",
    [
        ("Asha says hello", "Line 1: write `Asha: text`"),
        ("Dora: hello", "Line 1: nobody here is called Dora. It knows Asha, Ben, Chen."),
        ('\nAsha: """\nhello', "Line 2: the quotes"),
        ('Asha presses "Run" with milk', "Line 1: write inputs as"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(script, sentence):
    with pytest.raises(ScriptError, match=sentence):
        read_script(script)


async def test_everything_said_and_shown_is_printed(teams, bot, tmp_path):
    lines = []
    script = 'Asha: hello\nBen@channel: hi\nAsha: card\nAsha presses "run" with notes = milk\n'
    file = tmp_path / "play.txt"
    file.write_text(script + 'Asha presses "Submit"\nwait for "You sent"')
    assert await play_file(file, teams, lines.append) == 1
    assert lines[:4] == [
        "Asha: hello",
        "ConsultFlow: You said: hello",
        "Ben@channel: hi",
        "ConsultFlow@channel: You said: hi",
    ]
    assert lines[5:12] == [
        "ConsultFlow:",
        "    Order",
        "    Choose what you would like.",
        "    Notes: [____]",
        "    Price: 3 EUR",
        "    [Run] [Submit] [Break] [Tell]",
        'Asha presses "run"',
    ]
    assert lines[12:14] == ["ConsultFlow to Asha:", "    Ran with milk"]
    assert lines[-1] == 'Line 5: There is no button "Submit" on this card. It has: none.'


async def test_a_failure_ends_the_play_with_a_sentence(teams, bot, tmp_path):
    async def play(script):
        await Player(teams, print, wait_seconds=0.05).play(read_script(script))

    with pytest.raises(ScriptError, match="Line 1: there is no card"):
        await play('Asha presses "Run"')
    with pytest.raises(ScriptError, match="Line 2: nothing showed"):
        await play('Asha: hello\nwait for "goodbye"')
    with pytest.raises(ScriptError, match="Line 1: the bot answered with status 500"):
        await play("Asha: fail")
    with pytest.raises(ScriptError, match="Line 2: Unable to reach app"):
        await play('Asha: card\nAsha presses "Break"')
    with pytest.raises(ScriptError, match="asha has no conversation"):
        await play("Asha@nowhere: hi")
    lines = []
    assert await play_file(tmp_path / "none.txt", teams, lines.append) == 1
    assert "No such file" in lines[-1]
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe")
    assert await play_file(tmp_path / "bad.txt", teams, lines.append) == 1
    (tmp_path / "good.txt").write_text('Ben: status\nwait for "Everybody sees"')
    assert await play_file(tmp_path / "good.txt", teams, lines.append) == 0


async def test_a_message_that_changed_is_printed_again(teams, bot):
    lines = []
    player = Player(teams, lines.append)
    await player.play(read_script("Asha: hello"))
    sent = teams.messages("personal")[-1]
    path = f"/v3/conversations/{teams.world.rooms['asha'].id}/activities/{sent.id}"
    await bot.call("PUT", path, {"type": "message", "text": "Better"})
    await player.play(read_script('wait for "Better"'))
    await bot.call("DELETE", path)
    await player.play(read_script('wait for "(deleted)"'))
    assert lines[2:] == ["ConsultFlow (updated): Better", "ConsultFlow (updated): (deleted)"]


async def test_a_card_that_a_press_gives_and_everybody_gets_is_printed_once(teams, bot):
    lines = []
    player = Player(teams, lines.append)
    await player.play(read_script('Asha: card\nAsha presses "Run" with notes = milk'))
    sent = teams.messages("personal")[-1]
    path = f"/v3/conversations/{teams.world.rooms['asha'].id}/activities/{sent.id}"
    await bot.call("PUT", path, attached(card(text("Ran with milk"))))
    await player.play(read_script('wait for "Ran with milk"'))
    assert lines.count("    Ran with milk") == 1
    await bot.call("PUT", path, attached(card(text("Completed"))))
    await player.play(read_script('wait for "Completed"'))
    assert lines[-2:] == ["ConsultFlow (updated):", "    Completed"]


async def test_an_offered_file_is_printed_and_the_last_one_is_answered(teams, bot, sent):
    path = f"/v3/conversations/{teams.world.rooms['asha'].id}/activities"
    for file in ("f1", "f2"):
        told = {"description": "", "sizeInBytes": 7, "acceptContext": {"file": file}}
        offer = {"contentType": CONSENT, "name": f"{file}.pptx", "content": told}
        await bot.call("POST", path, {"type": "message", "attachments": [offer]})
    lines = []
    await Player(teams, lines.append).play(read_script('Asha presses "accept"'))
    assert lines[:5] == [
        'Asha presses "accept"',
        "ConsultFlow:",
        "    File: f1.pptx",
        "    [Accept] [Decline]",
        "ConsultFlow:",
    ]
    assert [one["value"]["context"] for one in sent if one["type"] == "invoke"] == [{"file": "f2"}]
    await teams.connect("http://127.0.0.1:9/api/messages")
    with pytest.raises(ScriptError, match="Line 1: Unable to reach app"):
        await Player(teams, lines.append).play(read_script('Asha presses "Decline"'))
