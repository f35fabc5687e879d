"""What goes over the wire, on loopback: one clean request, a bounded answer, a bounded time."""

import asyncio
import gzip
import os
import tracemalloc
import zlib

import aiohttp
import pytest

from bot.clients.outbound import OutboundHttp
from bot.clients.target import Rules
from storage.errors import RefusedError, RemoteError
from tests.fakes.network import RawServer

MB = 1024 * 1024


async def _call(server, method="GET", body=None, headers=None, **options):
    async with OutboundHttp(Rules(allow=frozenset({server.origin})), **options) as outbound:
        return await outbound.send(
            method=method, url=f"{server.origin}/a?b=1", headers=headers or {}, body=body
        )


def _answer(body, *headers):
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def test_one_request_goes_out_as_asked():
    async with RawServer() as server:
        reply = await _call(server, "POST", b'{"a":1}', {"Idempotency-Key": "run:step", "X-A": "b"})
    assert (reply.status, reply.body, reply.truncated) == (200, b"ok", False)
    (request,) = server.received
    assert request.startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert request.endswith(b'\r\n\r\n{"a":1}')
    lines = request.split(b"\r\n\r\n")[0].lower().split(b"\r\n")[1:]
    names = sorted(line.split(b":")[0] for line in lines)
    assert len(names) == len(set(names))
    assert b"idempotency-key: run:step" in lines
    assert b"accept-encoding: identity" in lines
    assert not any(name in (b"cookie", b"authorization") for name in names)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Content-Length": "1"},
        {"Transfer-Encoding": "chunked"},
        {"X y": "1"},
        {"X-A": "1\r\nX-B: 2"},
    ],
)
async def test_a_header_that_would_smuggle_is_refused_before_anything_is_sent(headers):
    async with RawServer() as server:
        with pytest.raises(RefusedError):
            await _call(server, "POST", b"x", headers)
    assert server.connections == 0


async def test_percent_signs_and_line_ends_in_a_query_stay_one_request():
    async with (
        RawServer() as server,
        OutboundHttp(Rules(allow=frozenset({server.origin}))) as outbound,
    ):
        url = f"{server.origin}/?q=a%0D%0AX-Evil:%201"
        await outbound.send(method="GET", url=url, headers={}, body=None)
    assert b"\r\nX-Evil" not in server.received[0]
    assert server.received[0].startswith(b"GET /?q=a%0D%0AX-Evil:%201 HTTP/1.1\r\n")


async def test_no_cookie_is_kept_and_no_proxy_of_the_machine_is_used(monkeypatch):
    async with RawServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("http_proxy", proxy.origin)
        async with RawServer(_answer(b"", "Set-Cookie: a=b; Path=/")) as server:
            rules = Rules(allow=frozenset({server.origin}))
            async with OutboundHttp(rules) as outbound:
                for _time in range(2):
                    await outbound.send(method="GET", url=server.origin, headers={}, body=None)
    assert proxy.connections == 0
    assert b"ookie" not in server.received[1]


async def test_a_large_answer_is_cut():
    async with RawServer(_answer(b"x" * 3 * MB)) as server:
        reply = await _call(server)
    assert (len(reply.body), reply.truncated) == (MB, True)


async def test_an_answer_of_exactly_the_limit_is_whole():
    async with RawServer(_answer(b"x" * 100)) as server:
        reply = await _call(server, most_bytes=100)
    assert (len(reply.body), reply.truncated) == (100, False)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_bomb_is_cut_without_filling_the_memory(encoding):
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    bomb = _answer(pack(b"\0" * 50 * MB), f"Content-Encoding: {encoding}")
    async with RawServer(bomb) as server:
        tracemalloc.start()
        reply = await _call(server)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (len(reply.body), reply.truncated) == (MB, True)
    assert peak < 8 * MB


async def test_a_packed_answer_is_unpacked():
    async with RawServer(_answer(gzip.compress(b"hello"), "Content-Encoding: gzip")) as server:
        assert (await _call(server)).body == b"hello"


@pytest.mark.parametrize(
    "answer",
    [
        _answer(b"not gzip at all", "Content-Encoding: gzip"),
        _answer(b"x", "Content-Encoding: br"),
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"",
    ],
)
async def test_a_broken_answer_is_told_as_a_sentence(answer):
    async with RawServer(answer) as server:
        with pytest.raises(RemoteError) as broken:
            await _call(server)
    assert str(broken.value).endswith(".")


async def test_a_service_that_never_answers_is_given_up():
    async with asyncio.timeout(3), RawServer(None) as server:
        with pytest.raises(RemoteError, match=r"did not answer within 0.2 seconds") as late:
            await _call(server, seconds=0.2)
        assert late.value.retryable
        with pytest.raises(RemoteError) as late:
            await _call(server, "POST", b"x", seconds=0.2)
        assert not late.value.retryable


async def test_a_call_that_was_not_sent_may_be_sent_again():
    async with RawServer() as server:
        origin = server.origin
    async with OutboundHttp(Rules(allow=frozenset({origin}))) as outbound:
        with pytest.raises(RemoteError, match="can't reach") as unreachable:
            await outbound.send(method="POST", url=origin, headers={}, body=b"x")
    assert unreachable.value.retryable


async def test_what_we_send_is_bounded_too():
    async with RawServer() as server:
        with pytest.raises(RefusedError, match="1 MB"):
            await _call(server, "PUT", os.urandom(MB + 1))
        with pytest.raises(RefusedError, match="CONNECT"):
            await _call(server, "CONNECT")
    assert server.connections == 0


async def test_it_answers_with_a_sentence_before_start_and_may_start_twice():
    outbound = OutboundHttp()
    with pytest.raises(RemoteError):
        await outbound.send(method="GET", url="https://a.example", headers={}, body=None)
    await outbound.start()
    await outbound.start()
    await outbound.close()
    await outbound.close()


def test_the_guard_stands_on_a_feature_of_aiohttp_that_is_there():
    assert "socket_factory" in aiohttp.TCPConnector.__init__.__annotations__
