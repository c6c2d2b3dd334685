"""Largest figures of the recorded data that the rules of plausibility are bounds of (docs/reliability.md).

    python benchmarks/plausible_bounds.py RECORDED

RECORDED is the folder of recorded exchange data. Nothing in it is by the second: an hour counts as if its two ends were
a minute apart, which no recording shows.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import polars as pl

from liqscape.sources.live.plausibility import LEAP, OFF_ORACLE

CRASH_SECONDS = 60.0


def main(recorded: Path) -> None:
    """Print them, largest first, with what they are of."""
    market = recorded / "market_2026_02"
    candles = pl.read_parquet(recorded / "multivenue" / "candles.parquet")
    candles = candles.with_columns(width=(pl.col("h") / pl.col("l")).log())
    print(f"hours: {len(candles):,} of {candles['venue'].n_unique()} venues, {candles['coin'].n_unique()} coins")
    for row in candles.sort("width", descending=True).head(5).rows(named=True):
        leap = row["width"] / math.sqrt(CRASH_SECONDS)
        what = f"{row['timestamp']} {row['venue']} {row['coin']}"
        print(f"  {what}: |ln| {row['width']:.3f}, {leap:.3f} a root of a second")
    print(f"  bound {LEAP} a root of a second: {LEAP * math.sqrt(CRASH_SECONDS):.2f} in a minute")

    marks = pl.read_parquet(market / "positions.parquet").filter(pl.col("szi") != 0)
    marks = marks.group_by("snapshot_ts", "coin").agg(
        (pl.col("position_value") / pl.col("szi").abs()).median().alias("mark"), pl.col("szi").abs().sum().alias("held")
    )
    marks = marks.with_columns(time=pl.col("snapshot_ts").str.to_datetime(time_zone="UTC")).sort("coin", "time")
    marks = marks.with_columns(
        seconds=pl.col("time").diff().over("coin").dt.total_seconds(),
        move=pl.col("mark").log().diff().over("coin").abs(),
    ).drop_nulls()
    worst = marks.sort("move", descending=True).row(0, named=True)
    print(f"snapshots: {marks['snapshot_ts'].n_unique() + 1}, {marks['coin'].n_unique()} coins")
    print(f"  largest move {worst['move']:.3f} ({worst['coin']}, {worst['seconds'] / 3600:.1f} h)")

    contexts = pl.read_parquet(market / "markets.parquet").with_columns(
        basis=(pl.col("mark_px") / pl.col("oracle_px")).log().abs(), is_open=pl.col("open_interest_coins") > 0.0
    )
    print(f"contexts: {len(contexts)} rows of {contexts['coin'].n_unique()} coins, |ln(mark / oracle)|")
    for is_open, rows in contexts.group_by("is_open", maintain_order=True):
        top = rows.sort("basis", descending=True).row(0, named=True)
        print(f"  {'something' if is_open[0] else 'nothing'} open: {top['basis']:.3f} ({top['coin']})")
    saved = sorted((abs(math.log(mark / oracle)), held > 0.0) for mark, oracle, held in saved_contexts(recorded))
    print(f"saved answers: {len(saved)} contexts")
    for is_open in (True, False):
        print(f"  {'something' if is_open else 'nothing'} open: {max(x for x, held in saved if held is is_open):.3f}")
    print(f"  bound {OFF_ORACLE:.3f}")
    both = marks.join(contexts, on=["coin", "snapshot_ts"])
    covered = both.with_columns(share=pl.col("held") / 2.0 / pl.col("open_interest_coins"))
    top = covered.sort("share", descending=True).row(0, named=True)
    print(f"coverage: {top['share']:.1%} at most ({top['coin']})")


def saved_contexts(recorded: Path) -> Iterator[tuple[float, float, float]]:
    """Mark, oracle and open interest of every context with prices in the saved answers."""
    for path in sorted((recorded / "api").rglob("*.json")):
        waiting: list[object] = [msgspec.json.decode(path.read_bytes())]
        while waiting:
            each = waiting.pop()
            if isinstance(each, list):
                waiting += each
            elif isinstance(each, dict):
                waiting += each.values()
                if "markPx" in each and "oraclePx" in each:
                    mark, oracle = float(each["markPx"]), float(each["oraclePx"])
                    if mark > 0.0 < oracle:
                        yield mark, oracle, float(each.get("openInterest") or 0.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
