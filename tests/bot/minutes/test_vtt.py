"""Transcripts: the W3C's own cases, Teams' ways, and files cut anywhere."""

import json
import os
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from bot.minutes.make import make_minutes
from bot.minutes.render import action_rows
from bot.minutes.vtt import Spoken, parse_cues, plain_text, read_transcript, unescape
from storage.errors import RefusedError

TEAMS = """\ufeffWEBVTT

a1/12-0
0:0:4.210 --> 0:0:9.870
<v O&#39;Neill, Patrick (Ext)>Any gap longer
than 6 months &amp; a bit?</v>

a1/12-1
0:0:9.870 --> 0:10:11.0
<v O&#39;Neill, Patrick (Ext)>Mhm.</v>
0:10:12.0 --> 0:10:14.5
<v Ben Ortiz>I'll send the list by Friday.</v>
"""


@pytest.fixture
def contracts():
    home = os.environ.get("CONSULTFLOW_CONTRACTS")
    folder = Path(home or ".") / "webvtt"
    if not home or not folder.exists():
        pytest.skip("CONSULTFLOW_CONTRACTS names no folder that holds webvtt")
    return folder


def raw(path):
    return path.read_bytes().decode("utf-8", errors="replace")


def test_every_file_of_the_web_platform_tests_gives_the_cues_it_should(contracts):
    expected = json.loads((contracts / "wpt" / "EXPECTED.json").read_text())
    fields = {"text": "text", "id": "id", "startTime": "starts_at_seconds",
              "endTime": "ends_at_seconds"}  # fmt: skip
    for name, wanted in expected.items():
        cues = parse_cues(raw(contracts / "wpt" / name))
        assert len(cues) == wanted.get("cues", len(cues)), name
        for index, values in wanted.get("cue", {}).items():
            for key, value in values.items():
                assert getattr(cues[int(index)], fields[key]) == value, (name, index, key)


def test_every_transcript_form_of_teams_is_read(contracts):
    files = [path for path in (contracts / "teams").iterdir() if path.suffix != ".json"]
    assert len(files) == 8
    for path in files:
        spoken = read_transcript(raw(path))
        assert all(one.text and "<" not in one.text and "{" not in one.text for one in spoken), path


def test_a_file_without_the_signature_is_refused_cleanly(suite):
    folder = suite("webvtt_wpt") / "file-parsing" / "support"
    for path in folder.glob("signature-*.vtt"):
        if path.stem != "signature-missing":  # what Teams sends when speakers are switched off
            with pytest.raises(RefusedError, match="not a WebVTT transcript"):
                read_transcript(raw(path))


def test_odd_time_codes_joined_cues_entities_and_names_are_read():
    assert read_transcript(TEAMS) == [
        Spoken("O'Neill, Patrick (Ext)", "Any gap longer than 6 months & a bit? Mhm."),
        Spoken("Ben Ortiz", "I'll send the list by Friday."),
    ]


def test_a_transcript_gives_minutes_with_its_speakers_and_promises():
    minutes = make_minutes(TEAMS, today=date(2026, 3, 4), zone="Asia/Kolkata")
    assert [one.name for one in minutes.attendees] == ["O'Neill, Patrick (Ext)", "Ben Ortiz"]
    assert action_rows(minutes) == [("Send the list", "Ben Ortiz", "03/06 & Friday")]
    assert (minutes.title, minutes.location) == ("TBD", "Virtual")


def test_a_transcript_without_speakers_names_nobody():
    text = (
        "00:00:01.500 --> 00:00:04.000 \n\nHello, thanks. \n\n00:00:04.000 --> 00:00:07.200\n\nBye."
    )
    assert read_transcript(text) == [Spoken(None, "Hello, thanks. Bye.")]
    assert make_minutes(text, today=date(2026, 3, 4)).attendees == ()


@pytest.mark.parametrize(
    ("coded", "plain"),
    [("a &amp; b &lt;c&gt;", "a & b <c>"), ("&#39;&#x27;", "''"), ("AT&T & co", "AT&T & co"),
     ("&bogus;", "&bogus;")],
)  # fmt: skip
def test_entities_are_read_and_other_ampersands_stay(coded, plain):
    assert unescape(coded) == plain


def test_tags_are_dropped_and_unfinished_ones_do_no_harm():
    assert plain_text("<b>x</b> <00:01.000>y<i") == "x y"


def test_a_byte_that_is_no_character_is_shown_as_one_that_cannot_be_read():
    (cue,) = parse_cues("\ufeffWEBVTT\n\n00:00.000 --> 00:01.000\na\x00b")
    assert cue.text == "a\ufffdb"


@pytest.mark.parametrize("text", ["", "hello", "WEBVTTx", "webvtt\n\n", "{}"])
def test_what_is_no_transcript_is_refused_in_a_sentence(text):
    with pytest.raises(RefusedError):
        read_transcript(text)


def test_a_transcript_cut_anywhere_is_read_or_refused_never_an_error():
    for end in range(len(TEAMS)):
        for text in (TEAMS[:end], TEAMS[end:]):
            with suppress(RefusedError):
                make_minutes(text, today=date(2026, 3, 4))


def test_twenty_thousand_cues_take_less_than_two_seconds():
    cues = "".join(
        f"{i}\n00:{i // 60 % 60:02}:{i % 60:02}.000 --> 00:59:59.000\n"
        f"<v Ben>Point {i} is done.</v>\n\n"
        for i in range(20_000)
    )
    begin = time.process_time()
    assert len(parse_cues("WEBVTT\n\n" + cues)) == 20_000
    read_transcript("WEBVTT\n\n" + cues)
    assert time.process_time() - begin < 2
