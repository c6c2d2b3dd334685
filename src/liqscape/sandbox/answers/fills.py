"""One row of the engine's fill log as each side sees it (docs/venue.md, liquidation events).

`liquidation` stands on both sides. Of a takeover the victim's `dir` says "Liquidated Cross Long" and the like, the
liquidator's is an ordinary one; of auto-deleveraging the victim's is the same and the other side's says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from liqscape.exchange.columns import NO_ROW, FillColumn, Method
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.answers.units import address, coins, price, transaction_hash, usd
from liqscape.sandbox.facts.tokens import token_name
from liqscape.units import Int64Array
from liqscape.wire.info.recent_trades import Trade
from liqscape.wire.info.user_fills import AUTO_DELEVERAGING, FillLiquidation
from liqscape.wire.info.user_fills import Fill as WireFill

Row = Sequence[int]
"""One row of the log, (FillColumn.WIDTH,)."""


def map_sides(exchange: Exchange, row: Row) -> tuple[tuple[str, WireFill], tuple[str, WireFill]]:
    """(address, fill) of the buyer and of the seller."""
    buyer, seller = row[FillColumn.BUYER], row[FillColumn.SELLER]
    return (
        (address(exchange, buyer), map_fill(exchange, row, is_buyer=True)),
        (address(exchange, seller), map_fill(exchange, row, is_buyer=False)),
    )


def map_fills(exchange: Exchange, rows: Int64Array, account: int) -> list[WireFill]:
    """An account's side of each row; both sides where it traded with itself."""
    found = []
    for row in rows.tolist():
        if row[FillColumn.BUYER] == account:
            found.append(map_fill(exchange, row, is_buyer=True))
        if row[FillColumn.SELLER] == account:
            found.append(map_fill(exchange, row, is_buyer=False))
    return found


def map_fill(exchange: Exchange, row: Row, *, is_buyer: bool) -> WireFill:
    """One side."""
    market = row[FillColumn.MARKET]
    start = row[FillColumn.BUYER_START if is_buyer else FillColumn.SELLER_START]
    return WireFill(
        coin=exchange.markets.coins[market],
        px=price(exchange, market, row[FillColumn.PRICE]),
        sz=coins(exchange, market, row[FillColumn.LOTS]),
        side="B" if is_buyer else "A",
        time=row[FillColumn.TIME_MS],
        startPosition=coins(exchange, market, start),
        dir=direction(row, is_buyer=is_buyer),
        closedPnl=usd(row[FillColumn.BUYER_PNL if is_buyer else FillColumn.SELLER_PNL]),
        hash=transaction_hash(row[FillColumn.TRANSACTION]),
        oid=row[FillColumn.BUYER_ORDER if is_buyer else FillColumn.SELLER_ORDER],
        crossed=bool(row[FillColumn.IS_BUY_TAKER]) == is_buyer,
        fee=usd(row[FillColumn.BUYER_FEE if is_buyer else FillColumn.SELLER_FEE]),
        tid=row[FillColumn.TRADE_ID],
        liquidation=_liquidation(exchange, row),
        feeToken=token_name(exchange.markets.rows[market].collateral_token),
        twapId=None,
    )


def direction(row: Row, *, is_buyer: bool) -> str:
    """`dir`: what the fill did to the position of this side."""
    start, lots = row[FillColumn.BUYER_START if is_buyer else FillColumn.SELLER_START], row[FillColumn.LOTS]
    if row[FillColumn.METHOD] in (Method.BACKSTOP, Method.ADL):
        if row[FillColumn.BUYER if is_buyer else FillColumn.SELLER] == row[FillColumn.LIQUIDATED]:
            margin = "Isolated" if row[FillColumn.IS_ISOLATED] else "Cross"
            return f"Liquidated {margin} {'Long' if start > 0 else 'Short'}"
        if row[FillColumn.METHOD] == Method.ADL:
            return AUTO_DELEVERAGING
    if is_buyer:
        if start >= 0:
            return "Open Long"
        return "Short > Long" if start + lots > 0 else "Close Short"
    if start <= 0:
        return "Open Short"
    return "Long > Short" if start - lots < 0 else "Close Long"


def map_trade(exchange: Exchange, row: Row) -> Trade:
    """The public print."""
    market = row[FillColumn.MARKET]
    return Trade(
        coin=exchange.markets.coins[market],
        side="B" if row[FillColumn.IS_BUY_TAKER] else "A",
        px=price(exchange, market, row[FillColumn.PRICE]),
        sz=coins(exchange, market, row[FillColumn.LOTS]),
        time=row[FillColumn.TIME_MS],
        hash=transaction_hash(row[FillColumn.TRANSACTION]),
        tid=row[FillColumn.TRADE_ID],
        users=(address(exchange, row[FillColumn.BUYER]), address(exchange, row[FillColumn.SELLER])),
    )


def _liquidation(exchange: Exchange, row: Row) -> FillLiquidation | None:
    if row[FillColumn.LIQUIDATED] == NO_ROW:
        return None
    return FillLiquidation(
        markPx=price(exchange, row[FillColumn.MARKET], row[FillColumn.MARK]),
        method="market" if row[FillColumn.METHOD] == Method.MARKET else "backstop",
        liquidatedUser=address(exchange, row[FillColumn.LIQUIDATED]),
    )


def join_fills(fills: list[WireFill]) -> list[WireFill]:
    """`aggregateByTime`: fills of one order in one block are one, at their average price."""
    joined: dict[tuple[int, str, int, str, str], list[WireFill]] = {}
    for fill in fills:
        joined.setdefault((fill.time, fill.coin, fill.oid, fill.side, fill.hash), []).append(fill)
    whole = []
    for parts in joined.values():
        size = sum(part.sz for part in parts)
        whole.append(
            msgspec.structs.replace(
                parts[0],
                px=round(sum(part.px * part.sz for part in parts) / size, 8),
                sz=round(size, 8),
                closedPnl=round(sum(part.closedPnl for part in parts), 6),
                fee=round(sum(part.fee for part in parts), 6),
            )
            if len(parts) > 1
            else parts[0]
        )
    return whole
