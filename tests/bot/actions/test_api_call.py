"""What people are promised of the step that calls a web API."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest
from pydantic import ValidationError

from bot.actions.api_call import Config, api_call, repeat_for
from bot.clients.outbound import OutboundHttp
from bot.clients.target import Rules
from bot.workflows.action import Repeat
from storage.errors import RefusedError, RemoteError
from tests.fakes.contexts import NOW, context_for
from tests.fakes.network import DialRecorder, RawServer, StubResolver

SECRET = "CANARY-s3cret-value"


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


async def test_the_answer_is_there_for_later_steps():
    body = json.dumps({"id": 7, "tags": ["a"]}).encode()
    result, _sent = await _call(_answer(200, body, "Content-Type: application/json", "X-Own: 1"))
    assert result.model_dump() == {
        "status": 200,
        "body": {"id": 7, "tags": ["a"]},
        "headers": {"content-type": "application/json"},
        "truncated": False,
    }


async def test_the_call_goes_out_as_set_up_and_carries_the_key_of_its_step():
    settings = {
        "method": "POST",
        "body": '{"title": "Minutes"}',
        "headers": {"X-Team": "acme"},
        "secret_headers": {"Authorization": f"Bearer {SECRET}"},
    }
    _result, (request,) = await _call(_answer(201), **settings)
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /items HTTP/1.1\r\n")
    assert b"X-Team: acme" in head
    assert f"Authorization: Bearer {SECRET}".encode() in head
    assert b"Idempotency-Key: 65f0c0ffee0000000000beef:api_call" in head
    assert b"Content-Type: application/json" in head
    assert body == b'{"title": "Minutes"}'


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_reading_sends_no_body(method):
    _result, (request,) = await _call(_answer(204), method=method, body="{}")
    assert request.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "status, expected, good",
    [
        (200, "200-299", True),
        (299, "200-299", True),
        (404, "200, 404", True),
        (302, "300 - 399", True),
        (404, "200-299", False),
        (201, "200", False),
        (200, "201,202", False),
    ],
)
async def test_another_status_than_expected_fails_the_step(status, expected, good):
    if good:
        result, _sent = await _call(_answer(status), expected=expected)
        assert result.status == status
        return
    with pytest.raises(RemoteError) as failed:
        await _call(_answer(status), expected=expected)
    assert f"127.0.0.1 answered {status}, and {expected} was expected" in str(failed.value)
    assert not failed.value.retryable


@pytest.mark.parametrize("expected", ["2xx", "200-", "99", "600", "ok", "200;300"])
def test_an_expected_status_nobody_can_read_is_refused_in_the_form(expected):
    with pytest.raises(ValidationError, match="numbers and ranges"):
        Config(url="https://a.example", expected=expected)
    assert Config(url="https://a.example", expected="{{ data.status }}")


@pytest.mark.parametrize(
    "method, ticked, status, retryable",
    [
        ("GET", False, 503, True),
        ("PUT", False, 500, True),
        ("POST", False, 503, False),
        ("POST", False, 429, True),
        ("POST", True, 503, True),
        ("PATCH", False, 502, False),
        ("GET", False, 404, False),
    ],
)
async def test_only_what_does_no_harm_is_tried_again(method, ticked, status, retryable):
    with pytest.raises(RemoteError) as failed:
        await _call(_answer(status), method=method, idempotent=ticked)
    assert failed.value.retryable is retryable


@pytest.mark.parametrize("ticked", [True, False])
async def test_a_post_nobody_answered_is_repeated_only_when_that_is_safe(ticked):
    with pytest.raises(RemoteError) as failed:
        await _call(None, method="POST", idempotent=ticked, seconds=0.2)
    assert failed.value.retryable is ticked
    assert ("Nobody can tell" in str(failed.value)) is not ticked


@pytest.mark.parametrize(
    "header, seconds",
    [
        ("120", 120),
        ("2.128", 2.128),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        ("-1", 0),
        ("999999999", 86_400),
        ("soon", None),
        ("nan", None),
        ("", None),
    ],
)
async def test_the_wait_a_service_asks_for_is_kept(header, seconds):
    with pytest.raises(RemoteError) as failed:
        await _call(_answer(429, b"", f"Retry-After: {header}"))
    assert failed.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    "settings, repeat",
    [
        ({}, Repeat.SAFE),
        ({"method": "DELETE"}, Repeat.SAFE),
        ({"method": "PUT"}, Repeat.SAFE),
        ({"method": "POST"}, Repeat.ASK),
        ({"method": "PATCH", "idempotent": False}, Repeat.ASK),
        ({"method": "POST", "idempotent": True}, Repeat.KEYED),
    ],
)
def test_what_a_second_call_does_depends_on_the_method(settings, repeat):
    assert repeat_for(settings) is repeat
    assert api_call.repeats(settings) is repeat


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"you": {"sent": f"Bearer {SECRET}", SECRET: [SECRET]}}).encode(),
        f"your key is {SECRET}".encode(),
        b"x" * 8185 + SECRET.encode(),
    ],
)
async def test_a_secret_never_comes_back_in_a_result(body):
    answer = _answer(302, body, f"Location: https://a.example/?key={SECRET}")
    headers = {"Authorization": f"Bearer {SECRET}"}
    result, (request,) = await _call(answer, secret_headers=headers, expected="302")
    assert SECRET.encode() in request
    assert "CANARY" not in result.model_dump_json()


@pytest.mark.parametrize("answer", [_answer(500), _answer(401, SECRET.encode()), None, b"junk\r\n"])
async def test_a_secret_never_comes_back_in_an_error(answer):
    with pytest.raises(RemoteError) as failed:
        await _call(answer, secret_headers={"X-Key": SECRET}, seconds=0.2)
    assert SECRET not in str(failed.value)
    assert SECRET not in repr(failed.value)


def test_a_secret_never_shows_in_the_settings():
    config = Config(url="https://a.example", secret_headers={"X-Key": SECRET})
    assert SECRET not in repr(config) + str(config) + config.model_dump_json()


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://169.254.169.254/latest/meta-data/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://localhost/"},
        {"url": "http://10.0.0.1/"},
        {"url": "https://user:word@a.example/"},
        {"headers": {"Host": "evil.example"}},
        {"headers": {"X-A": "a\r\nX-B: b"}},
        {"headers": {"idempotency-key": "mine"}},
        {"headers": {"X-A": "1"}, "secret_headers": {"x-a": "2"}},
        {"secret_headers": {"X-A": f"{SECRET}\n"}},
    ],
)
async def test_a_call_that_may_not_be_made_is_refused_with_a_sentence(settings):
    recorder = DialRecorder()
    async with OutboundHttp(resolver=StubResolver(), new_socket=recorder) as outbound:
        config = Config(**{"url": "https://api.example.com/", **settings})
        with pytest.raises(RefusedError) as refused:
            await api_call.run(config, context_for("api_call", outbound=outbound))
    assert str(refused.value).endswith(".")
    assert SECRET not in str(refused.value)
    assert recorder.dialled == []


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a.example/", "file:///etc/passwd", "a.example/items", "https://", "nonsense"),
        *("http://api.example.com/{{ trigger.id }}", "http://1.1.1.1/", "HTTP://a.example"),
    ],
)
def test_an_address_nobody_could_call_is_refused_where_it_is_typed(url):
    with pytest.raises(ValidationError, match="must begin with https://"):
        Config(url=url)


@pytest.mark.parametrize(
    "url",
    [
        *("https://a.example", " https://a.example/x?y=1 ", "HTTPS://A.example/{{ trigger.id }}"),
        *("{{ trigger.url }}", "https://{{ trigger.host }}/x", "{{ trigger.scheme }}://a.example"),
        *("http://{{ trigger.host }}/x", "http://127.0.0.1:9000/x", "http://[::1]/", "http://erp"),
    ],
)
def test_slots_and_what_an_admin_may_allow_can_be_typed(url):
    assert Config(url=url).url == url


async def test_without_a_way_out_it_says_so():
    with pytest.raises(RefusedError, match="can't call other services"):
        await api_call.run(api_call.example, context_for("api_call"))
