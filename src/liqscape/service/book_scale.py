"""How much is little and how much is much of a coin's order books: one scale for all who look (docs/heatmap.md,
"Resting orders")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from liqscape.heatmap.density import CELL_LEVEL, QUANTILES, density_of
from liqscape.heatmap.grid import band_of_price, merge_band
from liqscape.heatmap.resting import order_statistics, ring_density, sum_resting
from liqscape.heatmap.through_time import PriceRows
from liqscape.service.answers.book import BookScale
from liqscape.service.book_columns import BookColumns
from liqscape.store.books import BookDay
from liqscape.store.books.schema import BID
from liqscape.store.history.depth import DepthPath
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, BoolArray, Float64Array, Int64Array

SPAN_MS = 7 * DAY_MS
EVERY_MS = 15 * MINUTE_MS
"""Books so far apart are hardly the same ones; a week has 672."""
MIN_CELLS = 20
"""Of fewer the quantiles are single orders."""

Basis = Literal["7 days", "shorter", "window"]


@dataclass(frozen=True)
class Densities:
    """USD per 0.1 % of price of what is not empty (N,), and the time of the first book in it."""

    values: Float64Array
    first_ms: int


def book_scale(found: Densities, computed_ms: int, *, is_window: bool = False) -> BookScale | None:
    """Quantiles; None where there is too little for any."""
    if len(found.values) < MIN_CELLS:
        return None
    found_at = order_statistics(found.values, QUANTILES)
    basis: Basis = "7 days" if found.first_ms < computed_ms - SPAN_MS + HOUR_MS else "shorter"
    return BookScale(
        low=found_at[0],
        high=found_at[-1],
        quantiles={str(quantile): value for quantile, value in zip(QUANTILES, found_at, strict=True)},
        cell_count=len(found.values),
        basis="window" if is_window else basis,
        computed_ms=computed_ms,
        from_ms=found.first_ms,
    )


def densities_of_days(days: Iterable[BookDay], start_ms: int, end_ms: int) -> Densities:
    """Cells of 0.1 % of price of the last book in each quarter of an hour within [start, end)."""
    found, first_ms = [np.empty(0)], end_ms
    for day in days:
        rows = day.rows
        times, first = np.unique(rows.time_ms, return_index=True)
        counts = np.diff(np.append(first, len(rows.time_ms)))
        is_chosen = _last_of_spans(times) & (times >= start_ms) & (times < end_ms)
        if not is_chosen.any():
            continue
        first_ms = min(first_ms, int(times[is_chosen][0]))
        is_row = np.repeat(is_chosen, counts)
        book = np.repeat(np.arange(len(times)), counts)[is_row]
        price, is_bid = rows.price[is_row], rows.side[is_row] == BID
        usd = price * rows.size[is_row]
        band = merge_band(band_of_price(price), CELL_LEVEL)
        cells = PriceRows(CELL_LEVEL, int(band.min()), int(band.max()) - int(band.min()) + 1)
        found += [sum_resting(book[part], price[part], usd[part], cells).usd for part in (is_bid, ~is_bid)]
    return Densities(density_of(np.concatenate(found), CELL_LEVEL), first_ms)


def densities_of_path(path: DepthPath) -> Densities:
    """What stands between the distances of each minute, both sides."""
    rings = np.stack((ring_density(path.bid_usd), ring_density(path.ask_usd)))
    is_known = np.isfinite(rings) & (rings > 0.0)
    times = path.time_ms[is_known.any(axis=(0, 2))]
    return Densities(rings[is_known], int(times[0]) if len(times) else 0)


def densities_shown(shown: BookColumns, level: int) -> Densities:
    """Cells of a window; those of another height than 0.1 % of price are taken to be evenly filled."""
    cells = density_of(np.concatenate((shown.bid.usd, shown.ask.usd)), level)
    known = shown.as_of_ms[shown.as_of_ms >= 0]
    return Densities(cells, int(known[0]) if len(known) else 0)


def _last_of_spans(times: Int64Array) -> BoolArray:
    """(T,) which are the last of their EVERY_MS."""
    span = times // EVERY_MS
    return np.append(span[1:] != span[:-1], True)[: len(times)]
