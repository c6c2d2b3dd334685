"""A frame as rows: one row of scalars, one row a coin; and back."""

from __future__ import annotations

import numpy as np

from liqscape.heatmap.bands import OUTSIDE_REASONS, Bands, OutsideSums
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model.doubt import doubt_of_coverage, sure_marks
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.store.history.schema import (
    COINS,
    FRAMES,
    MARGIN_SOURCE_NAMES,
    OUTSIDE_NAMES,
    SIDES,
    TABLES,
    Table,
)
from liqscape.units import AnyArray


def frame_row(frame: MarketFrame, listed_address_count: int, *, is_keyframe: bool) -> dict[str, float]:
    """The row of FRAMES."""
    row: dict[str, float] = {
        "time_ms": frame.time_ms,
        "market_count": len(frame.snapshot.mark),
        "is_keyframe": is_keyframe,
        "thinned_count": 0,
        "listed_address_count": listed_address_count,
        "address_count": frame.address_count,
        "pool_count": frame.pool_count,
        "oldest_age_ms": frame.oldest_age_ms,
        "median_age_ms": frame.median_age_ms,
    }
    row.update(zip(MARGIN_SOURCE_NAMES, frame.margin_source_notional.tolist(), strict=True))
    return row


def frame_table(rows: list[dict[str, float]]) -> Table:
    """FRAMES of several frames."""
    return {name: np.array([row[name] for row in rows], dtype) for name, dtype in TABLES[FRAMES].items()}


def coin_table(frames: list[MarketFrame]) -> Table:
    """COINS of several frames: every market of every frame."""
    table: Table = {
        "time_ms": np.repeat(
            np.array([frame.time_ms for frame in frames], np.int64),
            np.array([len(frame.snapshot.mark) for frame in frames], np.int64),
        ),
        "market_index": _joined([np.arange(len(frame.snapshot.mark)) for frame in frames]),
        "mark": _joined([sure_marks(frame.snapshot.mark, frame.snapshot.doubt) for frame in frames]),
        "oracle": _joined([frame.snapshot.oracle for frame in frames]),
        "open_interest": _joined([frame.snapshot.open_interest for frame in frames]),
        "coverage": _joined([frame.coverage for frame in frames]),
    }
    sizes = _joined([frame.position_size for frame in frames])
    counts = _joined([frame.position_count for frame in frames])
    for column, side in enumerate(SIDES):
        table[f"{side}_size"] = sizes[:, column]
        table[f"{side}_position_count"] = counts[:, column]
    outside_shape = (-1, len(SIDES) * OUTSIDE_REASONS)
    outside_sizes = _joined([frame.outside.size for frame in frames]).reshape(outside_shape)
    outside_counts = _joined([frame.outside.position_count for frame in frames]).reshape(outside_shape)
    for column, name in enumerate(OUTSIDE_NAMES):
        table[f"{name}_size"] = outside_sizes[:, column]
        table[f"{name}_position_count"] = outside_counts[:, column]
    return {name: np.ascontiguousarray(table[name], dtype) for name, dtype in TABLES[COINS].items()}


def frame_of_rows(provenance: Provenance, markets: Markets, frame: Table, coins: Table, bands: Bands) -> MarketFrame:
    """The frame of one row of FRAMES and its rows of COINS, in order of market."""
    snapshot = MarketSnapshot(
        markets=markets,
        time_ms=int(frame["time_ms"][0]),
        mark=coins["mark"],
        oracle=coins["oracle"],
        open_interest=coins["open_interest"],
        doubt=doubt_of_coverage(coins["coverage"]),
    )
    shape = (len(markets), len(SIDES), OUTSIDE_REASONS)
    outside = OutsideSums(
        np.stack([coins[f"{name}_size"] for name in OUTSIDE_NAMES], axis=1).reshape(shape),
        np.stack([coins[f"{name}_position_count"] for name in OUTSIDE_NAMES], axis=1).reshape(shape),
    )
    return MarketFrame(
        provenance=provenance,
        snapshot=snapshot,
        bands=bands,
        outside=outside,
        position_size=np.stack([coins[f"{side}_size"] for side in SIDES], axis=1),
        position_count=np.stack([coins[f"{side}_position_count"] for side in SIDES], axis=1),
        coverage=coins["coverage"],
        margin_source_notional=np.array([frame[name][0] for name in MARGIN_SOURCE_NAMES]),
        address_count=int(frame["address_count"][0]),
        pool_count=int(frame["pool_count"][0]),
        oldest_age_ms=int(frame["oldest_age_ms"][0]),
        median_age_ms=int(frame["median_age_ms"][0]),
    )


def _joined(parts: list[AnyArray]) -> AnyArray:
    return np.concatenate(parts) if parts else np.empty(0)
