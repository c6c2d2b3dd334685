"""The whole moving state as bytes: an npz of plain arrays, read without pickle, checked before use."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, fields

import numpy as np

from liqscape.errors import InputError
from liqscape.sources.generated.prices import PriceState
from liqscape.units import AnyArray, Float64Array, Int64Array

VERSION = 1


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
_ARRAYS = {
    "lots": np.int64,
    "entry": np.float64,
    "setting": np.float64,
    "cash": np.float64,
    "changed_ms": np.int64,
}
_PRICES = tuple(field.name for field in fields(PriceState))


def pack(state: Checkpoint) -> bytes:
    """Bytes of a checkpoint."""
    arrays: dict[str, AnyArray] = {name: getattr(state, name) for name in _ARRAYS}
    arrays |= {f"prices_{name}": getattr(state.prices, name) for name in _PRICES}
    numbers = np.array([VERSION, *(getattr(state, name) for name in _NUMBERS)], np.int64)
    target = io.BytesIO()
    np.savez(target, allow_pickle=False, numbers=numbers, **arrays)
    return target.getvalue()


def unpack(data: bytes) -> Checkpoint:
    """A checkpoint from bytes. Raises InputError naming what is wrong with them."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"checkpoint of a generated market: not readable ({error})") from error
    numbers = _array(found, "numbers", np.int64)
    if len(numbers) != 1 + len(_NUMBERS) or numbers[0] != VERSION:
        raise InputError(f"checkpoint of a generated market: version {numbers[:1].tolist()}, this reads {VERSION}")
    prices = PriceState(*(_array(found, f"prices_{name}", np.float64) for name in _PRICES))
    values = dict(zip(_NUMBERS, (int(number) for number in numbers[1:]), strict=True))
    arrays = {name: _array(found, name, kind) for name, kind in _ARRAYS.items()}
    return Checkpoint(prices=prices, **values, **arrays)


def _array(found: dict[str, AnyArray], name: str, kind: type) -> AnyArray:
    if name not in found:
        raise InputError(f"checkpoint of a generated market: {name} is missing")
    array = found[name]
    if array.dtype != kind or array.ndim != 1:
        raise InputError(f"checkpoint of a generated market: {name} is {array.dtype}, must be {kind.__name__}")
    return array
