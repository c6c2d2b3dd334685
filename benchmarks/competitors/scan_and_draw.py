"""Runs hyperdata-terminal's PositionScanner and its heatmap on a server. Started by read_and_draw.py.

    PYTHON scan_and_draw.py INFO_URL ADDRESSES.json WANTED_USD

Its scanner as it is: ten questions at once, a second between them, one account a question. To be fair it is given the
addresses (it finds a hundred in half an hour by itself) and scans all of them in one go, without its pause of 15 s
after each 150. Prints a line of JSON when the USD of the positions it holds have reached WANTED_USD and its heatmap is
drawn.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import time
from pathlib import Path

from hyperdata_terminal.dashboards.liquidation_heatmap import LiquidationHeatmapDashboard
from hyperdata_terminal.data_layer import position_scanner
from rich.console import Console

SCANS = 5


def main() -> None:
    url, addresses, wanted = sys.argv[1:]
    logging.disable(logging.WARNING)
    position_scanner.API_URL = url
    began = time.perf_counter()
    scanner = position_scanner.PositionScanner()
    scanner.add_addresses(json.loads(Path(addresses).read_text()))
    scanner.scan_budget = len(scanner.discovered_addresses)
    dashboard = LiquidationHeatmapDashboard(scanner)
    console = Console(file=io.StringIO(), width=160)
    scans, held = 0, 0.0
    while scans < SCANS and held < float(wanted):
        scans += 1
        asyncio.run(scanner.scan())
        asyncio.run(dashboard.update_data())
        console.print(dashboard.build_heatmap())
        held = sum(position.size_usd for position in scanner.positions)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "usd": held,
                "scans": scans,
                "positions": len(scanner.positions),
                "letters": len(console.file.getvalue()),
            }
        )
    )


if __name__ == "__main__":
    main()
