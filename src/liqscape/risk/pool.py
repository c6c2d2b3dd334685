"""The inverse: what a margin pool holds, from the liquidation prices published for it (docs/liquidation.md, eq. 10).

    free margin G_i = M_i(|s| p) - M_i(|s| m) - s (p - m)        implied by the price p of position i at mark m
    raw_usd         = G + sum(M_j(|s_j| m_j)) - sum(s_j m_j)      over all positions of the pool

Every published price of a pool gives its own G_i, and they must agree: how many do, and how closely, is the
quality of the answer. A vote is worth what one unit of the last printed digit of its price is in USD, so a price of
a large position printed to few digits does not blur the rest. A price is never checked against itself: for each vote
`leave_one_out` gives what the *others* agree on. Valid in every account mode, because the other positions drop out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.margin_tables import MarginTables
from liqscape.risk.inference.free_margin import free_margin_width, implied_free_margin
from liqscape.risk.margin import maintenance_margin
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array

VENUE_NOISE_USD = 1e-5
"""The venue adds up maintenance in micro-USD, position by position; agreement cannot be better than this."""

RELATIVE_NOISE = 2e-11
"""Float noise of the venue's sums, relative to the notional at the price."""


@dataclass(frozen=True)
class PriceVotes:
    """V published prices of one pool: the free margin each implies and how sharply, USD.

    value (V,) G_i; NaN where there is no price. width (V,) how far it may be off.
    """

    value: Float64Array
    width: Float64Array


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What votes agree on.

    free_margin  USD; NaN where nothing is agreed on (no vote, or two groups of equal size).
    width        USD, of the mean of the agreeing votes.
    count        votes that agree.
    spread       (highest - lowest agreeing vote) / largest |vote|; NaN below two votes.
    is_agreeing  (V,) which votes.
    """

    free_margin: float
    width: float
    count: int
    spread: float
    is_agreeing: BoolArray


def price_votes(
    size: Float64Array,
    mark: Float64Array,
    price: Float64Array,
    price_resolution: Float64Array,
    table_row: AnyArray,
    tables: MarginTables,
) -> PriceVotes:
    """Votes of P positions; `price_resolution` is half a unit of the last printed digit, USD."""
    value = implied_free_margin(size, mark, price, table_row, tables)
    printed = free_margin_width(size, mark, price, price_resolution, np.zeros(len(size)))
    noise = VENUE_NOISE_USD + RELATIVE_NOISE * np.abs(size) * (np.abs(price) + mark)
    return PriceVotes(value, printed + noise)


def agree(votes: PriceVotes) -> Agreement:
    """The largest group of votes whose neighbours lie within their widths, and its mean weighted by 1 / width^2."""
    is_vote = np.isfinite(votes.value)
    nothing = Agreement(
        free_margin=np.nan, width=np.nan, count=0, spread=np.nan, is_agreeing=np.zeros(len(votes.value), np.bool_)
    )
    if not is_vote.any():
        return nothing
    rows = np.flatnonzero(is_vote)
    rows = rows[np.argsort(votes.value[rows], kind="stable")]
    value, width = votes.value[rows], votes.width[rows]
    group = np.concatenate(([0], np.cumsum(value[1:] - value[:-1] > width[1:] + width[:-1])))
    counts = np.bincount(group)
    largest = int(counts.argmax())
    if int((counts == counts[largest]).sum()) > 1:
        return nothing
    members = rows[group == largest]
    is_agreeing = np.zeros(len(votes.value), np.bool_)
    is_agreeing[members] = True
    value, width = votes.value[members], votes.width[members]
    sharpest = float(value[int(width.argmin())])
    weight = 1.0 / width**2
    mean = sharpest + float(np.sum(weight * (value - sharpest)) / weight.sum())
    scale = float(np.abs(value).max())
    spread = np.nan if len(members) < 2 else float(np.ptp(value)) / scale if scale > 0.0 else 0.0
    return Agreement(
        free_margin=mean,
        width=float(1.0 / np.sqrt(weight.sum())),
        count=len(members),
        spread=spread,
        is_agreeing=is_agreeing,
    )


def leave_one_out(votes: PriceVotes) -> tuple[Float64Array, Int64Array]:
    """For each of V rows what the other votes agree on: (free margin USD (V,), votes that agree (V,)).

    NaN and 0 where the others agree on nothing. A row without a vote gets the agreement of all. Cost O(V^2 log V).
    """
    others = np.full(len(votes.value), np.nan)
    count = np.zeros(len(votes.value), np.int64)
    for row in range(len(votes.value)):
        value = votes.value.copy()
        value[row] = np.nan
        agreement = agree(PriceVotes(value, votes.width))
        others[row], count[row] = agreement.free_margin, agreement.count
    return others, count


def raw_usd_from_free_margin(
    free_margin: AnyArray | float, size: Float64Array, mark: Float64Array, table_row: AnyArray, tables: MarginTables
) -> Float64Array:
    """Effective raw USD of one pool of P positions for each given free margin, USD; NaN stays NaN."""
    exposure = size * mark
    required = maintenance_margin(np.abs(exposure), table_row, tables).sum() - exposure.sum()
    raw: Float64Array = np.asarray(free_margin, np.float64) + required
    return raw
