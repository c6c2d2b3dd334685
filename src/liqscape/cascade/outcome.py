"""What a run says about prices: path, overshoot, branching ratio, clusters reached (docs/cascade.md, "Results")."""

from __future__ import annotations

import math

import numpy as np

from liqscape.cascade.question import CascadeInput
from liqscape.cascade.results import Branching, ClusterReach, Overshoot, PricePath
from liqscape.exchange.columns import ASK, BID
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.clusters import find_clusters
from liqscape.heatmap.frame import Provenance
from liqscape.risk.liquidation import solve_roots
from liqscape.units import Float64Array, Side

BIN = 0.005
"""Width of a branching bin in log price."""
MIN_BINS, MAX_BINS = 8, 160
BEYOND = 1.25
"""Bins go on past the target by a quarter of the way."""
ONE_PERCENT = 0.01


def overshoot(path: PricePath, market: int, coin: str, direction: int) -> Overshoot:
    """How far one coin went past its path without liquidations. direction -1 a fall, +1 a rise."""
    mark, calm_mark = path.mark[:, market], path.calm_mark[:, market]
    middle, calm = path.mid[:, market], path.calm_mid[:, market]
    extreme = _extreme(mark, direction)
    gap_at, gap, recovery = 0, math.nan, None
    gaps = (middle / calm - 1.0) * direction
    if np.isfinite(gaps).any():
        gap_at = int(np.nanargmax(gaps))
        gap = float(gaps[gap_at]) * direction
        if gaps[gap_at] > 0.0:
            closed = np.flatnonzero(gaps[gap_at:] <= 0.5 * gaps[gap_at])
            if len(closed):
                recovery = int(path.time_ms[gap_at + closed[0]] - path.time_ms[gap_at])
        else:
            gap = 0.0
    side = path.withdrawal_bid if direction < 0 else path.withdrawal_ask
    least = side[:, market]
    return Overshoot(
        market_index=market,
        coin=coin,
        extreme_mark=extreme,
        overshoot=_extreme(middle, direction) / _extreme(calm, direction) - 1.0,
        mark_overshoot=extreme / _extreme(calm_mark, direction) - 1.0,
        widest_gap=gap,
        widest_gap_ms=int(path.time_ms[gap_at]),
        half_recovery_ms=recovery,
        lowest_withdrawal=float(np.nanmin(least)) if np.isfinite(least).any() else math.nan,
    )


def _extreme(values: Float64Array, direction: int) -> float:
    known = values[np.isfinite(values)]
    if not len(known):
        return math.nan
    return float(known.min() if direction < 0 else known.max())


def branching(
    question: CascadeInput,
    path: PricePath,
    root: Float64Array,
    *,
    one_percent: Float64Array,
    market: int,
    direction: int,
    target_log_return: float,
) -> Branching:
    """n(p) of one coin. root (P,) liquidation level of each position; one_percent (M, 2) quiet coins within 1 %."""
    start = float(question.snapshot.mark[market])
    furthest = math.log(_extreme(path.mark[:, market], direction) / start) * direction
    reach = BEYOND * max(abs(target_log_return), furthest)
    count = min(MAX_BINS, max(MIN_BINS, math.ceil(reach / BIN)))
    edges = start * np.exp(direction * BIN * np.arange(count + 1))
    accounts = question.accounts
    rows = np.flatnonzero(
        (accounts.market_index == market)
        & (np.sign(accounts.size) == -direction)
        & ~accounts.is_exempt[accounts.pool_of_position()]
        & (root > 0.0)
        & np.isfinite(root)
    )
    away = np.log(root[rows] / start) * direction
    inside = (away >= 0.0) & (away < BIN * count)
    notional = np.abs(accounts.size[rows]) * root[rows]
    held = np.bincount((away[inside] / BIN).astype(np.int64), notional[inside], count)[:count]
    side = BID if direction < 0 else ASK
    withdrawal = (path.withdrawal_bid if direction < 0 else path.withdrawal_ask)[:, market]
    when = _first_passing(path.mark[:, market], edges[:-1], direction)
    share = withdrawal[when]
    middle = np.sqrt(edges[:-1] * edges[1:])
    depth = one_percent[market, side] * middle / ONE_PERCENT
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(held > 0.0, held / BIN / (depth * share), 0.0)
        ratio = np.where(np.isnan(share), np.nan, ratio)
        amplification = np.where(ratio < 1.0, 1.0 / (1.0 - ratio), np.where(np.isnan(ratio), np.nan, np.inf))
    return Branching(
        market_index=market,
        coin=question.snapshot.markets.coins[market],
        price_low=np.minimum(edges[:-1], edges[1:]),
        price_high=np.maximum(edges[:-1], edges[1:]),
        liquidatable=held / BIN,
        depth=depth * share,
        withdrawal=share,
        ratio=ratio,
        amplification=amplification,
    )


def _first_passing(
    mark: Float64Array, edge: Float64Array, direction: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(K,) sample at which the mark first stood at or past each edge; for those never passed, at the furthest mark."""
    way = np.where(np.isfinite(mark), mark * direction, -np.inf)
    furthest = np.maximum.accumulate(way)
    when = np.searchsorted(furthest, edge * direction, side="left")
    return np.minimum(when, int(np.argmax(way))).astype(np.int64)


def levels(question: CascadeInput) -> Float64Array:
    """(P,) solo liquidation levels at the start, as the map has them."""
    return solve_roots(question.accounts, question.snapshot, question.tables)


def clusters_reached(
    question: CascadeInput, root: Float64Array, path: PricePath, focus: tuple[int, ...], directions: tuple[int, ...]
) -> tuple[ClusterReach, ...]:
    """For each coin, clusters of the starting map on the shock's side: reached, and the nearest that was not."""
    provenance = Provenance("cascade", question.provenance, True)
    frame = build_frame(question.accounts, question.snapshot, question.tables, provenance, root=root)
    found = []
    for market, direction in zip(focus, directions, strict=True):
        side = Side.LONG if direction < 0 else Side.SHORT
        extreme = _extreme(path.mark[:, market], direction)
        mine = [cluster for cluster in find_clusters(frame, market) if cluster.side == side]
        mine.sort(key=lambda cluster: abs(cluster.distance_percent))
        reached = tuple(cluster for cluster in mine if (cluster.price_peak - extreme) * direction <= 0.0)
        ahead = [cluster for cluster in mine if (cluster.price_peak - extreme) * direction > 0.0]
        coin = question.snapshot.markets.coins[market]
        found.append(ClusterReach(market, coin, reached, ahead[0] if ahead else None))
    return tuple(found)
