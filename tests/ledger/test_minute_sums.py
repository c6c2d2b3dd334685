"""What moved an account in a minute, by kind: planted one by one, and at random against a plain count of the events."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_fills import ALICE, BOB, CAROL, NOW, Held, Row, defined, fills, marks, prints, states

from liqscape.ledger import Ledger
from liqscape.model.cash import CashMovements
from liqscape.model.events import CashMoved, Event, FrameDue
from liqscape.model.liquidations import LiquidationMethod
from liqscape.model.minute_notes import NO_MARKET, MinuteKind

NAMES = (ALICE, BOB, CAROL)
WEAK = Held(ALICE, -90.0, {0: 1.0})
"""Level 94.74 USD."""
RICH = (Held(BOB, 10_000.0, {0: -3.0}), Held(CAROL, 10_000.0, {1: 5.0}))

Sums = dict[tuple[str, int, MinuteKind], tuple[float, float]]
"""(size, USD) by address, market and kind."""


def begun(*events: Event) -> Ledger:
    ledger = Ledger()
    ledger.apply(defined())
    for event in events:
        ledger.apply(event)
    ledger.begin_moves()
    return ledger


def sums_of(ledger: Ledger) -> Sums:
    moves = ledger.take_moves()
    assert moves is not None
    rows = moves.columns()
    names = [ledger.accounts.addresses[row] for row in rows["address_row"].tolist()]
    keys = zip(names, rows["market_index"].tolist(), map(MinuteKind, rows["kind"].tolist()), strict=True)
    found = dict(zip(keys, zip(rows["size"].tolist(), rows["usd"].tolist(), strict=True), strict=True))
    assert len(found) == len(rows["kind"]), "one row a key"
    return found


def sizes_of(ledger: Ledger) -> dict[tuple[str, int, MinuteKind], float]:
    return {key: size for key, (size, _) in sums_of(ledger).items()}


def test_a_print_taken_for_a_liquidation_is_told_from_trades_at_once() -> None:
    ledger = begun(marks(94.7), states(WEAK, *RICH))
    ledger.apply(
        prints((BOB, ALICE, 0, 0.25, 94.6, False, NOW + 10, 1), (BOB, ALICE, 0, 0.75, 94.5, False, NOW + 10, 2))
    )
    assert sizes_of(ledger) == {(ALICE, 0, MinuteKind.LIQUIDATED_BOOK): -1.0, (BOB, 0, MinuteKind.TRADE): 1.0}


def test_of_a_forced_order_that_goes_through_zero_the_rest_is_a_trade() -> None:
    ledger = begun(marks(94.7), states(WEAK, *RICH))
    ledger.apply(prints((BOB, ALICE, 0, 1.5, 94.0, False, NOW + 10, 1)))
    found = sums_of(ledger)
    assert found[ALICE, 0, MinuteKind.LIQUIDATED_BOOK][0] == -1.0
    assert found[ALICE, 0, MinuteKind.TRADE][0] == -0.5
    usd = found[ALICE, 0, MinuteKind.LIQUIDATED_BOOK][1] + found[ALICE, 0, MinuteKind.TRADE][1]
    assert usd == pytest.approx(141.0 * (1 - 0.000_45))


@pytest.mark.parametrize(
    ("method", "is_winner_cut", "kind", "beside"),
    [
        (LiquidationMethod.MARKET, False, MinuteKind.LIQUIDATED_BOOK, MinuteKind.TRADE),
        (LiquidationMethod.BACKSTOP, False, MinuteKind.LIQUIDATED_BACKSTOP, MinuteKind.TRADE),
        (LiquidationMethod.ADL, True, MinuteKind.DELEVERAGED, MinuteKind.DELEVERAGED_AS_WINNER),
        (LiquidationMethod.BACKSTOP, True, MinuteKind.DELEVERAGED, MinuteKind.DELEVERAGED_AS_WINNER),
    ],
)
@pytest.mark.parametrize("is_printed_first", [False, True])
def test_each_method_of_a_fill_has_its_kind(
    method: LiquidationMethod, is_winner_cut: bool, kind: MinuteKind, beside: MinuteKind, is_printed_first: bool
) -> None:
    ledger = begun(marks(100.0), states(WEAK, *RICH))
    if is_printed_first:  # the mark is far off: nothing tells that it was forced
        ledger.apply(prints((BOB, ALICE, 0, 1.0, 94.0, False, NOW + 10, 7)))
    ledger.apply(
        fills(
            Row(ALICE, 0, -1.0, 94.0, 1.0, 7, victim=ALICE, method=method),
            Row(BOB, 0, 1.0, 94.0, -3.0, 7, victim=ALICE, method=method, is_deleveraged=is_winner_cut),
        )
    )
    assert sizes_of(ledger) == {(ALICE, 0, kind): -1.0, (BOB, 0, beside): 1.0}


def test_a_forced_fill_without_a_trade_id_keeps_its_kind() -> None:
    ledger = begun(marks(100.0), states(WEAK, *RICH))
    ledger.apply(fills(Row(ALICE, 0, -1.0, 94.0, 1.0, -1, victim=ALICE, method=LiquidationMethod.MARKET)))
    assert sizes_of(ledger) == {(ALICE, 0, MinuteKind.LIQUIDATED_BOOK): -1.0}


def test_what_is_confirmed_after_the_minute_closed_stays_as_it_was_known() -> None:
    ledger = begun(marks(100.0), states(WEAK, *RICH))
    ledger.apply(prints((BOB, ALICE, 0, 1.0, 94.0, False, NOW + 10, 7)))
    assert sizes_of(ledger) == {(ALICE, 0, MinuteKind.TRADE): -1.0, (BOB, 0, MinuteKind.TRADE): 1.0}
    ledger.apply(fills(Row(ALICE, 0, -1.0, 94.0, 1.0, 7, victim=ALICE, method=LiquidationMethod.MARKET)))
    assert not sizes_of(ledger)


def cash(*rows: tuple[str, float, float, MinuteKind], time_ms: int = NOW + 10, dex: str = "") -> CashMoved:
    movements = CashMovements(
        addresses=tuple(row[0] for row in rows),
        dexs=(dex,),
        user=np.arange(len(rows), dtype=np.int32),
        dex=np.zeros(len(rows), np.int32),
        time_ms=np.full(len(rows), time_ms, np.int64),
        amount=np.array([row[1] for row in rows]),
        whole=np.array([row[2] for row in rows]),
        kind=np.array([row[3] for row in rows], np.uint8),
    )
    return CashMoved(time_ms, 0, movements)


def test_cash_is_summed_by_kind_and_what_is_ambiguous_is_not_a_number() -> None:
    ledger = begun(marks(100.0), states(WEAK, *RICH))
    ledger.apply(cash((ALICE, 30.0, 30.0, MinuteKind.DEPOSIT), (BOB, -5.0, -5.0, MinuteKind.WITHDRAWAL)))
    ledger.apply(cash((ALICE, 4.0, 0.0, MinuteKind.TRANSFER), (CAROL, math.nan, math.nan, MinuteKind.TRANSFER)))
    ledger.apply(cash((ALICE, 1.0, 1.0, MinuteKind.DEPOSIT), time_ms=NOW))  # the state at NOW has it
    found = sums_of(ledger)
    assert all(math.isnan(size) for size, _ in found.values())
    usd = {key: amount for key, (_, amount) in found.items()}
    assert math.isnan(usd.pop((CAROL, NO_MARKET, MinuteKind.TRANSFER)))
    assert usd == {
        (ALICE, NO_MARKET, MinuteKind.DEPOSIT): 30.0,
        (BOB, NO_MARKET, MinuteKind.WITHDRAWAL): -5.0,
        (ALICE, NO_MARKET, MinuteKind.TRANSFER): 4.0,
    }


def test_nobody_has_a_row_of_whom_nothing_is_known() -> None:
    ledger = begun(marks(100.0), states(Held(ALICE, 1_000.0, {0: 1.0})))
    ledger.apply(prints((BOB, ALICE, 0, 0.25, 94.6, False, NOW + 10, 1)))
    assert sizes_of(ledger) == {(ALICE, 0, MinuteKind.TRADE): -0.25}


class Story(NamedTuple):
    """One event: trades told as prints or fills, again or late, or the state of everybody."""

    what: str
    buyer: int
    seller: int
    market: int
    lots: int
    age: int


STORIES = st.lists(
    st.builds(
        Story,
        what=st.sampled_from(["print", "fill", "both", "state", "close"]),
        buyer=st.integers(0, 2),
        seller=st.integers(0, 2),
        market=st.integers(0, 1),
        lots=st.integers(1, 500),
        age=st.integers(0, 3),
    ),
    max_size=25,
)


@given(STORIES)
def test_sums_are_the_change_of_what_is_held_whatever_is_told_twice_or_late(stories: list[Story]) -> None:
    """States are true: what was held at their time by the trades so far. So nothing is left to correct, and every
    change of a position is the sum of the trades told since the frame before."""
    true: defaultdict[tuple[str, int], float] = defaultdict(float)
    log: list[tuple[int, str, int, float]] = []
    ledger = begun(marks(100.0), states(*(Held(name, 1e9, {0: 5_000.0, 1: 5_000.0}) for name in NAMES)))
    before = held(ledger)
    for number, story in enumerate(stories):
        time_ms = NOW + 10 * (number + 1)
        buyer, seller, size = NAMES[story.buyer], NAMES[story.seller], story.lots / 100
        if story.what in ("print", "fill", "both"):
            start = {name: 5_000.0 + true[name, story.market] for name in (buyer, seller)}
            if story.what != "fill":
                ledger.apply(prints((buyer, seller, story.market, size, 100.0, True, time_ms, number)))
            if story.what != "print" and buyer != seller:
                ledger.apply(
                    fills(
                        Row(buyer, story.market, size, 100.0, start[buyer], number, time_ms),
                        Row(seller, story.market, -size, 100.0, start[seller], number, time_ms),
                    )
                )
            if story.what != "fill" or buyer != seller:
                for name, signed in ((buyer, size), (seller, -size)):
                    log.append((time_ms, name, story.market, signed))
                    true[name, story.market] += signed
        elif story.what == "state":
            at_ms = time_ms - 10 * story.age + 5
            known: defaultdict[tuple[str, int], float] = defaultdict(float)
            for moved_ms, name, market, signed in log:
                known[name, market] += signed if moved_ms <= at_ms else 0.0
            ledger.apply(
                states(
                    *(
                        Held(name, 1e9, {market: round(5_000.0 + known[name, market], 2) for market in (0, 1)})
                        for name in NAMES
                    ),
                    time_ms=at_ms,
                )
            )
        else:
            ledger.apply(FrameDue(time_ms, 0))
            assert_explained(ledger, before)
            before = held(ledger)
    assert_explained(ledger, before)


def held(ledger: Ledger) -> dict[tuple[str, int], float]:
    accounts = ledger.accounts
    owner = accounts.address_row[accounts.pool_of_position()]
    names = [accounts.addresses[row] for row in owner.tolist()]
    return dict(zip(zip(names, accounts.market_index.tolist(), strict=True), accounts.size.tolist(), strict=True))


def assert_explained(ledger: Ledger, before: dict[tuple[str, int], float]) -> None:
    now, summed = held(ledger), {key[:2]: size for key, size in sizes_of(ledger).items()}
    for key in before.keys() | now.keys() | summed.keys():
        change = now.get(key, 0.0) - before.get(key, 0.0)
        assert summed.get(key, 0.0) == pytest.approx(change, abs=1e-9), key
