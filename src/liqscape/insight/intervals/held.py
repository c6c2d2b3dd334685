"""What a map holds of one coin, as the interval of its bands needs it: a row a position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.accounts import Accounts
from liqscape.model.markets import MarketSnapshot
from liqscape.units import Float64Array, Int8Array, MarginSource


@dataclass(frozen=True, kw_only=True)
class HeldPositions:
    """P positions of one coin, exempt ones left out.

    mark      USD; gap_usd (2,) USD of longs and of shorts that open interest has and the map has not, NaN unknown.
    level     (P,) liquidation price; NaN unknown, not positive: none.
    joint     (P,) the same with all coins moving; equal to `level` where that is not asked.
    usd       (P,) size * mark, >= 0.
    side      (P,) 1 long, -1 short.
    age_hours (P,) since what is known of its margin was read; 0 where a simulation says it of itself.
    """

    mark: float
    gap_usd: Float64Array
    level: Float64Array
    joint: Float64Array
    usd: Float64Array
    side: Int8Array
    age_hours: Float64Array


def held_levels(
    accounts: Accounts,
    snapshot: MarketSnapshot,
    market_index: int,
    root: Float64Array,
    joint_root: Float64Array | None = None,
) -> HeldPositions:
    """Of one market. root, joint_root (P,) of all positions (risk.liquidation, risk.joint); no joint ones: solo alone.

    Open interest counts both sides alike, so what is missing of a side is open interest less what is held of it.
    Raises ModelError for roots of other lengths.
    """
    joint_root = root if joint_root is None else joint_root
    for name, column in (("root", root), ("joint_root", joint_root)):
        if column.shape != (accounts.position_count,):
            raise ModelError(f"{name} has shape {column.shape}, needs ({accounts.position_count},)")
    mark = float(snapshot.mark[market_index])
    pool = accounts.pool_of_position()
    here = np.flatnonzero(accounts.market_index == market_index)
    size = accounts.size[here]
    held = np.array([size[size > 0.0].sum(), -size[size < 0.0].sum()])
    gap = np.maximum(0.0, float(snapshot.open_interest[market_index]) - held) * mark
    rows = here[~accounts.is_exempt[pool[here]]]
    age_ms = np.maximum(0, snapshot.time_ms - accounts.observed_ms[pool[rows]])
    return HeldPositions(
        mark=mark,
        gap_usd=gap,
        level=root[rows],
        joint=joint_root[rows],
        usd=np.abs(accounts.size[rows]) * mark,
        side=np.sign(accounts.size[rows]).astype(np.int8),
        age_hours=np.where(accounts.margin_source[pool[rows]] == MarginSource.MODELLED, 0.0, age_ms / 3_600_000.0),
    )
