"""No call leaves for an inside address: names that lie, redirects, disguises."""

import json

import pytest

from bot.clients.addresses import refusal
from bot.clients.outbound import OutboundHttp
from bot.clients.target import Rules
from storage.errors import RefusedError, RemoteError
from tests.fakes.network import PUBLIC, DialRecorder, RawServer, StubResolver

OPEN = Rules(allow_http=True)


async def _get(outbound, url, **headers):
    return await outbound.send(method="GET", url=url, headers=headers, body=None)


async def test_no_address_of_safeurls_list_is_dialled(suite):
    recorder = DialRecorder()
    urls = json.loads((suite("ssrf") / "safeurl_blocked.json").read_text("utf-8"))
    assert len(urls) > 15
    async with OutboundHttp(OPEN, resolver=StubResolver(), new_socket=recorder) as outbound:
        for url in urls:
            with pytest.raises(RefusedError):
                await _get(outbound, url)
    assert recorder.dialled == []


async def test_no_trick_of_payloads_all_the_things_reaches_inside(suite):
    recorder = DialRecorder()
    urls = json.loads((suite("ssrf") / "patt_ssrf_urls.json").read_text("utf-8"))
    assert len(urls) > 50
    async with OutboundHttp(OPEN, resolver=StubResolver(), new_socket=recorder) as outbound:
        for url in urls:
            with pytest.raises((RefusedError, RemoteError)):
                await _get(outbound, url)
    assert set(recorder.dialled) <= {PUBLIC}


async def test_every_unsafe_address_of_idunno_is_refused_as_literal_and_by_name(suite):
    recorder = DialRecorder()
    rows = json.loads((suite("ssrf") / "idunno_ip.json").read_text("utf-8"))
    unsafe = [address for address in rows["unsafe"] if refusal(address) != "not an address"]
    for address in unsafe[::6]:
        literal = f"[{address.strip('[]')}]" if ":" in address else address
        names = StubResolver({"inside.example": [[address.strip("[]")]]})
        async with OutboundHttp(OPEN, resolver=names, new_socket=recorder) as outbound:
            for url in (f"http://{literal}/", "https://inside.example/"):
                with pytest.raises(RefusedError):
                    await _get(outbound, url)
    assert recorder.dialled == []


async def test_public_addresses_are_dialled():
    recorder = DialRecorder()
    async with OutboundHttp(resolver=StubResolver(), new_socket=recorder) as outbound:
        for url in ("https://api.example.com/", "https://8.8.8.8/", "https://[2606:4700::1111]/"):
            with pytest.raises(RemoteError) as unreachable:
                await _get(outbound, url)
            assert unreachable.value.retryable
    assert recorder.dialled == [PUBLIC, "8.8.8.8", "2606:4700::1111"]


async def test_a_name_that_changes_its_mind_is_refused_at_the_socket():
    recorder = DialRecorder()
    names = StubResolver({"rebind.example": [[PUBLIC], ["127.0.0.1"], [PUBLIC, "169.254.169.254"]]})
    async with OutboundHttp(resolver=names, new_socket=recorder) as outbound:
        with pytest.raises(RemoteError):
            await _get(outbound, "https://rebind.example/")
        for _time in range(2):
            with pytest.raises(RefusedError, match="network I may not call"):
                await _get(outbound, "https://rebind.example/")
    assert set(recorder.dialled) == {PUBLIC}


async def test_an_allowed_origin_opens_no_other_port_and_no_other_name():
    recorder = DialRecorder()
    async with RawServer() as server:
        rules = Rules(allow=frozenset({server.origin}), allow_http=True)
        names = StubResolver({"alias.example": [["127.0.0.1"]]})
        async with OutboundHttp(rules, resolver=names) as outbound:
            assert (await _get(outbound, f"{server.origin}/a")).body == b"ok"
        async with OutboundHttp(rules, resolver=names, new_socket=recorder) as outbound:
            for url in ("http://127.0.0.1/", "http://alias.example/", "http://localhost/"):
                with pytest.raises(RefusedError):
                    await _get(outbound, url)
        assert server.connections == 1
    assert recorder.dialled == []


def _redirect(to, status=302):
    line = f"HTTP/1.1 {status} Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
    return line.encode()


async def test_a_redirect_is_an_answer_like_any_other_unless_followed():
    async with (
        RawServer(_redirect("http://127.0.0.1:1/")) as server,
        OutboundHttp(Rules(allow=frozenset({server.origin}))) as outbound,
    ):
        reply = await _get(outbound, server.origin)
    assert (reply.status, reply.headers["location"]) == (302, "http://127.0.0.1:1/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_the_inside_is_refused(status):
    async with RawServer() as secret:
        async with RawServer(_redirect(f"{secret.origin}/secret", status)) as door:
            rules = Rules(allow=frozenset({door.origin}), allow_http=True)
            async with OutboundHttp(rules, redirects=3) as outbound:
                with pytest.raises(RefusedError):
                    await _get(outbound, door.origin)
        assert secret.connections == 0


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest", "http://2130706433/", "file:///etc/passwd", "http://["]
)
async def test_each_hop_is_read_as_strictly_as_the_first(to):
    recorder = DialRecorder()
    async with RawServer(_redirect(to)) as door:
        rules = Rules(allow=frozenset({door.origin}), allow_http=True)
        async with OutboundHttp(rules, redirects=3, resolver=StubResolver()) as outbound:
            with pytest.raises(RefusedError):
                await _get(outbound, door.origin)
    assert recorder.dialled == []


async def test_secrets_do_not_travel_to_another_origin():
    async with RawServer() as other, RawServer(_redirect(f"{other.origin}/x")) as door:
        rules = Rules(allow=frozenset({door.origin, other.origin}))
        async with OutboundHttp(rules, redirects=1) as outbound:
            await _get(outbound, door.origin, Authorization="Bearer s3cret", Accept="text/plain")
    assert b"s3cret" in door.received[0]
    assert b"s3cret" not in other.received[0]
    assert b"Accept: text/plain" in other.received[0]


async def test_a_body_is_not_sent_on_to_another_origin():
    async with RawServer() as other, RawServer(_redirect(other.origin, 307)) as door:
        rules = Rules(allow=frozenset({door.origin, other.origin}))
        async with OutboundHttp(rules, redirects=1) as outbound:
            with pytest.raises(RefusedError, match="sent my data on"):
                await outbound.send(method="POST", url=door.origin, headers={}, body=b"x")
    assert other.connections == 0


async def test_a_post_answered_303_is_fetched_without_its_body():
    async with RawServer() as other, RawServer(_redirect(f"{other.origin}/done", 303)) as door:
        rules = Rules(allow=frozenset({door.origin, other.origin}))
        async with OutboundHttp(rules, redirects=1) as outbound:
            await outbound.send(method="POST", url=door.origin, headers={}, body=b"x")
    assert other.received[0].startswith(b"GET /done ")


async def test_a_circle_of_redirects_ends():
    async with RawServer(_redirect("/again")) as server:
        rules = Rules(allow=frozenset({server.origin}))
        async with OutboundHttp(rules, redirects=99) as outbound:
            with pytest.raises(RemoteError, match="more than 3 times"):
                await _get(outbound, server.origin)
    assert server.connections == 4
