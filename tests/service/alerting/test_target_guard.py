"""Which addresses may be connected to."""

from __future__ import annotations

import pytest

from liqscape.service.alerting.target_guard import RefusedTarget, check_target

PUBLIC = ("93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8")
PRIVATE = (
    *("127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.5.5", "192.168.1.1", "100.64.0.1", "0.1.2.3", "198.18.0.1"),
    *("::1", "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:10.1.1.1", "64:ff9b::10.0.0.1", "2002:7f00:1::"),
    *("fec0::1", "192.0.2.1", "2001:db8::1"),
)
NEVER = (
    *("169.254.169.254", "169.254.1.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.1.1.1", "168.63.129.16"),
    *("100.100.100.200", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "ff02::1", "::", "::127.0.0.1"),
    *("::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1"),
)


@pytest.mark.parametrize("host", PUBLIC)
def test_public_ones_always(host: str) -> None:
    check_target(host, is_private_allowed=False)
    check_target(host, is_private_allowed=True)


@pytest.mark.parametrize("host", PRIVATE)
def test_private_ones_where_that_is_allowed(host: str) -> None:
    with pytest.raises(RefusedTarget, match="loopback or private; allow_private would allow that"):
        check_target(host, is_private_allowed=False)
    check_target(host, is_private_allowed=True)


@pytest.mark.parametrize("host", NEVER)
def test_link_local_and_metadata_never(host: str) -> None:
    for is_allowed in (False, True):
        with pytest.raises(RefusedTarget, match="never allowed"):
            check_target(host, is_private_allowed=is_allowed)


@pytest.mark.parametrize("host", ["/run/dbus/socket", b"\0abstract", "localhost", ""])
def test_what_is_no_address_of_the_internet_is_private(host: object) -> None:
    with pytest.raises(RefusedTarget, match="of this machine"):
        check_target(host, is_private_allowed=False)
    check_target(host, is_private_allowed=True)
