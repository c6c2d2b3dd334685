"""What the records say about the past, and that they say it again after a restart."""

from __future__ import annotations

import pytest
from small_sandbox import BTC, ETH, MARKETS, START_MS, SmallSandbox, crash, eventful_sandbox, name

from liqscape.errors import StoreError
from liqscape.exchange.columns import FUNDING_UNIT, Event, EventKind, Fill, Method
from liqscape.model.markets import Market, Markets
from liqscape.sandbox.answers import REQUESTS, answer_info
from liqscape.sandbox.records import LedgerKind, Records
from liqscape.sandbox.records.records import Payment, Rate
from liqscape.units import HOUR_MS


def test_funding_is_recorded_for_every_holder_and_adds_up_to_the_events(calm: SmallSandbox) -> None:
    records = calm.state.records
    paid = [row for output in calm.outputs for row in output.events if row[Event.KIND] == EventKind.FUNDING]
    assert len(paid) == len(records.payments) > 5
    for account in range(len(calm.exchange.addresses)):
        own = records.fundings_of(account)
        assert sorted(own[:, Payment.PAID].tolist()) == sorted(
            int(row[Event.B]) for row in paid if row[Event.ACCOUNT] == account
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
        oracle = calm.exchange.state.market[BTC, 5]
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
            if row[Fill.TRANSACTION] == entry.transaction and row[Fill.METHOD] != Method.TRADE
        ]
        if entry.kind == LedgerKind.TAKEOVER:
            assert entry.notional == sum(int(row[Fill.LOTS]) * int(row[Fill.MARK]) for row in fills)
            assert sorted(entry.positions) == sorted(
                (
                    int(row[Fill.MARKET]),
                    int(row[Fill.SELLER_START] if row[Fill.SELLER] == entry.account else row[Fill.BUYER_START]),
                )
                for row in fills
            )
            assert crashed.exchange.addresses[entry.counterparty] == name(2)
        elif entry.kind == LedgerKind.MARKET_LIQUIDATION:
            sent = dict(entry.positions)
            for row in fills:
                assert int(row[Fill.LOTS]) <= abs(sent[int(row[Fill.MARKET])])
            assert entry.notional > 0


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
        {"type": "withdraw", "usdc": "40.0", "nonce": START_MS, "fee": "0.0"},
    ]


def test_recent_trades_are_the_newest_and_no_takeover_is_among_them(crashed: SmallSandbox) -> None:
    everything = [
        int(row[Fill.TRADE_ID])
        for output in crashed.outputs
        for row in output.fills
        if row[Fill.MARKET] == BTC and row[Fill.METHOD] <= Method.MARKET
    ]
    for count in (1, 10, 1_000):
        found = crashed.state.records.recent_trades(BTC, count)[:, Fill.TRADE_ID].tolist()
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
    fills = [row for output in crashed.outputs for row in output.fills if row[Fill.METHOD] <= Method.MARKET]
    volume = sum(int(row[Fill.LOTS] * row[Fill.PRICE]) for row in fills if row[Fill.MARKET] == BTC) / 1e6
    assert crashed.state.records.day_volume(BTC) == pytest.approx(volume)
    assert crashed.state.records.previous_day_price(BTC) == 700_100


def test_memory_is_bounded_and_keeps_the_newest() -> None:
    world = eventful_sandbox()
    small = Records(MARKETS, most_fills=8)
    for output in world.outputs:
        small.observe(world.exchange, output)
    kept = small.fills.rows[:, Fill.TRADE_ID].tolist()
    everything = world.state.records.fills.rows[:, Fill.TRADE_ID].tolist()
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
    for kind in sorted(REQUESTS):
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
    other = Records(Markets.build([Market("SOL", 2, 10, 0)]))
    with pytest.raises(StoreError, match="of 1 other markets"):
        records.restore(other.checkpoint())
