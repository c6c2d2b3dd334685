"""A cascade of 300,000 accounts over one simulated hour of 84 ms blocks, on one core.

    python benchmarks/cascade.py [--json] [--accounts N] [--move -0.05] [--mode given|book|coupled] [--paths 64]

The whole call is timed (checks, loading, the run without liquidations, the run, tables); kernels are compiled before.
With --paths an ensemble of so many runs follows, which uses two threads.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from timing import one_thread

one_thread()

import numpy as np  # noqa: E402
from population import make_population  # noqa: E402

from liqscape.cascade import (  # noqa: E402
    CascadeInput,
    CascadeSettings,
    Mode,
    Shock,
    along_betas,
    run_cascade,
    run_ensemble,
)

TARGET_S = 5.0


def falling_market(count: int, move: float) -> tuple[CascadeInput, Shock]:
    """A market of so many accounts in which BTC goes that far, and all coins with it."""
    population = make_population(accounts=count)
    snapshot, accounts, markets = population.snapshot, population.accounts, len(population.snapshot.markets)
    sides = [np.bincount(accounts.market_index, np.maximum(sign * accounts.size, 0.0), markets) for sign in (1.0, -1.0)]
    snapshot = replace(snapshot, open_interest=np.maximum(*sides))
    unknown = np.full(markets, np.nan)
    question = CascadeInput(
        accounts=accounts,
        snapshot=snapshot,
        tables=population.tables,
        books=(None,) * markets,
        day_volume=unknown,
        day_volatility=unknown,
        provenance="benchmark",
    )
    target = float(snapshot.mark[snapshot.markets.index_of("BTC")]) * (1.0 + move)
    return question, along_betas(snapshot, "BTC", target)


def main() -> int:
    """Measure and print one line a mode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=300_000)
    parser.add_argument("--move", type=float, default=-0.05)
    parser.add_argument("--mode", choices=[mode.name.lower() for mode in Mode])
    parser.add_argument("--paths", type=int, default=0)
    arguments = parser.parse_args()
    question, shock = falling_market(arguments.accounts, arguments.move)
    figures = []
    for mode in Mode if arguments.mode is None else (Mode[arguments.mode.upper()],):
        run_cascade(question, shock, CascadeSettings(mode=mode, horizon_ms=10_000))
        started = time.perf_counter()
        totals = run_cascade(question, shock, CascadeSettings(mode=mode)).totals
        elapsed = time.perf_counter() - started
        note = (
            f"{totals.blocks} blocks, {totals.accounts} accounts liquidated, {totals.orders} orders, "
            f"{totals.takeovers} takeovers, {totals.adl_fills} ADL fills, {totals.checks} exact checks"
        )
        name = f"one hour, mode {mode.name.lower()}"
        figures.append({"name": name, "value": elapsed, "unit": "s", "target": TARGET_S, "note": note})
        if not arguments.json:
            print(f"{name}: {elapsed:.2f} s (target: at most {TARGET_S:g}), {note}", flush=True)
        if arguments.paths:
            started = time.perf_counter()
            run_ensemble(question, shock, CascadeSettings(mode=mode), arguments.paths)
            times = (time.perf_counter() - started) / elapsed
            name = f"ensemble of {arguments.paths} runs over one, mode {mode.name.lower()}"
            figures.append({"name": name, "value": times, "unit": "times", "target": None, "note": "on two threads"})
            if not arguments.json:
                print(f"{name}: {times:.1f} times", flush=True)
    if arguments.json:
        text = f"{arguments.accounts} accounts, BTC {arguments.move:+.0%} and all coins with it, blocks of 84 ms."
        print(json.dumps({"title": "Cascade", "text": text, "figures": figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
