"""A whole live map for seven simulated days, as fast as they go: memory, descriptors, threads and disk, hour by hour.

    python tools/soak.py [--days 7] [--minutes 90] [--accounts 120] [--coins 4] [--seed 7] [--keep-raw-days 2]
                         [--data DIR] [--out FILE.jsonl]

The product's own core, ledger, writers, register, figures and web server; the sandbox's blocks of 6 s in a process of
its own. One page is open all the time and every kind of question is asked once an hour. `--minutes` bounds real time:
what was reached by then is printed and judged. Exit code 1: something is neither flat nor as documented (docs/data.md).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from soaking.driving import Drive, MadeUpClock
from soaking.exchange import ExchangeProcess
from soaking.measure import Hour, judge, table

from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.opening import open_live
from liqscape.service.collecting.settings import LiveSettings, Network
from liqscape.service.hub import Hub
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.web.app import create_app
from liqscape.web.server import LOOPBACK, run_server


def soak(arguments: argparse.Namespace, folder: Path) -> list[Hour]:
    """Live through the days; the rows of every hour that was reached."""
    exchange = ExchangeProcess(arguments.seed, arguments.accounts, arguments.coins)
    try:
        url = f"http://{LOOPBACK}:{exchange.port}"
        network = Network(
            name="soak", info_url=url, socket_url=f"ws://{LOOPBACK}:{exchange.port}/ws", leaderboard_url=None
        )
        settings = LiveSettings(network=network, data=folder, keep_raw_seconds=arguments.keep_raw_days * 86_400.0)
        clock = MadeUpClock(exchange.start_ms)
        with open_live(settings, SteadyClock(clock, clock)) as opened:
            hub = Hub(opened.view, opened.market.delivered)
            app = create_app(
                opened.view,
                hub,
                sources=opened.sources,
                metrics=opened.market.metrics,
                liquidations=LiquidationQuestions(opened.view, opened.liquidations),
            )
            end_s = time.monotonic() + arguments.minutes * 60.0
            drive = Drive(opened, exchange, clock, hours=round(arguments.days * 24), end_s=end_s)
            drive.on_hour = lambda row: _note(row, arguments.out)

            def ready(port: int) -> None:
                drive.url = f"http://{LOOPBACK}:{port}"

            run_server(app, LOOPBACK, 0, on_ready=ready, on_stop=hub.shut_down, work=opened.market.run)
        return drive.rows
    finally:
        exchange.end()


def _note(row: Hour, out: Path | None) -> None:
    print(
        f"hour {row.hour}: {row.own_mb:.0f} MB, {row.descriptors} descriptors, {row.threads} threads, "
        f"{row.stored} frames stored",
        file=sys.stderr,
        flush=True,
    )
    if out is not None:
        with out.open("ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")


def main(words: Sequence[str] | None = None) -> int:
    """Run, print the table, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--accounts", type=int, default=120)
    parser.add_argument("--coins", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep-raw-days", type=float, default=2.0)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="soak-") as made:
        rows = soak(arguments, arguments.data or Path(made) / "data")
    print(table(rows))
    claims = judge(rows, arguments.keep_raw_days * 24.0)
    print(f"\n{len(rows) / 24.0:.1f} of {arguments.days:g} days")
    for claim, holds in claims:
        print(f"- {'holds' if holds else 'FAILS'}: {claim}")
    return 0 if all(holds for _, holds in claims) else 1


if __name__ == "__main__":
    sys.exit(main())
