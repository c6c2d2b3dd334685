"""What is compiled before it is needed, in two parts that two processes do at once.

map      what a live map begins with, and the simulator of cascades: the first *what if* compiles nothing.
market   the exchange of a demo or sandbox, and the questions that a page asks.

`python -m liqscape.service.warming.jobs PART NICENESS` does one part and tells on stdout how far it is: a line with the
functions that were compiled and those known to be needed. What is kept already is loaded in a second or two.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

PARTS = ("map", "market")
ACCOUNTS, COINS, DAYS, STOPS_PERCENT = 60, 4, 0.02, 40
SEED = 7
FALL = 0.95


def warm_map() -> None:
    """A small market lives through everything the public API leads to, then falls in each kind of simulation."""
    from liqscape.service.collecting.kernels import load_kernels

    load_kernels()
    warm_simulator()


def warm_simulator() -> None:
    """One short cascade of each mode."""
    from liqscape.cascade import CascadeInput, CascadeSettings, Mode, run_cascade, to_price
    from liqscape.service.collecting.kernels import COUNT, START_MS, small_accounts, small_market

    snapshot, tables = small_market()
    unknown = np.full(len(snapshot.markets), np.nan)
    question = CascadeInput(
        accounts=small_accounts(range(COUNT), START_MS),
        snapshot=snapshot,
        tables=tables,
        books=(None,) * len(snapshot.markets),
        day_volume=unknown,
        day_volatility=unknown,
        provenance="made up to compile the simulator",
    )
    coin, price = snapshot.markets.coins[0], float(snapshot.mark[0]) * FALL
    for mode in Mode:
        shock = to_price(snapshot, coin, price, duration_ms=6_000)
        run_cascade(question, shock, CascadeSettings(mode=mode, horizon_ms=12_000))


def warm_market() -> None:
    """A market that is made, stored and asked."""
    from liqscape.service.opening import DemoSettings, open_demo

    settings = DemoSettings(seed=SEED, days=DAYS, accounts=ACCOUNTS, coins=COINS, stops_percent=STOPS_PERCENT)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_demo(settings, Path(folder), lambda: int(time.time() * 1_000.0), _silent) as opened,
    ):
        view = opened.view
        frame = view.moment().reported
        coin = frame.snapshot.markets.coins[0]
        view.heatmap(coin, start_ms=frame.time_ms - 600_000, end_ms=frame.time_ms + 1)
        view.clusters(coin, None)
        view.joint(-5.0)


@contextmanager
def _silent(text: str, start: int, end: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG001 - nobody watches
    yield lambda _: None


def main(part: str, niceness: int) -> None:
    """Do one part, telling how far it is."""
    from liqscape.service.compiling import compiling_reporter

    os.nice(niceness)
    with compiling_reporter(lambda compiled, needed: print(compiled, needed, flush=True)):
        (warm_map if part == "map" else warm_market)()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
