"""What the Teams edge must be told to start."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.teams.hosts import FILE_HOSTS, SERVICE_HOSTS

OPEN_ID_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
ISSUER = "https://api.botframework.com"


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """Who may call us, and where we may answer."""

    app_id: str  # the audience every inbound token must name
    tenants: frozenset[str]  # tenant ids that may talk to us; anybody else gets 403
    open_id_url: str = OPEN_ID_URL
    issuer: str = ISSUER
    service_hosts: frozenset[str] = field(default=SERVICE_HOSTS)  # "*.x" means any host below x
    file_hosts: frozenset[str] = field(default=FILE_HOSTS)
    loopback: bool = False  # also trust http addresses on this machine: `consultflow local`, tests
    # Also take what another program on this machine posts without a token, such as Microsoft's
    # Agents Playground. Only for a server that listens on loopback and nowhere else.
    unsigned_loopback: bool = False
    body_limit: int = 256 * 1024  # bytes, after decompression
    body_timeout_seconds: float = 10.0
    key_timeout_seconds: float = 5.0
    answer_within: timedelta = timedelta(seconds=4)  # then the turn goes on behind the answer
    typing_after_seconds: float = 1.0
