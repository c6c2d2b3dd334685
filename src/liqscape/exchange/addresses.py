"""Addresses as the exchange orders them: ties are broken by the first 62 bits."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import Int64Array

ADDRESS_BITS, KEY_BITS, KEY_DIGITS = 160, 62, 16
ADDRESS, LETTERS = re.compile(r"0x[0-9a-fA-F]{40}"), 42
PREFIX = np.frombuffer(b"0x", np.uint8)
IS_DIGIT = np.isin(np.arange(256), np.frombuffer(b"0123456789abcdefABCDEF", np.uint8))


def address_keys(addresses: Sequence[str]) -> Int64Array:
    """`address_key` of many at once. Raises ModelError naming the first that is no address."""
    joined, is_right = "".join(addresses), set(map(len, addresses)) <= {LETTERS}
    letters = np.frombuffer(joined.encode("ascii", "replace"), np.uint8)
    if is_right:  # all of them as one table of letters
        letters = letters.reshape(-1, LETTERS)
        is_right = bool((letters[:, :2] == PREFIX).all() and IS_DIGIT[letters[:, 2:]].all())
    if not is_right:
        raise ModelError(f"{next(each for each in addresses if not ADDRESS.fullmatch(each))!r} is no address")
    heads = np.frombuffer(bytes.fromhex(letters[:, 2 : 2 + KEY_DIGITS].tobytes().decode()), ">u8")
    keys: Int64Array = (heads >> (4 * KEY_DIGITS - KEY_BITS)).astype(np.int64)
    return keys


def address_key(address: str) -> int:
    """The first 62 bits of an address, by which ties are broken. Raises ModelError for what is no address."""
    if not ADDRESS.fullmatch(address):
        raise ModelError(f"{address!r} is no address: 0x and 40 hex digits")
    return int(address, 16) >> (ADDRESS_BITS - KEY_BITS)
