"""One walk for many prices says of each what a run to that price alone says (docs/deleveraging.md, "The run")."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest
from amounts import first_of
from cascade_worlds import MARKS, account, crowd, with_stops

from liqscape.cascade import CascadeInput, CascadeSettings, DepthSettings, Mode, Shape, Shock, run_cascade
from liqscape.cascade.prepare import prepare
from liqscape.cascade.reach import BLOCK_MS, MAX_LOG_MOVE, MAX_REACH, PACE, EdgeReach, ReachRuns, ReachSettings
from liqscape.cascade.walking import begin_walk
from liqscape.errors import InputError, ModelError
from liqscape.exchange.columns import MarketColumn
from liqscape.units import MINUTE_MS

SMALL_VAULT = CascadeSettings(block_ms=BLOCK_MS, vault_equity=(20_000.0,))
SETTINGS = ReachSettings(cascade=SMALL_VAULT)
BTC = 0


def is_same(one: EdgeReach, other: EdgeReach) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        if isinstance(getattr(one, field.name), np.ndarray)
        else getattr(one, field.name) == getattr(other, field.name)
        for field in fields(EdgeReach)
    )


@pytest.mark.parametrize("seed", first_of(range(10)))
@pytest.mark.parametrize("direction", [-1, 1])
def test_what_is_said_of_a_price_does_not_depend_on_the_others(seed: int, direction: int) -> None:
    runs = ReachRuns(crowd(seed, 400, leverage=(5.0, 15.0)), SETTINGS)
    prices = [float(MARKS[BTC]) * (1.0 + direction * share) for share in (0.12, 0.02, 0.2, 0.05)]
    together = runs.walk(BTC, direction, prices)
    assert together[2].adl > 0.0
    assert together[2].adl >= together[1].adl
    for price, among in zip(prices, together, strict=True):
        (alone,) = runs.walk(BTC, direction, [price])
        assert is_same(alone, among)


@pytest.mark.parametrize("seed", first_of(range(10)))
def test_it_is_the_cascade_whose_shock_ends_where_the_mark_stood(seed: int) -> None:
    """A run of its own by `run_cascade`, to the price at which the walk stopped: the same winners, to the cent."""
    check_against_run(crowd(seed, 400, leverage=(5.0, 15.0)))


@pytest.mark.parametrize("seed", first_of(range(6)))
def test_with_stops_it_is_that_cascade_too(seed: int) -> None:
    """A walk fires the stops and take-profits of its question, in its copies as well, and closes what they close."""
    question = crowd(seed, 400, leverage=(5.0, 15.0))
    with_orders = check_against_run(with_stops(question))
    assert 0.0 < with_orders.filled < check_against_run(question).filled


def check_against_run(question: CascadeInput) -> EdgeReach:
    """What a walk says of a price 15 % below the mark is what `run_cascade` says of a shock that ends there."""
    (reach,) = ReachRuns(question, SETTINGS).walk(BTC, -1, [float(MARKS[BTC]) * 0.85])
    assert reach.reached_ms is not None
    max_ms = round(MAX_LOG_MOVE / PACE * MINUTE_MS)
    target = np.zeros(len(MARKS))
    target[BTC] = -MAX_LOG_MOVE * (reach.reached_ms / max_ms)
    shock = Shock(
        target_log_return=target, duration_ms=reach.reached_ms, shape=Shape.RAMP, label="to the edge", focus=BTC
    )
    horizon_ms = reach.reached_ms + SETTINGS.settle_ms
    result = run_cascade(question, shock, replace(SMALL_VAULT, mode=Mode.BOOK, horizon_ms=horizon_ms))
    winners = result.winners
    assert len(winners.address) > 5
    assert question.triggers is None or (result.triggers is not None and result.triggers.fired > 20)
    usd = winners.size * winners.price
    assert reach.adl == pytest.approx(float(usd.sum()), rel=1e-12)
    assert reach.backstop == pytest.approx(result.totals.backstop, rel=1e-12)
    assert reach.filled == pytest.approx(result.totals.filled, rel=1e-12)
    assert reach.deficit == pytest.approx(result.totals.deficit, rel=1e-12)
    by_winner: dict[tuple[str, int], float] = {}
    for address, market, each in zip(winners.address, winners.market_index.tolist(), usd.tolist(), strict=True):
        by_winner[address, market] = by_winner.get((address, market), 0.0) + each
    found = dict(zip(zip(reach.address, reach.market_index.tolist(), strict=True), reach.usd.tolist(), strict=True))
    assert found == pytest.approx(by_winner, rel=1e-12)
    return reach


def test_in_a_copy_prices_stand_still_where_the_walk_came_to() -> None:
    """Nobody is liquidated: the mark follows outside prices, in the copy to where they stand, in the walk past it."""
    question = crowd(4, 50, leverage=(0.2, 0.5))
    shock = Shock(target_log_return=np.zeros(len(MARKS)), duration_ms=1_200_000, shape=Shape.RAMP, label="walk")
    settings = replace(SMALL_VAULT, mode=Mode.BOOK, horizon_ms=1_200_000, sample_ms=1_200_000)
    walk = begin_walk(prepare(question, shock, settings), BTC, -MAX_LOG_MOVE, 2_400)
    ticks = float(MARKS[BTC]) * 0.95 * 10
    while not walk.stands_at(ticks, -1):
        walk.step()
    copy = walk.copied()
    copy.stand_still(60_000)
    for each in (copy, walk):
        while each.has_more and each.elapsed_ms < copy.last_block * BLOCK_MS:
            each.step()
    assert copy.state.market[BTC, MarketColumn.MARK] == pytest.approx(ticks, rel=0.002)
    assert walk.state.market[BTC, MarketColumn.MARK] < 0.985 * ticks


def test_winners_are_listed_by_usd_and_sum_to_what_was_deleveraged() -> None:
    (reach,) = ReachRuns(crowd(1, 400, leverage=(5.0, 15.0)), SETTINGS).walk(BTC, -1, [float(MARKS[BTC]) * 0.8])
    assert (np.diff(reach.usd) <= 0.0).all()
    assert reach.usd.sum() == pytest.approx(reach.adl, rel=1e-12)
    assert set(reach.side.tolist()) <= {1, -1}


def test_two_walks_may_go_on_in_two_threads() -> None:
    runs = ReachRuns(crowd(2, 400, leverage=(5.0, 15.0)), SETTINGS)
    asked = [(direction, [float(MARKS[BTC]) * (1.0 + 0.1 * direction)]) for direction in (-1, 1)]
    after = [runs.walk(BTC, *each) for each in asked]
    with ThreadPoolExecutor(2) as pool:
        beside = list(pool.map(lambda each: runs.walk(BTC, *each), asked))
    for (one,), (other,) in zip(after, beside, strict=True):
        assert is_same(one, other)


@pytest.mark.parametrize("seed", first_of(range(6)))
@pytest.mark.parametrize("direction", [-1, 1])
def test_the_last_walk_says_in_the_market_itself_what_it_says_in_a_copy(seed: int, direction: int) -> None:
    question = with_stops(crowd(seed, 400, leverage=(5.0, 15.0)))
    prices = [float(MARKS[BTC]) * (1.0 + direction * share) for share in (0.12, 0.02, 0.2, MAX_REACH + 0.01)]
    runs = ReachRuns(question, SETTINGS)
    copied = runs.walk(BTC, direction, prices)
    last = runs.walk(BTC, direction, prices, is_last=True)
    for one, other in zip(copied, last, strict=True):
        assert is_same(one, other)
    with pytest.raises(ModelError, match="taken the market"):
        runs.walk(BTC, direction, prices)


def test_prices_out_of_reach_are_not_walked_to_and_those_behind_are_reached_at_once() -> None:
    runs = ReachRuns(crowd(3, 100), SETTINGS)
    mark = float(MARKS[BTC])
    far, behind = runs.walk(BTC, -1, [mark * (1.0 - MAX_REACH) * 0.999, mark * 1.01])
    assert far.reached_ms is None
    assert far.vault_equity is None
    assert behind.reached_ms is not None
    assert behind.reached_ms == 0
    assert behind.adl == 0.0


def test_a_walk_ends_with_what_is_raised_on_the_way() -> None:
    def leave() -> None:
        raise KeyError("the server goes down")

    with pytest.raises(KeyError, match="goes down"):
        ReachRuns(crowd(3, 50), SETTINGS).walk(BTC, -1, [50_000.0], leave)


def test_a_market_without_positions_or_mark_is_refused() -> None:
    question = crowd(3, 50)
    with pytest.raises(InputError, match="0 positions"):
        ReachRuns(replace(question, accounts=question.accounts.take(np.zeros(0, np.int64))), SETTINGS)
    mark = question.snapshot.mark.copy()
    mark[BTC] = np.nan
    blind = replace(question, snapshot=replace(question.snapshot, mark=mark))
    with pytest.raises(ModelError, match="BTC has no mark price"):
        ReachRuns(blind, SETTINGS).walk(BTC, -1, [50_000.0])


def one_sided(longs: float) -> CascadeInput:
    """A crowd of longs at 20x, liquidated 3 to 4 % below the mark, against as many shorts that are hardly leveraged."""
    coins = longs / 20 / float(MARKS[BTC])
    mark = float(MARKS[BTC])
    rows = [(f"a{at:02}", BTC, coins, coins * mark * 0.05, mark * 1.01) for at in range(20)]
    rows += [(f"b{at:02}", BTC, -coins, coins * mark * 2.0, mark * 1.02) for at in range(20)]
    return account(*rows)


def deleveraged(longs: float, *, depth: float = 1.0, vault: float = 20_000.0) -> float:
    """USD deleveraged once the mark has passed the crowd's levels. The day's volume, and so the book, is the same."""
    question = replace(one_sided(longs), day_volume=np.full(len(MARKS), 50e6))
    cascade = CascadeSettings(block_ms=BLOCK_MS, vault_equity=(vault,), depth=DepthSettings(scale=depth))
    (reach,) = ReachRuns(question, ReachSettings(cascade=cascade)).walk(BTC, -1, [float(MARKS[BTC]) * 0.9])
    return reach.adl


def test_a_larger_cluster_a_thinner_book_and_a_poorer_vault_each_deleverage_more() -> None:
    """What decides the risk of a cluster: its size against the depth opposite, and the room of the vaults [S23]."""
    assert deleveraged(100_000.0) == 0.0
    large = deleveraged(20e6)
    assert large > 1e6
    assert deleveraged(20e6, depth=100.0) < 0.1 * large
    assert deleveraged(20e6, vault=1e8) < 0.1 * large
