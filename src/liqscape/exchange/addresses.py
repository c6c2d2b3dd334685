"""Addresses as the exchange orders them: ties are broken by the first 62 bits."""

from __future__ import annotations

import re

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import Int64Array

ADDRESS_BITS, KEY_BITS, KEY_DIGITS = 160, 62, 16
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def address_keys(addresses: list[str]) -> Int64Array:
    """`address_key` of many at once. Raises ModelError naming the first that is no address."""
    heads = "".join([address[2 : 2 + KEY_DIGITS] for address in addresses])
    if not all(map(ADDRESS.fullmatch, addresses)):
        raise ModelError(f"{next(each for each in addresses if not ADDRESS.fullmatch(each))!r} is no address")
    keys: Int64Array = (np.frombuffer(bytes.fromhex(heads), ">u8") >> (4 * KEY_DIGITS - KEY_BITS)).astype(np.int64)
    return keys


def address_key(address: str) -> int:
    """The first 62 bits of an address, by which ties are broken. Raises ModelError for what is no address."""
    if not ADDRESS.fullmatch(address):
        raise ModelError(f"{address!r} is no address: 0x and 40 hex digits")
    return int(address, 16) >> (ADDRESS_BITS - KEY_BITS)
