"""Files of addresses, one a line."""

from __future__ import annotations

from pathlib import Path

from liqscape.errors import InputError

LARGEST_LIST = 16 * 1024 * 1024
"""Bytes of a file of addresses: 380,000 of them."""


def read_addresses(path: Path) -> list[str]:
    """Addresses of a text file, one a line; empty lines and lines that begin with # are passed over.

    Raises InputError naming file, line and rule.
    """
    from liqscape.service.asked_address import ADDRESS
    from liqscape.wire.user_text import as_utf8

    if not path.is_file():
        raise InputError(f"--accounts {path}: there is no such file")
    if path.stat().st_size > LARGEST_LIST:
        raise InputError(f"--accounts {path}: more than the {LARGEST_LIST} bytes that are read")
    found: dict[str, None] = {}
    text = as_utf8(path.read_bytes(), f"--accounts {path}").decode(errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        address = line.strip().lower()
        if not address or address.startswith("#"):
            continue
        if not ADDRESS.fullmatch(address):
            raise InputError(f"--accounts {path}: line {number}: {address[:60]!r} is not 0x and 40 hex digits")
        found[address] = None
    if not found:
        raise InputError(f"--accounts {path}: names no address")
    return list(found)
