"""Seven days of one busy coin, minute by minute, drawn from disk as 800 x 400.

    python benchmarks/history_window.py [--json] [--days 7] [--rounds 15]

Writes the history of one made-up coin with about 500 active bands (four in five change every minute, one in six
of those moves to the next band) into a temporary folder and times `HistoryReader.window`: with a reader opened
for each window, which checks every file it reads, and again with the reader left open. The system's file
cache is warm, because the files were just written.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from liqscape.heatmap.bands import Bands, OutsideSums
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.grid import band_edge, band_of_price
from liqscape.heatmap.moment import Moment
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.store.history import HistoryReader, HistoryWriter

MINUTE_MS = 60_000
DAY_MINUTES = 1_440
START_MS = 1_770_076_800_000
"""2026-02-03 00:00 UTC."""
POSITIONS = 560
"""Fall into about 500 bands."""
TARGET_MS = 50.0
PROVENANCE = Provenance("generated", "benchmark", True)
ADDRESSES = tuple(f"0x{row:040x}" for row in range(POSITIONS))
MARKETS = Markets.build([Market(coin="BUSY", size_decimals=5, max_leverage=40, table_row=0)])
TABLES = MarginTables.build([flat_table(40)])


def make_frames(minutes: int, seed: int = 1, *, every: int = 1) -> Iterator[tuple[MarketFrame, Accounts]]:
    """Frames of a coin whose levels drift and now and then are given up for new ones near the mark.

    every: minutes from one frame to the next, which lies at the end of them.
    """
    rng = np.random.default_rng(seed)
    mark = 70_000.0
    level = mark * np.exp(rng.normal(0.0, 0.08, POSITIONS))
    size = rng.pareto(1.5, POSITIONS) + 0.01
    margin_source = rng.choice(np.array([1, 3]), POSITIONS)
    moves = rng.random(POSITIONS) < 0.8
    drift = every**0.5
    for minute in range(every - 1, minutes, every):
        mark *= float(np.exp(rng.normal(0.0, 0.0006 * drift)))
        level = np.where(moves, level * np.exp(rng.normal(0.0, 0.0001 * drift, POSITIONS)), level)
        new = rng.random(POSITIONS) < min(0.002 * every, 0.1)
        level[new] = mark * np.exp(rng.normal(0.0, 0.08, int(new.sum())))
        side = np.where(level < mark, 1, -1)
        yield (
            _frame(START_MS + minute * MINUTE_MS, mark, level, size, margin_source),
            _accounts(level, side * size, margin_source),
        )


def _accounts(level: np.ndarray, size: np.ndarray, margin_source: np.ndarray) -> Accounts:
    """An isolated position a pool, with the raw USD that puts its level where it is wanted."""
    raw_usd = -size * level * (1.0 - np.sign(size) * TABLES.rate[0, 0])
    rows = np.arange(POSITIONS)
    zeros = np.zeros(POSITIONS, np.int64)
    return Accounts.build(
        addresses=ADDRESSES,
        address_row=rows,
        raw_usd=raw_usd,
        offsets=np.append(rows, POSITIONS),
        market_index=zeros,
        size=size,
        table_row=zeros,
        margin_source=margin_source,
        observed_ms=zeros,
    )


def _frame(time_ms: int, mark: float, level: np.ndarray, size: np.ndarray, margin_source: np.ndarray) -> MarketFrame:
    band = band_of_price(level)
    side = np.where(level < mark, 1, -1)
    order = np.lexsort((margin_source, side, band))
    keys = np.stack((band, side, margin_source))[:, order]
    starts = np.flatnonzero(np.append(True, np.any(keys[:, 1:] != keys[:, :-1], axis=0)))
    first = order[starts]
    sizes = np.add.reduceat(size[order], starts)
    bands = Bands(
        market_index=np.zeros(len(first), np.int32),
        band=band[first],
        side=side[first].astype(np.int8),
        margin_source=margin_source[first].astype(np.uint8),
        size=sizes,
        level_notional=np.add.reduceat((size * level)[order], starts),
        first_order_size=sizes * 0.2,
        position_count=np.diff(np.append(starts, len(order))).astype(np.int32),
    )
    none = np.zeros((1, 2))
    return MarketFrame(
        provenance=PROVENANCE,
        snapshot=MarketSnapshot.of_marks(MARKETS, time_ms, np.array([mark])),
        bands=bands,
        outside=OutsideSums.empty(1),
        position_size=none,
        position_count=none.astype(np.int64),
        coverage=np.array([np.nan]),
        margin_source_notional=np.zeros(5),
        address_count=0,
        pool_count=0,
        oldest_age_ms=-1,
        median_age_ms=-1,
    )


def measure(folder: Path, days: int, rounds: int) -> list[dict[str, object]]:
    """Figures, those of time as medians over the rounds."""
    minutes = days * DAY_MINUTES
    bands = 0

    def counted() -> Iterator[Moment]:
        nonlocal bands
        for frame, accounts in make_frames(minutes):
            bands += len(frame.bands)
            yield Moment(frame=frame, accounts=accounts, tables=TABLES, is_stored=True)

    with HistoryWriter(folder, PROVENANCE) as writer:
        writer.append_many(counted())
    end_ms = START_MS + minutes * MINUTE_MS
    opened = HistoryReader(folder)
    _, marks = opened.mark_path("BUSY", START_MS, end_ms)
    middle = band_of_price(np.array([np.median(marks)]))[0]
    low, high = float(band_edge(middle - 380)), float(band_edge(middle + 380))

    def draw(reader: HistoryReader, start_ms: int = START_MS) -> None:
        window = reader.window("BUSY", start_ms, end_ms, 800, 400, price_low=low, price_high=high)
        assert window.columns > 400
        assert window.rows > 300
        assert (window.as_of_ms > 0).all()

    megabytes = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6
    at_ms = end_ms - minutes * MINUTE_MS // 3
    return [
        _figure("bands a frame", bands / minutes, "bands"),
        _figure("disk", megabytes, "MB"),
        _figure(
            "window, reader opened for it", _median_ms(lambda: draw(HistoryReader(folder)), rounds), "ms", TARGET_MS
        ),
        _figure("window, reader left open", _median_ms(lambda: draw(opened), rounds), "ms", TARGET_MS),
        _figure(
            "12 hours by the minute, reader opened for it",
            _median_ms(lambda: draw(HistoryReader(folder), end_ms - 720 * MINUTE_MS), rounds),
            "ms",
        ),
        _figure(
            "12 hours by the minute, asked again",
            _median_ms(lambda: draw(opened, end_ms - 720 * MINUTE_MS), rounds),
            "ms",
        ),
        _figure("one frame", _median_ms(lambda: opened.frame_at(at_ms), rounds), "ms"),
    ]


def _figure(name: str, value: float, unit: str, target: float | None = None) -> dict[str, object]:
    return {"name": name, "value": value, "unit": unit, "target": target}


def _median_ms(job: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        job()
        taken.append(1e3 * (time.perf_counter() - started))
    return statistics.median(taken)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), arguments.days, arguments.rounds)
    if arguments.json:
        text = (
            f"{arguments.days} days of minutes of one coin as 800 x 400; file cache warm, median of {arguments.rounds}."
        )
        print(json.dumps({"title": "Heatmap window from disk", "text": text, "figures": found}))
    else:
        for figure in found:
            target = f" (target: at most {figure['target']:g})" if figure["target"] else ""
            print(f"{figure['name']}: {figure['value']:.1f} {figure['unit']}{target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
