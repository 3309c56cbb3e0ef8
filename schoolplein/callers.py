"""Who a request comes from, as far as the request itself says it."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

Headers = dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request shows: a session token, where it comes from, and a device that was here before."""

    token: str | None = None
    network: str = ""
    device: str | None = None


def cookie(headers: Headers, wanted: str) -> str | None:
    """The value of a cookie."""
    for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted and value:
            return value
    return None


def network_of(scope: MutableMapping[str, Any]) -> str:
    """Where a request comes from: an IPv4 address, or the first 64 bits of an IPv6, which are one household's."""
    host: str = (scope.get("client") or ("", 0))[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64)) + "/64"
