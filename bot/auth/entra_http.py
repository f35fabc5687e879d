"""HTTP to Entra as MSAL wants it: with a limit on time, and what was seen kept for the caller."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import requests

TIMEOUT_SECONDS = 10.0
_DISCOVERY = "/.well-known/openid-configuration"
_DAY_SECONDS = 24 * 60 * 60.0


class HttpClient(Protocol):
    """What MSAL calls Entra with. Both calls block; it is used by several threads at once."""

    def get(self, url: str, **more: Any) -> Any:
        """GET; the answer has status_code, text, headers and raise_for_status."""
        ...

    def post(self, url: str, **more: Any) -> Any:
        """POST, the same."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class EntraHttp:
    """A client that gives up after ten seconds: MSAL sets no limit of its own."""

    def __init__(self) -> None:
        self._session = requests.Session()

    def get(self, url: str, **more: Any) -> requests.Response:
        """GET. Errors: OSError in one of requests' forms."""
        return self._session.get(url, **{"timeout": TIMEOUT_SECONDS, **more})

    def post(self, url: str, **more: Any) -> requests.Response:
        """POST, the same."""
        return self._session.post(url, **{"timeout": TIMEOUT_SECONDS, **more})

    def close(self) -> None:
        """Hang up."""
        self._session.close()


class Discovery:
    """What authorities said of themselves, good for a day: else MSAL would ask before each call."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._said: dict[str, tuple[float, Any]] = {}

    def ask(self, http: HttpClient, url: str, more: dict[str, Any]) -> Any:
        """Give the answer of that address, from memory where it is fresh."""
        found = self._said.get(url)
        if found is not None and self._seconds() - found[0] < _DAY_SECONDS:
            return found[1]
        answer = http.get(url, **more)
        if answer.status_code == 200:
            self._said[url] = (self._seconds(), answer)
        return answer


class Watched:
    """One call's view of the HTTP client: remembers the last status, which MSAL does not tell."""

    def __init__(self, http: HttpClient, discovery: Discovery) -> None:
        self._http = http
        self._discovery = discovery
        self.status = 0
        self.retry_after: str | None = None

    def get(self, url: str, **more: Any) -> Any:
        """GET, discovery documents from memory."""
        if url.endswith(_DISCOVERY):
            return self._noted(self._discovery.ask(self._http, url, more))
        return self._noted(self._http.get(url, **more))

    def post(self, url: str, **more: Any) -> Any:
        """POST."""
        return self._noted(self._http.post(url, **more))

    def close(self) -> None:
        """Leave the client open: others use it."""

    def _noted(self, answer: Any) -> Any:
        self.status = answer.status_code
        headers = {str(name).lower(): value for name, value in (answer.headers or {}).items()}
        self.retry_after = headers.get("retry-after")
        return answer
