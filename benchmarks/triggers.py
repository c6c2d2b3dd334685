"""A snapshot of 500,000 trigger orders, made up in the layout of a node's file, to columns of a register.

    python benchmarks/triggers.py [--json] [--orders 500000]

200 coins, 100,000 owners; stops and take-profits of both sides, a tenth of them for the whole position. The snapshot is
made in a process of its own, so that the peak memory is that of reading it: the file itself, 175 MB, is part of it.

processor time  of this process; a busy machine stretches the time on the wall.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from liqscape.ledger.triggers import TriggerRegister
from liqscape.model.events import TriggersObserved
from liqscape.model.markets import Market, Markets
from liqscape.wire.node.trigger_snapshot import read_node_snapshot

COINS, OWNERS = 200, 100_000
TARGET_S, TARGET_MB = 5.0, 1_000.0


def made_snapshot(orders: int, seed: int = 7) -> bytes:
    """The file."""
    chance, listed = random.Random(seed), []
    for coin in range(COINS):
        rows = [_order(chance, f"C{coin}", coin * orders + row) for row in range(orders // COINS)]
        listed.append([f"C{coin}", {"book_orders": [[], []], "untriggered_orders": rows}])
    return msgspec.json.encode([900_000_000, listed])


def _order(chance: random.Random, coin: str, number: int) -> list[object]:
    is_sell, is_stop, is_whole = chance.random() < 0.5, chance.random() < 0.6, chance.random() < 0.1
    price, size = 100.0 * chance.uniform(0.8, 1.2), chance.uniform(0.1, 10.0)
    words = "below" if is_sell == is_stop else "above"
    shown = "0.0" if is_whole else f"{size:.3f}"
    return [
        f"0x{chance.randrange(OWNERS):040x}",
        {
            "coin": coin,
            "side": "A" if is_sell else "B",
            "limitPx": f"{price * 0.9:.2f}",
            "sz": shown,
            "oid": 300_000_000_000 + number,
            "timestamp": 1_770_000_000_000,
            "triggerCondition": f"Price {words} {price:.2f}",
            "isTrigger": True,
            "triggerPx": f"{price:.2f}",
            "children": [],
            "isPositionTpsl": is_whole,
            "reduceOnly": True,
            "orderType": f"{'Stop' if is_stop else 'Take Profit'} Market",
            "origSz": shown,
            "tif": None,
            "cloid": None,
        },
    ]


def register_of(content: bytes) -> TriggerRegister:
    """What the file says, kept."""
    market_of = {f"C{coin}": coin for coin in range(COINS)}
    register = TriggerRegister()
    register.set_markets(
        Markets.build(Market(coin=coin, size_decimals=3, max_leverage=10, table_row=0) for coin in market_of),
        is_extended=True,
    )
    snapshot = read_node_snapshot(content, market_of, "snapshot")
    register.observe(
        TriggersObserved(time_ms=1, received_ns=0, orders=snapshot.orders, addresses=None, block=snapshot.height)
    )
    return register


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--orders", type=int, default=500_000)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.make is not None:
        chosen.make.write_bytes(made_snapshot(chosen.orders))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "snapshot.json"
        making = [sys.executable, __file__, "--make", str(path), "--orders", str(chosen.orders)]
        subprocess.run(making, check=True)
        content = path.read_bytes()
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    held = register_of(content).figures().orders
    wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000.0
    note = f"{wall_s:.2f} s on the wall, {held:,} orders kept of a file of {len(content) / 1e6:.0f} MB"
    figures: list[dict[str, Any]] = [
        {
            "name": "snapshot of trigger orders to columns",
            "value": cpu_s,
            "unit": "s",
            "target": TARGET_S,
            "note": note,
        },
        {"name": "peak memory of it", "value": peak_mb, "unit": "MB", "target": TARGET_MB},
    ]
    for figure in [] if chosen.json else figures:
        print(f"{figure['name']}: {figure['value']:.2f} {figure['unit']} (at most {figure['target']:g})")
    if chosen.json:
        print(json.dumps({"figures": figures, "text": "Made up in the layout of a node's file."}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
