"""Figures (b) and (c): against hyperdata-terminal and hyperliquid-math, in turns within one run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from competitors.drive import Competitor, start_heatmap, start_price
from figures import Section
from market_job import Job

from liqscape.risk.liquidation import solve_roots
from liqscape.units import Int64Array, PoolMode

HEATMAP_TURNS, GROUPED_TURNS, PRICE_TURNS = 1, 5, 5
PRICE_POOLS = 900
OUR_CALLS_A_TURN = 10


def against_heatmap(job: Job) -> Section:
    """Bands of all coins against compute_heatmap_buckets called once a coin with our prices."""
    accounts, snapshot, _ = job.population
    section = Section("Against hyperdata-terminal 1.0.0, compute_heatmap_buckets")
    with tempfile.TemporaryDirectory() as folder:
        theirs = start_heatmap(accounts, snapshot, job.root, Path(folder))
        if isinstance(theirs, str):
            section.add("bands of all coins", None, "times", target=100.0, wanted="at least", note=theirs)
            return section
        bands, whole = _in_turns(job.band, theirs, "whole", HEATMAP_TURNS)
        both, _ = _in_turns(job.both, theirs, "grouped", 1)
        regrouped, grouped = _in_turns(job.band, theirs, "grouped", GROUPED_TURNS)
        answer = theirs.ask("grouped")
        theirs.close()
    ours = _within(job, 0.15)
    section.text = (
        f"Called once a coin ({len(snapshot.mark)} calls) with the positions it is made for (USD size, our price), on "
        f"Python {theirs.hello['python']}; building its list is not counted. It bins 40 steps within 15 % of the mark, "
        f"{answer['count']:,} of {theirs.hello['positions']:,} positions; ours bins all into 5 bp steps over a factor "
        f"of 60. Check: our positions within 15 %, {ours:,}."
    )
    section.add(
        "given all positions, bands / bands",
        whole / bands,
        "times",
        target=100.0,
        wanted="at least",
        note=f"theirs {whole:,.1f} s, ours {bands * 1e3:,.2f} ms",
    )
    section.add("given all positions, bands / our solve and bands", whole / both, "times")
    section.add(
        "given each coin's own positions, bands / bands",
        grouped / regrouped,
        "times",
        note=f"theirs {grouped:,.2f} s; spares it the filtering it does itself",
    )
    return section


def _within(job: Job, share: float) -> int:
    accounts, snapshot, _ = job.population
    mark = snapshot.mark[accounts.market_index]
    return int(((job.root >= mark * (1.0 - share)) & (job.root <= mark * (1.0 + share)) & (job.root > 0.0)).sum())


def against_price(job: Job) -> Section:
    """Cross levels against calculatePerpLiquidationPrice on the same pools."""
    accounts, snapshot, tables = job.population
    section = Section("Against hyperliquid-math 0.3.1, calculatePerpLiquidationPrice")
    pools = cross_pools(job, PRICE_POOLS)
    rows = np.concatenate([np.arange(accounts.offsets[pool], accounts.offsets[pool + 1]) for pool in pools])
    with tempfile.TemporaryDirectory() as folder:
        theirs = start_price(accounts, snapshot, tables, pools, Path(folder))
        if isinstance(theirs, str):
            section.add("cross solve", None, "times", target=1_000.0, wanted="at least", note=theirs)
            return section
        prices = theirs.ask("prices")
        largest = _largest_difference(prices, job.root[rows])
        whole = job.population
        cross = accounts.take(np.flatnonzero((accounts.mode == PoolMode.CROSS) & (np.diff(accounts.offsets) > 1)))
        ours, seconds = _in_turns(lambda: solve_roots(cross, whole.snapshot, whole.tables), theirs, "run", PRICE_TURNS)
        theirs.close()
    our_each, their_each = ours / cross.position_count, seconds / len(rows)
    section.text = (
        f"{len(rows):,} positions of {len(pools)} cross pools with 2 to 20 positions, warmed up by a full pass, "
        f"node {theirs.hello['node']}; ours: all {cross.position_count:,} positions of cross pools of several. Its "
        "arithmetic is decimal and it returns a trace of the calculation; ours is float64, checked against exact "
        "fractions in the tests."
    )
    section.add(
        "a position, theirs / ours",
        their_each / our_each,
        "times",
        target=1_000.0,
        wanted="at least",
        note=f"theirs {their_each * 1e6:,.1f} us, ours {our_each * 1e9:,.1f} ns",
    )
    section.add("largest relative difference of prices", largest, "", target=1e-9)
    section.add(
        "positions where both or neither has a price",
        _agreement(prices, job.root[rows]),
        "%",
        target=100.0,
        wanted="at least",
    )
    return section


def cross_pools(job: Job, count: int) -> Int64Array:
    """Solvent cross pools of 2 to 20 positions with known raw USD, drawn by a fixed seed."""
    accounts = job.population.accounts
    held = np.diff(accounts.offsets)
    fit = (accounts.mode == PoolMode.CROSS) & (held >= 2) & (held <= 20) & ~np.isnan(accounts.raw_usd)
    return np.random.default_rng(1).permutation(np.flatnonzero(fit))[:count]


def _largest_difference(prices: list[str | None], root: np.ndarray[Any, Any]) -> float:
    theirs = np.array([np.nan if price is None else float(price) for price in prices])
    known = ~np.isnan(theirs) & (root > 0.0)
    return float(np.max(np.abs(theirs[known] / root[known] - 1.0)))


def _agreement(prices: list[str | None], root: np.ndarray[Any, Any]) -> float:
    theirs = np.array([price is not None for price in prices])
    return float(100.0 * np.mean(theirs == (root > 0.0)))


def _in_turns(ours: Callable[[], object], theirs: Competitor, question: str, turns: int) -> tuple[float, float]:
    """Processor seconds of ours and theirs: theirs once a turn, ours several times, minimum of each."""
    our_seconds, their_seconds = [], []
    for _ in range(turns):
        for _ in range(OUR_CALLS_A_TURN):
            started = time.process_time()
            ours()
            our_seconds.append(time.process_time() - started)
        their_seconds.append(float(theirs.ask(question)["seconds"]))
    return min(our_seconds), min(their_seconds)
