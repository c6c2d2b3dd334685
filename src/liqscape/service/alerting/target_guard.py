"""Which addresses a message may be sent to: those of the public internet, others only where a destination allows it.

The address that is really connected to is judged, after names were resolved, each time: a name that points elsewhere
the second time (DNS rebinding) is refused then.

| address | |
| --- | --- |
| public | always |
| loopback, private networks, shared address space (100.64.0.0/10) | where `allow_private` says so |
| link-local, multicast, unspecified, reserved; those where clouds tell a machine its credentials | never |

An IPv6 address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged as that one too.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

METADATA = frozenset(
    ip_address(each)
    for each in (
        "169.254.169.254",  # AWS, Azure, Google, Oracle, DigitalOcean (link-local in any case)
        "fd00:ec2::254",  # AWS over IPv6
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's own, a public address
        "192.0.0.192",  # Oracle's former one
    )
)
NAT64 = ip_network("64:ff9b::/96")
SHARED = ip_network("100.64.0.0/10")
SITE_LOCAL = ip_network("fec0::/10")

Address = IPv4Address | IPv6Address


class RefusedTarget(OSError):
    """A connection that is not made. Its text names no address."""


def check_target(host: object, *, is_private_allowed: bool) -> None:
    """Raises RefusedTarget unless the address, as it is connected to, may be.

    host  first item of a socket's address; what is no IP address (a path, a name nobody resolved) is not public.
    """
    try:
        address = ip_address(str(host).partition("%")[0])
    except ValueError:
        if not is_private_allowed:
            raise RefusedTarget("its address is of this machine; allow_private would allow that") from None
        return
    for each in (address, *_carried(address)):
        if _is_never_allowed(each):
            raise RefusedTarget("its address is link-local, reserved or of cloud metadata, which is never allowed")
        if not is_private_allowed and not _is_public(each):
            raise RefusedTarget("its address is loopback or private; allow_private would allow that")


def _carried(address: Address) -> tuple[IPv4Address, ...]:
    if isinstance(address, IPv4Address):
        return ()
    teredo = address.teredo
    carried = [address.ipv4_mapped, address.sixtofour, *([] if teredo is None else teredo)]
    if address in NAT64:
        carried.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return tuple(each for each in carried if each is not None)


def _is_never_allowed(address: Address) -> bool:
    if address in METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return True
    is_inner = address.is_loopback or (isinstance(address, IPv6Address) and bool(_carried(address)))
    return address.is_reserved and not is_inner


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address in SITE_LOCAL:
            return False
        if _carried(address):  # judged by what they carry
            return True
    return address.is_global and address not in SHARED
