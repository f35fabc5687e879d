"""What came back from a call to a service a user named."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutboundReply:
    """What came back, the body unpacked and cut to the size cap; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
