"""What a user may ask us to call: the web address and the headers, read strictly.

Whatever two programs could read in two ways is refused: we must not check one host and reach
another.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote

from yarl import URL

from storage.errors import RefusedError

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_LONGEST_URL = 4096
_MOST_HEADERS = 50
_MOST_HEADER_BYTES = 16 * 1024
_ADDRESS = re.compile(r"(https?)://([^/?#]+)([^#]*)(#.*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"^`{|}\u2028\u2029\ud800-\udfff]")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@%]+)(?::(\d{1,5}))?")
_NUMERIC = re.compile(r"\d+|0[xX][0-9A-Fa-f]*")
_WIDE_DOT = "\u3002"  # a dot to IDNA, a letter to NFKC
_CONTROL = re.compile(r"[\x00-\x1f\x7f]|%u00[01][0-9a-f]", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa1-\ud7ff\ue000-\U0010ffff]*")
_OURS = frozenset(
    {
        *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te"),
        *("trailer", "upgrade", "expect", "accept-encoding", "http2-settings"),
        *("proxy-authorization", "proxy-authenticate", "proxy-connection"),
    }
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Where calls may go.

    `allow` holds origins such as `http://127.0.0.1:9000`, free of every other rule; `own_hosts`
    the names we answer to ourselves, so that no workflow can start itself.
    """

    allow: frozenset[str] = frozenset()
    own_hosts: frozenset[str] = frozenset()
    allow_http: bool = False
    ports: frozenset[int] = frozenset({443, 80})

    def allows(self, url: URL) -> bool:
        """Whether the origin is on the list."""
        return str(url.origin()) in {str(URL(origin).origin()) for origin in self.allow}


def read_url(text: str, rules: Rules) -> URL:
    """Read an absolute http(s) address and hold it against the rules.

    Errors: RefusedError, saying what is wrong; it never repeats more than the host.
    """
    host, port, url = _parsed(text)
    if rules.allows(url):
        return url
    if url.scheme != "https" and not rules.allow_http:
        raise RefusedError("The address must begin with https://.")
    if port is not None and port not in rules.ports:
        raise RefusedError(f"The address may not name port {port}. Leave the port out.")
    if host.rstrip(".").lower() in {own.rstrip(".").lower() for own in rules.own_hosts}:
        raise RefusedError(f"{host} is where I run myself. Call another address.")
    return url


def _parsed(text: str) -> tuple[str, int | None, URL]:
    match = _ADDRESS.fullmatch(text)
    if not match:
        raise RefusedError("The address must begin with https:// and name a host.")
    if len(text) > _LONGEST_URL:
        raise RefusedError(f"The address has more than {_LONGEST_URL} characters.")
    if _FORBIDDEN.search(text):
        raise RefusedError("The address holds a blank or a character that addresses can't hold.")
    if "@" in match[2]:
        raise RefusedError("The address may not hold a user name. Use a secret header instead.")
    authority = _AUTHORITY.fullmatch(match[2])
    if not authority:
        raise RefusedError("The host in the address is not one I can read.")
    _check_host(authority[1])
    _check_path(match[3].partition("?")[0])
    try:
        url = URL(text)
        port = url.explicit_port
    except ValueError as error:
        raise RefusedError("The address is not one I can read.") from error
    if not url.host:
        raise RefusedError("The address names no host.")
    return url.host, port, url


def _check_host(host: str) -> None:
    bare = host.strip("[]").rstrip(".")
    last = bare.rsplit(".", 1)[-1]
    # Decimal, octal, hexadecimal and shortened forms of an IP address, and look-alike digits.
    if _NUMERIC.fullmatch(last) or ":" in bare:
        try:
            ip_address(bare)
        except ValueError as error:
            raise RefusedError("The host in the address is not one I can read.") from error
    if not bare or unicodedata.normalize("NFKC", host) != host or _WIDE_DOT in host:
        raise RefusedError("The host in the address is not one I can read.")


def _check_path(path: str) -> None:
    """Refuse line ends and other controls in a path, encoded up to three times over."""
    for _layer in range(4):
        if _CONTROL.search(path):
            raise RefusedError("The address holds a line end or another control character.")
        path = unquote(path)


def read_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Hold headers against the rules and give them back.

    Errors: RefusedError naming the header, never its value.
    """
    seen: set[str] = set()
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise RefusedError("A header's name has only letters, digits and dashes.")
        if name.lower() in _OURS:
            raise RefusedError(f"The header {name} is set by me. Take it out.")
        if name.lower() in seen:
            raise RefusedError(f"The header {name} is given twice. Keep one.")
        if not _HEADER_VALUE.fullmatch(value) or _CONTROL.search(_unquoted(value)):
            raise RefusedError(f"The header {name} holds a line end or another control character.")
        seen.add(name.lower())
    size = sum(len(name) + len(value.encode()) for name, value in headers.items())
    if len(headers) > _MOST_HEADERS or size > _MOST_HEADER_BYTES:
        raise RefusedError(f"A call has at most {_MOST_HEADERS} headers, 16 KB in all.")
    return dict(headers)


def _unquoted(value: str) -> str:
    return unquote(value).replace("\t", " ")
