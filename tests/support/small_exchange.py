"""A small exchange for tables worked by hand: given marks, no fees, one block a call, accounts of any worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from liqscape.exchange.columns import (
    GOOD_TILL_CANCEL,
    IMMEDIATE,
    MARKET_TRIGGER,
    REDUCE_ONLY,
    EventColumn,
    EventKind,
    FillColumn,
    FlowColumn,
    Method,
    PoolColumn,
    RequestColumn,
    Role,
)
from liqscape.exchange.columns import Action as RequestAction
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.rules import BackstopClock, MarkSource, Rules
from liqscape.model import MarginTables, Market, Markets, flat_table
from liqscape.units import Int64Array, PoolMode

START_MS = 1_770_000_000_000 // 3_600_000 * 3_600_000
UUSD = 1_000_000
TICK, LOTS = 10_000, 100
"""Ticks a USD and lots a coin of every market here: sizes of two decimals."""
BY_HAND = Rules(
    mark_source=MarkSource.GIVEN, mark_period_ms=1, backstop_clock=BackstopClock.CHECK, taker_rate=0, maker_rate=0
)
"""Marks as the test says at every block, backstop at every check, no fees."""
STREET = "0x" + "f" * 40


def address(number: int) -> str:
    """A made-up address; ties are broken in the order of the numbers."""
    return f"0x{number:08x}" + "0" * 32


class Desk:
    """Markets A, B, C, ... at 100 USD with one margin table each, and the street: a maker outside of margin rules."""

    def __init__(
        self,
        *changes: object,
        leverages: tuple[int, ...] = (10,),
        isolated_only: tuple[int, ...] = (),
        strict: tuple[int, ...] = (),
        dexs: tuple[str, ...] = (),
        tokens: tuple[int, ...] = (),
        price: float = 100.0,
        **rules: object,
    ) -> None:
        assert not changes
        tables = MarginTables.build([flat_table(leverage, 1_000 + at) for at, leverage in enumerate(leverages)])
        self.markets = Markets.build(
            [
                Market(
                    coin="ABCDEFGH"[at],
                    size_decimals=2,
                    max_leverage=leverage,
                    table_row=at,
                    dex=dexs[at] if dexs else "",
                    is_isolated_only=at in isolated_only or at in strict,
                    is_strict_isolated=at in strict,
                    collateral_token=tokens[at] if tokens else 0,
                )
                for at, leverage in enumerate(leverages)
            ]
        )
        self.exchange = Exchange.build(
            self.markets,
            tables,
            replace(BY_HAND, **rules),  # type: ignore[arg-type]
            time_ms=START_MS,
            max_accounts=64,
            max_orders=1_024,
            max_fills=4_096,
        )
        self.prices = [price] * len(leverages)
        self.exchange.start_prices(self.ticks())
        self.street = self.exchange.open_account(STREET, 10**15, Role.MAKER)
        for dex in range(1, len(self.exchange.dexs)):
            self.exchange.deposit(self.street, 10**15, dex)

    def ticks(self) -> Int64Array:
        """Present prices in ticks."""
        return np.array([round(price * TICK) for price in self.prices], np.int64)

    def account(
        self,
        number: int,
        usd: float = 10_000_000.0,
        role: int = Role.USER,
        mode: int = PoolMode.CROSS,
        dex: int = 0,
    ) -> int:
        """A new account; by default rich enough to hold what a test gives it."""
        return self.exchange.open_account(address(number), round(usd * UUSD), role, mode, dex)

    def order(
        self, account: int, coins: float, price: float = 0.0, *, market: int = 0, flags: int = GOOD_TILL_CANCEL
    ) -> Int64Array:
        """One request; coins > 0 buys. Price 0 is a market order."""
        row = np.zeros(RequestColumn.WIDTH, np.int64)
        row[RequestColumn.ACTION], row[RequestColumn.ACCOUNT], row[RequestColumn.MARKET] = (
            RequestAction.PLACE,
            account,
            market,
        )
        row[RequestColumn.SIDE] = 1 if coins > 0 else -1
        row[RequestColumn.PRICE], row[RequestColumn.LOTS] = round(price * TICK), round(abs(coins) * LOTS)
        row[RequestColumn.FLAGS] = flags if price else flags | IMMEDIATE
        return row

    def trigger(
        self,
        account: int,
        coins: float,
        trigger: float,
        limit: float = 0.0,
        *,
        market: int = 0,
        flags: int = REDUCE_ONLY,
    ) -> Int64Array:
        """One trigger order; coins > 0 buys. Limit 0 is a market trigger with the rule's bound."""
        row = self.order(account, coins, limit or trigger, market=market)
        row[RequestColumn.ACTION] = RequestAction.PLACE_TRIGGER
        row[RequestColumn.PRICE], row[RequestColumn.TRIGGER_PRICE] = round(limit * TICK), round(trigger * TICK)
        row[RequestColumn.FLAGS] = flags if limit else flags | MARKET_TRIGGER
        return row

    def send(self, *requests: Int64Array) -> list[tuple[int, ...]]:
        """Answers (status, id, slot, filled) inside the present block."""
        return [tuple(row) for row in self.exchange.submit(np.array(requests)).tolist()]

    def hold(self, account: int, coins: float, *, market: int = 0, price: float | None = None) -> None:
        """Give an account a position, bought from the street at a price (default: the mark)."""
        at = self.prices[market] if price is None else price
        self.send(
            self.order(self.street, -coins, at, market=market),
            self.order(account, coins, at, market=market, flags=IMMEDIATE),
        )
        self.exchange.drain()
        held = self.coins(account, market)
        assert abs(held - coins) < 1e-9, f"{held} coins instead of {coins}"

    def make_worth(self, account: int, usd: float, *, market: int | None = None, dex: int = 0) -> None:
        """Pay in or out until a pool (cross, or isolated in a market) is worth this at the mark: a declared deposit."""
        pool = self.pool(account, market, dex)
        value = int(self.exchange.pool_margin()[0][pool])
        change = round(usd * UUSD) - value
        self.exchange.state.pool[pool, PoolColumn.CASH] += change
        self.exchange.state.pool[pool, PoolColumn.SAFE_UNTIL] = 0  # look at it again
        self.exchange.state.flow[FlowColumn.DEPOSITED] += change

    def quote(self, coins: float, price: float, *, market: int = 0) -> None:
        """A resting order of the street; coins > 0 bids."""
        self.send(self.order(self.street, coins, price, market=market))

    def block(self, after_ms: int = 100, **prices: float) -> BlockOutput:
        """The next block, at new marks by coin."""
        for coin, price in prices.items():
            self.prices[self.markets.coins.index(coin)] = price
        self.exchange.set_marks(self.ticks())
        self.exchange.set_oracle(self.ticks())
        return self.exchange.step(self.exchange.time_ms + after_ms)

    def pool(self, account: int, market: int | None = None, dex: int = 0) -> int:
        """Row of the cross pool that backs a dex, or of the isolated pool in a market."""
        if market is not None:
            return self.exchange.isolated_pool(account, market)
        return self.exchange.cross_pool(account, dex)

    def worth(self, account: int, market: int | None = None, dex: int = 0) -> float:
        """Account value, USD."""
        return int(self.exchange.pool_margin()[0][self.pool(account, market, dex)]) / UUSD

    def coins(self, account: int, market: int = 0) -> float:
        """Signed size an account holds in a market, all its pools."""
        held = 0
        for pool in self.exchange.pools_of(account):
            held += sum(int(row[1]) for row in self.exchange.positions_of(pool) if row[0] == market)
        return held / LOTS


