"""Logs: one JSON object a line, with ids of turn and run, and without anybody's secrets."""

import io
import json
import logging

import pytest
import structlog

from bot.telemetry import redact, set_up_logging

TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln"


@pytest.fixture
def lines():
    """Log to a text, as the program does; afterwards logging is as it was."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    for handler in before:
        root.removeHandler(handler)
    out = io.StringIO()
    set_up_logging(stream=out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def fail(words):
    raise ValueError(words)


def test_a_line_is_json_with_its_level_its_time_and_the_ids_it_belongs_to(lines):
    with structlog.contextvars.bound_contextvars(turn="t1", run="R-7F3A"):
        structlog.get_logger().info("started", step=2)
    (line,) = lines()
    assert line["event"] == "started"
    assert (line["turn"], line["run"], line["step"], line["level"]) == ("t1", "R-7F3A", 2, "info")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "field",
    ["access_token", "clientSecret", "PASSWORD", "Authorization", "api-key", "apiKey", "Cookie"],
)
def test_a_field_that_is_called_a_secret_is_struck_out_however_deep(lines, field):
    structlog.get_logger().warning("x", **{field: "CANARY"}, deep=[{"a": {field: ("CANARY",)}}])
    (line,) = lines()
    assert line[field] == "[removed]"
    assert "CANARY" not in json.dumps(line)


@pytest.mark.parametrize(
    "text",
    [
        "Bearer CANARY-token",
        f"sent {TOKEN} along",
        "mongodb://bot:CANARY-password@db.example/consultflow",
        "https://user:CANARY@host.example",
        "redis://:CANARY@host.example",
        "nats://CANARY@host.example",
    ],
)
def test_a_value_that_looks_like_a_secret_is_struck_out_wherever_it_stands(lines, text):
    structlog.get_logger().info(f"went wrong: {text}", where=[text], who={"a": text})
    (line,) = lines()
    assert "CANARY" not in json.dumps(line)
    assert TOKEN not in json.dumps(line)
    assert line["event"].startswith("went wrong: ")


def test_a_trace_is_on_its_line_and_holds_no_secret_either(lines):
    try:
        fail("mongodb://bot:CANARY@db.example is away")
    except ValueError:
        structlog.get_logger().exception("bug")
    (line,) = lines()
    assert "Traceback" in line["exception"]
    assert "db.example is away" in line["exception"]
    assert "CANARY" not in line["exception"]


def test_what_libraries_warn_of_is_json_without_secrets_as_well(lines):
    logging.getLogger("asyncio").warning("slow: %s", "Bearer CANARY")
    logging.getLogger("pymongo").debug("chatter")
    try:
        fail("mongodb://bot:CANARY@db.example is away")
    except ValueError:
        logging.getLogger("msal").exception("Error handling request")
    warning, error = lines()
    assert (warning["event"], warning["level"]) == ("slow: [removed]", "warning")
    assert "is away" in error["exception"]
    assert "CANARY" not in json.dumps(error)


def test_words_that_are_no_secret_stay_as_they_are():
    event = {"event": "12:30@desk http://example.com/a@b", "count": 3, "none": None, "t": (1, "a")}
    assert redact(None, "info", dict(event)) == {**event, "t": [1, "a"]}
