"""Marks by the documented median, and hourly funding, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_exchange import TICK, Desk, events_of

from liqscape.exchange.columns import EventColumn, EventKind, FlowColumn, MarketColumn
from liqscape.exchange.rules import MarkSource

HOUR_MS = 3_600_000


def mark_after(desk: Desk, after_ms: int, oracle: float, venues: tuple[float, ...] = (0.0,) * 5) -> float:
    """Mark, USD, after a block with an oracle and outside mids."""
    ticks = np.array([round(oracle * TICK)], np.int64)
    desk.exchange.set_oracle(ticks, np.array([[round(venue * TICK) for venue in venues]], np.int64))
    desk.exchange.step(desk.exchange.time_ms + after_ms)
    return int(desk.exchange.state.market[0, MarketColumn.MARK]) / TICK


def median_desk(**rules: object) -> Desk:
    return Desk(**{"mark_source": MarkSource.MEDIAN, "mark_period_ms": 3_000, **rules})


def test_with_an_oracle_alone_the_mark_is_the_oracle() -> None:
    assert mark_after(median_desk(), 3_000, 123.45) == 123.45


def test_marks_move_with_the_oracle_every_3_s_and_not_between() -> None:
    desk = median_desk()
    assert [mark_after(desk, after, 101.0) for after in (2_999, 1, 2_999, 1)] == [100.0, 101.0, 101.0, 101.0]


def test_with_oracle_book_and_venues_the_mark_is_the_median_of_the_three() -> None:
    desk = median_desk()
    desk.hold(desk.account(1), 1.0, price=104.0)  # last trade 104
    desk.quote(5.0, 102.0)
    desk.quote(-5.0, 106.0)
    # (1) 100 + (104 - 100) = 104; (2) median(102, 106, 104) = 104; (3) weights 3 2 2 1 1 of 90 91 92 93 94: 91
    assert mark_after(desk, 3_000, 100.0, (90.0, 91.0, 92.0, 93.0, 94.0)) == 104.0
    # average of the basis: (4 * 3 e^-0.02 + 0 * 3) / (3 e^-0.02 + 3) = b; median(104 + b, 104, 107) = 104 + b
    basis = 4.0 * math.exp(-0.02) / (math.exp(-0.02) + 1.0)
    assert mark_after(desk, 3_000, 104.0, (107.0,) * 5) == pytest.approx(104.0 + basis, abs=0.5 / TICK)


@pytest.mark.parametrize(
    ("venues", "outside"),
    [
        ((90.0, 0.0, 0.0, 0.0, 0.0), 90.0),
        ((90.0, 80.0, 80.0, 0.0, 0.0), 80.0),  # weights 3 against 2 + 2
        ((90.0, 96.0, 0.0, 94.0, 94.0), 94.0),  # 90 has 3, 94 has 1 + 1, 96 has 2: the fourth of seven
        ((90.0, 0.0, 0.0, 88.0, 80.0), 90.0),
        ((90.0, 80.0, 0.0, 80.0, 0.0), 85.0),  # 3 against 3: the mean of the two in the middle
    ],
)
def test_outside_mids_count_by_weight_and_of_two_inputs_the_mean_decides(
    venues: tuple[float, ...], outside: float
) -> None:
    assert mark_after(median_desk(), 3_000, 100.0, venues) == (100.0 + outside) / 2


def test_with_exactly_two_inputs_the_30_s_average_of_the_book_joins() -> None:
    desk = median_desk()
    desk.hold(desk.account(1), 1.0, price=104.0)
    desk.quote(5.0, 102.0)
    desk.quote(-5.0, 106.0)
    mark_after(desk, 3_000, 100.0)  # book 104, basis 4: median(104, 104, 104)
    desk.send(desk.order(desk.account(2), 5.0), desk.order(desk.account(3), -5.0))  # the book is empty now
    # inputs: oracle 98 + basis 4 = 102, venues 110, average of the book 104
    assert mark_after(desk, 3_000, 98.0, (110.0,) * 5) == 104.0


def test_given_marks_are_taken_at_the_next_update() -> None:
    desk = Desk(mark_period_ms=3_000)
    desk.block(2_999, A=90.0)
    assert desk.exchange.state.market[0, MarketColumn.MARK] == 100 * TICK
    desk.block(1)
    assert desk.exchange.state.market[0, MarketColumn.MARK] == 90 * TICK
    assert desk.exchange.state.market[0, MarketColumn.PREVIOUS_MARK] == 100 * TICK


def funded(bid: float | None, ask: float | None, **rules: object) -> tuple[list[list[int]], Desk]:
    """Funding events of an hour with this book; a long and a short of 1000 coins at an oracle of 100."""
    desk = Desk(**rules)
    desk.hold(desk.account(1), 1_000.0)
    desk.hold(desk.account(2), -1_000.0)
    for coins, price in ((1_000.0, bid), (-1_000.0, ask)):
        if price is not None:
            desk.quote(coins, price)
    for _ in range(6):
        output = desk.block(600_000)
    return events_of(output, EventKind.FUNDING), desk


@pytest.mark.parametrize(
    ("bid", "ask", "hourly"),
    [
        (None, None, 1.25e-5),  # no premium: interest of 0.01 % in 8 hours
        (99.9, 100.1, 1.25e-5),
        (99.0, 99.1, (-0.009 + 0.0005) / 8),  # premium -0.9 %: clamp of 0.05 %
        (101.0, 101.1, (0.01 - 0.0005) / 8),
        (100.03, 100.1, 1.25e-5),  # premium 0.03 %: interest again
        (150.0, 151.0, 0.04),  # capped at 4 % an hour
    ],
)
def test_funding_follows_premium_clamp_and_cap(bid: float | None, ask: float | None, hourly: float) -> None:
    events, desk = funded(bid, ask)
    paid = {row[EventColumn.ACCOUNT]: row[EventColumn.B] / 1e6 for row in events}
    assert paid[1] == pytest.approx(1_000 * 100.0 * hourly, rel=1e-5)
    assert paid[2] == -paid[1]
    assert desk.exchange.state.flow[FlowColumn.FUNDING_ROUNDING] == 0


def test_longs_pay_shorts_and_cash_moves_by_just_that() -> None:
    events, desk = funded(101.0, 101.1)
    paid = {row[EventColumn.ACCOUNT]: row[EventColumn.B] / 1e6 for row in events}
    assert paid[1] > 0.0
    assert desk.worth(1) == pytest.approx(10_000_000.0 - paid[1])
    assert desk.worth(2) == pytest.approx(10_000_000.0 + paid[1])


def test_funding_counts_on_the_oracle_not_on_the_mark() -> None:
    desk = Desk()
    desk.hold(desk.account(1), 1_000.0)
    desk.exchange.set_marks(desk.ticks())
    desk.exchange.set_oracle(desk.ticks() * 3)
    output = desk.exchange.step(desk.exchange.time_ms + HOUR_MS)
    paid = {row[EventColumn.ACCOUNT]: row[EventColumn.B] / 1e6 for row in events_of(output, EventKind.FUNDING)}
    assert paid[1] == pytest.approx(1_000 * 300.0 * 1.25e-5)


def test_funding_is_paid_once_an_hour_and_from_the_isolated_pool_where_there_is_one() -> None:
    desk = Desk()
    account = desk.account(1)
    desk.exchange.set_leverage(account, 0, 10, is_isolated=True)
    desk.hold(account, 1_000.0)
    cross = desk.worth(account)
    counts = [len(events_of(desk.block(HOUR_MS // 4), EventKind.FUNDING)) for _ in range(8)]
    assert counts == [0, 0, 0, 2, 0, 0, 0, 2]
    assert desk.worth(account) == cross
    assert desk.worth(account, 0) == pytest.approx(10_000.0 - 2 * 100_000 * 1.25e-5)


def test_a_book_too_thin_for_the_impact_notional_gives_no_premium() -> None:
    desk = Desk()
    desk.hold(desk.account(1), 1_000.0)
    desk.quote(50.0, 101.0)  # 5,050 USD, 6,000 are asked for
    desk.quote(-1_000.0, 101.1)
    for _ in range(6):
        output = desk.block(600_000)
    assert {abs(row[EventColumn.C]) for row in events_of(output, EventKind.FUNDING)} == {12_500_000}
