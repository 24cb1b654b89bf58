"""Where a webhook may lead: public addresses over TLS, never into our own network (OWASP, server-side request forgery)."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# These carry an IPv4 address within, to which a gateway may lead: RFC 6052, 8215, 3056, 4380.
_TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
URL_FORM = "https://host[:port]/path, without user, password and fragment"


class BadAddress(Exception):
    """A webhook must not lead there; the message says why."""


def check_url(parts: SplitResult, loopback_allowed: bool) -> None:
    """What can be told without asking the DNS; ``loopback_allowed``: on a trial plain http to this machine is fine.

    Raises:
        BadAddress: another scheme, a user in the address, no host, or an address that is not public.
        ValueError: the port is no number.
    """
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise BadAddress(f"the address should look like {URL_FORM}")
    if not all(33 <= ord(letter) < 127 for letter in parts.geturl()) or parts.port == 0:
        raise BadAddress(f"the address should look like {URL_FORM}")
    literal = _literal(parts.hostname)
    if literal is not None:
        check_address(literal, loopback_allowed)
    local = parts.hostname == "localhost" or (literal is not None and literal.is_loopback)
    if parts.scheme != "https" and not (parts.scheme == "http" and local and loopback_allowed):
        raise BadAddress(f"the address should look like {URL_FORM}")


def resolve(host: str, port: int, loopback_allowed: bool) -> str:
    """The address to connect to, looked up now and checked; connecting to it and not to the name leaves no second look-up
    that could say something else (DNS rebinding).

    Raises:
        BadAddress: one of the host's addresses is not public: no choice of ours must depend on the order of an answer.
        OSError: the name is not found.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        check_address(address, loopback_allowed)
    if not addresses:
        raise OSError(f"{host} has no address")
    return str(addresses[0])


def check_address(address: Address, loopback_allowed: bool) -> None:
    """Raises:
    BadAddress: private, link-local, loopback, reserved, multicast, or a translation of an IPv4 address.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback and loopback_allowed:
        return
    translated = address.version == 6 and any(address in network for network in _TRANSLATED)
    if not address.is_global or address.is_multicast or address.is_reserved or translated:
        raise BadAddress(f"{address} is not a public address")


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
