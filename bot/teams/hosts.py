"""Which addresses the edge trusts: where our token may travel, and a file come from."""

from functools import lru_cache
from urllib.parse import urlsplit

# Bot Connector endpoints of the Teams clouds: public, GCC, GCC High and DoD.
SERVICE_HOSTS = frozenset(
    {
        "smba.trafficmanager.net",
        "*.botframework.com",
        "*.botframework.us",
        "smba.infra.gcc.teams.microsoft.com",
        "smba.infra.gov.teams.microsoft.us",
        "smba.infra.dod.teams.microsoft.us",
    }
)
# Where the download links of files sent in a personal chat lead.
FILE_HOSTS = frozenset(
    {"*.sharepoint.com", "*.sharepoint.us", "*.sharepoint-df.com", "*.svc.ms", "*.1drv.com"}
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_loopback(url: str) -> bool:
    """Say whether an address is plain http on this machine."""
    return HostList(frozenset(), loopback=True).allows(url)


class HostList:
    """A list of trusted hosts over https, and this machine over http where that is asked for."""

    def __init__(self, hosts: frozenset[str], *, loopback: bool = False) -> None:
        self._exact = frozenset(host for host in hosts if not host.startswith("*."))
        self._below = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._loopback = loopback
        # A bot talks to a handful of addresses; the bound keeps invented ones from piling up.
        self.allows = lru_cache(maxsize=256)(self._decide)

    def _decide(self, url: str) -> bool:
        """Say whether the address may be used. Anything odd in it is a no."""
        if not url.isascii() or any(c <= " " or c in "\\@#" or c == "\x7f" for c in url):
            return False
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        host = parts.hostname or ""
        if parts.scheme == "http":
            return self._loopback and host in _LOOPBACK
        return parts.scheme == "https" and port in (None, 443) and self._lists(host)

    def _lists(self, host: str) -> bool:
        return host in self._exact or host.endswith(self._below)
