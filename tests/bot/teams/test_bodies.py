"""Whatever arrives as a body, the door says so and stands."""

import asyncio
import gzip
import json
import time
import zlib

import pytest

from bot.teams.packed import unpacked
from tests.fakes.activities import message


async def test_get_is_405(edge):
    async with edge.http.get(f"{edge.url}/api/messages") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_what_does_not_say_it_is_json_is_415(edge, kind):
    body = message(edge.connector.service_url, "help")
    assert (await edge.post(body, headers={"Content-Type": kind or "application/octet-stream"}))[
        0
    ] == 415


async def test_a_message_as_large_as_teams_lets_through_is_answered(edge):
    text = "\N{GRINNING FACE}" * 25_000  # 100 KB in UTF-16, as Teams counts
    body = message(edge.connector.service_url, text)
    raw = json.dumps(body, ensure_ascii=False).encode()
    assert (await edge.post(raw))[0] == 200
    assert edge.turns[0].text == text


async def test_a_larger_body_is_413_however_it_comes(edge):
    body = message(edge.connector.service_url, "x" * 300_000)
    raw = json.dumps(body).encode()
    assert (await edge.post(raw))[0] == 413

    async def in_pieces():
        for start in range(0, len(raw), 10_000):
            yield raw[start : start + 10_000]

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {edge.token()}"}
    url = f"{edge.url}/api/messages"
    async with edge.http.post(url, data=in_pieces(), headers=headers) as response:
        assert response.status == 413
    bomb = gzip.compress(b" " * 50_000_000)
    assert (await edge.post(bomb, headers={"Content-Encoding": "gzip"}))[0] == 413


PACKED = {
    "gzip": gzip.compress,
    "GZip": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("encoding", PACKED)
async def test_a_packed_message_is_answered(edge, encoding):
    raw = PACKED[encoding](json.dumps(message(edge.connector.service_url, "help")).encode())
    assert (await edge.post(raw, headers={"Content-Encoding": encoding}))[0] == 200
    assert edge.turns[0].text == "help"


async def test_a_body_that_is_not_what_its_encoding_says_is_400(edge):
    whole = gzip.compress(json.dumps(message(edge.connector.service_url, "help")).encode())
    for raw in (b"not gzip", b"", whole[:-9], whole + whole, zlib.compress(whole)):
        assert (await edge.post(raw, headers={"Content-Encoding": "gzip"}))[0] == 400
    for unknown in ("br", "zstd", "gzip, gzip", "\N{SNOWMAN}".encode().decode("latin-1")):
        assert (await edge.post(whole, headers={"Content-Encoding": unknown}))[0] == 400
    assert not edge.turns


async def test_what_unpacks_to_more_than_is_read_is_not_unpacked_any_further():
    bomb = gzip.compress(b" " * 50_000_000)
    assert unpacked(bomb, "gzip", 1000) == b" " * 1001
    begun = time.thread_time()
    unpacked(bomb, "gzip", 256 * 1024)
    assert time.thread_time() - begun < 0.02


async def test_a_body_that_does_not_come_is_cut_off(edge_with):
    async with edge_with(body_timeout_seconds=0.05) as edge:
        host, port = edge.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()
        assert (await edge.post(message(edge.connector.service_url, "help")))[0] == 200


async def test_a_hundred_bodies_that_do_not_come_hold_up_nobody(edge):
    host, port = edge.url.removeprefix("http://").split(":")
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(100)]
    for _, writer in slow:
        writer.write(
            b"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
    async with asyncio.timeout(1):
        assert (await edge.post(message(edge.connector.service_url, "help")))[0] == 200
    for _, writer in slow:
        writer.close()
        await writer.wait_closed()


async def test_json_test_suite_never_crashes_the_door(edge, suite):
    statuses = {}
    for path in sorted((suite("JSONTestSuite") / "test_parsing").glob("*.json")):
        statuses[path.name] = (await edge.post(path.read_bytes()))[0]
    assert len(statuses) > 300
    assert set(statuses.values()) == {400}
    assert not edge.turns


async def test_json_test_suite_as_a_value_never_crashes_the_bot(edge, suite):
    statuses = {}
    for path in sorted((suite("JSONTestSuite") / "test_parsing").glob("[yi]_*.json")):
        value = path.read_bytes()
        body = message(edge.connector.service_url, None, value="PLACE")
        raw = json.dumps(body).encode().replace(b'"PLACE"', value)
        statuses[path.name] = (await edge.post(raw))[0]
    assert set(statuses.values()) <= {200, 400}
    assert all(status == 200 for name, status in statuses.items() if name[0] == "y"), statuses


@pytest.mark.parametrize(
    "raw",
    [b"[" * 100_000, b'{"a":' * 40_000, b'{"type":"message","a":' + b"[" * 64 + b"]" * 64 + b"}"],
)
async def test_deep_nesting_is_400(edge, raw):
    assert (await edge.post(raw))[0] == 400


async def test_of_a_key_given_twice_the_last_wins(edge):
    body = message(edge.connector.service_url, "first")
    raw = json.dumps(body).encode().replace(b'"first"', b'"first", "text": "second"')
    assert (await edge.post(raw))[0] == 200
    assert edge.turns[0].text == "second"
