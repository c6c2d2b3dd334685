"""First liquidation of every pool as BTC falls and as it rises: 300,000 accounts, 700,000 positions, 250 betas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from market_job import make_job
from population import make_population

from against.clock import processor
from liqscape.risk.joint import along_betas, solve_joint


def prepare() -> dict[str, Callable[[], float]]:
    """Both ways, solo roots given; the checks say who is liquidated, which no build may answer differently."""
    job = make_job(make_population(7))
    accounts, snapshot, tables = job.population
    beta = np.random.default_rng([7, 21]).uniform(0.6, 1.8, len(snapshot.markets))
    beta[0] = 1.0
    falls, rises = along_betas(beta, -1), along_betas(beta, 1)
    return {
        "joint": processor(lambda: solve_joint(accounts, snapshot, tables, falls, job.root)),
        "joint up": processor(lambda: solve_joint(accounts, snapshot, tables, rises, job.root)),
        "check:joint": lambda: _figure(solve_joint(accounts, snapshot, tables, falls, job.root)),
    }


def _figure(levels: object) -> float:
    """Pools by status, and the sum of their factors to nine digits: the last bits differ between builds."""
    counts = np.bincount(levels.status, minlength=4)  # type: ignore[attr-defined]
    total = float(np.nansum(levels.factor))  # type: ignore[attr-defined]
    return float(counts @ [1, 1e6, 1e3, 1e9]) + float(f"{total:.9g}")
