"""A day of stored history studied, and what a study of the size of the exchange costs a minute.

    python benchmarks/study.py [--json] [--minutes 1440] [--accounts 2000] [--coins 44] [--large-accounts 100000]
        [--large-minutes 40] [--workers 2] [--rounds 2] [--history FOLDER]

The day is one of the sandbox, with its frames, notes and liquidations as the demo stores them; `--history` takes one
that is there instead. One core but for the figures of several workers; those are only true on a quiet machine.
Processor time beside each wall time says whether it was one. Kernels are compiled and loaded before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.living import LivingMarket
from liqscape.service.pipeline import Pipeline
from liqscape.service.studying.coins import CoinStudies
from liqscape.service.studying.executors import HereExecutor, ProcessExecutor
from liqscape.service.studying.minutes import StudiedMinutes
from liqscape.service.studying.run import StudyWanted, study_history
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.studies import FOLDER, StudyReader
from liqscape.store.studies.schema import frames_of

MINUTE_MS = 60_000
START_MS = 1_780_012_800_000
TARGET_S, TARGET_MINUTES = 20.0, 1_440
WARM_MINUTES = 8
Rows = list[dict[str, object]]


def main() -> int:
    """Measure and print."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.history or _sandbox_day(Path(scratch) / "day", chosen.minutes, chosen.accounts, chosen.coins)
        rows = day(folder, chosen.rounds)
        if chosen.workers > 1:
            rows += several(folder, chosen.workers, chosen.rounds)
        if chosen.large_accounts:
            large = _large(Path(scratch) / "large", chosen.large_accounts, chosen.large_minutes)
            rows += minutes(large, chosen.large_accounts)
    for row in rows:
        print(f"{row['name']}: {row['value']:.4g} {row['unit']}  {row['note']}", flush=True)
    if chosen.json:
        print(json.dumps({"title": "Study of history", "text": (__doc__ or "").split("\n\n")[0], "figures": rows}))
    return 0


def day(folder: Path, rounds: int) -> Rows:
    """The whole history in this process."""
    reader = HistoryReader(folder)
    count = reader.frame_count
    _warm(folder)
    wall, used = [], []
    for _ in range(rounds):
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
        began, began_cpu = time.perf_counter(), time.process_time()
        list(study_history(folder, StudyWanted(), HereExecutor(), 1))
        wall.append(time.perf_counter() - began)
        used.append(time.process_time() - began_cpu)
    name = f"{count} frames of {len(reader.coins)} coins studied, one core"
    target = TARGET_S * count / TARGET_MINUTES
    size = _bytes(folder)
    days = count / TARGET_MINUTES
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return [
        _figure(name, min(wall), "s", target, note=f"{min(used):.1f} s of processor time"),
        _figure("a frame of it", 1e3 * min(used) / count, "ms", note="processor time"),
        _figure("studies kept of a day", size / days / 1e6, "MB", note=_tables(folder)),
        _figure("memory of the process at its highest", peak, "MB"),
    ]


def several(folder: Path, workers: int, rounds: int) -> Rows:
    """Processes: one against several, in turns; starting them is part of it."""
    taken: dict[int, list[float]] = {1: [], workers: []}
    for _ in range(rounds):
        for count, times in taken.items():
            shutil.rmtree(folder / FOLDER, ignore_errors=True)
            executor = ProcessExecutor(count)
            began = time.perf_counter()
            try:
                list(study_history(folder, StudyWanted(), executor, count))
            finally:
                executor.close()
            times.append(time.perf_counter() - began)
    one, many = min(taken[1]), min(taken[workers])
    note = f"{one:.1f} s with one, {many:.1f} s with {workers}, started anew each time"
    return [_figure(f"speed-up of {workers} processes over one", one / many, "times", note=note)]


def minutes(folder: Path, accounts: int) -> Rows:
    """Minute by minute, as a live map goes on."""
    studies = CoinStudies(None, {})
    reader = HistoryReader(folder)
    read = advanced = 0.0
    count = 0
    walk = StudiedMinutes(reader).read(0)
    while True:
        began = time.process_time()
        pair = next(walk, None)
        if pair is None:
            break
        middle = time.process_time()
        studies.advance(*pair)
        if count >= WARM_MINUTES:
            read, advanced = read + middle - began, advanced + time.process_time() - middle
        count += 1
    measured = count - WARM_MINUTES
    rows = frames_of(studies.rows())
    state = sum(len(each.state) for each in studies.standing(()))
    told = ", ".join(f"{name} {frame.height}" for name, frame in rows.items() if frame.height)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    of = f"of {accounts} accounts and {len(reader.coins)} coins"
    return [
        _figure(f"a minute {of}: read and solved", 1e3 * read / measured, "ms", note="processor time"),
        _figure(f"a minute {of}: studied", 1e3 * advanced / measured, "ms", note=f"rows of {count} minutes: {told}"),
        _figure(f"state {of}", state / 1e6, "MB", note="before compression"),
        _figure(f"memory {of}", peak, "MB", note="highest of this process so far"),
    ]


def _sandbox_day(folder: Path, minutes: int, accounts: int, coins: int) -> Path:
    folder.mkdir(parents=True)
    market = SandboxMarket.new(WorldSettings(seed=7, accounts=accounts, coins=coins, start_ms=START_MS))
    with HistoryWriter(folder, market.provenance) as writer:
        living = LivingMarket(market, writer, folder)
        living.begin()
        living.preroll(START_MS + (minutes - 1) * MINUTE_MS, lambda _: None)
    return folder


def _large(folder: Path, accounts: int, minutes: int) -> Path:
    """Events of the real kind through the pipeline (real_size/world.py)."""
    sys.path[:0] = [str(Path(__file__).resolve().parent)]
    from real_size.world import PROVENANCE, World, run

    with HistoryWriter(folder, PROVENANCE) as writer:
        for moment in run(World(7, accounts), Pipeline(PROVENANCE, with_bands=False), minutes):
            writer.append(moment)
    return folder


def _warm(folder: Path) -> None:
    studies = CoinStudies(None, {})
    for number, pair in enumerate(StudiedMinutes(HistoryReader(folder)).read(0)):
        studies.advance(*pair)
        if number == WARM_MINUTES:
            return


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / FOLDER).rglob("*") if path.is_file())


def _tables(folder: Path) -> str:
    reader = StudyReader(folder)
    parts = reader.parts()
    sizes: dict[str, int] = {}
    for part in parts:
        for path in part.path.iterdir():
            sizes[path.stem] = sizes.get(path.stem, 0) + path.stat().st_size
    return ", ".join(f"{name} {size / 1e6:.2f}" for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:4])


def _figure(name: str, value: float, unit: str, target: float | None = None, note: str = "") -> dict[str, object]:
    return {"name": name, "value": value, "unit": unit, "target": target, "wanted": "at most", "note": note}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--minutes", type=int, default=TARGET_MINUTES)
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--coins", type=int, default=44)
    parser.add_argument("--large-accounts", type=int, default=100_000, help="0: none")
    parser.add_argument("--large-minutes", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--history", type=Path, help="a folder of stored history; its studies are removed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
