"""Keeps HTTP jobs away from link-local and cloud-metadata addresses.

It looks at the address that a socket is about to be connected to: after the name was resolved, anew for every
connection and every redirect. So it makes no difference how the address was written, which name led to it, or
whether the name changed its mind since it was last asked.
"""

import errno
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

_NETWORKS = tuple(
    ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local, and the metadata service of nearly everybody
        "fe80::/10",
        "fd00:ec2::254/128",  # Amazon
        "fd20:ce::254/128",  # Google
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle
    )
)
_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
_NAT64 = ip_network("64:ff9b::/96")
_EMBEDDING = ip_network("::/96")  # ::a.b.c.d

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


class Blocked(OSError):
    """A job wanted to call an address that it may not."""

    def __init__(self, what: str) -> None:
        super().__init__(
            errno.EACCES,
            f"{what} is a link-local or cloud-metadata address, which needs ORARIO_HTTP_ALLOW_LINK_LOCAL=true",
        )


def is_blocked(text: str) -> bool:
    """Whether an address, as a socket has it, is one of those; also when it hides inside an IPv6 address."""
    address = ip_address(text.partition("%")[0])
    return any(
        one in network
        for one in (address, *_inside(address))
        for network in _NETWORKS
        if one.version == network.version
    )


def _inside(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _EMBEDDING:
        found.append(IPv4Address(address.packed[-4:]))
    return [one for one in found if one is not None]


def guarded_socket(info: AddressInfo) -> socket.socket:
    """A socket for this address, unless it is blocked; aiohttp asks for one before every connection."""
    family, kind, protocol, _, address = info
    if is_blocked(str(address[0])):
        raise Blocked(str(address[0]))
    return socket.socket(family, kind, protocol)


class GuardedResolver(AbstractResolver):
    """Resolves names as usual, but not those under which clouds hand out their machines' credentials."""

    def __init__(self) -> None:
        self._usual = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host.rstrip(".").lower() in _NAMES:
            raise Blocked(host)
        return await self._usual.resolve(host, port, family)

    async def close(self) -> None:
        await self._usual.close()
