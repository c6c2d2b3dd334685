"""Frames moved on from one to the next are those built of nothing, to the bit, whenever they are read."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_days import ADDRESSES, MARKETS, SNAPSHOT, event
from populations import TABLES, make_accounts

from liqscape.errors import ModelError
from liqscape.heatmap.bands import BAND_COLUMNS
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.moment import Moment
from liqscape.ledger.holders import MarketHolders
from liqscape.ledger.standing_pools import StandingPools
from liqscape.model import Accounts, Market, Markets, MarketSnapshot
from liqscape.model.events import AccountsObserved, FrameDue, MarketDefined, MarksUpdated
from liqscape.service.pipeline import Pipeline

SOURCE = Provenance("generated", "test", True)
START_MS = 2_000
TOTALS = ("position_size", "position_count", "coverage", "margin_source_notional")
FIGURES = ("address_count", "pool_count", "oldest_age_ms", "median_age_ms")


def begun(seed: int) -> Pipeline:
    pipeline = Pipeline(SOURCE)
    pipeline.feed(MarketDefined(1_000, 0, MARKETS, TABLES))
    pipeline.feed(MarksUpdated(1_000, 0, SNAPSHOT))
    everybody = make_accounts(seed, SNAPSHOT, ADDRESSES)
    pipeline.feed(AccountsObserved(time_ms=1_000, received_ns=0, accounts=everybody, is_complete=True))
    return pipeline


def moved_marks(pipeline: Pipeline, random: np.random.Generator, time_ms: int) -> None:
    mark = SNAPSHOT.mark * np.exp(random.normal(0.0, 0.01, len(MARKETS)))
    if random.random() < 0.2:
        mark[random.integers(len(mark))] = np.nan
    pipeline.feed(MarksUpdated(time_ms, 0, MarketSnapshot.of_marks(MARKETS, time_ms, mark)))


def assert_same(frame: MarketFrame, fresh: MarketFrame, coins: list[int]) -> None:
    """First some coins together and single ones, which are banded by themselves until all are read."""
    frame.make_bands(coins[:2])
    for coin in coins:
        for name in BAND_COLUMNS:
            np.testing.assert_array_equal(getattr(frame.bands_of(coin), name), getattr(fresh.bands_of(coin), name))
        for found, wanted in zip(frame.outside_of(coin), fresh.outside_of(coin), strict=True):
            np.testing.assert_array_equal(found, wanted)
    for name in BAND_COLUMNS:
        np.testing.assert_array_equal(getattr(frame.bands, name), getattr(fresh.bands, name), name)
    np.testing.assert_array_equal(frame.outside.size, fresh.outside.size)
    np.testing.assert_array_equal(frame.outside.position_count, fresh.outside.position_count)
    for name in TOTALS:
        np.testing.assert_array_equal(getattr(frame, name), getattr(fresh, name), name)
    for name in FIGURES:
        assert getattr(frame, name) == getattr(fresh, name), name


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.lists(st.sampled_from(("event", "marks", "pass over")), min_size=4, max_size=24))
def test_frames_after_any_events_read_at_once_or_later_are_those_of_the_accounts_alone(
    seed: int, steps: list[str]
) -> None:
    random, pipeline = np.random.default_rng(seed), begun(seed)
    kept: list[tuple[Moment, Accounts, MarketSnapshot]] = []
    for number, step in enumerate(steps):
        time_ms = START_MS + number
        if step == "marks":
            moved_marks(pipeline, random, time_ms)
        else:
            pipeline.feed(event(random, time_ms))
        due = pipeline.advance(FrameDue(time_ms, 0))
        assert due is not None
        if step == "pass over":  # nobody builds that one
            continue
        moment = pipeline.build(due)
        if random.random() < 0.5:
            assert_same(moment.frame, afresh(pipeline.ledger.accounts, pipeline.ledger.snapshot), [number % 6])
        kept.append((moment, pipeline.ledger.accounts, pipeline.ledger.snapshot))
    for moment, accounts, snapshot in kept:
        assert moment.accounts is accounts
        assert_same(moment.frame, afresh(accounts, snapshot), [5, 0, 3])


def afresh(accounts: Accounts, snapshot: MarketSnapshot) -> MarketFrame:
    return build_frame(accounts, snapshot, TABLES, SOURCE)


@pytest.mark.parametrize("seed", range(3))
def test_most_frames_after_prints_are_moved_on_not_built_anew(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    moved, move = [], StandingPools.move
    monkeypatch.setattr(StandingPools, "move", lambda *given: (moved.append(1), move(*given)))
    random, pipeline = np.random.default_rng(seed), begun(seed)
    for number in range(30):
        pipeline.feed(event(random, START_MS + number))
        pipeline.feed(FrameDue(START_MS + number, 0))
    assert len(moved) > 20


def test_a_coin_that_is_listed_between_two_frames_is_in_the_next() -> None:
    random, pipeline = np.random.default_rng(5), begun(5)
    for number in range(6):
        pipeline.feed(event(random, START_MS + number))
        pipeline.feed(FrameDue(START_MS + number, 0))
    time_ms, newest = START_MS + 10, len(MARKETS)
    coin = Market(coin="NEWEST", size_decimals=2, max_leverage=10, table_row=0)
    markets = Markets.build((*MARKETS.rows, coin))
    pipeline.feed(MarketDefined(time_ms, 0, markets, TABLES))
    pipeline.feed(MarksUpdated(time_ms, 0, MarketSnapshot.of_marks(markets, time_ms, np.append(SNAPSHOT.mark, 7.0))))
    holder = Accounts.build(
        addresses=pipeline.ledger.accounts.addresses[:1],
        address_row=[0],
        raw_usd=[-15.0],
        offsets=[0, 1],
        market_index=[newest],
        size=[3.0],
        table_row=[0],
    )
    pipeline.feed(AccountsObserved(time_ms=time_ms, received_ns=0, accounts=holder))
    moment = pipeline.feed(FrameDue(time_ms, 0))
    assert moment is not None
    assert_same(moment.frame, afresh(pipeline.ledger.accounts, pipeline.ledger.snapshot), [newest])
    assert moment.frame.position_count[newest].tolist() == [1, 0]


def test_a_position_in_a_market_that_holders_do_not_know_is_refused() -> None:
    state = begun(6).ledger.state
    few = MarketHolders.none(len(MARKETS) - 1)
    with pytest.raises(ModelError, match=f"market_index is up to {len(MARKETS) - 1}, must be below {len(MARKETS) - 1}"):
        few.moved(np.arange(len(state.known)), state.accounts.gathered(), len(state.known))


def test_a_moment_that_is_kept_keeps_nothing_of_what_came_later() -> None:
    random, pipeline = np.random.default_rng(2), begun(2)
    kept = pipeline.feed(FrameDue(START_MS, 0))
    later = []
    for number in range(1, 5):
        pipeline.feed(event(random, START_MS + number))
        due = pipeline.advance(FrameDue(START_MS + number, 0))
        assert due is not None
        assert due.state is not None
        later.append(weakref.ref(due.state))
        pipeline.build(due)
        del due
    gc.collect()
    assert kept is not None
    assert [each() for each in later[:-1]] == [None] * 3


def test_of_a_stored_minute_four_columns_of_the_accounts_are_kept_whether_its_notes_are_read_or_not() -> None:
    random, pipeline = np.random.default_rng(5), begun(5)
    for number in range(3):
        pipeline.feed(event(random, START_MS + 10 * number + 1))
        stored = pipeline.feed(FrameDue(START_MS + 10 * number + 2, 0))
        assert stored is not None
        state = weakref.ref(vars(stored)["accounts"])
        del stored
        pipeline.feed(event(random, START_MS + 10 * number + 3))
        pipeline.feed(FrameDue(START_MS + 10 * number + 4, 0, is_stored=False))
        gc.collect()
        assert state() is None


def test_accounts_of_a_frame_are_put_together_when_they_are_read() -> None:
    random, pipeline = np.random.default_rng(4), begun(4)
    pipeline.feed(FrameDue(START_MS, 0))
    found = []
    for number in range(1, 5):
        pipeline.feed(event(random, START_MS + number))
        found.append(pipeline.feed(FrameDue(START_MS + number, 0, is_stored=False)))
    last = found[-1]
    assert last is not None
    assert len(vars(last)["accounts"].made_of[1]) > 1, "several changes wait to be put together"
    assert last.accounts_bytes == last.accounts.byte_count
    assert last.accounts is pipeline.ledger.accounts
    assert not vars(last)["accounts"].made_of[1]
