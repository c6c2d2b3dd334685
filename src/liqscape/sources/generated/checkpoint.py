"""The whole moving state as bytes: a digest, then an npz of plain arrays, read without pickle.

    b"LQG1" | SHA-256 of what follows (32 bytes) | npz

The digest makes any damage one clear error before a byte is interpreted.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, fields

import numpy as np

from liqscape.errors import InputError
from liqscape.sources.generated.prices import PriceState
from liqscape.units import AnyArray, Float64Array, Int64Array

MAGIC = b"LQG1"
DIGEST_BYTES = 32


@dataclass(frozen=True)
class Checkpoint:
    """Arguments of the market, its step, and its arrays (see Holdings and PriceState)."""

    seed: int
    start_ms: int
    accounts: int
    coins: int
    step_ms: int
    step_number: int
    prices: PriceState
    lots: Int64Array
    entry: Float64Array
    setting: Float64Array
    cash: Float64Array
    changed_ms: Int64Array


_NUMBERS = ("seed", "start_ms", "accounts", "coins", "step_ms", "step_number")
_ARRAYS = {"lots": np.int64, "entry": np.float64, "setting": np.float64, "cash": np.float64, "changed_ms": np.int64}
_PRICES = tuple(field.name for field in fields(PriceState))


def pack(state: Checkpoint) -> bytes:
    """Bytes of a checkpoint; equal states give equal bytes."""
    arrays: dict[str, AnyArray] = {name: getattr(state, name) for name in _ARRAYS}
    arrays |= {f"prices_{name}": getattr(state.prices, name) for name in _PRICES}
    arrays["numbers"] = np.array([getattr(state, name) for name in _NUMBERS], np.int64)
    target = io.BytesIO()
    np.savez(target, allow_pickle=False, **arrays)
    body = target.getvalue()
    return MAGIC + hashlib.sha256(body).digest() + body


def unpack(data: bytes) -> Checkpoint:
    """A checkpoint from bytes. Raises InputError saying what is wrong with them."""
    head = len(MAGIC) + DIGEST_BYTES
    if data[: len(MAGIC)] != MAGIC:
        raise InputError(f"generated market: checkpoint begins with {data[:4]!r}, must begin with {MAGIC!r}")
    if hashlib.sha256(data[head:]).digest() != data[len(MAGIC) : head]:
        raise InputError(f"generated market: checkpoint of {len(data)} bytes is damaged, its digest does not fit")
    try:
        with np.load(io.BytesIO(data[head:]), allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except (ValueError, TypeError, AttributeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"generated market: checkpoint is not readable ({error})") from error
    numbers = _array(found, "numbers", np.int64)
    if len(numbers) != len(_NUMBERS):
        raise InputError(f"generated market: checkpoint has {len(numbers)} numbers, must have {len(_NUMBERS)}")
    values = dict(zip(_NUMBERS, (int(number) for number in numbers), strict=True))
    prices = PriceState(*(_array(found, f"prices_{name}", np.float64) for name in _PRICES))
    for name in _PRICES:
        wanted = len(prices.log_price) + (2 if name == "volatility" else 0)  # two factors besides the coins
        if len(getattr(prices, name)) != wanted:
            length = len(getattr(prices, name))
            raise InputError(f"generated market: checkpoint's prices_{name} has {length} rows, must have {wanted}")
    arrays = {name: _array(found, name, kind) for name, kind in _ARRAYS.items()}
    # Before anything is built from the numbers: what they say must fit what is there.
    for name, length in (("accounts", len(arrays["changed_ms"])), ("coins", len(prices.log_price))):
        if values[name] != length:
            raise InputError(f"generated market: checkpoint says {name} is {values[name]}, its arrays say {length}")
    return Checkpoint(
        values["seed"],
        values["start_ms"],
        values["accounts"],
        values["coins"],
        values["step_ms"],
        values["step_number"],
        prices,
        arrays["lots"],
        arrays["entry"],
        arrays["setting"],
        arrays["cash"],
        arrays["changed_ms"],
    )


def _array(found: dict[str, AnyArray], name: str, kind: type) -> AnyArray:
    array = found.get(name)
    if array is None:
        raise InputError(f"generated market: checkpoint lacks {name}")
    if array.dtype != kind or array.ndim != 1:
        raise InputError(f"generated market: checkpoint's {name} is {array.dtype}, must be a row of {kind.__name__}")
    return array
