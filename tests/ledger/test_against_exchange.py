"""What the ledger tracks from prints is what the exchange engine booked, to the micro-USD; so are its liquidations."""

from __future__ import annotations

import numpy as np
import pytest
from small_exchange import LOTS, TICK, UUSD, Desk

from liqscape.exchange.columns import FillColumn, Method, PoolColumn
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.ledger import FeeAssumption, Ledger
from liqscape.model import Accounts
from liqscape.model.events import AccountsObserved, FundingDue, MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.trades import Trades
from liqscape.units import Int64Array, PoolMode

FEES = FeeAssumption(0.000_45, 0.000_15)
MICRO_USD = 1.5e-6
"""Per trade and side: the exchange truncates fees and rounds margin to whole micro-USD."""


def ledger_of(desk: Desk) -> Ledger:
    """A ledger that knows every account as it is, also the cash of those without a position."""
    exchange = desk.exchange
    names, rows, cash, offsets, market, size, mode = exchange.addresses, [], [], [0], [], [], []
    for row in range(len(names)):
        for pool in exchange.pools_of(row):
            held = exchange.positions_of(pool)
            is_isolated = int(exchange.state.pool[pool, PoolColumn.ISOLATED_MARKET]) >= 0
            rows.append(row)
            cash.append(exchange.state.pool[pool, PoolColumn.CASH] / UUSD)
            mode.append(PoolMode.ISOLATED if is_isolated else PoolMode.CROSS)
            market += [int(each[0]) for each in held]
            size += [int(each[1]) / LOTS for each in held]
            offsets.append(len(size))
    seen = Accounts.build(
        addresses=names,
        address_row=rows,
        raw_usd=cash,
        offsets=offsets,
        market_index=market,
        size=size,
        table_row=desk.markets.table_row[market],
        mode=mode,
    )
    ledger = Ledger(fees=FEES)
    ledger.apply(MarketDefined(0, 0, desk.markets, exchange.tables))
    ledger.apply(MarksUpdated(exchange.time_ms, 0, to_snapshot(exchange)))
    ledger.apply(AccountsObserved(time_ms=exchange.time_ms, received_ns=0, accounts=seen))
    return ledger


def print_event(desk: Desk, fills: Int64Array) -> TradesPrinted:
    trades = Trades(
        addresses=tuple(desk.exchange.addresses),
        buyer=fills[:, FillColumn.BUYER].astype(np.int32),
        seller=fills[:, FillColumn.SELLER].astype(np.int32),
        market_index=fills[:, FillColumn.MARKET].astype(np.int32),
        price=fills[:, FillColumn.PRICE] / TICK,
        size=fills[:, FillColumn.LOTS] / LOTS,
        is_buyer_taker=fills[:, FillColumn.IS_BUY_TAKER] == 1,
        time_ms=fills[:, FillColumn.TIME_MS].copy(),
        trade_id=fills[:, FillColumn.TRADE_ID].copy(),
    )
    return TradesPrinted(desk.exchange.time_ms, 0, trades)


def held_in(accounts: Accounts, left_out: str = "") -> dict[tuple[str, int], tuple[float, float]]:
    pools = accounts.pool_of_position()
    return {
        (name, int(market)): (float(size), float(accounts.raw_usd[pool]))
        for pool, market, size in zip(pools, accounts.market_index, accounts.size, strict=True)
        if (name := accounts.addresses[accounts.address_row[pool]]) != left_out
    }


def assert_agree(ledger: Ledger, desk: Desk, trades: int) -> None:
    # The street is outside of margin and fee rules.
    tracked = held_in(ledger.accounts, desk.exchange.addresses[desk.street])
    booked = held_in(to_accounts(desk.exchange), desk.exchange.addresses[desk.street])
    assert tracked.keys() == booked.keys()
    for key, (size, raw_usd) in booked.items():
        assert tracked[key][0] == size, key
        assert tracked[key][1] == pytest.approx(raw_usd, abs=MICRO_USD * (trades + 1)), key


