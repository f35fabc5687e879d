"""What the step that calls a web API keeps of an answer, and what it makes of odd ones."""

import json

import pytest

from bot.actions.api_call import Config, api_call
from bot.clients.outbound import OutboundHttp
from bot.clients.strict_json import parsed
from bot.clients.target import Rules
from tests.fakes.contexts import context_for
from tests.fakes.network import RawServer


def _answer(status, body=b"", *headers):
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def _call(answer, seconds=30.0, **settings):
    """Run the step against a server; give its result and the requests the server got."""
    async with (
        RawServer(answer) as server,
        OutboundHttp(Rules(allow=frozenset({server.origin})), seconds=seconds) as outbound,
    ):
        config = Config(**{"url": f"{server.origin}/items", **settings})
        result = await api_call.run(config, context_for("api_call", outbound=outbound))
        return result, server.received


@pytest.mark.parametrize("size", [8192, 8193, 5_000_000])
async def test_at_most_8_kb_of_an_answer_are_kept(size):
    result, _sent = await _call(_answer(200, b"x" * size))
    assert len(result.body) == 8192
    assert result.truncated is (size > 8192)


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b'{"a": -Infinity}',
        b"[" * 900 + b"]" * 900,
        b"9" * 4301,
        b'["\\ud800"]',
        b'{"a\\u0000b": 1}',
        b"9223372036854775808",
        b"1e999",
        b"\xff\xfe\x00",
        b"{",
    ],
)
async def test_an_answer_no_database_could_keep_stays_text(body):
    result, _sent = await _call(_answer(200, body))
    assert isinstance(result.body, str)
    assert result.body.encode("utf-8")


async def test_an_empty_answer_is_null():
    result, _sent = await _call(_answer(200, b""))
    assert result.body is None


def test_every_answer_of_the_json_suite_is_read_or_left_as_text(suite):
    files = sorted((suite("JSONTestSuite") / "test_parsing").glob("*.json"))
    assert len(files) > 300
    for file in files:
        text = file.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
        document = parsed(text)
        assert document is None or not file.name.startswith("n_"), file.name
        json.dumps(document, allow_nan=False).encode()


async def test_every_naughty_string_is_sent_as_typed(suite):
    texts = json.loads((suite("blns") / "blns.json").read_text("utf-8"))
    for text in [text for text in texts if text][::12]:
        _result, (request,) = await _call(_answer(200), method="POST", body=text)
        assert request.partition(b"\r\n\r\n")[2] == text.encode()
