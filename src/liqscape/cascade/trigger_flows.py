"""What trigger orders sold and bought in a cascade, by second and by level; never summed with liquidations."""

from __future__ import annotations

from typing import Any

import numpy as np

from liqscape.cascade.flows import Marks, level_keys
from liqscape.cascade.trigger_results import TriggerLevels, TriggerSeconds
from liqscape.exchange.columns import TAKE_PROFIT, EventColumn, EventKind, FillColumn, Method
from liqscape.exchange.scale import UUSD
from liqscape.units import Float64Array, Int64Array


class TriggerLog:
    """Collects what the logs of a run say of triggers."""

    def __init__(self) -> None:
        self._parts: list[Int64Array] = []
        self.fired = self.closed_before = 0

    def read(self, fills: Int64Array, events: Int64Array, marks: Marks, start_ms: int) -> None:
        """Take in one drain: rows of time, market, mark, sent, filled, lost (micro-USD), is take-profit, is order."""
        kind = events[:, EventColumn.KIND]
        fired = events[kind == EventKind.TRIGGER_FIRED]
        self.fired += len(fired)
        self.closed_before += int(np.count_nonzero(kind == EventKind.TRIGGER_CANCELLED))
        if not len(fired):
            return
        fired = fired[np.argsort(fired[:, EventColumn.C], kind="stable")]
        fills = fills[fills[:, FillColumn.METHOD] == Method.TRADE]
        is_buy = fills[:, FillColumn.IS_BUY_TAKER] == 1
        ident = np.where(is_buy, fills[:, FillColumn.BUYER_ORDER], fills[:, FillColumn.SELLER_ORDER])
        place = np.searchsorted(fired[:, EventColumn.C], ident)
        time, market = fired[:, EventColumn.TIME_MS], fired[:, EventColumn.MARKET]
        mark = marks.at(time - start_ms - 1, market)  # those that fired it: marks of its own block come later
        value = fills[:, FillColumn.LOTS] * fills[:, FillColumn.PRICE]
        lost = (fills[:, FillColumn.PRICE] - fills[:, FillColumn.MARK]) * np.where(is_buy, 1, -1)
        zero = np.zeros(len(fired), np.int64)
        orders = (
            time, market, mark, fired[:, EventColumn.A] * mark, zero, zero,
            fired[:, EventColumn.DETAIL] & TAKE_PROFIT != 0, zero + 1,
        )  # fmt: skip
        traded = (
            fills[:, FillColumn.TIME_MS], fills[:, FillColumn.MARKET], fills[:, FillColumn.MARK], 0 * value, value,
            lost * fills[:, FillColumn.LOTS], fired[place, EventColumn.DETAIL] & TAKE_PROFIT != 0, 0 * value,
        )  # fmt: skip
        rows = np.concatenate((np.stack(orders, axis=1), np.stack(traded, axis=1))).astype(np.int64)
        rows[:, 0] -= start_ms
        self._parts.append(rows)

    def by_second(self, markets: int) -> TriggerSeconds:
        """One row a second and market, in order."""
        rows = self._rows()
        found, where = np.unique(rows[:, 0] // 1_000 * markets + rows[:, 1], return_inverse=True)
        return TriggerSeconds(**_sums(rows, found % markets, where), second=found // markets)

    def by_level(self, scale: Float64Array) -> TriggerLevels:
        """One row a market and band of the mark, in order. scale (M,) ticks a USD."""
        rows = self._rows()
        market, low, high, where = level_keys(rows[:, 2], rows[:, 1], scale)
        return TriggerLevels(**_sums(rows, market, where), price_low=low, price_high=high)

    def _rows(self) -> Int64Array:
        return np.concatenate(self._parts) if self._parts else np.zeros((0, 8), np.int64)


def _sums(rows: Int64Array, market: Int64Array, where: Int64Array) -> dict[str, Any]:
    """Columns of TriggerRowsOfFlow; `where` (n,) is the row of each item."""
    is_profit, count = rows[:, 6] == 1, len(market)

    def usd(values: Int64Array) -> Float64Array:
        total: Float64Array = np.bincount(where, values.astype(np.float64), count) / UUSD
        return total

    return {
        "market_index": market,
        "stops_sent": usd(np.where(is_profit, 0, rows[:, 3])),
        "stops_filled": usd(np.where(is_profit, 0, rows[:, 4])),
        "profits_sent": usd(np.where(is_profit, rows[:, 3], 0)),
        "profits_filled": usd(np.where(is_profit, rows[:, 4], 0)),
        "orders": np.bincount(where, rows[:, 7], count).astype(np.int64),
        "slippage": usd(rows[:, 5]),
    }
