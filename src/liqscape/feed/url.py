"""Addresses of servers as a user gives them."""

from __future__ import annotations

from urllib.parse import urlsplit

from liqscape.errors import SettingsError


def check_url(option: str, url: str) -> str:
    """The address without its last slash. Raises SettingsError unless it is http or https with a host."""
    parts = urlsplit(url)
    try:
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port or parts.query or parts.fragment:
        raise SettingsError(f"{option} {url!r} is not an address such as http://127.0.0.1:3001")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(f"{option} holds a user name or password; none is needed")
    return url.rstrip("/").removesuffix("/info")
