"""The index that spares most pools a check names the same pools as looking at all of them (docs/exchange.md, eq. 8)."""

from __future__ import annotations

import numpy as np
import pytest
from populations import TABLES, make_accounts
from worlds import Plan, build_exchange, play, write_script

from liqscape.exchange.columns import BookKind, ClockColumn, MarketColumn, PoolColumn
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.kernels.liquidation import find_all_liquidatable, find_exposed_liquidatable
from liqscape.exchange.market_loader import load_accounts
from liqscape.exchange.rules import MarkSource, Rules
from liqscape.model import Market as ModelMarket
from liqscape.model import Markets, MarketSnapshot


def both(exchange: Exchange) -> tuple[set[int], set[int], int]:
    """(pools the index finds, pools brute force finds, pools the index did not look at)."""
    state = exchange.state
    count = int(state.clock[ClockColumn.POOL_COUNT])
    skipped = int(np.count_nonzero(state.pool[:count, PoolColumn.SAFE_UNTIL] > state.clock[ClockColumn.EXCURSION]))
    found, every = np.empty(count, np.int64), np.empty(count, np.int64)
    exposed = found[: find_exposed_liquidatable(state, found)]
    return set(exposed.tolist()), set(every[: find_all_liquidatable(state, every)].tolist()), skipped


@pytest.mark.parametrize("seed", range(6))
def test_index_and_brute_force_agree_after_every_block_of_a_world(seed: int) -> None:
    plan = Plan(500 + seed, blocks=400, users=14, volatility=0.004, jump=0.1, jump_chance=0.04, liquidators=seed % 3)
    script = write_script(plan)
    exchange = build_exchange(script)
    found = 0
    for _ in play(script, exchange):
        exposed, every, _ = both(exchange)
        assert exposed == every
        found += len(every)
    assert found > 0


@pytest.mark.parametrize("step_size", [0.0005, 0.01, 0.08])
def test_index_and_brute_force_agree_on_a_large_market_and_most_pools_are_spared_in_quiet_times(
    step_size: float,
) -> None:
    markets = Markets.build(
        ModelMarket(
            coin=f"C{row}",
            size_decimals=2,
            max_leverage=TABLES.tables[row % len(TABLES)].max_leverage,
            table_row=row % len(TABLES),
        )
        for row in range(8)
    )
    rng = np.random.default_rng(17)
    marks = np.exp(rng.uniform(0.0, 6.0, 8)).round(2)
    snapshot = MarketSnapshot.of_marks(markets, 0, marks)
    rules = Rules(mark_source=MarkSource.GIVEN, mark_period_ms=1)
    exchange = Exchange.build(markets, TABLES, rules, time_ms=0, book_kind=BookKind.AT_MARK, can_trade=False)
    load_accounts(exchange, make_accounts(3, snapshot, 2_000), snapshot)
    spared, found = [], 0
    for step in range(1, 120):
        moved = exchange.state.market[:, MarketColumn.MARK] * np.exp(rng.normal(0.0, step_size, 8))
        exchange.set_marks(np.maximum(1, np.rint(moved)).astype(np.int64))
        before = exchange.state.clock[ClockColumn.EXCURSION]
        output = exchange.step(1_000 * step)
        exposed, every, skipped = both(exchange)
        assert exposed == every
        assert exchange.state.clock[ClockColumn.EXCURSION] >= before
        spared.append(skipped / exchange.state.clock[ClockColumn.POOL_COUNT])
        found += len(output.fills)
    assert found > 0
    if step_size < 0.001:
        assert np.median(spared) > 0.9
