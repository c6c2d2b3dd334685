"""Whether a stored frame agrees with itself: its accounts, its sums by coin, its bands, and those that are stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from liqscape.errors import StoreError
from liqscape.store.history.bands import bands_of_rows
from liqscape.store.history.manifest import Manifest, PartEntry
from liqscape.store.history.parts import PartReader
from liqscape.store.history.reader import HistoryReader
from liqscape.store.history.schema import BANDS, FRAMES, SIDES, STEP_MS, row_count
from liqscape.units import AnyArray, Float64Array

EXACT, STORED = 1e-9, 1e-6
"""Relative differences that sums may have: of 64 bits in another order; of stored bands, which are of 32 bits."""


def compare_sums(folder: Path, entry: PartEntry, manifest: Manifest, share: float) -> str | None:
    """What differs in one frame, empty where nothing does; None where the part is gone meanwhile.

    share  0 to 1: how far into the part; the frame is the last of a quarter of an hour, of which bands are stored.
    """
    definition = manifest.definition_at(entry.first_ms)
    try:
        part = PartReader(folder, entry, definition.markets)
        times = part.read(FRAMES, ["time_ms"])["time_ms"]
        ends = times[np.append(times[1:] // STEP_MS != times[:-1] // STEP_MS, True)]
        at_ms = int(ends[min(int(share * len(ends)), len(ends) - 1)])
        rows = None if part.is_former else part.read_between(BANDS, None, entry.first_ms, at_ms)
        reader = HistoryReader(folder)
        frame, accounts = reader.frame_at(at_ms), reader.accounts_at(at_ms)
    except FileNotFoundError:
        return None
    except StoreError as error:
        return str(error)
    if frame is None or frame.time_ms != at_ms:
        return f"its frame at {at_ms} ms cannot be shown"
    markets, bands = len(definition.markets), frame.bands
    held = _by_side(accounts.market_index, accounts.size, np.abs(accounts.size), markets)
    drawn = _by_side(bands.market_index, bands.side, bands.size, markets)
    pairs = [
        ("accounts", held, "coins", frame.position_size, EXACT),
        ("bands and what is outside of them", drawn + frame.outside.size.sum(axis=2), "accounts", held, EXACT),
    ]
    if rows is not None and row_count(rows):
        kept = bands_of_rows(rows)
        stored = _by_side(kept.market_index, kept.side, kept.size, markets)
        pairs.append(("stored bands", stored, "bands of the accounts", drawn, STORED))
    for name, ours, other, theirs, bound in pairs:
        apart = np.abs(ours - theirs) > bound * np.maximum(np.abs(ours), np.abs(theirs)) + bound
        if apart.any():
            market, side = np.argwhere(apart)[0].tolist()
            return (
                f"frame at {at_ms} ms: sizes of {name} differ from those of {other} in {int(apart.sum())} sums, first "
                f"{definition.markets.coins[market]} {SIDES[side]}: {ours[market, side]:.9g} coins against "
                f"{theirs[market, side]:.9g}"
            )
    return ""


def _by_side(market: AnyArray, side: AnyArray, size: AnyArray, markets: int) -> Float64Array:
    """(M, 2) sums of coins, longs and shorts."""
    sums = [np.bincount(market[side * sign > 0], size[side * sign > 0], markets) for sign in (1, -1)]
    return np.stack(sums, axis=1).astype(np.float64)
