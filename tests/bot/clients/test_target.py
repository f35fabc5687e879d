"""How strictly an address and headers are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients.target import Rules, read_headers, read_url
from storage.errors import RefusedError

OPEN = Rules(allow_http=True)


@pytest.mark.parametrize(
    "text",
    [
        "https://api.example.com/items?q=a%20b&n=1",
        "https://api.example.com:443/",
        "https://bücher.example/ä",
        "https://[2606:4700:4700::1111]/x",
        "https://8.8.8.8",
        "HTTPS://API.example.com/?text=two%0Alines",
    ],
)
def test_an_ordinary_address_is_accepted(text):
    assert read_url(text, Rules()).host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "https:/api.example.com",
        "https:api.example.com",
        "https://",
        "https:///x",
        "ftp://a.example/",
        "file:///etc/passwd",
        "gopher://a.example",
        "javascript:alert(1)",
        "https://user@a.example/",
        "https://user:word@a.example/",
        "https://a.example\\@b.example/",
        "https://a.example /",
        "https://a.example/\r\nX: y",
        "https://a.example/%0d%0aX:y",
        "https://a.example/%250aX:y",
        "https://%31%32%37.0.0.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://1.2.3.4.5/",
        "https://a.example:99999/",
        "https://a.example:8443/",
        "https://a.example:x/",
        "https://[::1/",
        "https://[v1.x]/",
        "https://①②⑦.0.0.1/",
        "https://a。example/",
        "https://ⓔⓧⓐⓜⓟⓛⓔ.com/",
        "https://a.example/\ud800",
        "https://a.example/" + "x" * 5000,
        "http://a.example:81/",
    ],
)
def test_an_address_that_could_mean_something_else_is_refused(text):
    with pytest.raises(RefusedError) as refused:
        read_url(text, OPEN)
    assert str(refused.value).endswith(".")
    assert "word" not in str(refused.value)


def test_a_name_or_word_in_the_address_is_sent_to_the_secret_headers():
    with pytest.raises(RefusedError, match="secret header"):
        read_url("https://user:word@a.example/", OPEN)


def test_http_is_refused_unless_it_is_allowed():
    with pytest.raises(RefusedError, match="https"):
        read_url("http://a.example/", Rules())
    assert read_url("http://a.example/", OPEN).scheme == "http"


@pytest.mark.parametrize(
    "host", ["bot.contoso.example", "BOT.contoso.example", "bot.contoso.example."]
)
def test_a_workflow_cannot_call_the_bot_itself(host):
    with pytest.raises(RefusedError, match="where I run"):
        read_url(f"https://{host}/hooks/1", Rules(own_hosts=frozenset({"bot.contoso.example"})))


def test_an_allowed_origin_is_exactly_that_origin():
    rules = Rules(allow=frozenset({"http://127.0.0.1:9000"}))
    assert read_url("http://127.0.0.1:9000/x", rules).port == 9000
    for other in ("http://127.0.0.1:9001/x", "https://127.0.0.1:9000/x", "http://127.0.0.2:9000/"):
        with pytest.raises(RefusedError):
            read_url(other, rules)


@given(st.text(max_size=60) | st.from_regex(r"https?://[^\n]{0,40}"))
def test_any_text_is_an_address_or_refused(text):
    try:
        url = read_url(text, OPEN)
    except RefusedError:
        return
    assert url.scheme in ("http", "https")
    assert url.host
    assert url.user is None
    assert url.port in (80, 443)


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "TE", "Trailer"),
        *("Upgrade", "Expect", "Keep-Alive", "Proxy-Authorization", "Accept-Encoding"),
        *("X y", "X:y", "", "X\r\nY", "Ⅹ", "x\0"),
    ],
)
def test_a_header_that_would_change_the_message_is_refused(name):
    with pytest.raises(RefusedError):
        read_headers({name: "1"})


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb", "\0", "\x7f", "\ud800", "a\u0085b"])
def test_a_header_value_holds_one_line(value):
    with pytest.raises(RefusedError) as refused:
        read_headers({"X-Note": value})
    assert "X-Note" in str(refused.value)


def test_line_ends_in_any_writing_are_refused_in_headers_and_paths(suite):
    payloads = (suite("crlf") / "patt_crlf.txt").read_text("utf-8").split()
    assert len(payloads) > 10
    for payload in payloads:
        with pytest.raises(RefusedError):
            read_url(f"https://a.example{payload}", OPEN)


def test_headers_are_bounded_and_given_once():
    assert read_headers({"X-A": "é tab\there", "Authorization": "Bearer x"})["X-A"].startswith("é")
    with pytest.raises(RefusedError, match="twice"):
        read_headers({"X-A": "1", "x-a": "2"})
    with pytest.raises(RefusedError, match="at most"):
        read_headers({f"X-{n}": "1" for n in range(51)})
    with pytest.raises(RefusedError, match="16 KB"):
        read_headers({"X-A": "x" * 20_000})
