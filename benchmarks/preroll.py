"""Three days of a sandbox world in coarse blocks, alone and with the product's history written.

    python benchmarks/preroll.py [--json] [--days 3] [--accounts 5000] [--coins 40] [--live-seconds 60]

Figures of one process: one core for the world, the tables' compression may use others. The kernels are compiled
before the clock starts; building the world (its warm-up) is a figure of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from liqscape.exchange.columns import EventColumn, EventKind
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import World, WorldSettings
from liqscape.service.living import LivingMarket
from liqscape.store.history import HistoryWriter

DAY_MS, MINUTE_MS = 86_400_000, 60_000
START_MS = 1_780_012_800_000
TARGET_S, TARGET_DAYS = 60.0, 3.0


def measure(days: float, accounts: int, coins: int, live_seconds: int) -> list[dict[str, object]]:
    """Warm-up, world alone, world with history, live blocks."""
    _compile()
    settings = WorldSettings(seed=7, accounts=accounts, coins=coins, start_ms=START_MS)
    until_ms = START_MS + int(days * DAY_MS)
    started = time.perf_counter()
    world = World.new(settings)
    begun = world.checkpoint()
    built = time.perf_counter() - started

    started, used, fills, liquidated = time.perf_counter(), time.process_time(), 0, 0
    for output in world.preroll(until_ms):
        fills += len(output.fills)
        liquidated += int(np.sum(output.events[:, EventColumn.KIND] == EventKind.LIQUIDATION_STARTED))
    alone, alone_cpu = time.perf_counter() - started, time.process_time() - used
    minutes = days * DAY_MS / MINUTE_MS

    with tempfile.TemporaryDirectory() as name:
        market = SandboxMarket(World.restore(begun))
        with HistoryWriter(Path(name), market.provenance) as writer:
            living = LivingMarket(market, writer, Path(name))
            started, used = time.perf_counter(), time.process_time()
            living.begin()
            living.preroll(until_ms, lambda _: None)
            stored, stored_cpu = time.perf_counter() - started, time.process_time() - used
    started = time.perf_counter()
    blocks = sum(1 for _ in world.advance(world.time_ms + 1_000 * live_seconds))
    live = 1e3 * (time.perf_counter() - started) / max(blocks, 1)
    return [
        _figure("building and warm-up", built, "s"),
        _figure(f"{days:g} days, the world alone", alone, "s", note=f"{alone_cpu:.1f} s of CPU; {fills} fills"),
        _figure(
            f"{days:g} days with frames and history",
            stored,
            "s",
            TARGET_S * days / TARGET_DAYS,
            note=f"{stored_cpu:.1f} s of CPU",
        ),
        _figure("liquidations a minute", liquidated / minutes, "", 1.0, "at least"),
        _figure("a live block of 100 ms", live, "ms", 100.0),
    ]


def _compile() -> None:
    world = World.new(WorldSettings(seed=1, accounts=100, coins=5, start_ms=START_MS))
    with tempfile.TemporaryDirectory() as name:
        market = SandboxMarket(world)
        with HistoryWriter(Path(name), market.provenance) as writer:
            living = LivingMarket(market, writer, Path(name))
            living.begin()
            living.preroll(START_MS + 90 * MINUTE_MS, lambda _: None)


def _figure(
    name: str, value: float, unit: str, target: float | None = None, wanted: str = "at most", note: str = ""
) -> dict[str, object]:
    return {"name": name, "value": value, "unit": unit, "target": target, "wanted": wanted, "note": note}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--days", type=float, default=3.0)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--coins", type=int, default=40)
    parser.add_argument("--live-seconds", type=int, default=60)
    arguments = parser.parse_args()
    found = measure(arguments.days, arguments.accounts, arguments.coins, arguments.live_seconds)
    if arguments.json:
        text = f"{arguments.accounts} accounts, {arguments.coins} coins, one coarse block a minute; one process."
        print(json.dumps({"title": "Sandbox pre-roll", "text": text, "figures": found}))
    else:
        for figure in found:
            target = f" (target: {figure['wanted']} {figure['target']:g})" if figure["target"] else ""
            print(f"{figure['name']}: {figure['value']:.2f} {figure['unit']}{target} {figure['note']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
