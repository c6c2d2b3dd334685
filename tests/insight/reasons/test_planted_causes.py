"""A cause that stands alone gets the whole move, by name."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from minutes import (
    MARKETS,
    MARKS,
    START_MS,
    TABLES,
    TIERED,
    A,
    B,
    C,
    HeldPool,
    Noted,
    World,
    cash,
    make_minute,
    make_notes,
)

from liqscape.insight.minute import Minute
from liqscape.insight.reasons import Causes, SpanPair
from liqscape.insight.records import ChangeReason
from liqscape.model import MarginTables, Markets, flat_table
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import PoolMode, Side

WHO = "0xa"
TEN = {WHO: [HeldPool(-800.0, {A: 10.0})]}
"""A long of 10 whose level is near 82.05."""
HEDGED = {WHO: [HeldPool(2_200.0, {A: 10.0, B: -60.0})]}


class Case(NamedTuple):
    """lots on the long side of A, in a narrow span around the level before (or, where there was none, of now)."""

    reason: ChangeReason
    before: World
    now: World
    lots: int
    notes: tuple[Noted, ...] | None = ()
    marks: tuple[float, ...] = MARKS
    tables: MarginTables = TABLES
    markets: Markets = MARKETS


def lone(raw: float, size: float, **other: object) -> World:
    return {WHO: [replace(HeldPool(raw, {A: size} if size else {}), **other)]}


def hedged(raw: float, other: float) -> World:
    return {WHO: [HeldPool(raw, {A: 10.0, B: other} if other else {A: 10.0})]}


def noted(market: int, kind: MinuteKind, size: float, usd: float) -> tuple[Noted, ...]:
    return ((WHO, market, kind, size, usd),)


OPENED = noted(A, MinuteKind.TRADE, 10.0, -1_000.0)
SETTLED = Markets.build([replace(MARKETS.rows[0], is_delisted=True), *MARKETS.rows[1:]])
STRICTER = MarginTables.build((flat_table(20), TIERED, flat_table(5, 10)))
CASES = {
    "opened": Case(ChangeReason.OPENED, lone(200.0, 0.0), TEN, 1_000, OPENED),
    "opened by an account not met before": Case(ChangeReason.OPENED, {}, TEN, 1_000, OPENED),
    "added": Case(ChangeReason.ADDED, lone(-640.0, 8.0), TEN, 200, noted(A, MinuteKind.TRADE, 2.0, -160.0)),
    "reduced": Case(ChangeReason.REDUCED, TEN, lone(-640.0, 8.0), -200, noted(A, MinuteKind.TRADE, -2.0, 160.0)),
    "closed": Case(ChangeReason.CLOSED, TEN, lone(200.0, 0.0), -1_000, noted(A, MinuteKind.TRADE, -10.0, 1_000.0)),
    "flipped away": Case(ChangeReason.FLIPPED, TEN, lone(700.0, -5.0), -1_000, noted(A, MinuteKind.TRADE, -15.0, 1e3)),
    "flipped to it": Case(ChangeReason.FLIPPED, lone(700.0, -5.0), TEN, 1_000, noted(A, MinuteKind.TRADE, 15.0, -1e3)),
    **{
        kind.name.lower().replace("_", " "): Case(
            ChangeReason[kind.name], TEN, lone(-480.0, 6.0), -400, noted(A, kind, -4.0, 320.0)
        )
        for kind in (
            MinuteKind.LIQUIDATED_BOOK,
            MinuteKind.LIQUIDATED_BACKSTOP,
            MinuteKind.DELEVERAGED,
            MinuteKind.DELEVERAGED_AS_WINNER,
        )
    },
    "liquidated whole, and an own trade back": Case(
        ChangeReason.LIQUIDATED_BOOK,
        TEN,
        lone(-100.0, 5.0),
        -1_000,
        (
            (WHO, A, MinuteKind.LIQUIDATED_BOOK, -10.0, 800.0),
            (WHO, A, MinuteKind.TRADE, 5.0, -100.0),
        ),
    ),
    "deposit": Case(
        ChangeReason.MOVED_BY_MARGIN, TEN, lone(-750.0, 10.0), -1_000, (cash(WHO, MinuteKind.DEPOSIT, 50),)
    ),
    "a deposit too small to be told from noise": Case(
        ChangeReason.MOVED_BY_MARGIN, TEN, lone(-799.8, 10.0), -1_000, (cash(WHO, MinuteKind.TRANSFER, 0.2),)
    ),
    "isolated margin": Case(
        ChangeReason.MOVED_BY_MARGIN,
        lone(-800.0, 10.0, mode=PoolMode.ISOLATED),
        lone(-700.0, 10.0, mode=PoolMode.ISOLATED),
        -1_000,
    ),
    "from shared to isolated": Case(
        ChangeReason.MOVED_BY_MARGIN,
        {WHO: [HeldPool(2_200.0, {A: 10.0, B: -60.0})]},
        {WHO: [HeldPool(2_950.0, {B: -60.0}), HeldPool(-750.0, {A: 10.0}, mode=PoolMode.ISOLATED)]},
        -1_000,
    ),
    "a leg opened": Case(
        ChangeReason.MOVED_BY_TRADES, TEN, hedged(-300.0, -10.0), -1_000, noted(B, MinuteKind.TRADE, -10.0, 500.0)
    ),
    "a leg closed": Case(
        ChangeReason.MOVED_BY_TRADES,
        hedged(-300.0, -10.0),
        hedged(-802.0, 0.0),
        -1_000,
        noted(B, MinuteKind.TRADE, 10.0, -502.0),
    ),
    "a leg opened and closed": Case(
        ChangeReason.MOVED_BY_TRADES, TEN, lone(-820.0, 10.0), -1_000, noted(C, MinuteKind.TRADE, 0.0, -20.0)
    ),
    "an isolated position opened beside it": Case(
        ChangeReason.MOVED_BY_TRADES,
        TEN,
        {WHO: [HeldPool(-850.0, {A: 10.0}), HeldPool(-450.0, {B: 10.0}, mode=PoolMode.ISOLATED)]},
        -1_000,
        noted(B, MinuteKind.TRADE, 10.0, -500.0),
    ),
    "the other leg liquidated": Case(
        ChangeReason.MOVED_BY_LIQUIDATION,
        hedged(-300.0, -10.0),
        hedged(-560.0, -5.0),
        -1_000,
        noted(B, MinuteKind.LIQUIDATED_BOOK, 5.0, -260.0),
    ),
    "funding": Case(
        ChangeReason.MOVED_BY_FUNDING, TEN, lone(-801.0, 10.0), -1_000, noted(A, MinuteKind.FUNDING, 0.0, -1.0)
    ),
    "funding of another leg": Case(
        ChangeReason.MOVED_BY_FUNDING, HEDGED, hedged(2_203.0, -60.0), -1_000, noted(B, MinuteKind.FUNDING, 0.0, 3.0)
    ),
    "another coin's mark": Case(ChangeReason.MOVED_BY_MARKS, HEDGED, HEDGED, -1_000, marks=(100.0, 50.5, 10.0)),
    "marks of its collateral": Case(
        ChangeReason.MOVED_BY_MARKS,
        lone(-800.0, 10.0, mode=PoolMode.PORTFOLIO),
        lone(-760.0, 10.0, mode=PoolMode.PORTFOLIO),
        -1_000,
    ),
    "another margin table": Case(
        ChangeReason.RULE_CHANGED,
        {WHO: [HeldPool(-800.0, {A: 10.0}, table={A: 2})]},
        {WHO: [HeldPool(-800.0, {A: 10.0}, table={A: 2})]},
        -1_000,
        tables=STRICTER,
    ),
    "another row of the tables": Case(
        ChangeReason.RULE_CHANGED, TEN, {WHO: [HeldPool(-800.0, {A: 10.0}, table={A: 2})]}, -1_000
    ),
    "settled at its delisting": Case(ChangeReason.RULE_CHANGED, TEN, lone(200.0, 0.0), -1_000, markets=SETTLED),
    "first reading": Case(ChangeReason.LEARNT, {}, TEN, 1_000),
    "its cash is known again": Case(ChangeReason.LEARNT, lone(np.nan, 10.0), TEN, 1_000),
    "account lost": Case(ChangeReason.FORGOTTEN, TEN, {}, -1_000),
    "its cash is not known": Case(ChangeReason.FORGOTTEN, TEN, lone(np.nan, 10.0), -1_000),
    "a mark it needs is not known": Case(ChangeReason.FORGOTTEN, HEDGED, HEDGED, -1_000, marks=(100.0, np.nan, 10.0)),
    "a reading with another size": Case(ChangeReason.CORRECTED, TEN, lone(-640.0, 8.0), -200),
    "a position that had been missed": Case(ChangeReason.CORRECTED, lone(200.0, 0.0), TEN, 1_000),
    "a leg that had been missed": Case(ChangeReason.CORRECTED, TEN, hedged(-300.0, -10.0), -1_000),
    "a fee assumed wrongly": Case(ChangeReason.CORRECTED, TEN, lone(-800.9, 10.0), -1_000),
    "a vault recognised": Case(ChangeReason.CORRECTED, TEN, lone(-800.0, 10.0, is_exempt=True), -1_000),
    "a size between snapshots": Case(ChangeReason.NOT_REPORTED, TEN, lone(-640.0, 8.0), -200, None),
    "cash between snapshots": Case(ChangeReason.NOT_REPORTED, TEN, lone(-700.0, 10.0), -1_000, None),
    "marks between snapshots": Case(
        ChangeReason.MOVED_BY_MARKS, HEDGED, HEDGED, -1_000, None, marks=(100.0, 50.5, 10.0)
    ),
    "first seen in a snapshot": Case(ChangeReason.LEARNT, {}, TEN, 1_000, None),
}


def minutes(case: Case) -> tuple[Minute, Minute]:
    before = make_minute(case.before, notes=None)
    return before, make_minute(case.now, notes=case.notes, marks=case.marks, tables=case.tables, markets=case.markets)


def long_level(minute: Minute) -> float:
    """Of A; NaN where it is not held."""
    rows = np.flatnonzero((minute.accounts.market_index == A) & (minute.accounts.size > 0.0))
    return float(minute.level[rows[0]]) if len(rows) else np.nan


def around(low: float, high: float) -> tuple[float, float]:
    return low * (1.0 - 1e-6), high * (1.0 + 1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_cause_alone_gets_the_whole_move(name: str) -> None:
    case = CASES[name]
    before, now = minutes(case)
    levels = [level for level in (long_level(before), long_level(now)) if not np.isnan(level)]
    same_level = abs(case.lots) < 1_000
    span = around(min(levels), max(levels)) if same_level else around(levels[0], levels[0])
    rows = Causes(before, now).explain(A, Side.LONG, [SpanPair("c", span, span)])
    assert [(row.reason, row.lots) for row in rows] == [(case.reason, case.lots)]


def test_every_reason_is_planted() -> None:
    elsewhere = {ChangeReason.SPAN_MOVED, ChangeReason.INTERACTION, ChangeReason.MOVED_BY_TIER}
    assert {case.reason for case in CASES.values()} | elsewhere == set(ChangeReason)


def test_a_leg_that_passes_a_tier_moves_the_level_beyond_what_its_mark_alone_does() -> None:
    world = {WHO: [HeldPool(29_000.0, {A: 10.0, B: -580.0})]}
    marks = (100.0, 56.0, 10.0)
    first_tier = MarginTables.build((flat_table(20), flat_table(20, 51), flat_table(10)))
    levels = [
        long_level(make_minute(world)),
        long_level(make_minute(world, marks=marks, tables=first_tier)),
        long_level(make_minute(world, marks=marks)),
    ]
    assert levels[0] < levels[1] < levels[2], "a short that rises, then one that needs more"
    causes = Causes(make_minute(world), make_minute(world, marks=marks))
    spans = [around(*levels[:2]), around(levels[0], levels[0])]
    rows = causes.explain(A, Side.LONG, [SpanPair(str(row), span, span) for row, span in enumerate(spans)])
    assert [(row.reason, row.lots) for row in rows] == [
        (ChangeReason.MOVED_BY_TIER, -1_000),
        (ChangeReason.MOVED_BY_MARKS, -1_000),
    ]


def test_an_own_mark_moves_nothing() -> None:
    before, now = make_minute(HEDGED), make_minute(HEDGED, marks=(70.0, 50.0, 10.0))
    span = around(long_level(before), long_level(before))
    assert Causes(before, now).explain(A, Side.LONG, [SpanPair("c", span, span)]) == ()


@pytest.mark.parametrize(
    ("before", "now", "raw", "reason", "lots"),
    [
        ((80.0, 84.0), (83.0, 84.0), -800.0, ChangeReason.SPAN_MOVED, -1_000),
        ((83.0, 84.0), (80.0, 84.0), -800.0, ChangeReason.SPAN_MOVED, 1_000),
        (None, (80.0, 84.0), -800.0, ChangeReason.SPAN_MOVED, 1_000),
        ((80.0, 84.0), None, -800.0, ChangeReason.SPAN_MOVED, -1_000),
        # The level falls to 76.9 while the cluster is found elsewhere, too.
        ((80.0, 84.0), (83.0, 84.0), -750.0, ChangeReason.MOVED_BY_MARGIN, -1_000),
        ((80.0, 84.0), None, -750.0, ChangeReason.MOVED_BY_MARGIN, -1_000),
        (None, (76.0, 78.0), -750.0, ChangeReason.MOVED_BY_MARGIN, 1_000),
        ((80.0, 84.0), (76.0, 78.0), -750.0, None, 0),
        # Either alone would have left it where it was.
        ((76.0, 84.0), (80.0, 84.0), -750.0, ChangeReason.INTERACTION, -1_000),
        # Either alone would have brought it.
        ((76.0, 78.0), (76.0, 84.0), -750.0, ChangeReason.INTERACTION, 1_000),
    ],
)
def test_a_level_and_a_span_that_both_move_are_kept_apart(before, now, raw, reason, lots) -> None:  # type: ignore[no-untyped-def]
    rows = Causes(
        make_minute(TEN), make_minute(lone(raw, 10.0), notes=[cash(WHO, MinuteKind.DEPOSIT, raw + 800.0)])
    ).explain(A, Side.LONG, [SpanPair("c", before, now)])
    assert [(row.reason, row.lots) for row in rows] == ([] if reason is None else [(reason, lots)])


@pytest.mark.parametrize(("since_ms", "is_gap"), [(START_MS + 1, False), (START_MS, True)])
def test_what_only_the_end_of_a_minute_can_tell_is_not_reported(since_ms: int, is_gap: bool) -> None:
    """A restart, a hole: what was noted counts, the rest may have been anything."""
    notes = noted(A, MinuteKind.TRADE, -2.0, 160.0)
    now = make_minute(lone(-480.0, 6.0), notes=notes, time_ms=START_MS + 60_000, since_ms=since_ms, is_gap=is_gap)
    rows = Causes(make_minute(TEN), now).explain_band(A, Side.LONG, 82.0, 83.0)
    assert [(row.reason, row.lots, row.is_gap) for row in rows] == [
        (ChangeReason.REDUCED, -200, is_gap),
        (ChangeReason.NOT_REPORTED, -200, is_gap),
    ]
    wholly = replace(now, notes=make_notes((WHO,), notes, START_MS), is_gap=False)
    rows = Causes(make_minute(TEN), wholly).explain_band(A, Side.LONG, 82.0, 83.0)
    assert [row.reason for row in rows] == [ChangeReason.REDUCED, ChangeReason.CORRECTED]


def test_several_causes_are_taken_in_the_stated_order() -> None:
    """The level rises by a mark, falls further by funding, and rises above both by a withdrawal."""
    marks = (100.0, 50.5, 10.0)
    notes = [(WHO, B, MinuteKind.FUNDING, 0.0, 50.0), cash(WHO, MinuteKind.WITHDRAWAL, -90.0)]
    before, now = make_minute(HEDGED), make_minute(hedged(2_160.0, -60.0), notes=notes, marks=marks)
    levels = [
        long_level(before),
        long_level(make_minute(HEDGED, marks=marks)),
        long_level(make_minute(hedged(2_250.0, -60.0), marks=marks)),
        long_level(now),
    ]
    assert levels[2] < levels[0] < levels[1] < levels[3]
    spans = [around(min(levels[:count]), max(levels[:count])) for count in (1, 2, 3)]
    rows = Causes(before, now).explain(A, Side.LONG, [SpanPair(str(span), span, span) for span in spans])
    assert [(row.reason, row.lots) for row in rows] == [
        (ChangeReason.MOVED_BY_MARKS, -1_000),
        (ChangeReason.MOVED_BY_FUNDING, -1_000),
        (ChangeReason.MOVED_BY_MARGIN, -1_000),
    ]


def test_size_goes_where_the_level_was_and_comes_where_it_is() -> None:
    """10 become 6 and leave the span; 6 become 10 and come to it: what moved is what was there all the time."""
    six = lone(-440.0, 6.0)
    out = make_minute(TEN), make_minute(six, notes=noted(A, MinuteKind.TRADE, -4.0, 360.0))
    back = make_minute(six), make_minute(TEN, notes=noted(A, MinuteKind.TRADE, 4.0, -360.0))
    span = around(82.05128205, 82.05128205)
    rows = [Causes(*pair).explain(A, Side.LONG, [SpanPair("c", span, span)]) for pair in (out, back)]
    assert [[(row.reason, row.lots) for row in each] for each in rows] == [
        [(ChangeReason.REDUCED, -400), (ChangeReason.MOVED_BY_TRADES, -600)],
        [(ChangeReason.ADDED, 400), (ChangeReason.MOVED_BY_TRADES, 600)],
    ]


def test_force_that_took_all_came_before_the_trade_of_the_same_minute() -> None:
    """What is held after it was opened, not added to what was gone."""
    notes = [(WHO, A, MinuteKind.TRADE, 5.0, -400.0), (WHO, A, MinuteKind.LIQUIDATED_BOOK, -10.0, 800.0)]
    rows = Causes(make_minute(TEN), make_minute(lone(-400.0, 5.0), notes=notes)).explain_band(A, Side.LONG, 82.0, 83.0)
    assert [(row.reason, row.lots) for row in rows] == [
        (ChangeReason.OPENED, 500),
        (ChangeReason.LIQUIDATED_BOOK, -1_000),
    ]


def test_force_that_took_more_than_was_held_came_after_the_trade() -> None:
    notes = [(WHO, A, MinuteKind.TRADE, 5.0, -400.0), (WHO, A, MinuteKind.LIQUIDATED_BOOK, -12.0, 960.0)]
    rows = Causes(make_minute(TEN), make_minute(lone(-240.0, 3.0), notes=notes)).explain_band(A, Side.LONG, 82.0, 83.0)
    assert [(row.reason, row.lots) for row in rows] == [
        (ChangeReason.ADDED, 500),
        (ChangeReason.LIQUIDATED_BOOK, -1_200),
    ]
