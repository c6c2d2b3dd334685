"""What the records say about the past, and that they say it again after a restart."""

from __future__ import annotations

import numpy as np
import pytest
from small_sandbox import BTC, ETH, FIRST_PRICES, MARKETS, START_MS, SmallSandbox, crash, eventful_sandbox, name, quotes

from liqscape.errors import StoreError
from liqscape.exchange.columns import FUNDING_UNIT, EventColumn, EventKind, FillColumn, MarketColumn, Method
from liqscape.model.markets import Market as ModelMarket
from liqscape.model.markets import Markets
from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.answers.ledger_updates import map_delta
from liqscape.sandbox.records import LedgerEntry, LedgerKind, Records
from liqscape.sandbox.records.ledger import read_ledger
from liqscape.sandbox.records.records import Payment, Rate
from liqscape.units import HOUR_MS
from liqscape.wire.info import unread
from liqscape.wire.info.registry import request_types


def test_funding_is_recorded_for_every_holder_and_adds_up_to_the_events(calm: SmallSandbox) -> None:
    records = calm.state.records
    paid = [row for output in calm.outputs for row in output.events if row[EventColumn.KIND] == EventKind.FUNDING]
    assert len(paid) == len(records.payments) > 5
    for account in range(len(calm.exchange.addresses)):
        own = records.fundings_of(account)
        assert sorted(own[:, Payment.PAID].tolist()) == sorted(
            int(row[EventColumn.B]) for row in paid if row[EventColumn.ACCOUNT] == account
        )


