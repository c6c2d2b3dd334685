"""The kernels against plain loops over a pool that is moved on one cause at a time."""

from __future__ import annotations

import random
from collections import Counter
from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st
from minutes import MARKS, TABLES, TIERED, A, B, C, HeldPool, Noted, cash, make_minute

from liqscape.insight.minute import Minute
from liqscape.insight.reasons import Causes, SpanPair
from liqscape.insight.records import ChangeReason
from liqscape.model import MarginTables, flat_table
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import Side

WHO = "0xa"
SCALE = {A: 100, B: 10, C: 1}
FLAT = MarginTables.build((flat_table(20), flat_table(20, 51), flat_table(10)))
STRICTER = MarginTables.build((flat_table(15, 20), TIERED, flat_table(8, 10)))
Span = tuple[float, float]


def trade(pool: HeldPool, market: int, lots: int, price: float) -> None:
    """Size and cash, as the exchange moves them."""
    size = (round(pool.size.get(market, 0.0) * SCALE[market]) + lots) / SCALE[market]
    pool.size = {each: held for each, held in {**pool.size, market: size}.items() if held}
    pool.raw -= lots / SCALE[market] * price


class Story:
    """A pool of up to three legs, its steps, and what was noted of them."""

    def __init__(self, choose: random.Random) -> None:
        sizes = {market: choose.choice((-1, 1)) * choose.randint(20, 900) / SCALE[market] for market in (A, B, C)}
        held = {market: size for market, size in sizes.items() if choose.random() < 0.8}
        value = sum(abs(size) * MARKS[market] for market, size in held.items()) * choose.uniform(0.15, 0.6)
        pool = HeldPool(value - sum(size * MARKS[market] for market, size in held.items()), held)
        self.notes: list[Noted] = []
        self.marks = tuple(mark * choose.choice((1.0, choose.uniform(0.9, 1.1))) for mark in MARKS)
        self.tables = choose.choice((TABLES, STRICTER))
        self.stages = [self._at(pool, MARKS, TABLES), self._at(pool, self.marks, TABLES)]
        self.stages += [self._at(pool, self.marks, self.tables)]
        for market in pool.size:
            if choose.random() < 0.5:
                self._note(pool, market, MinuteKind.FUNDING, 0, choose.uniform(-3.0, 3.0))
        self.stages += [self._at(pool, self.marks, self.tables)]
        self.before_trades = deepcopy(pool.size)
        for market in (A, B, C):
            if choose.random() < 0.4:
                self._note(pool, market, MinuteKind.TRADE, choose.choice((-1, 1)) * choose.randint(1, 90))
        self.stages += [self._at(pool, self.marks, self.tables)]
        for market, size in list(pool.size.items()):
            # Only what came by the trade is cut, so that force cannot have come before it; and a leg that is of
            # neither minute is no leg.
            if choose.random() < 0.3 and size * self.before_trades.get(market, 0.0) <= 0.0:
                part = choose.choice((1.0, 0.5)) if market in self.before_trades else 0.5
                lots = -round(round(size * SCALE[market]) * part)
                self._note(pool, market, choose.choice(list(MinuteKind)[-4:]), lots)
        self.stages += [self._at(pool, self.marks, self.tables)]
        if choose.random() < 0.5:
            moved = choose.uniform(-30.0, 30.0)
            pool.raw += moved
            self.notes.append(cash(WHO, MinuteKind.DEPOSIT, moved))
        self.stages += [self._at(pool, self.marks, self.tables)]
        self.before = self.stages[0]
        self.now = make_minute({WHO: [pool]}, marks=self.marks, tables=self.tables, notes=self.notes)

    def _at(self, pool: HeldPool, marks: tuple[float, ...], tables: MarginTables) -> Minute:
        return make_minute({WHO: [deepcopy(pool)]}, marks=marks, tables=tables)

    def _note(self, pool: HeldPool, market: int, kind: MinuteKind, lots: int, usd: float | None = None) -> None:
        raw = pool.raw
        if lots:
            trade(pool, market, lots, self.marks[market])
        else:
            pool.raw += usd or 0.0
        self.notes.append((WHO, market, kind, lots / SCALE[market], pool.raw - raw))


