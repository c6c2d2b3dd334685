"""Advice on a stop on a served map of 100,000 accounts: the first question of a frame, and a dragged line.

    python benchmarks/stop.py [--json] [--accounts 100000] [--frames 20] [--minutes 30] [--sweeps 5000]

The made-up population (population.py) as the newest frame in memory, some stored frames of it before, made-up sweeps of
60 days, a book of 20 levels. A frame comes before every first question, as it does every few seconds on a served map.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars
from population import make_population

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.insight.study_rows import SweepRow
from liqscape.service.live import LiveState
from liqscape.service.stop import StopAsked, StopQuestions
from liqscape.service.studied import StudySpan
from liqscape.service.view import MapView
from liqscape.store.books import BookReader
from liqscape.store.books.reader import StoredBook
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.studies.schema import frame_of

MINUTE_MS, DAY_MS = 60_000, 86_400_000
TARGET_MS = 50.0
MADE_UP = Provenance("generated", "benchmark", True, "made up")
DRAGGED = 5
"""Questions of one frame after the first."""


class MadeUpBooks(BookReader):
    """20 levels a side, 1 bp apart, of a tenth of a coin each; of every coin."""

    def __init__(self, folder: Path, mark: float) -> None:
        super().__init__(folder)
        self._mark = mark

    def find(self, coin: str, at_ms: int, max_age_ms: int) -> StoredBook | None:  # noqa: ARG002
        """The same at any time."""
        steps = 1e-4 * np.arange(1, 21)
        bids, asks = (np.column_stack((self._mark * (1.0 + way * steps), np.full(20, 0.1))) for way in (-1.0, 1.0))
        nobody = np.ones(20, np.int32)
        return StoredBook(coin=coin, time_ms=at_ms, bids=bids, asks=asks, orders=(nobody, nobody))


class MadeUpSweeps:
    """Sweeps of 60 days of all coins, and no other table."""

    def __init__(self, count: int, coins: tuple[str, ...], end_ms: int) -> None:
        random = np.random.default_rng(3)
        fields = dict.fromkeys(SweepRow.__struct_fields__, 0.0)
        words = {
            "side": "long",
            "left_ms": None,
            "outcome": "swept",
            "gap": False,
            "placebo_overshoot_bp": None,
            "placebo_count": 0,
        }
        self._rows = frame_of(
            "sweeps",
            [
                SweepRow(
                    **{
                        **fields,
                        **words,
                        "sweep_id": f"s{number}",
                        "cluster_id": f"c{number}",
                        "coin": coins[number % len(coins)],
                        "entered_ms": (at := end_ms - int(random.uniform(0.2, 60.0) * DAY_MS)),
                        "crossed_ms": at + 1_000,
                        "ended_ms": at + 2_000,
                        "known_at_ms": at + MINUTE_MS,
                        "overshoot_bp": float(random.exponential(40.0)),
                        "usd_at_entry": float(np.exp(random.normal(12.0, 1.5))),
                        "depth_usd": 2e6,
                    }
                )
                for number in range(count)
            ],
        )

    def spans(self, coin: str) -> list[StudySpan]:  # noqa: ARG002
        """None: clusters are not followed here."""
        return []

    def end_state(self, coin: str) -> bytes | None:  # noqa: ARG002
        """None."""
        return None

    def rows(self, table: str, *_: object) -> polars.DataFrame:
        """All sweeps; of another table nothing."""
        from liqscape.service.tables.of_study import empty_table

        return self._rows if table == "sweeps" else empty_table(table)


def main() -> int:
    """Measure and print."""
    chosen = _arguments()
    accounts, snapshot, tables = make_population(7, chosen.accounts)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "data"
        random = np.random.default_rng(1)
        with HistoryWriter(folder, MADE_UP) as writer:
            for number in range(chosen.minutes):
                marks = snapshot.mark * np.exp(random.normal(0.0, 5e-4, len(snapshot.mark)))
                snapshot = replace(snapshot, time_ms=snapshot.time_ms + MINUTE_MS, mark=marks)
                frame = build_frame(accounts, snapshot, tables, MADE_UP)
                writer.append(Moment(frame=frame, accounts=accounts, tables=tables, is_stored=True))
                print(f"stored minute {number + 1} of {chosen.minutes}", end="\r", flush=True)
        live = LiveState()
        coins = snapshot.markets.coins
        mark = float(snapshot.mark[0])
        sweeps = MadeUpSweeps(chosen.sweeps, coins, snapshot.time_ms)
        view = MapView(HistoryReader(folder), live, books=MadeUpBooks(folder, mark), studies=sweeps)
        questions = StopQuestions(view)
        owner = _cross_owner(accounts)

        def publish() -> None:
            nonlocal snapshot
            moved = snapshot.mark * np.exp(random.normal(0.0, 2e-5, len(snapshot.mark)))
            snapshot = replace(snapshot, time_ms=snapshot.time_ms + 3_000, mark=moved)
            frame = build_frame(accounts, snapshot, tables, MADE_UP)
            live.publish(Moment(frame=frame, accounts=accounts, tables=tables, is_stored=False))

        def ask(share: float, **backing: object) -> Callable[[], object]:
            asked = StopAsked(
                coin=coins[0],
                side="long",
                entry=mark,
                stop=mark * share,
                risk=1_000.0,
                **backing,  # type: ignore[arg-type]
            )
            return lambda: questions.ask(asked)

        publish()
        first = _timed(ask(0.97, leverage=10.0))
        _timed(ask(0.97, account=owner))
        taken: dict[str, list[float]] = {"frame": [], "drag": [], "account": []}
        for _ in range(chosen.frames):
            publish()
            taken["frame"].append(_timed(ask(0.97, leverage=10.0)))
            taken["drag"] += [_timed(ask(0.97 - 0.001 * step, leverage=10.0)) for step in range(DRAGGED)]
            taken["account"].append(_timed(ask(0.97, account=owner)))
        answer = questions.ask(
            StopAsked(coin=coins[0], side="long", entry=mark, stop=0.97 * mark, risk=1_000.0, leverage=10.0)
        )
    note = f"{len(answer.clusters)} clusters, {len(answer.next_stops)} next stops each with size, level and verdict"
    rows = [
        _figure("first question of a frame", taken["frame"], note),
        _figure("the same line dragged", taken["drag"], "further questions of the same frame"),
        _figure(
            "an account's cross pool behind it, joint too", taken["account"], "further questions of the same frame"
        ),
        {
            "name": "first question of an hour",
            "value": 1e3 * first,
            "unit": "ms",
            "note": f"reads {chosen.sweeps:,} sweeps; may wait for compiled kernels",
        },
    ]
    for row in rows:
        print(f"{row['name']}: {row['value']:.4g} {row['unit']}  {row['note']}", flush=True)
    if chosen.json:
        text = (
            f"{chosen.accounts:,} accounts, {accounts.position_count:,} positions; median, with the longest beside it."
        )
        print(json.dumps({"title": "Advice on a stop", "text": text, "figures": rows}))
    return 0


def _cross_owner(accounts: object) -> str:
    """An address whose cross pool holds the first coin and others."""
    from liqscape.model import Accounts

    assert isinstance(accounts, Accounts)
    lengths = np.diff(accounts.offsets)
    for pool in np.flatnonzero((lengths > 3) & np.isfinite(accounts.raw_usd)).tolist():
        start, end = accounts.offsets[pool : pool + 2].tolist()
        if 0 in accounts.market_index[start:end]:
            return accounts.addresses[int(accounts.address_row[pool])]
    raise AssertionError("no cross pool holds the first coin")


def _timed(question: Callable[[], object]) -> float:
    began = time.perf_counter()
    question()
    return time.perf_counter() - began


def _figure(name: str, taken: list[float], note: str) -> dict[str, object]:
    longest = f"longest {1e3 * max(taken):.1f} ms of {len(taken)}"
    return {
        "name": name,
        "value": 1e3 * float(np.median(taken)),
        "unit": "ms",
        "target": TARGET_MS,
        "wanted": "at most",
        "note": f"{note}; {longest}",
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--sweeps", type=int, default=5_000)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
