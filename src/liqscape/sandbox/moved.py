"""What a block did to the accounts the product knows, as the events that a node of the exchange would give.

Halves of hidden accounts are left out, and a fill does not say that it liquidated one: nobody may see them.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import NO_ROW, EventColumn, EventKind, FillColumn, MarketColumn, Method
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.scale import UUSD, from_lots, from_ticks
from liqscape.model.cash import CashMovements
from liqscape.model.events import CashMoved, Event, FillsObserved, FundingPaid
from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.minute_notes import MinuteKind
from liqscape.model.trades import NO_ADDRESS, Fills, FundingPayments
from liqscape.units import BoolArray, Int32Array, Int64Array

METHODS = np.zeros(len(Method), np.uint8)
METHODS[[Method.MARKET, Method.BACKSTOP, Method.ADL]] = (
    LiquidationMethod.MARKET,
    LiquidationMethod.BACKSTOP,
    LiquidationMethod.ADL,
)


def moved_events(exchange: Exchange, output: BlockOutput, is_hidden: BoolArray) -> list[Event]:
    """Fills, funding and movements of cash of a block, in this order. is_hidden (N,) of each account."""
    made: list[Event | None] = [
        _fills(exchange, output.fills, is_hidden),
        _funding(exchange, _of_kind(output, EventKind.FUNDING, is_hidden), output.time_ms),
        _cash(exchange, output, is_hidden),
    ]
    return [event for event in made if event is not None]


def _fills(exchange: Exchange, fills: Int64Array, is_hidden: BoolArray) -> FillsObserved | None:
    """Both halves of each fill, the buyer's first."""
    half = np.repeat(fills, 2, axis=0)
    is_buy = np.tile([True, False], len(fills))
    account = np.where(is_buy, half[:, FillColumn.BUYER], half[:, FillColumn.SELLER])
    kept = np.flatnonzero(~is_hidden[account])
    if not len(kept):
        return None
    half, is_buy, account = half[kept], is_buy[kept], account[kept]
    market, victim = half[:, FillColumn.MARKET], half[:, FillColumn.LIQUIDATED]
    is_reported = (victim != NO_ROW) & ~is_hidden[victim]
    addresses, rows = _named(exchange, np.concatenate((account, victim[is_reported])))
    liquidated = np.full(len(kept), NO_ADDRESS, np.int32)
    liquidated[is_reported] = rows[len(account) :]
    decimals = exchange.state.market[market, MarketColumn.SIZE_DECIMALS]
    size = from_lots(half[:, FillColumn.LOTS], decimals)
    start = np.where(is_buy, half[:, FillColumn.BUYER_START], half[:, FillColumn.SELLER_START])
    fee = np.where(is_buy, half[:, FillColumn.BUYER_FEE], half[:, FillColumn.SELLER_FEE])
    method = half[:, FillColumn.METHOD]
    found = Fills(
        addresses=addresses,
        user=rows[: len(account)],
        market_index=market.astype(np.int32),
        price=from_ticks(half[:, FillColumn.PRICE], decimals),
        size=np.where(is_buy, size, -size),
        start_position=from_lots(start, decimals),
        fee=fee / UUSD,
        is_taker=(half[:, FillColumn.IS_BUY_TAKER] == 1) == is_buy,
        time_ms=half[:, FillColumn.TIME_MS].copy(),
        trade_id=half[:, FillColumn.TRADE_ID].copy(),
        liquidated=liquidated,
        method=np.where(is_reported, METHODS[method], np.uint8(LiquidationMethod.NONE)),
        trigger_mark=np.where(is_reported, from_ticks(half[:, FillColumn.MARK], decimals), np.nan),
        is_deleveraged=(method == Method.ADL) & (account != victim),
    )
    return FillsObserved(int(found.time_ms[-1]), 0, found)


def _funding(exchange: Exchange, paid: Int64Array, time_ms: int) -> FundingPaid | None:
    if not len(paid):
        return None
    addresses, user = _named(exchange, paid[:, EventColumn.ACCOUNT])
    market = paid[:, EventColumn.MARKET]
    decimals = exchange.state.market[market, MarketColumn.SIZE_DECIMALS]
    payments = FundingPayments(
        addresses=addresses,
        user=user,
        market_index=market.astype(np.int32),
        amount=-paid[:, EventColumn.B] / UUSD,
        size=from_lots(paid[:, EventColumn.A], decimals),
    )
    return FundingPaid(time_ms, 0, payments)


def _cash(exchange: Exchange, output: BlockOutput, is_hidden: BoolArray) -> CashMoved | None:
    """Paid in or out, moved between dexs, or to the margin of an isolated position: that leaves the cash behind."""
    deposits, transfers, margins = (
        _of_kind(output, kind, is_hidden) for kind in (EventKind.DEPOSIT, EventKind.TRANSFER, EventKind.MARGIN_MOVED)
    )
    usd = [each[:, EventColumn.A] / UUSD for each in (deposits, transfers, margins)]
    amount = np.concatenate((usd[0], -usd[1], usd[1], -usd[2]))
    if not len(amount):
        return None
    account = np.concatenate([each[:, EventColumn.ACCOUNT] for each in (deposits, transfers, transfers, margins)])
    dex = np.concatenate(
        (
            deposits[:, EventColumn.DETAIL],
            transfers[:, EventColumn.B],
            transfers[:, EventColumn.C],
            exchange.state.market[margins[:, EventColumn.MARKET], MarketColumn.DEX],
        )
    )
    kind = np.full(len(amount), MinuteKind.TRANSFER, np.uint8)
    kind[: len(deposits)] = np.where(usd[0] >= 0.0, MinuteKind.DEPOSIT, MinuteKind.WITHDRAWAL)
    whole = amount.copy()
    whole[len(deposits) : len(deposits) + 2 * len(transfers)] = 0.0
    addresses, user = _named(exchange, account)
    movements = CashMovements(
        addresses=addresses,
        dexs=tuple(exchange.dexs),
        user=user,
        dex=dex.astype(np.int32),
        # Told with the block: money moves between two blocks, at the time of the one before.
        time_ms=np.full(len(amount), output.time_ms, np.int64),
        amount=amount,
        whole=whole,
        kind=kind,
    )
    return CashMoved(output.time_ms, 0, movements)


def _of_kind(output: BlockOutput, kind: EventKind, is_hidden: BoolArray) -> Int64Array:
    rows = output.events[output.events[:, EventColumn.KIND] == kind]
    known: Int64Array = rows[~is_hidden[rows[:, EventColumn.ACCOUNT]]]
    return known


def _named(exchange: Exchange, accounts: Int64Array) -> tuple[tuple[str, ...], Int32Array]:
    """(addresses, each once; row of each account among them)."""
    listed, rows = np.unique(accounts, return_inverse=True)
    return tuple(exchange.addresses[account] for account in listed.tolist()), rows.astype(np.int32)
