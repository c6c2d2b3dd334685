"""What the memory of prints does not reach is never applied: whoever it concerns is read again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ledger_fills import ALICE, BOB, CAROL, MARKETS, NOW, TABLES, Held, Row, defined, fills, marks, prints, states

from liqscape.ledger import Ledger
from liqscape.ledger.growth import KEEP_MS
from liqscape.ledger.new_tables import FIRST_ROWS
from liqscape.model.events import Event, MarketDefined

OTHERS = ("0x" + "e" * 40, "0x" + "f" * 40)
LATER = NOW + 20 * 60_000
"""Twice as long as prints are remembered."""


def ledger_of(*events: Event) -> Ledger:
    ledger = Ledger()
    for event in (defined(), marks(100.0), *events):
        ledger.apply(event)
    return ledger


def busy(ledger: Ledger, market: int = 0, until_ms: int = LATER) -> None:
    """Strangers trade until the ring has let go of everything before."""
    for number, time_ms in enumerate(range(NOW + 1_000, until_ms, 1_000)):
        ledger.apply(prints((*OTHERS, market, 0.01, 100.0, True, time_ms, 1_000 + number)))
    assert until_ms - NOW > KEEP_MS
    assert ledger.tracking_figures().kept <= 2 * FIRST_ROWS


def sizes(ledger: Ledger) -> dict[str, float]:
    accounts = ledger.accounts
    holder = accounts.address_row[accounts.pool_of_position()]
    return {accounts.addresses[row]: size for row, size in zip(holder.tolist(), accounts.size.tolist(), strict=True)}


def unsure(ledger: Ledger) -> set[str]:
    watch = ledger.watch()
    return {
        each
        for each, is_in, is_known in zip(watch.address, watch.is_unsure, watch.is_known, strict=True)
        if is_in and is_known
    }


BOOK = states(Held(ALICE, 100.0, {1: 10.0}), Held(BOB, 300.0, {1: -10.0}), Held(CAROL, 50.0, {1: 5.0}))
QUIET = prints((ALICE, BOB, 1, 4.0, 10.0, True, NOW + 100, 7))


def test_a_print_older_than_the_memory_is_not_applied_again_and_its_users_are_in_doubt() -> None:
    ledger = ledger_of(BOOK, QUIET)
    busy(ledger, market=1)
    ledger.apply(replace(QUIET, time_ms=LATER))
    assert sizes(ledger) == {ALICE: 14.0, BOB: -14.0, CAROL: 5.0}
    assert unsure(ledger) == {ALICE, BOB}
    assert ledger.tracking_figures().beyond_memory == 2


def test_a_reading_ends_the_doubt_of_an_old_print_and_it_stays_out() -> None:
    ledger = ledger_of(BOOK, QUIET)
    busy(ledger, market=1)
    ledger.apply(QUIET)
    ledger.apply(states(Held(ALICE, 60.0, {1: 14.0}), Held(BOB, 340.0, {1: -14.0}), time_ms=LATER))
    assert not unsure(ledger)
    ledger.apply(QUIET)
    assert sizes(ledger) == {ALICE: 14.0, BOB: -14.0, CAROL: 5.0}
    assert not unsure(ledger)


def test_a_quiet_coin_is_remembered_as_far_back_as_none_of_its_own_prints_was_let_go() -> None:
    """Only prints of the other coin were forgotten: a late one of this coin is news."""
    ledger = ledger_of(BOOK)
    busy(ledger, market=0)
    ledger.apply(QUIET)
    assert sizes(ledger) == {ALICE: 14.0, BOB: -14.0, CAROL: 5.0}
    assert not unsure(ledger)


def test_an_old_print_of_somebody_of_whom_nothing_was_let_go_is_news() -> None:
    ledger = ledger_of(BOOK, QUIET)
    busy(ledger, market=1)
    ledger.apply(prints((CAROL, ALICE, 1, 1.0, 10.0, True, NOW + 200, 8)))
    assert sizes(ledger) == {ALICE: 14.0, BOB: -14.0, CAROL: 6.0}
    assert unsure(ledger) == {ALICE}


def test_an_old_print_that_the_state_has_leaves_nobody_in_doubt() -> None:
    ledger = ledger_of(
        BOOK, QUIET, states(Held(ALICE, 60.0, {1: 14.0}), Held(BOB, 340.0, {1: -14.0}), time_ms=NOW + 500)
    )
    busy(ledger, market=1)
    ledger.apply(QUIET)
    assert sizes(ledger) == {ALICE: 14.0, BOB: -14.0, CAROL: 5.0}
    assert not unsure(ledger)


def test_the_newest_thirty_prints_of_a_subscription_change_nothing_that_is_remembered() -> None:
    rows = [(ALICE, BOB, 1, 1.0, 10.0, True, NOW + 10 * step, step) for step in range(1, 31)]
    ledger = ledger_of(BOOK, prints(*rows))
    ledger.apply(prints(*rows))
    assert sizes(ledger) == {ALICE: 40.0, BOB: -40.0, CAROL: 5.0}
    assert not unsure(ledger)


def test_a_fill_older_than_the_memory_is_not_applied_again() -> None:
    reported = fills(Row(ALICE, 1, 4.0, 10.0, 10.0, 7, NOW + 100))
    ledger = ledger_of(BOOK, reported)
    busy(ledger, market=1)
    ledger.apply(reported)
    assert sizes(ledger)[ALICE] == 14.0
    assert unsure(ledger) == {ALICE}


def test_a_state_from_before_the_memory_leaves_those_in_doubt_who_traded_since() -> None:
    ledger = ledger_of(BOOK, QUIET)
    busy(ledger, market=1)
    ledger.apply(states(Held(ALICE, 100.0, {1: 10.0}), Held(CAROL, 50.0, {1: 5.0}), time_ms=NOW + 50))
    assert unsure(ledger) == {ALICE}


def delisted(*rows: int) -> MarketDefined:
    markets = type(MARKETS).build(replace(market, is_delisted=row in rows) for row, market in enumerate(MARKETS.rows))
    return MarketDefined(NOW + 1_000, 0, markets, TABLES)


def test_a_delisted_coin_leaves_everybody_who_held_it_in_doubt_and_first_to_be_read() -> None:
    both = states(Held(ALICE, 100.0, {0: 1.0, 1: 10.0}), Held(BOB, 300.0, {0: 2.0}), Held(CAROL, 50.0, {1: 5.0}))
    ledger = ledger_of(both, delisted(1))
    accounts = ledger.accounts
    assert accounts.market_index.tolist() == [0, 0]
    assert accounts.raw_usd.tolist()[:2] == [200.0, 300.0]  # 10 coins at 10 USD
    assert unsure(ledger) == {ALICE, CAROL}
    watch = ledger.watch(np.array([50.0, 50.0]))
    assert watch.nearest_distance.tolist() == [0.0, 0.5, 0.0]
    assert watch.notional.tolist() == [200.0, 200.0, 50.0]
    ledger.apply(states(Held(ALICE, 200.0, {0: 1.0}), Held(CAROL, 90.0, {}), time_ms=NOW + 2_000))
    assert not unsure(ledger)
    assert ledger.watch(np.array([50.0, 50.0])).nearest_distance.tolist() == [0.5, 0.5, np.inf]


def test_a_coin_listed_again_is_held_again_and_one_delisted_for_long_stays_as_the_exchange_says() -> None:
    ledger = ledger_of(BOOK, delisted(1), defined(), states(Held(ALICE, 100.0, {1: 3.0}), time_ms=NOW + 2_000))
    assert sizes(ledger) == {ALICE: 3.0}
    ledger = ledger_of(BOOK, delisted(1), states(Held(ALICE, 100.0, {1: 3.0}), time_ms=NOW + 2_000), delisted(1))
    assert sizes(ledger) == {ALICE: 3.0}


def test_settling_at_an_unknown_mark_leaves_the_cash_unknown() -> None:
    ledger = ledger_of(marks(100.0, np.nan), states(Held(ALICE, 100.0, {0: 1.0, 1: 10.0})), delisted(1))
    assert np.isnan(ledger.accounts.raw_usd).all()
    assert ledger.watch().notional.tolist() == [101.0]
