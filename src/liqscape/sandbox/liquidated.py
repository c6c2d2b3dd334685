"""Liquidations of the sandbox exchange, out of its own log of fills: exact, nothing inferred."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

import numpy as np

from liqscape.exchange.columns import NO_ROW, FillColumn, Method
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import BlockOutput
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.sandbox.answers.units import address, coins, price, usd
from liqscape.units import Float64Array, Int64Array

GAP_MS = 1_000
"""Fills of one account and market this close together are one event, as the ledger takes those of the exchange."""
METHODS = {
    Method.MARKET: LiquidationMethod.MARKET,
    Method.BACKSTOP: LiquidationMethod.BACKSTOP,
    Method.ADL: LiquidationMethod.ADL,
}


class LiquidatedFills:
    """Listens to blocks and keeps their fills of liquidations until they are taken."""

    def __init__(self) -> None:
        self._rows: list[Int64Array] = []

    def observe(self, output: BlockOutput) -> None:
        """Take in one block."""
        found = output.fills[output.fills[:, FillColumn.LIQUIDATED] != NO_ROW]
        if len(found):
            self._rows.append(found.copy())

    def take(self) -> Int64Array:
        """(F, FillColumn.WIDTH) fills since the last call, in order of time."""
        taken, self._rows = self._rows, []
        rows: Int64Array = np.concatenate(taken) if taken else np.zeros((0, FillColumn.WIDTH), np.int64)
        return rows


def liquidations_of(exchange: Exchange, fills: Int64Array, level: Float64Array) -> list[Liquidation]:
    """One event for all fills that closed one position in one go, by time.

    fills (F, FillColumn.WIDTH) of liquidations; level (F,) USD that the map showed before each, NaN where it had none.
    """
    order = np.lexsort((fills[:, FillColumn.TRADE_ID], fills[:, FillColumn.TIME_MS]))
    rows = list(zip(fills[order].tolist(), level[order].tolist(), strict=True))
    rows.sort(key=_position)
    found = [
        _liquidation(exchange, part) for _, same in groupby(rows, key=_position) for part in _without_gaps(list(same))
    ]
    return sorted(found, key=lambda event: (event.first_ms, event.address, event.market_index))


def _position(row: tuple[list[int], float]) -> tuple[int, int, int, int]:
    fill = row[0]
    return fill[FillColumn.LIQUIDATED], fill[FillColumn.MARKET], fill[FillColumn.METHOD], fill[FillColumn.IS_ISOLATED]


def _without_gaps(rows: list[tuple[list[int], float]]) -> Iterator[list[tuple[list[int], float]]]:
    first = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at][0][FillColumn.TIME_MS] - rows[at - 1][0][FillColumn.TIME_MS] > GAP_MS:
            yield rows[first:at]
            first = at


def _liquidation(exchange: Exchange, rows: list[tuple[list[int], float]]) -> Liquidation:
    fills = [fill for fill, _ in rows]
    head = fills[0]
    victim, market = head[FillColumn.LIQUIDATED], head[FillColumn.MARKET]
    is_sold = head[FillColumn.SELLER] == victim
    lots = sum(fill[FillColumn.LOTS] for fill in fills)
    notional = usd(sum(fill[FillColumn.LOTS] * fill[FillColumn.PRICE] for fill in fills))
    size = coins(exchange, market, lots)
    return Liquidation(
        address=address(exchange, victim),
        market_index=market,
        side=1 if is_sold else -1,
        size=size,
        price=notional / size,
        notional=notional,
        mark=price(exchange, market, head[FillColumn.MARK]),
        predicted_price=rows[0][1],
        method=METHODS[Method(head[FillColumn.METHOD])],
        evidence=Evidence.EXACT,
        fee=usd(sum(fill[FillColumn.SELLER_FEE if is_sold else FillColumn.BUYER_FEE] for fill in fills)),
        account_value=math.nan,
        fill_count=len(fills),
        first_ms=head[FillColumn.TIME_MS],
        last_ms=fills[-1][FillColumn.TIME_MS],
        trade_ids=tuple(sorted(fill[FillColumn.TRADE_ID] for fill in fills)),
    )