def fills_of(output: BlockOutput, method: Method) -> list[tuple[int, int, float, float]]:
    """(liquidated or taker, counterparty, coins, price) of the fills of a method, in order."""
    rows = []
    for row in output.fills[output.fills[:, FillColumn.METHOD] == method].tolist():
        taker, other = (row[FillColumn.BUYER], row[FillColumn.SELLER])
        if not row[FillColumn.IS_BUY_TAKER]:
            taker, other = other, taker
        rows.append((taker, other, row[FillColumn.LOTS] / LOTS, row[FillColumn.PRICE] / TICK))
    return rows


def orders_of(output: BlockOutput) -> list[tuple[int, int, float, float, bool]]:
    """(account, market, coins sent, coins filled, is it a slice) of the liquidation orders of a block."""
    return [
        (
            row[EventColumn.ACCOUNT],
            row[EventColumn.MARKET],
            row[EventColumn.A] / LOTS,
            row[EventColumn.B] / LOTS,
            bool(row[EventColumn.C]),
        )
        for row in output.events[output.events[:, EventColumn.KIND] == EventKind.LIQUIDATION_ORDER].tolist()
    ]


def events_of(output: BlockOutput, kind: EventKind) -> list[list[int]]:
    """Rows of one kind of event."""
    return output.events[output.events[:, EventColumn.KIND] == kind].tolist()
