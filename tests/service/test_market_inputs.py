"""Inputs of a cascade from maps and recordings: nothing later than the moment, unknown stays unknown."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import small_market

from liqscape.errors import NotFound, SettingsError
from liqscape.service.cascade import CascadeQuestion, answer_cascade, prepare_cascade
from liqscape.service.market_inputs import MarketInput, of_view, read_recorded, read_stored
from liqscape.service.market_inputs.day_volatility import FEWEST_STEPS, realised_volatility
from liqscape.service.view import MapView
from liqscape.units import DAY_MS, HOUR_MS

FEBRUARY_5_MS = 1_770_295_500_000
"""2026-02-05T12:45:00Z, in the fall from 73k to 60k."""


def test_volatility_of_steps_of_one_percent_an_hour() -> None:
    times = np.arange(25) * HOUR_MS
    price = np.exp(0.01 * (np.arange(25) % 2))
    assert realised_volatility(times, price) == pytest.approx(0.01 * math.sqrt(24))


def test_volatility_does_not_depend_on_how_long_steps_are() -> None:
    """0.02 in 4 hours and 0.01 in 1 hour: (0.0004 + 0.0001) / (5 h) a day = 0.0024, ten times over."""
    steps = np.tile([4, 1], 10) * HOUR_MS
    moves = np.tile([0.02, -0.01], 10)
    times, price = np.concatenate(([0], np.cumsum(steps))), np.exp(np.concatenate(([0.0], np.cumsum(moves))))
    assert realised_volatility(times, price) == pytest.approx(math.sqrt(0.0024))


def test_volatility_is_unknown_where_little_is_known() -> None:
    hours = np.arange(FEWEST_STEPS) * HOUR_MS
    assert math.isnan(realised_volatility(hours, np.exp(0.01 * np.arange(FEWEST_STEPS))))  # one step short
    assert math.isnan(realised_volatility(np.arange(30) * 60_000, np.exp(0.001 * np.arange(30))))  # half an hour
    assert math.isnan(realised_volatility(np.arange(30) * HOUR_MS, np.full(30, 5.0)))  # never moved
    assert math.isnan(realised_volatility(np.arange(30) * 2 * DAY_MS, np.exp(0.1 * np.arange(30))))  # holes
    assert math.isnan(realised_volatility(np.zeros(0, np.int64), np.zeros(0)))


def test_holes_and_missing_prices_are_no_steps() -> None:
    times = np.arange(25) * HOUR_MS
    price = np.exp(0.01 * (np.arange(25) % 2))
    price[24] = np.nan
    late = np.append(times, 30 * DAY_MS)
    assert realised_volatility(late, np.append(price, 99.0)) == pytest.approx(0.01 * math.sqrt(24))


def test_map_gives_the_frame_asked_for() -> None:
    market = small_market()
    view = MapView(MemoryHistory(market))
    newest, older = of_view(view), of_view(view, market.frames[4].time_ms)
    assert newest.time_ms == market.frames[-1].time_ms
    assert older.time_ms == market.frames[4].time_ms
    assert older.cascade.accounts is market.accounts[4]
    assert older.cascade.books == (None,) * 5
    assert np.isnan(older.cascade.day_volume).all()
    assert sum(older.margin_source_share.values()) == pytest.approx(1.0)
    assert "generated small test market, simulated" in older.cascade.provenance
    with pytest.raises(NotFound, match="no frame at or before"):
        of_view(view, market.frames[0].time_ms - 1)


def test_folders_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--recording .* is not a folder"):
        read_recorded(tmp_path / "nothing")
    with pytest.raises(SettingsError, match=r"--data .* is not a folder"):
        read_stored(tmp_path / "nothing")


@pytest.fixture(scope="module")
def february(recorded: Path) -> MarketInput:
    """The fall of 5 February."""
    return read_recorded(recorded / "market_2026_02", FEBRUARY_5_MS)


@pytest.mark.recorded
def test_recorded_market_of_february_runs_and_says_what_was_assumed(february: MarketInput) -> None:
    market = february
    row = market.cascade.snapshot.markets.index_of("BTC")
    assert market.time_ms <= FEBRUARY_5_MS
    assert market.mark_of("BTC") == pytest.approx(69_258.0, rel=1e-3)
    assert market.cascade.day_volume[row] > 1e9
    assert 0.02 < market.cascade.day_volatility[row] < 0.1
    assert market.margin_source_share["published"] > 0.99
    assert set(market.cascade.books) == {None}
    answer = answer_cascade(prepare_cascade(market, CascadeQuestion(coin="BTC", price=55_000.0)))
    assert answer.input.left_out_pools > 0
    assert answer.input.parametric_books > 0
    assert answer.totals.sent >= answer.totals.filled > 1e6
    assert answer.coins[0].extreme_mark == pytest.approx(55_000.0, rel=5e-3)
    assert answer.coins[0].reached
    text = " ".join(answer.assumptions)
    for said in ("parametric depth", "pools are left out", "liquidator vaults", "day's volume as recorded", "Binance"):
        assert said in text, said


@pytest.mark.recorded
def test_nothing_after_the_moment_is_read(recorded: Path, february: MarketInput) -> None:
    """The crash of the night to February 6th does not raise the volatility of the noon before."""
    folder = recorded / "market_2026_02"
    before, after = february, read_recorded(folder)
    rows = [before.cascade.snapshot.markets.index_of(coin) for coin in ("BTC", "SOL")]
    assert (before.cascade.day_volatility[rows] < after.cascade.day_volatility[rows]).all()
    with pytest.raises(NotFound, match="no snapshot at or before"):
        read_recorded(folder, 1_760_000_000_000)
