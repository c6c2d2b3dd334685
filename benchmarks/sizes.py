"""What size costs: solve, frame, window and study at 1,000 to 1,000,000 accounts, and t = a + b n through them.

    python benchmarks/sizes.py [--only solve] [--accounts 1000 10000 100000 1000000] [--json FILE]

Seconds of the processor, one thread, least of the rounds; 7 positions for 3 accounts in 250 coins. Every measure is a
process of its own. The line is the one whose largest deviation, relative to what was measured, is least; neither a nor
b is negative. Exit code 1 where a line deviates by more than 20 %. Run alone: it takes eight minutes and 6 GB.

    solve   all levels and all bands
    frame   200 prints, then from a message with new marks to the frame in a client's hands, one coin watched
    window  a heatmap of one coin over STORED_MINUTES stored minutes, as 800 x 400, reader opened for it
    study   a stored minute read, solved and studied, all coins
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.append(str(HERE.parent / "tests" / "support"))
    from timing import one_thread

    one_thread()

ACCOUNTS = (1_000, 10_000, 100_000, 1_000_000)
PER_ACCOUNT = 7 / 3
STORED_MINUTES, WARM_MINUTES = 16, 6
COIN = "BTC"
ALLOWED = 0.20
LEAST_S, ROUNDS = 1.0, 7
"""A job is repeated until both are reached."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """t = a + b n.

    fixed_s      a, in seconds.
    each_s       b, in seconds an account.
    deviation    the largest |a + b n - t| / t.
    """

    fixed_s: float
    each_s: float
    deviation: float


def fitted(accounts: Sequence[int], seconds: Sequence[float]) -> Line:
    """The line with the least largest relative deviation, neither of its numbers negative.

    A linear program: least e with |a / t + b n / t - 1| <= e for every measure, a, b >= 0.
    """
    import numpy as np
    from scipy.optimize import linprog

    n, t = np.array(accounts, np.float64), np.array(seconds, np.float64)
    largest = n.max()
    columns = np.column_stack((1.0 / t, n / largest / t))
    ones = np.ones((len(t), 1))
    found = linprog(
        (0.0, 0.0, 1.0),
        A_ub=np.block([[columns, -ones], [-columns, -ones]]),
        b_ub=np.concatenate((np.ones(len(t)), -np.ones(len(t)))),
    )
    fixed, each, deviation = (float(value) for value in found.x)
    return Line(fixed_s=fixed, each_s=each / float(largest), deviation=deviation)


def solve(accounts: int) -> dict[str, float]:
    """All levels and bands of a made-up market."""
    from market_job import make_job
    from population import make_population

    job = make_job(make_population(7, accounts))
    return {"solve": least(job.both)}


def frame(accounts: int) -> dict[str, float]:
    """Frames pushed to a client of one coin, 200 prints before each."""
    from live_path import Made, Pushing

    made = Made.new(accounts, 7)

    async def push() -> list[float]:
        pushing = Pushing(made)
        await pushing.begin((COIN,))
        taken = []
        for _ in range(4 * ROUNDS):
            made.core.feed(made.prints(200))
            taken.append(await pushing.push(time.process_time))
        pushing.end()
        return taken[ROUNDS:]

    return {"frame": min(asyncio.run(push())) / 1e3}


def stored(accounts: int) -> dict[str, float]:
    """Minutes of history written, one coin of it drawn, and its minutes studied."""
    from real_size.world import MINUTE_MS, PROVENANCE, World, run

    from liqscape.service.pipeline import Pipeline
    from liqscape.service.studying.coins import CoinStudies
    from liqscape.service.studying.minutes import StudiedMinutes
    from liqscape.service.view import MapView
    from liqscape.store.history import HistoryReader, HistoryWriter

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with HistoryWriter(folder, PROVENANCE) as writer:
            for moment in run(World(7, accounts), Pipeline(PROVENANCE, with_bands=False), STORED_MINUTES - 1):
                writer.append(moment)
        opened = HistoryReader(folder)
        first, last = opened.first_ms, opened.last_ms
        assert first is not None
        assert last is not None

        def draw() -> None:
            view = MapView(HistoryReader(folder))
            view.heatmap(COIN, start_ms=first, end_ms=last + MINUTE_MS, width=800, height=400)

        window = least(draw)
        studies, taken = CoinStudies(None, {}), []
        minutes = StudiedMinutes(HistoryReader(folder)).read(0)
        for _ in range(STORED_MINUTES):
            began = time.process_time()
            studies.advance(*next(minutes))
            taken.append(time.process_time() - began)
    return {"window": window, "study": min(taken[WARM_MINUTES:])}


def least(job: Callable[[], object]) -> float:
    """Least seconds of the processor; after one call that counts nothing."""
    job()
    began, taken = time.perf_counter(), []
    while len(taken) < ROUNDS or time.perf_counter() - began < LEAST_S:
        started = time.process_time()
        job()
        taken.append(time.process_time() - started)
    return min(taken)


MEASURES = {"solve": solve, "frame": frame, "stored": stored}


def in_processes(chosen: Sequence[str], accounts: Sequence[int]) -> Iterator[tuple[str, int, float]]:
    """Name, accounts, seconds: each measure in a process of its own."""
    for name in chosen:
        for count in accounts:
            began = time.monotonic()
            command = [sys.executable, __file__, "--measure", name, str(count)]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            if ended.returncode:
                raise SystemExit(f"{name}, {count:,} accounts: {ended.stderr.strip().splitlines()[-1]}")
            for what, seconds in json.loads(ended.stdout.strip().splitlines()[-1]).items():
                print(f"{what}, {count:,} accounts: {seconds * 1e3:.3f} ms", end="", file=sys.stderr)
                print(f" (in {time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
                yield what, count, seconds


def main() -> int:
    """Measure, fit, print."""
    chosen = _arguments()
    if chosen.measure:
        name, count = chosen.measure
        print(json.dumps(MEASURES[name](int(count))))
        return 0
    found: dict[str, dict[int, float]] = {}
    for what, count, seconds in in_processes(chosen.only or list(MEASURES), chosen.accounts):
        found.setdefault(what, {})[count] = seconds
    lines = {what: fitted(list(by), list(by.values())) for what, by in found.items()}
    heads = " | ".join(f"{count:,}" for count in chosen.accounts)
    print(f"| ms | {heads} | a, ms | b, us an account | largest deviation |")
    print("| --- |" + " ---: |" * (len(chosen.accounts) + 3))
    for what, line in lines.items():
        cells = " | ".join(f"{1e3 * seconds:.3g}" for seconds in found[what].values())
        print(f"| {what} | {cells} | {1e3 * line.fixed_s:.3g} | {1e6 * line.each_s:.3g} | {line.deviation:.0%} |")
    if chosen.json:
        rows = {what: {"seconds": found[what], **asdict(line)} for what, line in lines.items()}
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 1 if any(line.deviation > ALLOWED for line in lines.values()) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(MEASURES), metavar="MEASURE", help="solve frame stored")
    parser.add_argument("--accounts", nargs="*", type=int, default=list(ACCOUNTS), metavar="N")
    parser.add_argument("--measure", nargs=2, metavar=("MEASURE", "N"), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
