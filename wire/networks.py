"""Who counts as one sender, at every door."""

from __future__ import annotations

import ipaddress

# RFC 6177: a subscriber gets a /64 or more.
IPV6_SUBSCRIBER_PREFIX = 64


def network_of(address: str) -> str:
    """What counts as one sender: an IPv4 address, or an IPv6 /64, within which anybody takes a new address at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address}/{IPV6_SUBSCRIBER_PREFIX}", strict=False))
