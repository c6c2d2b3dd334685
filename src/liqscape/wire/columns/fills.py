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
from liqscape.units import Float64Array
from liqscape.wire.columns.names import AddressRows
from liqscape.wire.decode import LARGEST_NUMBER, refuse
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS
from liqscape.wire.info.user_fills import BACKSTOP, Fill

NO_TRADE_ID = -1


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
    kept: list[tuple[str, Fill]] = []
    for user, fill in rows:
        if fill.coin in market_of:
            kept.append((user, fill))
        elif left_out is not None:
            left_out[fill.coin] = left_out.get(fill.coin, 0) + 1
    kept.sort(key=lambda row: (row[1].time, NO_TRADE_ID if row[1].tid is None else row[1].tid))
    fills = [fill for _, fill in kept]
    for fill in fills:
        if fill.side not in ("A", "B"):
            raise refuse(source, "side", fill.side, "is neither A nor B")
        if not 0 <= fill.time <= LARGEST_TIME_MS:
            raise refuse(source, "time", fill.time, "is not a time in milliseconds since 1970")
        if fill.tid is not None and not 0 <= fill.tid < 2**63:
            raise refuse(source, "tid", fill.tid, "is no trade id of 63 bits")
    names = AddressRows()
    user_rows = [names.row(user, source, "user") for user, _ in kept]
    victims = _victims(kept)
    liquidated = [
        NO_ADDRESS if victim is None else names.row(victim, source, "liquidation.liquidatedUser")
        for victim in (_victim(user, fill, victims) for user, fill in kept)
    ]
    deleveraged = {(fill.coin, fill.tid) for fill in fills if fill.is_deleveraging}
    size = _column([fill.sz for fill in fills], source, "sz", least=0.0)
    is_buy = np.array([fill.side == "B" for fill in fills], np.bool_)
    return Fills(
        names.addresses,
        np.array(user_rows, np.int32),
        np.array([market_of[fill.coin] for fill in fills], np.int32),
        _column([fill.px for fill in fills], source, "px", least=0.0),
        np.where(is_buy, size, -size),
        _column([fill.startPosition for fill in fills], source, "startPosition"),
        _column([fill.fee for fill in fills], source, "fee"),
        np.array([fill.crossed for fill in fills], np.bool_),
        np.array([fill.time for fill in fills], np.int64),
        np.array([NO_TRADE_ID if fill.tid is None else fill.tid for fill in fills], np.int64),
        np.array(liquidated, np.int32),
        np.array([_method(fill, deleveraged) for fill in fills], np.uint8),
        np.array([np.nan if fill.liquidation is None else fill.liquidation.markPx for fill in fills], np.float64),
        np.array([fill.is_deleveraging for fill in fills], np.bool_),
    )


def _victims(rows: list[tuple[str, Fill]]) -> dict[tuple[str, int], str]:
    """Who was liquidated, by coin and trade id, as either side tells it."""
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
        return LiquidationMethod.DELEVERAGING
    return LiquidationMethod.BACKSTOP


def _column(values: list[float], source: str, path: str, least: float = -LARGEST_NUMBER) -> Float64Array:
    column = np.array(values, np.float64)
    # NaN fails both comparisons.
    wrong = np.flatnonzero(~((column >= least) & (column <= LARGEST_NUMBER)))
    if len(wrong):
        raise refuse(source, path, values[int(wrong[0])], f"is outside {least:g} to {LARGEST_NUMBER:g}")
    return column
