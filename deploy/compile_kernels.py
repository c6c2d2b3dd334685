"""Compiles every kernel a served map needs, into NUMBA_CACHE_DIR; for the build of an image.

python deploy/compile_kernels.py [--begin | --ask]

A small simulated market is traded for some minutes and asked one question of each kind. `--begin` compiles only what a
live map needs to begin, `--ask` only what such a market and its questions do: two processes share the work that way.
Takes one to five minutes; again, where all is kept, seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from liqscape.service.collecting.kernels import load_kernels

ACCOUNTS, COINS, DAYS, STOPS_PERCENT = 60, 4, 0.02, 40
SEED = 7


def main() -> None:
    """Compile, and say how long it took."""
    began = time.monotonic()
    if "--ask" not in sys.argv[1:]:
        load_kernels()
    if "--begin" not in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            ask_everything(Path(folder))
    print(f"kernels are compiled, {time.monotonic() - began:.0f} s")


def ask_everything(folder: Path) -> None:
    """A market that is made, stored and asked."""
    import liqscape as lq
    from liqscape.service.opening import DemoSettings, open_demo

    settings = DemoSettings(seed=SEED, days=DAYS, accounts=ACCOUNTS, coins=COINS, stops_percent=STOPS_PERCENT)
    with open_demo(settings, folder, lambda: int(time.time() * 1_000.0), silent) as opened:
        view = opened.view
        frame = view.moment().reported
        coin = frame.snapshot.markets.coins[0]
        view.heatmap(coin, start_ms=frame.time_ms - 600_000, end_ms=frame.time_ms + 1)
        view.clusters(coin, None)
        view.joint(-5.0)
        mark = view.frame(coin).mark
    assert mark is not None
    lq.open(str(folder)).cascade(coin, mark * 0.97, minutes=2.0)


@contextmanager
def silent(text: str, start: int, end: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG001 - a progress to nowhere
    """Progress that nobody watches."""
    yield lambda _: None


if __name__ == "__main__":
    main()
