"""Joint liquidation of the whole made-up market: along one path, as map and as curve."""

from __future__ import annotations

import numpy as np
from figures import Section
from market_job import Job
from timing import interleaved

from liqscape.heatmap.build import build_bands
from liqscape.risk.joint import along_betas, joint_curve, solve_joint

ROUNDS = 7
POINTS = 50
SAMPLE = 200
"""Pools solved by the twin: it takes some milliseconds each."""


def joint(job: Job, seed: int) -> Section:
    """First liquidation of every pool as BTC falls and as it rises, betas drawn from 0.6 to 1.8.

    A sample of pools is checked against the tests' 50-digit twin in this run; AssertionError where they differ.
    """
    accounts, snapshot, tables = job.population
    beta = np.random.default_rng([seed, 21]).uniform(0.6, 1.8, len(snapshot.markets))
    beta[0] = 1.0
    paths = {name: along_betas(beta, way) for name, way in (("falls", -1), ("rises", 1))}
    levels = {name: solve_joint(accounts, snapshot, tables, path, job.root) for name, path in paths.items()}
    differing = _differing(job, seed, paths["falls"].slope, levels["falls"].factor)
    assert differing == 0, f"{differing} pools differ from the twin"
    factors = np.linspace(0.0, 0.7, POINTS)
    jobs = {
        name: lambda path=path: solve_joint(accounts, snapshot, tables, path, job.root) for name, path in paths.items()
    }
    jobs["curve"] = lambda: joint_curve(accounts, snapshot, paths["falls"], levels["falls"], job.root, factors)
    jobs["map"] = lambda: build_bands(accounts, snapshot, levels["falls"].price, job.plan, job.workspace)
    times = interleaved(jobs, ROUNDS)
    per = 1e9 / accounts.position_count
    section = Section(
        "Joint liquidation",
        f"{accounts.pool_count:,} margin pools, {accounts.position_count:,} positions, every coin by its own beta; one "
        f"core, one thread, minimum of {ROUNDS} runs in turns. {SAMPLE} pools agree with the 50-digit twin.",
    )
    for name in paths:
        section.add(f"first liquidation of every pool, BTC {name}", times[name].minimum * per, "ns a position")
        section.add(f"whole market, BTC {name}", times[name].minimum * 1e3, "ms")
    section.add("bands at the joint levels", times["map"].minimum * per, "ns a position")
    section.add(f"curve of {POINTS} points, by coin, joint and frozen", times["curve"].minimum * 1e3, "ms")
    return section


def _differing(job: Job, seed: int, slope: np.ndarray, factor: np.ndarray) -> int:
    """Sampled pools whose factor is not where the twin's free margin changes its sign."""
    from decimal import Decimal

    from joint_twin import Moving, free_margin

    accounts, snapshot, tables = job.population
    known = np.flatnonzero(~np.isnan(factor) & (factor > 0.0))
    wrong = 0
    for pool in np.random.default_rng([seed, 22]).choice(known, SAMPLE, replace=False).tolist():
        rows = range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        held = [
            Moving(
                float(accounts.size[row]),
                float(snapshot.mark[accounts.market_index[row]]),
                float(slope[accounts.market_index[row]]),
                tuple((tier.lower_bound, tier.max_leverage) for tier in tables.tables[accounts.table_row[row]].tiers),
            )
            for row in rows
        ]
        raw = float(accounts.raw_usd[pool])
        edge = Decimal(float(factor[pool]))
        width = Decimal("1e-9")
        wrong += not free_margin(raw, held, edge - width) >= 0 > free_margin(raw, held, edge + width)
    return wrong
