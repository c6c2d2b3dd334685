"""Sides of fills as columns: rows of a node, of `userFills`, of the websocket's `userFills`.

A forced fill is `backstop` on the wire both where the liquidator vault took the position over and where it was closed
against winners; it was the latter where a side of the same coin and trade id says so (docs/venue.md). Only sides
that are in the batch can be looked at. Where the mark does not name the victim, either side of the trade may tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.trades import NO_ADDRESS, Fills
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array
from liqscape.wire.columns.names import AddressRows
from liqscape.wire.decode import LARGEST_NUMBER, refuse
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS
from liqscape.wire.info.user_fills import AUTO_DELEVERAGING, BACKSTOP, Fill

NO_TRADE_ID = -1
LARGEST_TRADE_ID = 2**63 - 1


def map_fills(
    rows: Iterable[tuple[str, Fill]],
    market_of: Mapping[str, int],
    source: str,
    left_out: dict[str, int] | None = None,
) -> Fills:
    """Fills of markets, in order of (time, trade id); of equal keys the order given stands.

    Fills of other coins are left out; `left_out` is added to by coin.
    Raises RemoteWireError for a figure out of range or a user that is no address.
    """
    given = rows if isinstance(rows, list) else list(rows)
    kept = [row for row in given if row[1].coin in market_of]
    if left_out is not None and len(kept) < len(given):
        for _, fill in given:
            if fill.coin not in market_of:
                left_out[fill.coin] = left_out.get(fill.coin, 0) + 1
    time_ms, trade_id = _keys([fill for _, fill in kept], source)
    order = np.lexsort((trade_id, time_ms))
    if np.any(order[1:] < order[:-1]):
        kept = [kept[row] for row in order.tolist()]
        time_ms, trade_id = time_ms[order], trade_id[order]
    fills = [fill for _, fill in kept]
    side = [fill.side for fill in fills]
    if not {"A", "B"}.issuperset(side):
        wrong = next(each for each in side if each not in ("A", "B"))
        raise refuse(source, "side", wrong, "is neither A nor B")
    names = AddressRows()
    user = np.array(names.rows([user for user, _ in kept], source, "user"), np.int32)
    size = _column([fill.sz for fill in fills], source, "sz", least=0.0)
    is_deleveraged = np.array([fill.dir == AUTO_DELEVERAGING for fill in fills], np.bool_)
    liquidated, method, trigger_mark = _forced(kept, is_deleveraged, names, source)
    return Fills(
        addresses=names.addresses,
        user=user,
        market_index=np.array([market_of[fill.coin] for fill in fills], np.int32),
        price=_column([fill.px for fill in fills], source, "px", least=0.0),
        size=np.where(np.array([each == "B" for each in side], np.bool_), size, -size),
        start_position=_column([fill.startPosition for fill in fills], source, "startPosition"),
        fee=_column([fill.fee for fill in fills], source, "fee"),
        is_taker=np.array([fill.crossed for fill in fills], np.bool_),
        time_ms=time_ms,
        trade_id=trade_id,
        liquidated=liquidated,
        method=method,
        trigger_mark=trigger_mark,
        is_deleveraged=is_deleveraged,
    )


def _keys(fills: list[Fill], source: str) -> tuple[Int64Array, Int64Array]:
    """(times, trade ids) as they come. Raises RemoteWireError for one out of range."""
    times = [fill.time for fill in fills]
    if times and not 0 <= min(times) <= max(times) <= LARGEST_TIME_MS:
        wrong = next(time_ms for time_ms in times if not 0 <= time_ms <= LARGEST_TIME_MS)
        raise refuse(source, "time", wrong, "is not a time in milliseconds since 1970")
    reported = [fill.tid for fill in fills if fill.tid is not None]
    if reported and not 0 <= min(reported) <= max(reported) <= LARGEST_TRADE_ID:
        wrong = next(trade_id for trade_id in reported if not 0 <= trade_id <= LARGEST_TRADE_ID)
        raise refuse(source, "tid", wrong, "is no trade id of 63 bits")
    ids = reported if len(reported) == len(fills) else [NO_TRADE_ID if fill.tid is None else fill.tid for fill in fills]
    return np.array(times, np.int64), np.array(ids, np.int64)


def _forced(
    rows: list[tuple[str, Fill]], is_deleveraged: BoolArray, names: AddressRows, source: str
) -> tuple[Int32Array, UInt8Array, Float64Array]:
    """(row of the liquidated, LiquidationMethod, mark of the trigger) of each fill; few of them were forced."""
    liquidated = np.full(len(rows), NO_ADDRESS, np.int32)
    method = np.full(len(rows), LiquidationMethod.NONE, np.uint8)
    trigger_mark = np.full(len(rows), np.nan)
    forced = [row for row, (_, fill) in enumerate(rows) if fill.liquidation is not None]
    if forced:
        victims = _victims([rows[row] for row in forced])
        cut = {(rows[row][1].coin, rows[row][1].tid) for row in np.flatnonzero(is_deleveraged).tolist()}
    for row in forced:
        user, fill = rows[row]
        victim = _victim(user, fill, victims)
        if victim is not None:
            liquidated[row] = names.row(victim, source, "liquidation.liquidatedUser")
        method[row] = _method(fill, cut)
        trigger_mark[row] = np.nan if fill.liquidation is None else fill.liquidation.markPx
    return liquidated, method, trigger_mark


def _victims(rows: list[tuple[str, Fill]]) -> dict[tuple[str, int], str]:
    """Who was liquidated, by coin and trade id, as either side reports it."""
    found: dict[tuple[str, int], str] = {}
    for user, fill in rows:
        if fill.liquidation is not None and fill.tid is not None:
            victim = fill.liquidation.liquidatedUser or (user if fill.is_own_liquidation else None)
            if victim is not None:
                found[fill.coin, fill.tid] = victim
    return found


def _victim(user: str, fill: Fill, victims: Mapping[tuple[str, int], str]) -> str | None:
    if fill.liquidation is None:
        return None
    if fill.liquidation.liquidatedUser is not None:
        return fill.liquidation.liquidatedUser
    if fill.is_own_liquidation:
        return user
    return None if fill.tid is None else victims.get((fill.coin, fill.tid))


def _method(fill: Fill, deleveraged: set[tuple[str, int | None]]) -> LiquidationMethod:
    if fill.liquidation is None:
        return LiquidationMethod.NONE
    if fill.liquidation.method != BACKSTOP:
        return LiquidationMethod.MARKET
    if (fill.coin, fill.tid) in deleveraged:
        return LiquidationMethod.ADL
    return LiquidationMethod.BACKSTOP


def _column(values: list[float], source: str, path: str, least: float = -LARGEST_NUMBER) -> Float64Array:
    column = np.array(values, np.float64)
    # NaN fails both comparisons.
    wrong = np.flatnonzero(~((column >= least) & (column <= LARGEST_NUMBER)))
    if len(wrong):
        raise refuse(source, path, values[int(wrong[0])], f"is outside {least:g} to {LARGEST_NUMBER:g}")
    return column
