"""Changed bands: from two steps to the rows that differ, and from rows back to the bands of a step.

Stored sizes are of 32 bits, within 6e-8 of those of the frame: exact ones follow from the accounts.

Bands are named by one int64 key that sorts like their rows, (market_index, band, side, margin_source), so two frames
are compared by merging two sorted lists, all coins at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.grid import band_middle
from liqscape.store.history.schema import BANDS, Table, empty_table
from liqscape.units import AnyArray, BoolArray, Float64Array, Int32Array, Int64Array

VALUES = ("size", "first_order_size", "position_count")
"""Stored contents of a band; all zero from the moment it is gone.

USD at the levels is not stored: a level of a cross account moves inside its band with every mark, so nearly all
bands would be written again each minute. It is `level_notional_of` when read."""

_SMALLEST = np.float32(1e-45)
_BAND_SHIFT = 1 << 31
_MARKET_BITS = 36


@dataclass(frozen=True)
class KeyedBands:
    """Bands with their keys, (B,) rising."""

    key: Int64Array
    bands: Bands


def narrowed(bands: Bands) -> KeyedBands:
    """Bands as they are stored, in narrower types; what is above zero stays above zero."""
    with np.errstate(over="ignore", under="ignore"):
        stored: dict[str, AnyArray] = {
            "size": np.maximum(bands.size.astype(np.float32), _SMALLEST),
            "first_order_size": bands.first_order_size.astype(np.float32),
        }
    return key_bands(replace(bands, **stored))


def key_bands(bands: Bands) -> KeyedBands:
    """Keys of the rows: 27 bits market, 32 bits band, 1 bit side, 3 bits margin source."""
    shifted = bands.band.astype(np.int64) + _BAND_SHIFT
    market = bands.market_index.astype(np.int64) << _MARKET_BITS
    return KeyedBands(market | shifted << 4 | (bands.side > 0).astype(np.int64) << 3 | bands.margin_source, bands)


def unpack_keys(key: Int64Array) -> Table:
    """Columns market_index, band, side and margin source of keys."""
    return {
        "market_index": (key >> _MARKET_BITS).astype(np.int32),
        "band": ((key >> 4 & 0xFFFFFFFF) - _BAND_SHIFT).astype(np.int32),
        "side": ((key >> 3 & 1) * 2 - 1).astype(np.int8),
        "margin_source": (key & 7).astype(np.uint8),
    }


def changed_bands(before: KeyedBands, after: KeyedBands, *, is_keyframe: bool) -> tuple[Int64Array, Table]:
    """Keys and contents of bands that differ, by key; a band that is gone has all contents zero.

    A keyframe gives all present bands besides the gone ones, so that what follows needs nothing before it.
    """
    if len(before.key) == len(after.key) and np.array_equal(before.key, after.key):
        if is_keyframe:
            return after.key, _contents(after.bands, slice(None))
        rows = np.flatnonzero(_differ(before.bands, slice(None), after.bands, slice(None)))
        return after.key[rows], _contents(after.bands, rows)

    place = np.searchsorted(before.key, after.key)
    inside = np.minimum(place, len(before.key) - 1)
    is_known = before.key[inside] == after.key if len(before.key) else np.zeros(len(after.key), np.bool_)
    is_gone = np.ones(len(before.key), np.bool_)
    is_gone[place[is_known]] = False
    gone = before.key[is_gone]
    if is_keyframe:
        rows = np.arange(len(after.key))
    else:
        is_changed = ~is_known
        is_changed[is_known] = _differ(before.bands, place[is_known], after.bands, is_known)
        rows = np.flatnonzero(is_changed)
    if not len(gone):
        return after.key[rows], _contents(after.bands, rows)
    key = np.concatenate((after.key[rows], gone))
    order = np.argsort(key, kind="stable")
    contents = {
        name: np.concatenate((values, np.zeros(len(gone), values.dtype)))[order]
        for name, values in _contents(after.bands, rows).items()
    }
    return key[order], contents


def bands_of_rows(rows: Table) -> Bands:
    """Bands as they stand after all `rows`, which are in order of time within each coin and begin at a keyframe."""
    if not len(rows["band"]):
        return Bands.empty()
    stored = {name: rows[name] for name in empty_table(BANDS) if name != "time_ms"}
    named = Bands(**stored, level_notional=level_notional_of(rows["band"], rows["size"]))
    key = key_bands(named).key
    order = np.argsort(key, kind="stable")
    is_last = np.append(key[order][1:] != key[order][:-1], True)
    last = order[is_last]
    return named.select(last[named.size[last] > 0.0])


def level_notional_of(band: Int32Array, size: Float64Array) -> Float64Array:
    """USD of `size` coins at the middle of their band: within 2.5 basis points of the sum over the levels."""
    with np.errstate(over="ignore", invalid="ignore"):
        return size * band_middle(band)


def _contents(bands: Bands, rows: slice | AnyArray) -> Table:
    return {name: getattr(bands, name)[rows] for name in VALUES}


def _differ(before: Bands, before_rows: slice | AnyArray, after: Bands, after_rows: slice | AnyArray) -> BoolArray:
    """Compares bits, so that NaN equals NaN and nothing that differs is lost."""
    differs: BoolArray = before.position_count[before_rows] != after.position_count[after_rows]
    for name in VALUES[:-1]:
        old, new = getattr(before, name)[before_rows], getattr(after, name)[after_rows]
        differs = differs | (old.view(np.int32) != new.view(np.int32))
    return differs
