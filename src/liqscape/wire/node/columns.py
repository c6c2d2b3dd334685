"""Funding payments and trades of a node as columns; rows that are no numbers are left out and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from liqscape.model.trades import FundingPayments, Trades
from liqscape.units import AnyArray, BoolArray, Float64Array
from liqscape.wire.decode import LARGEST_NUMBER
from liqscape.wire.node.misc_events import NodeFunding
from liqscape.wire.node.trades import NodeTrade


def map_funding(deltas: Sequence[NodeFunding], market_of: Mapping[str, int]) -> tuple[FundingPayments, list[str]]:
    """(payments in coins that are markets, users of those that were no numbers)."""
    return map_funding_pieces([deltas], market_of)


def map_funding_pieces(
    pieces: Iterable[Sequence[NodeFunding]], market_of: Mapping[str, int]
) -> tuple[FundingPayments, list[str]]:
    """The same of a list that comes in pieces, none of which is kept."""
    rows: dict[str, int] = {}
    bad: list[str] = []
    columns: list[tuple[AnyArray, ...]] = []
    for deltas in pieces:
        listed = [delta for delta in deltas if delta.coin in market_of]
        amount = np.array([delta.funding_amount for delta in listed], np.float64)
        size = np.array([delta.szi for delta in listed], np.float64)
        is_good = _is_number(amount) & _is_number(size)
        if not is_good.all():
            bad += [listed[row].user for row in np.flatnonzero(~is_good).tolist()]
            listed = [delta for delta, good in zip(listed, is_good.tolist(), strict=True) if good]
        user = np.array([rows.setdefault(delta.user, len(rows)) for delta in listed], np.int32)
        market = np.array([market_of[delta.coin] for delta in listed], np.int32)
        columns.append((user, market, amount[is_good], size[is_good]))
    nothing: list[AnyArray] = [np.empty(0)] * 4
    user_rows, market_index, amounts, sizes = map(np.concatenate, zip(*columns, strict=True)) if columns else nothing
    return FundingPayments(
        addresses=tuple(rows), user=user_rows, market_index=market_index, amount=amounts, size=sizes
    ), bad


def map_node_trades(
    trades: Sequence[tuple[int, NodeTrade]], market_of: Mapping[str, int]
) -> tuple[Trades, list[tuple[int, NodeTrade]]]:
    """(trades (time, trade) in coins that are markets, sorted by time and trade id; those that were no numbers)."""
    listed = [(time_ms, trade) for time_ms, trade in trades if trade.coin in market_of]
    price = np.array([trade.px for _, trade in listed], np.float64)
    size = np.array([trade.sz for _, trade in listed], np.float64)
    is_good = _is_number(price) & _is_number(size) & (price > 0.0) & (size > 0.0)
    good = [each for each, keep in zip(listed, is_good.tolist(), strict=True) if keep]
    good_price, good_size = price[is_good], size[is_good]
    times = np.array([time_ms for time_ms, _ in good], np.int64)
    order = np.lexsort((np.array([trade.trade_id for _, trade in good], np.int64), times))
    rows: dict[str, int] = {}
    ordered = [good[row] for row in order.tolist()]
    sides = np.array(
        [[rows.setdefault(side.user, len(rows)) for side in trade.side_info] for _, trade in ordered], np.int32
    ).reshape(-1, 2)
    columns = Trades(
        addresses=tuple(rows),
        buyer=sides[:, 0],
        seller=sides[:, 1],
        market_index=np.array([market_of[trade.coin] for _, trade in ordered], np.int32),
        price=good_price[order],
        size=good_size[order],
        is_buyer_taker=np.array([trade.side == "B" for _, trade in ordered], np.bool_),
        time_ms=np.array([time_ms for time_ms, _ in ordered], np.int64),
        trade_id=np.array([trade.trade_id for _, trade in ordered], np.int64),
    )
    return columns, [listed[row] for row in np.flatnonzero(~is_good).tolist()]


def _is_number(values: Float64Array) -> BoolArray:
    with np.errstate(invalid="ignore"):
        found: BoolArray = np.abs(values) <= LARGEST_NUMBER
    return found
