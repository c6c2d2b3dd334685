"""The recorded market through the pipeline, every snapshot: sums to the cent, levels at the published prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from liqscape.heatmap.moment import Moment
from liqscape.model import PublishedState
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.service.pipeline import Pipeline
from liqscape.sources.recording import RecordingSource

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def moments(recorded: Path) -> list[Moment]:
    source = RecordingSource(recorded / "market_2026_02")
    pipeline = Pipeline(source.provenance)
    return [moment for event in source.events() if (moment := pipeline.feed(event)) is not None]


def test_on_every_snapshot_bands_and_the_stated_rest_are_the_positions_to_the_cent(moments: list[Moment]) -> None:
    assert len(moments) == 43
    for moment in moments:
        frame, accounts = moment.frame, moment.accounts
        markets = len(frame.snapshot.markets)
        notional = np.abs(accounts.size) * frame.snapshot.mark[accounts.market_index]
        column = accounts.market_index * 2 + (accounts.size < 0.0)
        expected = np.bincount(column, notional, 2 * markets).reshape(markets, 2)
        rest = np.nan_to_num(frame.outside.size.sum(axis=2) * frame.snapshot.mark[:, None])
        in_bands = frame.bands.market_index * 2 + (frame.bands.side < 0)
        banded = np.bincount(in_bands, frame.notional(frame.bands), 2 * markets).reshape(markets, 2)
        np.testing.assert_allclose(banded + rest, expected, rtol=0.0, atol=0.005)
        counted = frame.bands.position_count.sum() + frame.outside.position_count.sum()
        assert counted == accounts.position_count


def test_95_percent_of_the_levels_on_the_map_are_the_published_prices_to_1e_4(moments: list[Moment]) -> None:
    differences = []
    for moment in moments:
        accounts = moment.accounts
        solved = solve_liquidation(accounts, moment.frame.snapshot, moment.tables)
        is_printed = accounts.published == PublishedState.PRICE
        assert np.all(solved.status[is_printed] == LevelStatus.OK)
        differences.append(np.abs(solved.price[is_printed] / accounts.published_price[is_printed] - 1.0))
    difference = np.concatenate(differences)
    assert len(difference) == 62_915
    assert np.mean(difference <= 1e-4) >= 0.95
    assert np.mean(difference <= 1e-2) >= 0.999


def test_coverage_of_open_interest_is_known_for_the_large_coins_throughout(moments: list[Moment]) -> None:
    for frame in (moment.frame for moment in moments):
        for coin in ("BTC", "ETH", "SOL", "HYPE"):
            coverage = float(frame.coverage[frame.snapshot.markets.index_of(coin)])
            assert 0.02 < coverage < 0.7
