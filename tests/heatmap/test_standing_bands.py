"""Bands of accounts that stay against those of a full solve, batch after batch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, in_lots, make_accounts, make_markets, make_snapshot

from liqscape.errors import ModelError
from liqscape.heatmap.bands import BAND_COLUMNS
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.plan import plan_bands
from liqscape.heatmap.standing_bands import StandingBands
from liqscape.model import Accounts
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.threads import ONE_THREAD, KernelThreads
from liqscape.units import MarginSource

TWO = KernelThreads(2, ThreadPoolExecutor(1), fewest_items=5)


@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(1, 9), st.sampled_from([ONE_THREAD, TWO]))
def test_any_batch_of_marks_gives_the_bands_of_a_full_solve_to_the_bit(
    seed: int, pools: int, markets: int, threads: KernelThreads
) -> None:
    random = np.random.default_rng(seed)
    snapshot = make_snapshot(seed, make_markets(markets))
    accounts = make_accounts(seed, snapshot, pools) if pools else Accounts.empty()
    accounts = replace(
        accounts,
        is_exempt=random.random(pools) < 0.1,
        margin_source=random.integers(0, len(MarginSource), pools).astype(np.uint8),
        raw_usd=np.where(random.random(pools) < 0.1, np.nan, accounts.raw_usd),
        size=np.where(random.random(markets)[accounts.market_index] < 0.7, in_lots(accounts.size), accounts.size),
    )
    standing = StandingBands(accounts, snapshot, TABLES, plan_bands(accounts, snapshot.markets))
    for _ in range(3):
        mark = snapshot.mark * np.exp(random.normal(0.0, 0.3, markets))
        there = replace(snapshot, mark=np.where(random.random(markets) < 0.1, np.nan, mark))
        bands, outside = standing.at(there, threads)
        expected, rest = build_bands(accounts, there, solve_roots(accounts, there, TABLES))
        for name in BAND_COLUMNS:
            assert getattr(bands, name).tobytes() == getattr(expected, name).tobytes(), name
        assert outside.size.tobytes() == rest.size.tobytes()
        assert outside.position_count.tobytes() == rest.position_count.tobytes()


def test_marks_of_other_markets_are_refused() -> None:
    snapshot = make_snapshot(1, make_markets(3))
    accounts = make_accounts(1, snapshot, 20)
    standing = StandingBands(accounts, snapshot, TABLES, plan_bands(accounts, snapshot.markets))
    with pytest.raises(ModelError, match="2 marks; these bands are of 3 markets"):
        standing.at(make_snapshot(1, make_markets(2)))
