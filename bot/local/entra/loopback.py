"""What MSAL calls instead of the internet: https addresses of Entra led to the local one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

_PUBLIC = "login.microsoftonline.com"


@dataclass(frozen=True, slots=True)
class LoopbackReply:
    """A reply in the shape MSAL reads."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Go on when it is a success. Errors: OSError."""
        if self.status_code >= 400:
            raise OSError(f"The local Entra answered {self.status_code}.")

    def json(self) -> Any:
        """Read the body. Errors: ValueError."""
        return json.loads(self.text)


class LoopbackHttp:
    """An `http_client` for MSAL; blocking, so call MSAL in a thread, never on the loop.

    Leads Entra's https addresses to `url()`; every other address is refused, so that nothing can
    leave this machine. Errors: OSError, also when the reply is cut off or does not come.
    """

    def __init__(self, url: Callable[[], str], host: str, *, seconds: float = 10.0) -> None:
        self._url = url
        self._hosts = frozenset({host, _PUBLIC})
        self._seconds = seconds

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> LoopbackReply:
        """GET an address of Entra."""
        return self._call("GET", url, params, headers, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> LoopbackReply:
        """POST a form to an address of Entra."""
        form = {name: value for name, value in (data or {}).items() if value is not None}
        typed = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._call("POST", url, params, typed, urlencode(form))

    def close(self) -> None:
        """Do nothing: every call closes its own connection."""

    def _call(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: str | None,
    ) -> LoopbackReply:
        place = urlsplit(url)
        if place.scheme != "https" or place.hostname not in self._hosts:
            raise OSError(f"{place.scheme}://{place.netloc} is not the local Entra.")
        query = "&".join(part for part in (place.query, urlencode(params or {})) if part)
        here = urlsplit(self._url())
        connection = HTTPConnection(str(here.hostname), here.port, timeout=self._seconds)
        try:
            target = place.path + (f"?{query}" if query else "")
            sent = {name: str(value) for name, value in (headers or {}).items() if value}
            connection.request(method, target, body=body, headers=sent)
            reply = connection.getresponse()
            text = reply.read().decode()
            return LoopbackReply(reply.status, text, dict(reply.getheaders()))
        except HTTPException as error:
            raise OSError("The local Entra's reply was cut off.") from error
        finally:
            connection.close()
