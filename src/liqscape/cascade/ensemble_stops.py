"""Trigger orders over the runs of an ensemble: their figures, and their flow by level (docs/cascade.md)."""

from __future__ import annotations

import numpy as np

from liqscape.cascade.trigger_results import EnsembleStopLevels, EnsembleStops, StopFlow, TriggerLevels
from liqscape.units import Float64Array

FLOWS = ("stops_sent", "stops_filled", "profits_sent", "profits_filled", "slippage")
COUNTS = ("fired", "closed_before", "still_waiting")


class StopMembers:
    """Collects what the members say of trigger orders; of each its figures and its levels are kept, not its seconds."""

    def __init__(self) -> None:
        self._figures: list[dict[str, float]] = []
        self._levels: list[TriggerLevels] = []
        self._orders: tuple[int, dict[str, int]] = (0, {})

    def add(self, flow: StopFlow) -> None:
        """Take in one member."""
        sums = {name: float(getattr(flow.per_level, name).sum()) for name in FLOWS}
        self._figures.append(sums | {name: float(getattr(flow, name)) for name in COUNTS})
        self._levels.append(flow.per_level)
        self._orders = flow.loaded, flow.left_out

    def result(self, levels: tuple[float, ...]) -> EnsembleStops | None:
        """Quantiles over the members; None where none took trigger orders along."""
        if not self._figures:
            return None
        outcome = {name: np.array([row[name] for row in self._figures]) for name in (*FLOWS, *COUNTS)}
        loaded, left_out = self._orders
        return EnsembleStops(
            loaded=loaded,
            left_out=dict(left_out),
            outcome=outcome,
            quantiles={name: np.quantile(values, levels) for name, values in outcome.items()},
            per_level=self._per_level(levels),
        )

    def _per_level(self, levels: tuple[float, ...]) -> EnsembleStopLevels:
        """Rows of all members brought together by market and lower edge, which is the same number in each of them."""
        market = np.concatenate([rows.market_index for rows in self._levels])
        low = np.concatenate([rows.price_low for rows in self._levels])
        high = np.concatenate([rows.price_high for rows in self._levels])
        member = np.repeat(np.arange(len(self._levels)), [len(rows.price_low) for rows in self._levels])
        order = np.lexsort((low, market))
        is_new = np.ones(len(order), np.bool_)
        is_new[1:] = (np.diff(market[order]) != 0) | (np.diff(low[order]) != 0.0)
        row = np.empty(len(order), np.int64)
        row[order] = np.cumsum(is_new) - 1
        first = order[is_new]

        def table(values: Float64Array) -> Float64Array:
            dense: Float64Array = np.zeros((len(self._levels), len(first)))
            dense[member, row] = values
            return dense

        def quantiles(name: str) -> Float64Array:
            values = table(np.concatenate([getattr(rows, name) for rows in self._levels]))
            return np.asarray(np.quantile(values, levels, axis=0).T, np.float64)

        return EnsembleStopLevels(
            market_index=market[first],
            price_low=low[first],
            price_high=high[first],
            fired_share=table(np.ones(len(order))).mean(axis=0),
            stops_filled=quantiles("stops_filled"),
            profits_filled=quantiles("profits_filled"),
        )
