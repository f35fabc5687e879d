"""What was typed is what is read: only the bot's mention goes."""

import pytest

from bot.teams import wire
from bot.teams.words import time_zone_of, words_of
from tests.fakes.activities import BOT, activity, message

URL = "https://smba.trafficmanager.net/emea/"


def mention(written, who=BOT, name="Flow"):
    return {"type": "mention", "text": written, "mentioned": {"id": who, "name": name}}


def heard(text, *mentions, **more):
    return words_of(wire.load(message(URL, text, entities=list(mentions), **more)))


FLOW = mention("<at>Flow</at>")

SAID = [
    ("create Flow report for Flower shop", "create Flow report for Flower shop", []),
    (
        "<at>Flow</at> create Flow report for Flower shop",
        "create Flow report for Flower shop",
        [FLOW],
    ),
    ("please <at>Flow</at> run it", "please run it", [FLOW]),
    ("run it <at>Flow</at>", "run it", [FLOW]),
    ("<at>Flow</at>", "", [FLOW]),
    ("<at>Flow</at>\nAna: hello\nBen: bye", "Ana: hello\nBen: bye", [FLOW]),
    ("notes\n<at>Flow</at>\nAna: hi", "notes\n\nAna: hi", [FLOW]),
    ("<at>Flow</at> tell <at>Flow</at> apart", "tell <at>Flow</at> apart", [FLOW]),
    ("<at>Flow</at> tell <at>Flow</at> apart", "tell apart", [FLOW, FLOW]),
    ('<at id="0">Flow</at> help', "help", [mention('<at id="0">Flow</at>')]),
    ('<at id="0">Flow</at> help', "help", [FLOW]),
    ('<at id="0">Flow</at> help', "help", [mention("", name="Flow")]),
    ("<at>Flow</at> help", "help", [mention(None, name="Flow")]),
    ("<at>A+B (x)*</at> help", "help", [mention("<at>A+B (x)*</at>")]),
    ("<at>R&amp;D</at> R&D help", "R&D help", [mention("<at>R&amp;D</at>", name="R&D")]),
    ("<at>R&amp;D</at> help", "help", [mention(None, name="R&D")]),
    ("<at>Flow</at>\N{NO-BREAK SPACE}run\N{NO-BREAK SPACE}it", "run it", [FLOW]),
    (
        "<at>Flow</at> ask <at>Ana</at>: 1 < 2",
        "ask Ana: 1 < 2",
        [FLOW, mention("<at>Ana</at>", "29:a", "Ana")],
    ),
    ("a <b> c & d &amp; e", "a <b> c & d &amp; e", []),
    ("(.*)+ <at></at>", "(.*)+ <at></at>", [FLOW]),
    (None, "", []),
]


@pytest.mark.parametrize("text,words,mentions", SAID)
def test_only_the_bots_own_mention_is_taken_off(text, words, mentions):
    assert heard(text, *mentions) == words


def test_html_becomes_the_text_it_shows():
    text = "<div><at>Flow</at> <b>1 &lt; 2</b><br>Ana: hi</div>"
    assert heard(text, FLOW, textFormat="html") == "1 < 2\nAna: hi"


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "mention"},
        {"type": "mention", "mentioned": "Flow", "text": "<at>Flow</at>"},
        {"type": "mention", "mentioned": {"id": BOT, "name": 5}, "text": ["x"]},
        {"type": "clientInfo", "timezone": ["UTC"]},
        {"type": None},
        {},
    ],
)
def test_a_broken_entity_harms_nothing(broken):
    assert heard("<at>Flow</at> help", broken) == "<at>Flow</at> help"


def test_a_very_long_text_of_tags_is_read_quickly():
    text = "<at>" * 20_000 + "</at>"
    assert heard(text, mention("<at>nobody</at>")).startswith("<at>")


@pytest.mark.parametrize(
    "zone,known",
    [
        ("Europe/Lisbon", "Europe/Lisbon"),
        ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("Mars/Olympus", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("", "UTC"),
        (None, "UTC"),
        (5, "UTC"),
        ("Europe", "UTC"),
    ],
)
def test_the_clients_time_zone_is_known(zone, known):
    entities = [{"type": "clientInfo", "timezone": zone}]
    assert time_zone_of(wire.load(activity(URL, text="x", entities=entities))) == known


def test_without_a_client_the_time_zone_is_utc():
    assert time_zone_of(wire.load(activity(URL, text="x", entities=None))) == "UTC"