def level_of(minute: Minute, market: int, side: Side) -> float | None:
    held = minute.held(market, side)
    return float(held.level[0]) if len(held.level) else None


def lots_of(minute: Minute, market: int, side: Side) -> int:
    rows = [row for row, each in enumerate(minute.accounts.market_index) if each == market]
    return max(0, side * sum(round(float(minute.accounts.size[row]) * SCALE[market]) for row in rows))


def is_in(level: float | None, span: Span) -> bool:
    return level is not None and span[0] <= level < span[1]


STEP_REASONS = (
    ChangeReason.MOVED_BY_MARKS,
    ChangeReason.RULE_CHANGED,
    ChangeReason.MOVED_BY_FUNDING,
    ChangeReason.MOVED_BY_TRADES,
    ChangeReason.MOVED_BY_LIQUIDATION,
    ChangeReason.MOVED_BY_MARGIN,
)


def twin(story: Story, market: int, side: Side, span: Span) -> Counter[ChangeReason]:
    """Eq. 3 and 4 for one position and a span that stays."""
    found = Counter[ChangeReason]()
    levels = [level_of(stage, market, side) for stage in story.stages]
    lots = [lots_of(stage, market, side) for stage in story.stages]
    was_in, now_in = is_in(levels[0], span), is_in(levels[-1], span)
    moves = [
        (ChangeReason[kind.name], lots[5] - lots[4])
        for _, each, kind, _, _ in story.notes
        if each == market and kind >= MinuteKind.LIQUIDATED_BOOK
    ]
    if lots[4] != lots[3]:
        other = lots_of(story.stages[3], market, Side(-side)) if not lots[3] else 0
        beyond = lots_of(story.stages[4], market, Side(-side)) if not lots[4] else 0
        if lots[4] > lots[3]:
            reason = ChangeReason.ADDED if lots[3] else ChangeReason.FLIPPED if other else ChangeReason.OPENED
        else:
            reason = ChangeReason.REDUCED if lots[4] else ChangeReason.FLIPPED if beyond else ChangeReason.CLOSED
        moves.insert(0, (reason, lots[4] - lots[3]))
    staying = lots[0]
    for reason, step in moves:
        if step < 0:
            gone = min(-step, staying)
            staying -= gone
            found[reason] -= gone * was_in + (-step - gone) * now_in
        else:
            found[reason] += step * now_in
    if staying and was_in != now_in:
        for reason, level, later in zip(STEP_REASONS, levels, levels[1:], strict=False):
            found[reason] += staying * (is_in(later, span) - is_in(level, span))
    return Counter({reason: count for reason, count in found.items() if count})


@given(st.integers(0, 2**32 - 1))
def test_reasons_are_those_of_the_twin(seed: int) -> None:
    choose = random.Random(seed)
    story = Story(choose)
    causes = Causes(story.before, story.now)
    for market in (A, B, C):
        for side in Side:
            levels = [level for stage in story.stages if (level := level_of(stage, market, side)) is not None]
            if not levels:
                continue
            ends = (*sorted((choose.choice(levels), choose.choice(levels))),)
            span = ends[0] * (1.0 - 1e-7), ends[1] * (1.0 + 1e-7)
            rows = causes.explain(market, side, [SpanPair("c", span, span)])
            found = Counter({row.reason: row.lots for row in rows})
            # The twin takes marks in one step: its tiers are those of the marks.
            marks = found.pop(ChangeReason.MOVED_BY_TIER, 0) + found.pop(ChangeReason.MOVED_BY_MARKS, 0)
            expected = twin(story, market, side, span)
            assert marks == expected.pop(ChangeReason.MOVED_BY_MARKS, 0)
            assert found == expected
