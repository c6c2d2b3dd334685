"""Prints, fills, funding, moved cash and states in any order of arrival lead to what the exact twin holds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_twin import (
    Move,
    Print,
    Twin,
    Wallet,
    accounts_of,
    address_of,
    fills_of,
    held_in,
    movements_of,
    trades_of,
    truly_held,
)

from liqscape.ledger import Ledger
from liqscape.model import MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.events import (
    AccountsObserved,
    CashMoved,
    Event,
    FillsObserved,
    FundingDue,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
)
from liqscape.units import HOUR_MS, MarginSource

TABLES = MarginTables.build([flat_table(40), flat_table(10), flat_table(5)])
MARKETS = Markets.build(
    [
        Market(coin="A", size_decimals=2, max_leverage=40, table_row=0),
        Market(coin="B", size_decimals=0, max_leverage=10, table_row=1),
        Market(coin="x:C", size_decimals=3, max_leverage=5, table_row=2, dex="x"),
        Market(coin="x:D", size_decimals=1, max_leverage=10, table_row=1, dex="x"),
        Market(coin="I", size_decimals=1, max_leverage=10, table_row=1, is_isolated_only=True),
    ]
)
CROSS_ONLY = 4
"""Markets below this number are never isolated: there the order of trades leaves no trace."""
ACCOUNTS = 5
START_MS = 100 * HOUR_MS - 60_000
DUE_MS = 100 * HOUR_MS
RATE = np.array([1e-5, -2e-5, 3e-5, 1e-4, 5e-5])
ORACLE = np.array([100.0, 2.0, 31.0, 7.0, 55.0])


def new_ledger() -> Ledger:
    ledger = Ledger()
    ledger.apply(MarketDefined(START_MS, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(START_MS, 0, MarketSnapshot.of_marks(MARKETS, START_MS, ORACLE)))
    return ledger


def new_twin(prints: list[Print], due_ms: int | None = DUE_MS, moves: list[Move] | None = None) -> Twin:
    start = [Wallet({"": Fraction(1000), "x": Fraction(500)}) for _ in range(ACCOUNTS)]
    due = {row: Fraction(RATE[row] * ORACLE[row]) for row in range(len(MARKETS))}
    return Twin(MARKETS, start, prints, due_ms, due, moves or [])


def state_events(twin: Twin, accounts: list[int], dexs: tuple[str, ...], at_ms: int) -> list[AccountsObserved]:
    """One a dex: a pool without positions does not say which it is of."""
    wallets = {account: twin.at(at_ms)[account] for account in accounts}
    address_ms = np.full(len(accounts), at_ms)
    return [
        AccountsObserved(
            time_ms=at_ms,
            received_ns=0,
            accounts=accounts_of(wallets, MARKETS, (dex,), at_ms),
            dexs=(dex,),
            address_ms=address_ms,
        )
        for dex in dexs
    ]


def observed(ledger: Ledger, twin: Twin, accounts: list[int], at_ms: int) -> None:
    for event in state_events(twin, accounts, ("", "x"), at_ms):
        ledger.apply(event)


def print_event(prints: list[Print]) -> TradesPrinted:
    return TradesPrinted(max(each.time_ms for each in prints), 0, trades_of(prints))


def move_event(moves: list[Move], whole: float = 0.0) -> CashMoved:
    return CashMoved(max(each.time_ms for each in moves), 0, movements_of(moves, whole))


def due_event() -> FundingDue:
    return FundingDue(DUE_MS, 0, RATE, ORACLE)


def assert_agree(ledger: Ledger, twin: Twin) -> None:
    held = held_in(ledger.accounts)
    true = truly_held(twin.at(10**15), MARKETS)
    assert held.keys() == true.keys()
    for key, (size, raw_usd) in true.items():
        assert held[key][0] == size, key
        assert held[key][1] == pytest.approx(raw_usd, rel=1e-9, abs=1e-7), key


@st.composite
def print_lists(draw: st.DrawFn, markets: int) -> list[Print]:
    prints = []
    for number in range(draw(st.integers(1, 25))):
        market = draw(st.integers(0, markets - 1))
        buyer, seller = draw(st.tuples(st.integers(0, ACCOUNTS - 1), st.integers(0, ACCOUNTS - 1)))
        lots = draw(st.integers(1, 5))
        price = Fraction(draw(st.integers(90, 110)), 100) * Fraction(ORACLE[market])
        prints.append(
            Print(
                START_MS + 1 + draw(st.integers(0, 120)) * 1000,
                number,
                market,
                buyer,
                seller,
                Fraction(float(price)),
                Fraction(lots, 10 ** MARKETS.rows[market].size_decimals),
                draw(st.booleans()),
            )
        )
    return prints


@st.composite
def move_lists(draw: st.DrawFn) -> list[Move]:
    return [
        Move(
            START_MS + 1 + draw(st.integers(0, 120)) * 1000,
            draw(st.integers(0, ACCOUNTS - 1)),
            draw(st.sampled_from(["", "x"])),
            Fraction(draw(st.integers(-50_000, 50_000)), 128),
        )
        for _ in range(draw(st.integers(0, 12)))
    ]


@given(st.data())
@settings(max_examples=examples(60))
def test_any_order_of_prints_states_funding_and_moved_cash_ends_at_the_truth(data: st.DataObject) -> None:
    prints, moves = data.draw(print_lists(CROSS_ONLY)), data.draw(move_lists())
    twin = new_twin(prints, moves=moves)
    deliveries: list[Event] = [print_event([each]) for each in prints]
    deliveries += [print_event([each]) for each in data.draw(st.lists(st.sampled_from(prints), max_size=5))]
    whole = data.draw(st.floats(allow_infinity=False))
    deliveries += [move_event(moves[row : row + 3], whole) for row in range(0, len(moves), 3)]
    for _ in range(data.draw(st.integers(0, 6))):
        accounts = data.draw(st.lists(st.integers(0, ACCOUNTS - 1), min_size=1, unique=True))
        dexs = data.draw(st.sampled_from([("", "x"), ("",), ("x",)]))
        at_ms = START_MS + data.draw(st.integers(0, 125)) * 1000
        deliveries += state_events(twin, accounts, dexs, at_ms)
    deliveries.append(due_event())
    ledger = new_ledger()
    observed(ledger, twin, list(range(ACCOUNTS)), START_MS)
    for event in data.draw(st.permutations(deliveries)):
        ledger.apply(event)
    assert_agree(ledger, twin)


@given(st.data())
@settings(max_examples=examples(60))
def test_late_states_and_repeated_prints_end_at_the_truth_with_isolated_positions(data: st.DataObject) -> None:
    prints = sorted(data.draw(print_lists(len(MARKETS))), key=lambda each: (each.time_ms, each.trade_id))
    moves = data.draw(move_lists())
    twin = new_twin(prints, due_ms=None, moves=moves)
    ledger = new_ledger()
    observed(ledger, twin, list(range(ACCOUNTS)), START_MS)
    waiting = [move_event([each]) for each in data.draw(st.permutations(moves))]
    place = 0
    while place < len(prints):
        size = data.draw(st.integers(1, 6))
        batch = prints[place : place + size]
        ledger.apply(print_event(data.draw(st.permutations(batch))))
        if data.draw(st.booleans()):
            ledger.apply(print_event(data.draw(st.lists(st.sampled_from(prints[: place + size]), min_size=1))))
        if waiting and data.draw(st.booleans()):
            ledger.apply(waiting.pop())
        if data.draw(st.booleans()):
            accounts = data.draw(st.lists(st.integers(0, ACCOUNTS - 1), min_size=1, unique=True))
            at_ms = START_MS + data.draw(st.integers(0, 125)) * 1000
            observed(ledger, twin, accounts, at_ms)
        place += size
    for event in waiting:
        ledger.apply(event)
    assert_agree(ledger, twin)


@given(st.data())
@settings(max_examples=examples(40))
def test_fills_and_prints_of_the_same_trades_count_once_with_the_fee_of_the_fill(data: st.DataObject) -> None:
    fee = st.integers(-100, 100).map(lambda cents: Fraction(cents, 128))
    drawn = data.draw(print_lists(CROSS_ONLY))
    prints = [
        replace(each, fee=(data.draw(fee), data.draw(fee)), time_ms=START_MS + 1 + n) for n, each in enumerate(drawn)
    ]
    twin = new_twin(prints, due_ms=None)
    ledger = new_ledger()
    observed(ledger, twin, list(range(ACCOUNTS)), START_MS)
    for each in prints:
        before = twin.at(each.time_ms - 1)
        start = tuple(before[account].size.get(each.market, Fraction(0)) for account in (each.buyer, each.seller))
        if each.buyer == each.seller:
            start = (start[0], start[0] + each.size)
        fill = FillsObserved(each.time_ms, 0, fills_of([each], [start]))
        both = [fill, print_event([each])]
        for event in data.draw(st.permutations(both + data.draw(st.lists(st.sampled_from(both), max_size=2)))):
            ledger.apply(event)
    assert_agree(ledger, twin)
    assert ledger.tracking_figures().corrected == 0


@given(st.data())
def test_rows_of_a_batch_in_any_order_give_the_same_bits(data: st.DataObject) -> None:
    prints = [replace(each, time_ms=START_MS + 1 + each.trade_id // 5) for each in data.draw(print_lists(len(MARKETS)))]
    ledgers = []
    for batch in (prints, data.draw(st.permutations(prints))):
        ledger = new_ledger()
        observed(ledger, new_twin([]), list(range(ACCOUNTS)), START_MS)
        ledger.apply(print_event(batch))
        ledgers.append(ledger)
    one, other = (ledger.accounts for ledger in ledgers)
    names = ("address_row", "raw_usd", "margin_source", "offsets", "market_index", "size", "table_row", "entry_price")
    for name in names:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


def test_a_state_that_is_older_than_the_one_held_changes_nothing() -> None:
    twin = new_twin([])
    ledger = new_ledger()
    observed(ledger, twin, [0, 1], START_MS + 50)
    richer = replace(twin, start=[Wallet({"": Fraction(5), "x": Fraction(5)}) for _ in range(ACCOUNTS)])
    observed(ledger, richer, [0], START_MS + 49)
    assert ledger.accounts.raw_usd[0] == 1000.0


def test_a_trade_of_an_address_without_a_state_is_remembered_until_the_state_comes() -> None:
    prints = [Print(START_MS + 5_000, 1, 0, 0, 1, Fraction(100), Fraction(2), True)]
    twin = new_twin(prints)
    ledger = new_ledger()
    ledger.apply(print_event(prints))
    assert ledger.accounts.pool_count == 0
    watch = ledger.watch()
    assert watch.address == (address_of(0), address_of(1))
    assert watch.is_unsure.all()
    assert not watch.is_known.any()
    observed(ledger, twin, [0, 1], START_MS)
    held = held_in(ledger.accounts)
    assert held[(address_of(0), 0)][0] == 2.0
    assert held[(address_of(1), 0)][0] == -2.0


def test_accounts_stay_the_same_object_until_something_changes() -> None:
    prints = [Print(START_MS + 1, 1, 0, 0, 1, Fraction(100), Fraction(2), True)]
    ledger = new_ledger()
    observed(ledger, new_twin([]), [0], START_MS)
    before = ledger.accounts
    ledger.apply(MarksUpdated(START_MS + 1, 0, MarketSnapshot.of_marks(MARKETS, START_MS + 1, ORACLE * 1.01)))
    ledger.apply(print_event([replace(prints[0], buyer=3, seller=4)]))
    assert ledger.accounts is before
    ledger.apply(print_event(prints))
    assert ledger.accounts is not before
    assert before.position_count == 0


def test_a_trade_marks_its_pool_as_tracked_and_takes_the_present_margin_table() -> None:
    prints = [Print(START_MS + 1, 1, 1, 0, 1, Fraction(2), Fraction(50), True)]
    ledger = new_ledger()
    observed(ledger, new_twin([]), [0, 1], START_MS)
    ledger.apply(print_event(prints))
    accounts = ledger.accounts
    traded = accounts.margin_source[accounts.pool_of_position()]
    assert traded.tolist() == [MarginSource.TRACKED, MarginSource.TRACKED]
    assert accounts.table_row.tolist() == [1, 1]
    assert accounts.leverage.tolist() == [10.0, 10.0]
    assert accounts.entry_price.tolist() == [2.0, 2.0]
    assert accounts.observed_ms.tolist() == [START_MS] * 4


def test_a_known_address_without_a_pool_gets_one_whose_cash_is_unknown() -> None:
    prints = [Print(START_MS + 1, 1, 0, 0, 1, Fraction(100), Fraction(2), True)]
    ledger = new_ledger()
    nothing = replace(accounts_of({}, MARKETS, ("",), START_MS), addresses=(address_of(0),))
    ledger.apply(AccountsObserved(time_ms=START_MS, received_ns=0, accounts=nothing))
    ledger.apply(print_event(prints))
    assert np.isnan(ledger.accounts.raw_usd).tolist() == [True]
    assert ledger.accounts.margin_source.tolist() == [MarginSource.UNKNOWN]
    assert ledger.accounts.size.tolist() == [2.0]


def many_prints(count: int, first_ms: int, first_id: int = 0) -> list[Print]:
    return [
        Print(first_ms + number, first_id + number, 0, 0, 1, Fraction(100), Fraction(1, 100), True)
        for number in range(count)
    ]


def test_repeated_prints_are_known_beyond_the_first_size_of_the_ring() -> None:
    ledger = new_ledger()
    observed(ledger, new_twin([]), [0, 1], START_MS)
    prints = many_prints(5_000, START_MS + 1)
    ledger.apply(print_event(prints))
    ledger.apply(print_event(prints[::-1]))
    assert ledger.tracking_figures().repeated == 10_000
    assert held_in(ledger.accounts)[(address_of(0), 0)][0] == 50.0


def test_prints_older_than_ten_minutes_make_room() -> None:
    ledger = new_ledger()
    for number in range(20):
        ledger.apply(print_event(many_prints(500, START_MS + number * 300_000, number * 500)))
    assert ledger.tracking_figures().unknown == 20_000
    assert ledger.tracking_figures().kept <= 4_096


def test_a_state_from_before_what_is_remembered_leaves_the_account_unsure() -> None:
    ledger = new_ledger()
    observed(ledger, new_twin([]), [0, 1], START_MS)
    for number in range(20):
        ledger.apply(print_event(many_prints(500, START_MS + 10 + number * 300_000, number * 500)))
    observed(ledger, new_twin([]), [0], START_MS + 5)
    assert ledger.watch().is_unsure.tolist() == [True, False]
