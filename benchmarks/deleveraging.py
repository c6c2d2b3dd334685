"""What all clusters of the largest coin would deleverage, in a market of 100,000 accounts and 44 coins.

    python benchmarks/deleveraging.py [--json] [--accounts N] [--markets N]

Loading the market, and both walks, one a side in a thread of its own, as a question to a map does it; what stands in
memory meanwhile, also where sides are walked in turn, as a server does it for its lists. Kernels are compiled before.
Vaults with 5 million USD, so that a good deal is deleveraged, which is what takes the time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from population import make_population
from real_size.memory import give_back, peak_mb, resident_mb, start_peak

from liqscape.cascade import CascadeInput, CascadeSettings
from liqscape.cascade.reach import BLOCK_MS, EdgeReach, ReachRuns, ReachSettings
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.clusters import find_clusters
from liqscape.heatmap.frame import Provenance
from liqscape.insight.deleveraging import DeleveragingQueues
from liqscape.units import Side

TARGET_S = 2.0
VAULT_USD = 5e6
COIN = 0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--markets", type=int, default=44)
    arguments = parser.parse_args()
    population = make_population(accounts=arguments.accounts, markets=arguments.markets)
    accounts, count = population.accounts, arguments.markets
    sides = [np.bincount(accounts.market_index, np.maximum(sign * accounts.size, 0.0), count) for sign in (1.0, -1.0)]
    snapshot = replace(population.snapshot, open_interest=np.maximum(*sides))
    unknown = np.full(count, np.nan)
    question = CascadeInput(
        accounts=accounts,
        snapshot=snapshot,
        tables=population.tables,
        books=(None,) * count,
        day_volume=unknown,
        day_volatility=unknown,
        provenance="benchmark",
    )
    frame = build_frame(accounts, snapshot, population.tables, Provenance("generated", "benchmark", True))
    edges = {
        side: [
            cluster.price_low if side == Side.LONG else cluster.price_high
            for cluster in find_clusters(frame, COIN)
            if cluster.side == side
        ]
        for side in (Side.LONG, Side.SHORT)
    }
    settings = ReachSettings(cascade=CascadeSettings(block_ms=BLOCK_MS, vault_equity=(VAULT_USD,)))

    processor: dict[Side, float] = {}

    def in_turn() -> None:
        runs = ReachRuns(question, settings)
        runs.walk(COIN, -int(Side.LONG), edges[Side.LONG])
        runs.walk(COIN, -int(Side.SHORT), edges[Side.SHORT], is_last=True)

    def ask() -> list[EdgeReach]:
        runs = ReachRuns(question, settings)

        def walk(side: Side) -> tuple[EdgeReach, ...]:
            started = time.thread_time()
            found = runs.walk(COIN, -int(side), edges[side])
            processor[side] = time.thread_time() - started
            return found

        with ThreadPoolExecutor(2) as pool:
            return [each for side in pool.map(walk, edges) for each in side]

    ask()
    started = time.perf_counter()
    found = ask()
    walked = time.perf_counter() - started
    beside_mb, in_turn_mb = (_more_mb(job) for job in (ask, in_turn))
    queues = DeleveragingQueues(accounts, snapshot, population.tables)
    queues.of_account(1)
    started = time.perf_counter()
    queues = DeleveragingQueues(accounts, snapshot, population.tables)
    loaded = time.perf_counter() - started
    started = time.perf_counter()
    places = queues.of_account(1)
    ranked = time.perf_counter() - started
    reached = [each for each in found if each.reached_ms is not None]
    note = (
        f"{len(found)} clusters, {len(reached)} reached, most deleveraged {max(e.adl for e in reached) / 1e6:.1f} M USD"
    )
    figures = [
        {"name": "all clusters of a coin", "value": walked, "unit": "s", "target": TARGET_S, "note": note},
        *(
            {"name": f"walk of {side.name.lower()}s, processor", "value": taken, "unit": "s", "target": TARGET_S}
            for side, taken in processor.items()
        ),
        {"name": "memory beside the map, both sides at once", "value": beside_mb, "unit": "MB"},
        {"name": "memory beside the map, sides in turn", "value": in_turn_mb, "unit": "MB"},
        {"name": "queues, loading", "value": loaded, "unit": "s", "note": ""},
        {"name": f"ranks of {len(places)} positions by 4 scores", "value": ranked, "unit": "s", "note": ""},
    ]
    if arguments.json:
        text = f"{arguments.accounts} accounts, {arguments.markets} coins, BTC, two threads."
        print(json.dumps({"title": "Deleveraging", "text": text, "figures": figures}))
        return 0
    for figure in figures:
        print(f"{figure['name']}: {figure['value']:.2f} {figure['unit']} {figure.get('note', '')}", flush=True)
    return 0


def _more_mb(job: Callable[[], object]) -> float:
    """MB by which the highest memory during a job passes that before it."""
    give_back()
    start_peak()
    before = resident_mb()
    job()
    return peak_mb() - before


if __name__ == "__main__":
    sys.exit(main())
