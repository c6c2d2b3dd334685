"""Odds and chains: what a forecast may know, and what is told without a record."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "odds are fitted on windows that are not over",
        "src/liqscape/insight/odds/model.py",
        "    end = max(0, until - own.horizon)\n",
        "    end = until\n",
        ("tests/insight/odds/test_walk.py::test_another_future_leaves_the_forecasts_as_they_were",),
    ),
    Mutant(
        "the shipped table tells of times it knows",
        "src/liqscape/insight/odds/walk.py",
        "HOUR_MS >= pool.end_ms else None",
        "HOUR_MS >= 0 else None",
        ("tests/insight/odds/test_walk.py::test_before_its_end_the_pool_is_not_used",),
    ),
    Mutant(
        "a share is told of a few sweeps",
        "src/liqscape/service/chain.py",
        "    if count < MIN_CASES:\n",
        "    if count < 1:\n",
        ("tests/service/test_chain.py::test_below_twenty_sweeps_no_share_is_told",),
    ),
)