def test_an_hour_leaves_one_rate_a_market_which_is_the_one_paid(calm: SmallSandbox) -> None:
    records = calm.state.records
    hour = (START_MS // HOUR_MS + 1) * HOUR_MS
    for market in range(len(MARKETS)):
        (row,) = records.funding_history(market)
        assert row[Rate.TIME_MS] // HOUR_MS * HOUR_MS == hour
    (btc,) = records.funding_history(BTC)
    for row in records.payments.rows[records.payments.rows[:, Payment.MARKET] == BTC]:
        assert row[Payment.RATE] == btc[Rate.RATE]
        oracle = calm.exchange.state.market[BTC, MarketColumn.ORACLE]
        exact = int(row[Payment.LOTS]) * int(oracle) * int(btc[Rate.RATE])
        assert row[Payment.PAID] == (abs(exact) // FUNDING_UNIT) * (1 if exact > 0 else -1)
    assert len(records.funding_history(ETH, start_ms=hour + HOUR_MS)) == 0


def test_liquidations_are_in_the_ledger_with_what_was_sent_or_taken(crashed: SmallSandbox) -> None:
    records = crashed.state.records
    kinds = {entry.kind for entry in records.entries}
    assert {LedgerKind.MARKET_LIQUIDATION, LedgerKind.TAKEOVER} <= kinds
    for entry in records.entries:
        fills = [
            row
            for output in crashed.outputs
            for row in output.fills
            if row[FillColumn.TRANSACTION] == entry.transaction and row[FillColumn.METHOD] != Method.TRADE
        ]
        if entry.kind == LedgerKind.TAKEOVER:
            assert entry.notional == sum(int(row[FillColumn.LOTS]) * int(row[FillColumn.MARK]) for row in fills)
            assert sorted(entry.positions) == sorted(
                (
                    int(row[FillColumn.MARKET]),
                    int(
                        row[FillColumn.SELLER_START]
                        if row[FillColumn.SELLER] == entry.account
                        else row[FillColumn.BUYER_START]
                    ),
                )
                for row in fills
            )
            assert crashed.exchange.addresses[entry.counterparty] == name(2)
        elif entry.kind == LedgerKind.MARKET_LIQUIDATION:
            sent = dict(entry.positions)
            for row in fills:
                assert int(row[FillColumn.LOTS]) <= abs(sent[int(row[FillColumn.MARKET])])
            assert entry.notional > 0


@pytest.mark.parametrize(("held", "signed"), [(500, 100), (-500, -100)])
def test_what_was_sent_to_the_book_has_the_sign_of_the_position(held: int, signed: int) -> None:
    events = np.zeros((2, EventColumn.WIDTH), np.int64)
    events[:, [EventColumn.ACCOUNT, EventColumn.TRANSACTION]] = 7, 5
    events[0, [EventColumn.KIND, EventColumn.A]] = EventKind.LIQUIDATION_STARTED, 1_234
    events[1, [EventColumn.KIND, EventColumn.A, EventColumn.DETAIL, EventColumn.MARKET]] = (
        EventKind.LIQUIDATION_ORDER,
        100,
        held,
        1,
    )
    market = np.zeros((2, MarketColumn.WIDTH), np.int64)
    market[1, MarketColumn.MARK] = 30
    (entry,) = read_ledger(events, np.zeros((0, FillColumn.WIDTH), np.int64), market)
    assert (entry.positions, entry.notional, entry.value) == (((1, signed),), 3_000, 1_234)


@pytest.mark.parametrize(("is_isolated", "word"), [(False, "Cross"), (True, "Isolated")])
def test_a_liquidation_says_which_margin_it_took(calm: SmallSandbox, is_isolated: bool, word: str) -> None:
    entry = LedgerEntry(
        time_ms=5,
        account=0,
        kind=LedgerKind.TAKEOVER,
        transaction=9,
        notional=7_000_000,
        value=-1,
        is_isolated=is_isolated,
        positions=((BTC, -100_000),),
    )
    delta = map_delta(calm.exchange, entry)
    assert (delta.type, delta.leverageType, delta.liquidatedNtlPos, delta.accountValue) == (
        "liquidation",
        word,
        7.0,
        -0.000001,
    )
    assert delta.liquidatedPositions is not None
    assert [(row.coin, row.szi) for row in delta.liquidatedPositions] == [("BTC", -1.0)]


def test_a_pool_found_below_maintenance_without_an_order_is_no_entry() -> None:
    events = np.zeros((1, EventColumn.WIDTH), np.int64)
    events[0, EventColumn.KIND] = EventKind.LIQUIDATION_STARTED
    assert (
        read_ledger(events, np.zeros((0, FillColumn.WIDTH), np.int64), np.zeros((1, MarketColumn.WIDTH), np.int64))
        == []
    )


def test_the_premium_of_an_hour_is_the_one_its_rate_was_made_of() -> None:
    """rate = (premium + clamp(0.01 % - premium, +-0.05 %)) / 8: makers quote 1 % above the oracle."""
    world = SmallSandbox()
    maker = world.open(1, 50_000_000.0)
    world.step(3_000, *quotes(world, maker, tuple(1.01 * price for price in FIRST_PRICES)))
    for _ in range(60):
        world.step(60_000)
    (row,) = answer_info({"type": "fundingHistory", "coin": "BTC", "startTime": 0}, world.state)  # type: ignore[misc]
    premium = float(row["premium"])
    assert premium == pytest.approx(0.0099, abs=3e-4)
    clamped = max(-0.0005, min(0.0005, 0.0001 - premium))
    assert float(row["fundingRate"]) == pytest.approx((premium + clamped) / 8, abs=1e-9)


def test_deposits_and_withdrawals_are_in_the_ledger() -> None:
    world = SmallSandbox()
    user = world.open(1, 100.0)
    world.exchange.deposit(user, -40_000_000)
    world.step(100)
    (first, second) = world.state.records.ledger_updates(user)
    assert (first.kind, first.uusd) == (LedgerKind.DEPOSIT, 100_000_000)
    assert (second.kind, second.uusd) == (LedgerKind.WITHDRAWAL, 40_000_000)
    answer = answer_info({"type": "userNonFundingLedgerUpdates", "user": name(1), "startTime": 0}, world.state)
    assert [row["delta"] for row in answer] == [  # type: ignore[attr-defined]
        {"type": "deposit", "usdc": "100.0"},
        {"type": "withdraw", "usdc": "40.0", "nonce": START_MS + 1, "fee": "0.0"},
    ]


def test_recent_trades_are_the_newest_and_no_takeover_is_among_them(crashed: SmallSandbox) -> None:
    everything = [
        int(row[FillColumn.TRADE_ID])
        for output in crashed.outputs
        for row in output.fills
        if row[FillColumn.MARKET] == BTC and row[FillColumn.METHOD] <= Method.MARKET
    ]
    for count in (1, 10, 1_000):
        found = crashed.state.records.recent_trades(BTC, count)[:, FillColumn.TRADE_ID].tolist()
        assert found == everything[::-1][:count]


@pytest.mark.parametrize("chunk", [1, 3, 16_384])
def test_the_newest_fills_of_an_account_are_the_end_of_all_of_them(
    crashed: SmallSandbox, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqscape.sandbox.records.records.CHUNK", chunk)
    for account in range(len(crashed.exchange.addresses)):
        whole = crashed.state.records.fills_of(account).tolist()
        for count in (0, 1, 5, 1_000):
            newest = crashed.state.records.newest_fills_of(account, count).tolist()
            assert newest == whole[max(0, len(whole) - count) :]


def test_day_volume_is_the_sum_of_trades_in_the_book(crashed: SmallSandbox) -> None:
    fills = [row for output in crashed.outputs for row in output.fills if row[FillColumn.METHOD] <= Method.MARKET]
    volume = (
        sum(int(row[FillColumn.LOTS] * row[FillColumn.PRICE]) for row in fills if row[FillColumn.MARKET] == BTC) / 1e6
    )
    assert crashed.state.records.day_volume(BTC) == pytest.approx(volume)
    assert crashed.state.records.previous_day_price(BTC) == 700_100


def test_memory_is_bounded_and_keeps_the_newest() -> None:
    world = eventful_sandbox()
    small = Records(MARKETS, max_fills=8)
    for output in world.outputs:
        small.observe(world.exchange, output)
    kept = small.fills.rows[:, FillColumn.TRADE_ID].tolist()
    everything = world.state.records.fills.rows[:, FillColumn.TRADE_ID].tolist()
    assert 8 <= len(kept) <= 10
    assert kept == everything[-len(kept) :]


def test_records_go_on_from_a_checkpoint_as_if_nothing_had_been() -> None:
    world, again = eventful_sandbox(), eventful_sandbox()
    saved = world.state.records.checkpoint()
    assert saved == again.state.records.checkpoint()
    fresh = Records(MARKETS)
    fresh.restore(saved)
    again.state.records = fresh
    crash(world, 0.15)
    crash(again, 0.15)
    assert fresh.checkpoint() == world.state.records.checkpoint()
    for kind in (kind for kind, each in request_types().items() if each.__module__ != unread.__name__):
        request = {
            "type": kind,
            "user": name(3),
            "users": [name(4)],
            "coin": "BTC",
            "startTime": 0,
            "id": 56,
            "oid": 26,
            "vaultAddress": name(9),
            "req": {"coin": "BTC", "interval": "5m", "startTime": 0},
        }
        assert answer_info(request, again.state) == answer_info(request, world.state)


def test_a_checkpoint_of_other_markets_or_other_bytes_is_refused() -> None:
    records = Records(MARKETS)
    with pytest.raises(StoreError, match="no checkpoint of records"):
        records.restore(b"nonsense")
    other = Records(Markets.build([ModelMarket(coin="SOL", size_decimals=2, max_leverage=10, table_row=0)]))
    with pytest.raises(StoreError, match="of 1 other markets"):
        records.restore(other.checkpoint())
