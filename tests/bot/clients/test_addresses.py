"""Which addresses a call may reach, asked of lists nobody here wrote."""

import json
from ipaddress import ip_network

import pytest

from bot.clients.addresses import refusal


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "168.63.129.16",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1:a00:0:100::",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2606:4700::5efe:127.0.0.1",
        "2606:4700::200:5efe:10.0.0.1",
        "fe80::1%eth0",
        "fd00::1",
        "not an address",
        "",
    ],
)
def test_an_address_inside_is_refused_with_a_reason(address):
    assert refusal(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "::ffff:8.8.8.8", "2606:4700:4700::1111"]
)
def test_a_public_address_may_be_reached(address):
    assert refusal(address) is None


def test_idunnos_unsafe_addresses_are_refused_and_the_safe_ones_are_not(suite):
    rows = json.loads((suite("ssrf") / "idunno_ip.json").read_text("utf-8"))
    assert [one for one in rows["unsafe"] if refusal(one) is None] == []
    assert [one for one in rows["safe"] if refusal(one)] == []


def test_smokescreens_verdicts_are_ours(suite):
    rows = json.loads((suite("ssrf") / "smokescreen_ip.json").read_text("utf-8"))
    rows = [row for row in rows if not row["expect"].endswith(("UserConfigured", "Connection"))]
    assert len(rows) > 20
    wrong = [row for row in rows if (refusal(row["ip"]) is None) != ("Allow" in row["expect"])]
    assert wrong == []


def test_ipv4_written_by_rfc_6052_is_refused(suite):
    rows = json.loads((suite("ssrf") / "ssrf_filter_rfc6052_note.json").read_text("utf-8"))
    embedded = [one for one in rows["ips_in_spec"] if one.startswith("64:ff9b:")]
    assert len(embedded) > 4
    assert [one for one in embedded if refusal(one) is None] == []


def test_every_edge_of_microsofts_blocks_is_refused_in_four_writings(suite):
    path = suite("ssrf") / "microsoft_antissrf_recommendedV1.json"
    blocks = json.loads(path.read_text("utf-8"))["cidr"]
    tried = [writing for block in blocks for edge in _edges(block) for writing in _writings(edge)]
    assert len(tried) > 200
    assert [one for one in tried if refusal(one) is None] == []


def _edges(block):
    network = ip_network(block)
    return {network[0], network[network.num_addresses // 2], network[-1]}


def _writings(address):
    yield str(address)
    if address.version == 4:
        high, low = divmod(int(address), 65536)
        yield f"::ffff:{address}"
        yield f"64:ff9b::{high:x}:{low:x}"
        yield f"2002:{high:x}:{low:x}::1"
