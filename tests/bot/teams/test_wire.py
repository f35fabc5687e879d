"""JSON to the SDK's Activity and back, and nothing lost on the way."""

import json

import pytest
from botbuilder.schema import Activity, ActivityTypes, Mention

from bot.teams import wire
from bot.teams.payload import MalformedError
from tests.fakes.activities import mentioning

URL = "https://smba.trafficmanager.net/emea/"
TIMES = ("timestamp", "localTimestamp")


def comparable(data):
    return {key: value for key, value in data.items() if key not in TIMES and value is not None}


def test_every_documented_activity_comes_back_as_it_was(samples):
    assert len(samples) > 20
    for name, sample in samples.items():
        assert comparable(wire.dump(wire.load(sample))) == comparable(sample), name


def test_it_reads_what_the_sdk_reads(samples):
    for name, sample in samples.items():
        if "<" in sample.get("timestamp", ""):
            continue  # a placeholder of the documentation, which the SDK cannot read
        ours, theirs = wire.load(sample), Activity().deserialize(dict(sample))
        assert ours.timestamp == theirs.timestamp or len(sample["timestamp"]) > 27, name
        assert ours.from_property == theirs.from_property, name
        assert ours.conversation.id == theirs.conversation.id, name
        assert ours.channel_data == theirs.channel_data, name
        assert [e.type for e in ours.entities or ()] == [e.type for e in theirs.entities or ()]


def test_what_the_sdk_does_not_know_is_kept():
    body = mentioning(URL, "<at>ConsultFlow</at> hi")
    body["legacy"] = {"replyToId": "1"}
    loaded = wire.load(body)
    assert loaded.additional_properties == {"legacy": {"replyToId": "1"}}
    assert loaded.entities[0].additional_properties["text"] == "<at>ConsultFlow</at>"


def test_nulls_are_as_good_as_absent():
    assert wire.load({"type": "message", "text": None, "entities": None, "from": None}).text is None


def test_times_that_are_none_are_dropped():
    assert wire.load({"type": "message", "timestamp": "<TIMESTAMP>"}).timestamp is None
    assert wire.load({"type": "message", "timestamp": 5}).timestamp is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"type": ""},
        {"type": None},
        {"type": "message", "text": 5},
        {"type": "message", "from": "29:1"},
        {"type": "message", "membersAdded": {"id": "x"}},
        {"type": "message", "membersAdded": ["x"]},
        {"type": "message", "historyDisclosed": "yes"},
        {"type": "message", "suggestedActions": {"to": "me"}},
    ],
)
def test_what_is_not_an_activity_is_refused(data):
    with pytest.raises(MalformedError):
        wire.load(data)


def test_sdk_objects_anywhere_are_written():
    mention = Mention(type="mention", text="<at>Ana</at>")
    activity = Activity(type=ActivityTypes.message, entities=[mention], value={"inner": mention})
    written = json.loads(wire.encode(wire.dump(activity)))
    assert written["type"] == "message"
    assert written["entities"] == [{"type": "mention", "text": "<at>Ana</at>"}] or written[
        "value"
    ] == {"inner": {"type": "mention", "text": "<at>Ana</at>"}}


def test_what_has_no_place_in_json_is_a_bug_not_a_guess():
    with pytest.raises(TypeError):
        wire.encode({"x": object()})
