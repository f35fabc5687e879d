"""Who is outside the sender's organisation. Pure."""

from collections.abc import Sequence


def external(addresses: Sequence[str], sender: str) -> list[str]:
    """Give the addresses whose domain is not the sender's, as written."""
    own = _domain(sender)
    return [address for address in addresses if not own or _domain(address) != own]


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().casefold()
