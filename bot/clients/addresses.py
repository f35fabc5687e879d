"""Which internet addresses a call for a user may reach: public ones, by our own table.

`ipaddress.is_global` alone is not enough: on Python 3.11 it lets through translated, tunnelled and
multicast addresses, and no library names Azure's own metadata address.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_REFUSED = {
    "0.0.0.0/8": "this host (RFC 1122)",
    "10.0.0.0/8": "private network (RFC 1918)",
    "100.64.0.0/10": "carrier's shared space (RFC 6598)",
    "127.0.0.0/8": "loopback (RFC 1122)",
    "168.63.129.16/32": "Azure's host agent: metadata, DNS and health",
    "169.254.0.0/16": "link-local, with cloud metadata (RFC 3927)",
    "172.16.0.0/12": "private network (RFC 1918)",
    "192.0.0.0/24": "protocol assignments (RFC 6890)",
    "192.0.2.0/24": "documentation (RFC 5737)",
    "192.31.196.0/24": "AS112 (RFC 7535)",
    "192.52.193.0/24": "multicast tunnelling (RFC 7450)",
    "192.88.99.0/24": "6to4 relays (RFC 7526)",
    "192.168.0.0/16": "private network (RFC 1918)",
    "192.175.48.0/24": "AS112 (RFC 7534)",
    "198.18.0.0/15": "benchmarking (RFC 2544)",
    "198.51.100.0/24": "documentation (RFC 5737)",
    "203.0.113.0/24": "documentation (RFC 5737)",
    "224.0.0.0/4": "multicast (RFC 5771)",
    "240.0.0.0/4": "reserved and broadcast (RFC 1112)",
    "::/64": "unspecified, loopback, and IPv4 written as IPv6 (RFC 4291, RFC 7915)",
    "64:ff9b::/32": "IPv4 through a translator, well-known and local (RFC 6052, RFC 8215)",
    "100::/64": "discarded (RFC 6666)",
    "100:0:0:1::/64": "dummy (RFC 9780)",
    "2001::/23": "protocol assignments, Teredo among them (RFC 2928)",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2002::/16": "IPv4 inside 6to4 (RFC 3056)",
    "2620:4f:8000::/48": "AS112 (RFC 7534)",
    "3fff::/20": "documentation (RFC 9637)",
    "5f00::/16": "segment routing (RFC 9602)",
    "fc00::/7": "unique local (RFC 4193)",
    "fe80::/10": "link-local (RFC 4291)",
    "fec0::/10": "site-local (RFC 3879)",
    "ff00::/8": "multicast (RFC 4291)",
}
_TABLE = [(ip_network(block), reason) for block, reason in _REFUSED.items()]
_MAPPED = IPv6Network("::ffff:0:0/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: the interface half that holds an IPv4 address


def refusal(address: str) -> str | None:
    """Say why an IP address may not be reached, or None when it may.

    Shape: an IPv4 address mapped into IPv6 is judged as the IPv4 address it is; a zone is ignored.
    """
    try:
        parsed = ip_address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return "not an address"
    if isinstance(parsed, IPv6Address) and parsed in _MAPPED:
        parsed = IPv4Address(int(parsed) & 0xFFFFFFFF)
    for block, reason in _TABLE:
        if parsed in block:
            return reason
    if isinstance(parsed, IPv6Address) and (int(parsed) >> 32) & 0xFFFFFFFF in _ISATAP:
        return "IPv4 inside ISATAP (RFC 5214)"
    return None if parsed.is_global else "not a public address"
