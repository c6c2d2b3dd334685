"""Deleveraging out of the table of holders is deleveraging that looks at every pool (cascade/kernels/holders.py)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from amounts import first_of
from cascade_worlds import SHORT_RUN, crowd, question_of

from liqscape.cascade import CascadeInput, CascadeResult, CascadeSettings, of_vector, run_cascade
from liqscape.exchange.rules import AdlScore, Rules
from liqscape.model import Markets
from liqscape.model.collateral import Collateral
from liqscape.units import PoolMode

UP_AND_DOWN = {"BTC": -0.12, "ETH": 0.15, "SOL": -0.2, "DOGE": 0.25}
POOR = replace(SHORT_RUN, block_ms=500, vault_equity=(5_000.0,))


def both_ways(question: CascadeInput, settings: CascadeSettings) -> tuple[CascadeResult, CascadeResult]:
    """Asking holders, and asking every pool (`exchange.stages.run_stages`)."""
    shock = of_vector(question.snapshot, UP_AND_DOWN, 120_000)
    first, other = (run_cascade(question, shock, replace(settings, is_indexed=each)) for each in (True, False))
    return first, other


def with_coins_held(question: CascadeInput) -> CascadeInput:
    """Every fifth cross pool is backed by SOL that moves, beside what it has."""
    accounts = question.accounts
    pools = np.flatnonzero(accounts.mode != PoolMode.ISOLATED)[::5]
    mode = accounts.mode.copy()
    mode[pools] = PoolMode.PORTFOLIO
    coins = np.full(len(pools), 40.0)
    held = Collateral(pools, np.full(len(pools), 2), coins, np.full(len(pools), 0.5))
    return replace(question, accounts=replace(accounts, mode=mode), collateral=held)


@pytest.mark.parametrize("score", list(AdlScore))
@pytest.mark.parametrize("seed", first_of(range(8)))
def test_every_fill_is_that_of_asking_every_pool(score: AdlScore, seed: int) -> None:
    for includes_vaults, allows_losers in ((0, 1), (1, 1), (0, 0)):
        rules = Rules(adl_score=score, adl_includes_vaults=includes_vaults, adl_allows_losers=allows_losers)
        question = crowd(seed, 300, leverage=(4.0, 12.0))
        found, wanted = both_ways(question, replace(POOR, rules=rules))
        assert wanted.totals.adl_fills > 20
        assert found.digest == wanted.digest


@pytest.mark.parametrize("seed", first_of(range(8)))
def test_those_without_profit_pay_where_winners_do_not_suffice(seed: int) -> None:
    """A market of longs of whom many have lost: the few shorts in profit are not enough."""
    question = crowd(seed, 300, leverage=(4.0, 12.0))
    accounts = question.accounts
    dear = np.where(accounts.size < 0.0, 0.5, 1.0)
    question = question_of(replace(accounts, entry_price=accounts.entry_price * dear), question.snapshot.markets)
    found, wanted = both_ways(question, POOR)
    assert wanted.totals.adl_fills > 20
    assert found.digest == wanted.digest


@pytest.mark.parametrize("protects", [0, 1])
@pytest.mark.parametrize("seed", first_of(range(8)))
def test_pools_over_dexs_and_coins_that_back_them_are_ranked_by_what_they_are_worth(protects: int, seed: int) -> None:
    question = crowd(seed, 300, leverage=(4.0, 12.0))
    rows = [replace(row, dex="" if at < 2 else "xyz") for at, row in enumerate(question.snapshot.markets.rows)]
    accounts = question.accounts
    mode = np.where(accounts.mode == PoolMode.ISOLATED, PoolMode.ISOLATED, PoolMode.UNIFIED).astype(np.uint8)
    question = with_coins_held(question_of(replace(accounts, mode=mode), Markets.build(rows)))
    settings = replace(POOR, rules=Rules(protects_cross_margin=protects), dex_vault_equity=(("xyz", 1_000.0),))
    found, wanted = both_ways(question, settings)
    assert wanted.totals.adl_fills > 20
    assert found.digest == wanted.digest