@pytest.mark.parametrize("seed", range(4))
def test_trades_among_accounts_are_booked_as_the_exchange_books_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    desk = Desk(leverages=(40, 10, 5), isolated_only=(2,), taker_rate=4_500, maker_rate=1_500)
    users = [desk.account(number, 1_000_000.0) for number in range(6)]
    for user in users:
        desk.exchange.set_leverage(user, 2, 5, is_isolated=True)
    ledger, count = ledger_of(desk), 0
    desk.block()  # trades of the state's own time are in it already
    for _ in range(60):
        requests = [
            desk.order(
                users[int(random.integers(len(users)))],
                float(random.choice((-1, 1)) * random.integers(1, 400) / LOTS),
                round(float(random.normal(100.0, 0.5)), 2),
                market=int(random.integers(3)),
            )
            for _ in range(8)
        ]
        desk.send(*requests)
        fills = desk.block().fills
        if len(fills):
            ledger.apply(print_event(desk, fills))
            count += len(fills)
    assert count > 100
    assert any(mode == PoolMode.ISOLATED for mode in ledger.accounts.mode)
    assert_agree(ledger, desk, count)
    assert ledger.take_liquidations() == ()


def test_funding_by_rate_is_what_the_exchange_pays() -> None:
    desk = Desk(leverages=(40, 10))
    first, second = desk.account(1), desk.account(2)
    desk.hold(first, 3.0)
    desk.hold(second, -2.0, market=1)
    ledger = ledger_of(desk)
    before = {key: raw_usd for key, (_, raw_usd) in held_in(to_accounts(desk.exchange)).items()}
    start_ms = desk.exchange.time_ms
    while desk.exchange.time_ms // 3_600_000 == start_ms // 3_600_000:
        desk.block(after_ms=600_000)
    after = {key: raw_usd for key, (_, raw_usd) in held_in(to_accounts(desk.exchange)).items()}
    keys = [(desk.exchange.addresses[first], 0), (desk.exchange.addresses[second], 1)]
    rate = np.array([-(after[key] - before[key]) / 100.0 / size for key, size in zip(keys, (3.0, -2.0), strict=True)])
    assert np.all(rate != 0.0)
    ledger.apply(FundingDue(desk.exchange.time_ms, 0, rate, np.array([100.0, 100.0])))
    assert_agree(ledger, desk, 1)


def test_liquidations_inferred_from_prints_are_those_the_exchange_made() -> None:
    desk = Desk(leverages=(10, 10), taker_rate=4_500, maker_rate=1_500)
    for number in range(12):
        account = desk.account(number)
        desk.hold(account, 2.0 if number % 3 else -2.0)
        desk.make_worth(account, 12.0 + 3.0 * number)
    bystander = desk.account(50)
    ledger = ledger_of(desk)
    forced, exchange = [], desk.exchange
    for price in np.arange(99.0, 84.0, -0.75).tolist():
        for at in range(1, 40):
            desk.quote(1.0, round(price - 0.01 * at, 2))
        desk.send(desk.order(bystander, -0.5))  # an ordinary seller in the middle of it
        fills = desk.block(after_ms=3_000, A=price).fills
        ledger.apply(MarksUpdated(exchange.time_ms, 0, to_snapshot(exchange)))
        ledger.apply(print_event(desk, fills))
        forced += fills[fills[:, FillColumn.METHOD] == Method.MARKET].tolist()
        assert not np.any(fills[:, FillColumn.METHOD] > Method.MARKET)
    ledger.flush_liquidations()
    events = ledger.take_liquidations()
    assert len(forced) > 8
    by_victim: dict[str, float] = {}
    for row in forced:
        victim = exchange.addresses[row[FillColumn.LIQUIDATED]]
        by_victim[victim] = by_victim.get(victim, 0.0) + row[FillColumn.LOTS] / LOTS
    found: dict[str, float] = {}
    for event in events:
        assert event.method is LiquidationMethod.MARKET
        assert event.side == 1
        assert event.mark <= event.predicted_price * 1.002
        found[event.address] = found.get(event.address, 0.0) + event.size
    assert found == pytest.approx(by_victim)
