"""The queue of winners is the engine's own order, and says nothing of whom it does not know (docs/deleveraging.md)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from amounts import examples, first_of
from cascade_worlds import account, crowd
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import Plan, build_exchange, play, write_script

from liqscape.cascade import CascadeInput
from liqscape.exchange.columns import (
    ClockColumn,
    FillColumn,
    MarketColumn,
    Method,
    PoolColumn,
    PositionColumn,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.kernels.adl import deleverage
from liqscape.exchange.rules import AdlScore, RuleAt
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.insight.deleveraging import DeleveragingQueues, QueuePlace
from liqscape.insight.deleveraging.queues import EXEMPT, UNDER_WATER, UNKNOWN_MARGIN
from liqscape.units import PoolMode

WORLDS_A_BATCH = 5
LOSER = "0x" + "0" * 39 + "9"


def queues_of(question: CascadeInput) -> DeleveragingQueues:
    return DeleveragingQueues(question.accounts, question.snapshot, question.tables)


def copy_of(exchange: Exchange) -> Exchange:
    """The same exchange in tables of its own, but for the order books, which nothing here touches."""
    tables = {name: table.copy() for name, table in exchange.state._asdict().items() if name not in ("order", "level")}
    state = exchange.state._replace(**tables)
    return Exchange(state, exchange.markets, exchange.tables, exchange.rules, list(exchange.addresses))


def order_of_the_engine(world: Exchange, market: int, side: int, score: AdlScore) -> list[str]:
    """Whom the engine cuts, in order, once somebody under water holds as much as the whole other side together."""
    exchange = copy_of(world)
    state = exchange.state
    state.rules[[RuleAt.ADL_SCORE, RuleAt.ADL_ALLOWS_LOSERS]] = int(score), 0
    row = exchange.open_account(LOSER)
    pool = exchange.cross_pool(row, exchange.dex_of(market))
    lots = -side * int(np.abs(state.position[:, PositionColumn.LOTS]).sum())
    at = int(state.clock[ClockColumn.POSITION_END])
    state.clock[ClockColumn.POSITION_END] += 1
    state.position[at] = 0
    state.position[at, [PositionColumn.MARKET, PositionColumn.LOTS]] = market, lots
    state.position[at, [PositionColumn.ENTRY, PositionColumn.LEVERAGE]] = 1, 1
    state.pool[pool, [PoolColumn.START, PoolColumn.COUNT, PoolColumn.CAPACITY]] = at, 1, 1
    state.pool[pool, PoolColumn.CASH] = -lots * int(state.market[market, MarketColumn.MARK]) - 1
    deleverage(state, np.array([pool]), 1)
    fills, _ = exchange.drain()
    fills = fills[fills[:, FillColumn.METHOD] == Method.ADL]
    assert fills[:, FillColumn.SCORE_RANK].tolist() == list(range(len(fills)))
    winners = np.where(side > 0, fills[:, FillColumn.SELLER], fills[:, FillColumn.BUYER])
    return [exchange.addresses[winner] for winner in winners]


@pytest.mark.parametrize("batch", first_of(range(40)))
def test_the_rank_is_the_place_at_which_the_engine_cuts(batch: int) -> None:
    """200 worlds in all: every coin, side and score of a market that traded, liquidated and jumped."""
    longest = 0
    for seed in range(batch * WORLDS_A_BATCH, (batch + 1) * WORLDS_A_BATCH):
        script = write_script(Plan(seed, blocks=60, users=14, orders_a_block=8, has_dexs=seed % 4 == 3))
        exchange = build_exchange(script)
        for _ in play(script, exchange):
            pass
        queues = DeleveragingQueues(to_accounts(exchange), to_snapshot(exchange), exchange.tables)
        coins = {
            exchange.addresses[int(exchange.state.pool[pool, PoolColumn.ACCOUNT])]
            for pool in np.flatnonzero(exchange.state.pool[:, PoolColumn.HOLDING]).tolist()
        }  # a frame counts coins as collateral after their haircut, the engine whole: their leverage is another
        for market in range(len(exchange.markets)):
            for side in (1, -1):
                for score in AdlScore:
                    ours = [each for each in queues.order(market, side, score) if each not in coins]
                    theirs = order_of_the_engine(exchange, market, side, score)
                    assert ours == [each for each in theirs if each not in coins], (seed, market, side, score)
                    longest = max(longest, len(ours))
    assert longest >= 5, "queues of one or two prove nothing"


TABLE = (
    # address, coins, account value, entry      L      r       L r     at mark 60,000
    ("a2", -1.0, 24_000.0, 66_000.0),  #        2.5    0.0909  0.2273
    ("a3", -1.0, 6_000.0, 61_200.0),  #         10     0.0196  0.1961
    ("a4", -1.0, 120_000.0, 75_000.0),  #       0.5    0.2     0.1
    ("a5", -1.0, 30_000.0, 120_000.0),  #       2      0.5     1
    ("a6", -2.0, 7_200.0, 57_000.0),  #         16.7   a loss
)


def by_hand() -> DeleveragingQueues:
    return queues_of(
        account(*((name, 0, coins, value, entry) for name, coins, value, entry in TABLE), ("b1", 0, 6.0, 9e6, 60_000.0))
    )


def place_of(queues: DeleveragingQueues, name: str) -> QueuePlace:
    (place,) = queues.of_account(queues.accounts.addresses.index(f"0x{name:0>40}"))
    return place


@pytest.mark.parametrize(
    ("score", "order"),
    [
        (AdlScore.BINARY, ["a5", "a2", "a3", "a4"]),
        (AdlScore.DOCUMENTED, ["a3", "a2", "a5", "a4"]),
        (AdlScore.SYMMETRIC, ["a3", "a5", "a2", "a4"]),
        (AdlScore.WATER_FILLING, ["a6", "a3", "a2", "a5", "a4"]),
    ],
)
def test_winners_stand_in_the_order_of_the_score(score: AdlScore, order: list[str]) -> None:
    queues = by_hand()
    assert [address[-2:] for address in queues.order(0, -1, score)] == order
    for rank, name in enumerate(order, 1):
        assert place_of(queues, name).places[score].rank == rank


def test_a_place_says_its_score_what_is_ahead_and_how_long_the_queue_is() -> None:
    place = place_of(by_hand(), "a2")
    assert (place.size, place.notional, place.account_value, place.profit) == (-1.0, 60_000.0, 24_000.0, 6_000.0)
    assert place.side_usd == 360_000.0
    binary = place.places[AdlScore.BINARY]
    assert binary.value == pytest.approx(2.5 * 6_000.0 / 66_000.0, rel=1e-12)
    assert (binary.rank, binary.count, binary.usd, binary.usd_ahead) == (2, 4, 240_000.0, 60_000.0)


def test_who_has_no_profit_stands_in_no_queue_of_winners() -> None:
    place = place_of(by_hand(), "a6")
    assert place.profit == -6_000.0
    assert place.reason is None
    for score in (AdlScore.BINARY, AdlScore.DOCUMENTED, AdlScore.SYMMETRIC):
        assert place.places[score].rank is None
        assert place.places[score].usd_ahead is None
        assert place.places[score].value is not None
    assert place.places[AdlScore.WATER_FILLING].rank == 1


def test_at_the_very_entry_there_is_no_profit() -> None:
    assert place_of(by_hand(), "b1").places[AdlScore.BINARY].rank is None


def test_ties_are_broken_by_address() -> None:
    same = (0, -1.0, 24_000.0, 66_000.0)
    queues = queues_of(account(("c2", *same), ("c1", *same), ("c3", *same)))
    assert [address[-2:] for address in queues.order(0, -1)] == ["c1", "c2", "c3"]


def test_what_is_not_known_has_no_place_and_is_counted() -> None:
    question = account(
        ("a1", 0, -1.0, 24_000.0, 66_000.0),
        ("a2", 0, -2.0, 24_000.0, 66_000.0),
        ("a3", 0, -3.0, 24_000.0, float("nan")),
        ("a4", 0, -1.0, -5.0, 66_000.0),
        ("a5", 0, -1.0, 24_000.0, 66_000.0),
    )
    raw = question.accounts.raw_usd.copy()
    raw[1] = np.nan
    exempt = question.accounts.is_exempt.copy()
    exempt[4] = True
    queues = queues_of(replace(question, accounts=replace(question.accounts, raw_usd=raw, is_exempt=exempt)))
    known, margin, entry, drowned, own = (place_of(queues, f"a{number}") for number in range(1, 6))
    assert (known.unranked_count, known.unranked_usd) == (2, 300_000.0)
    assert margin.reason == UNKNOWN_MARGIN
    assert margin.account_value is None
    assert (entry.reason, entry.profit, entry.entry_price) == (None, None, None)
    assert drowned.reason == UNDER_WATER
    assert own.reason == EXEMPT
    for place in (margin, drowned, own):
        assert [(each.value, each.rank) for each in place.places] == [(None, None)] * 4
    assert [each.rank for each in entry.places] == [None, None, None, 1]
    assert queues.order(0, -1) == (f"0x{'a1':0>40}",)


@settings(max_examples=examples(60))
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_changes_nothing_and_the_usd_ahead_are_those_before(seed: int) -> None:
    question = crowd(seed, 60)
    queues = queues_of(question)
    rows = np.random.default_rng(seed).permutation(question.accounts.pool_count)
    shuffled = queues_of(replace(question, accounts=question.accounts.take(rows)))
    mark = question.snapshot.mark
    for side in (1, -1):
        order = queues.order(0, side)
        assert shuffled.order(0, side) == order
        ahead = 0.0
        for rank, address in enumerate(order, 1):
            row = question.accounts.addresses.index(address)
            (place,) = (each for each in queues.of_account(row) if each.market_index == 0)
            binary = place.places[AdlScore.BINARY]
            assert place.profit is not None
            assert place.profit > 0.0
            assert (binary.rank, binary.count) == (rank, len(order))
            assert binary.usd_ahead == pytest.approx(ahead, abs=1e-6)
            ahead += abs(place.size) * mark[0]
            assert binary.value == pytest.approx(_score(place), rel=1e-4)  # entries count in micro-USD


def _score(place: QueuePlace) -> float:
    assert place.account_value is not None
    assert place.entry_price is not None
    gain = (place.profit or 0.0) / (abs(place.size) * place.entry_price)
    return max(place.notional / place.account_value, 1e-8) * max(gain, 1e-8)


def test_an_address_with_several_pools_has_a_place_for_each_position() -> None:
    question = crowd(3, 80)
    isolated = question.accounts.mode == int(PoolMode.ISOLATED)
    assert isolated.any()
    places = queues_of(question).of_account(int(question.accounts.address_row[int(np.argmax(isolated))]))
    assert len(places) == 1
