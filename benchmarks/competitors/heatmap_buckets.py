"""Runs hyperdata-terminal's compute_heatmap_buckets on positions from a file. Started by competitors/drive.py.

    PYTHON heatmap_buckets.py POSITIONS.json

Builds its list of positions once (not timed), then answers each line on standard input with one line of JSON:
"whole" calls the function once a coin with the list of all positions, as it is made to be called; "grouped" gives
it only the coin's own positions, which spares it the filtering. The answer holds seconds of the processor and the USD
in buckets.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from hyperdata_terminal.dashboards.liquidation_heatmap import compute_heatmap_buckets
from hyperdata_terminal.data_layer.position_scanner import TrackedPosition


def main() -> None:
    data = json.loads(Path(sys.argv[1]).read_text())
    coins, marks = data["coins"], data["mark"]
    columns = (data[name] for name in ("market_index", "is_long", "notional", "price"))
    rows = (
        ("", coins[market], "long" if is_long else "short", usd, 0.0, 0.0, price, 0.0, 1.0, 0.0, 0.0)
        for market, is_long, usd, price in zip(*columns, strict=True)
    )
    positions = [TrackedPosition(*row) for row in rows]
    grouped: dict[str, list[TrackedPosition]] = {coin: [] for coin in coins}
    for position in positions:
        grouped[position.symbol].append(position)
    print(json.dumps({"positions": len(positions), "python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        started = time.process_time()
        total, count = 0.0, 0
        for coin, mark in zip(coins, marks, strict=True):
            given = positions if line.strip() == "whole" else grouped[coin]
            for bucket in compute_heatmap_buckets(given, mark, coin):
                total += bucket.long_usd + bucket.short_usd
                count += bucket.long_count + bucket.short_count
        print(json.dumps({"seconds": time.process_time() - started, "usd": total, "count": count}), flush=True)


if __name__ == "__main__":
    main()
