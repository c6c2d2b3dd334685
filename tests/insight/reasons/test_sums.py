"""Whatever happens between two frames, and whatever was noted of it, the reasons sum to the change."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from minutes import TABLES, TIERED, make_notes
from moving_accounts import STEPS, MovingAccounts

from liqscape.insight.minute import AddressKeys, Minute
from liqscape.insight.reasons import Causes, SpanPair
from liqscape.insight.records import ChangeReason
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.minute_notes import MinuteKind, MinuteNotes
from liqscape.risk.liquidation import solve_liquidation
from liqscape.units import Side

COINS = 5
FORCE = [kind for kind in MinuteKind if kind >= MinuteKind.LIQUIDATED_BOOK]
EVERYWHERE = (1e-9, 1e12)
SIZED = [*[MinuteKind.TRADE] * len(FORCE), *FORCE]
MARKETS = Markets.build(
    Market(coin=f"C{row}", size_decimals=row % 3, max_leverage=20, table_row=row % 2, dex="x" * (row == 3))
    for row in range(COINS)
)
OTHER_TABLES = MarginTables.build((TIERED, flat_table(3, 10), flat_table(20)))


def minute(
    accounts: Accounts,
    mark: np.ndarray,
    tables: MarginTables,
    markets: Markets,
    notes: MinuteNotes | None,
    is_gap: bool,
) -> Minute:
    snapshot = MarketSnapshot.of_marks(markets, 1_000, mark[: len(markets)])
    return Minute(
        snapshot=snapshot,
        accounts=accounts,
        tables=tables,
        level=solve_liquidation(accounts, snapshot, tables).price,
        key=AddressKeys().of(accounts.addresses),
        notes=notes,
        is_gap=is_gap,
    )


def lots_within(at: Minute, market: int, side: Side, span: tuple[float, float] | None) -> int:
    """One position after the other."""
    held, total = at.held(market, side), 0
    for level, size in zip(held.level.tolist(), held.size.tolist(), strict=True):
        if span is not None and span[0] <= level < span[1]:
            total += round(size * 10 ** MARKETS.rows[market].size_decimals)
    return total


def sizes(accounts: Accounts) -> dict[tuple[str, int], float]:
    owner = accounts.address_row[accounts.pool_of_position()].tolist()
    rows = zip(owner, accounts.market_index.tolist(), accounts.size.tolist(), strict=True)
    return {(accounts.addresses[row], market): size for row, market, size in rows}


def any_notes(choose: random.Random, before: Accounts, now: Accounts) -> MinuteNotes:
    """Some of what happened, by any means, and sums that have nothing to do with it."""
    names, held, held_now = now.addresses, sizes(before), sizes(now)
    moved = {
        each: round(held_now.get(each, 0.0) - held.get(each, 0.0), 6)
        for each in sorted(held.keys() | held_now.keys())
        if each[0] in names and choose.random() < 0.7
    }
    return make_notes(
        names,
        [(name, market, choose.choice(SIZED), size, -size) for (name, market), size in moved.items() if size]
        + [
            (
                choose.choice(names),
                choose.randrange(-1, COINS),
                choose.choice(list(MinuteKind)),
                choose.choice((-1, 1)) * choose.randrange(9) / 2,
                choose.choice((np.nan, choose.uniform(-9, 9))),
            )
            for _ in range(choose.choice((0, 0, 9)))
        ],
    )


def any_span(choose: random.Random) -> tuple[float, float] | None:
    low = 10 ** choose.uniform(-3, 1)
    return None if choose.random() < 0.2 else (low, low * 10 ** choose.uniform(0, 3))


def any_mark(choose: random.Random) -> np.ndarray:
    return np.array([np.nan if choose.random() < 0.05 else choose.uniform(0.5, 2.0) for _ in range(COINS)])


def check_minute(seed: int, steps: list[str]) -> set[ChangeReason]:
    """Reasons given for any spans of a random minute, each span's sum checked."""
    choose = random.Random(seed)
    world = MovingAccounts(seed % 997, markets=COINS - 1)
    accounts = world.step(["deposit"] * 3)
    markets_before = Markets(MARKETS.rows[: choose.randint(4, 5)])
    before = minute(accounts, any_mark(choose), TABLES, markets_before, None, is_gap=False)
    later = world.step(steps)
    if choose.random() < 0.2:
        later = replace(later, table_row=np.full(later.position_count, 2, np.int32))
    now = minute(
        later,
        any_mark(choose),
        choose.choice((TABLES, TABLES, OTHER_TABLES)),
        Markets(tuple(replace(row, is_delisted=choose.random() < 0.1) for row in MARKETS.rows)),
        None if choose.random() < 0.2 else any_notes(choose, accounts, later),
        is_gap=choose.random() < 0.2,
    )
    causes, met = Causes(before, now), set()
    for market in range(COINS):
        for side in Side:
            spans = [SpanPair(str(row), any_span(choose), any_span(choose)) for row in range(3)]
            spans += [SpanPair(f"stays {row}", span, span) for row, span in enumerate([EVERYWHERE, any_span(choose)])]
            rows = causes.explain(market, side, spans)
            met |= {row.reason for row in rows}
            for span in spans:
                own = [row for row in rows if row.cluster_id == span.cluster_id]
                had = 0 if market >= len(markets_before) else lots_within(before, market, side, span.before)
                assert sum(row.lots for row in own) == lots_within(now, market, side, span.now) - had
                assert len({row.reason for row in own}) == len(own)
                assert all(row.lots and row.position_count > 0 and row.is_gap == now.is_gap for row in own)
                assert all((row.usd is None) == np.isnan(now.mark(market)) for row in own)
    return met


@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from(STEPS), max_size=8))
def test_reasons_sum_to_the_change(seed: int, steps: list[str]) -> None:
    check_minute(seed, steps)


def test_such_minutes_have_every_reason_but_those_of_one_cause_alone() -> None:
    """Those are planted in test_planted_causes.py."""
    met = set().union(*(check_minute(seed, random.Random(seed).choices(STEPS, k=3)) for seed in range(200)))
    alone = {ChangeReason.MOVED_BY_TIER, ChangeReason.MOVED_BY_MARKS, ChangeReason.MOVED_BY_FUNDING}
    assert set(ChangeReason) - met <= alone


def test_the_order_of_addresses_is_of_no_matter() -> None:
    choose = random.Random(5)
    world = MovingAccounts(5, addresses=30, markets=COINS)
    accounts = world.step(["deposit"] * 3)
    later = world.step(choose.choices(STEPS, k=60))
    back = list(reversed(later.addresses))
    order = np.argsort([back.index(later.addresses[row]) for row in later.address_row], kind="stable")
    turned = replace(
        later.take(order),
        addresses=tuple(back),
        address_row=np.array([back.index(later.addresses[row]) for row in later.address_row[order]], np.int32),
    )
    mark, notes = np.ones(COINS), any_notes(choose, accounts, later)
    assert notes.accounts is not None
    other_rows = np.array([back.index(later.addresses[row]) for row in notes.accounts["address_row"]], np.int32)
    other_notes = MinuteNotes(accounts={**notes.accounts, "address_row": other_rows})
    before = minute(accounts, mark, TABLES, MARKETS, None, is_gap=False)
    given_rows = []
    for state, written in ((later, notes), (turned, other_notes)):
        causes = Causes(before, minute(state, mark, TABLES, MARKETS, written, is_gap=False))
        given_rows.append([causes.explain_band(market, side, 1e-3, 1e3) for market in range(COINS) for side in Side])
    assert given_rows[0] == given_rows[1]
    assert sum(map(len, given_rows[0])) > 3
