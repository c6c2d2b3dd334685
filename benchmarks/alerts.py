"""Alerts at 10,000 rules: from a batch of marks as it comes to the outbox having on disk what it fired.

    python benchmarks/alerts.py [--json] [--rules 10000] [--batches 200]

250 coins with 20 clusters each, as a study tells them. Of the rules three in ten are near a level, three wait for a
level to be touched, three are near clusters of a coin, and one is about funding or liquidations. Each batch moves all
marks a little and takes one coin to a level of its own, so that every batch fires. The engine runs as in a server: on
an event loop, its work in the pool of alerts, the outbox on the disk of the temporary folder, one flush a batch.

A coin that leaps by percents makes every rule near a cluster be paired anew, which a batch of a few basis points does
not: each batch is as dear as the first after a studied minute.

processor time  of the engine's thread until the outbox has the alerts; a busy machine stretches the time on the wall.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from population import make_population

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.insight.alerts import Alert, AlertKind, Rule
from liqscape.insight.study_rows import ClusterRow
from liqscape.model import MarketSnapshot
from liqscape.model.events import MarksUpdated
from liqscape.service.alerting.engine import AlertEngine
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.outbox import Outbox
from liqscape.service.alerting.rule_store import RuleStore
from liqscape.service.alerting.rule_text import write_rule
from liqscape.service.executors import open_executors
from liqscape.service.live import LiveState
from liqscape.service.studying.standing import CoinStanding, StudyProgress, StudyStanding, StudyState
from liqscape.service.view import MapView

TARGET_MS = 50.0
CLUSTERS = 20
MADE_UP = Provenance("generated", "benchmark", True, "made up")
DESTINATION = '[destinations.desk]\nwebhook = "https://desk.example"\nsecret_env = "DESK_SECRET"\n'


class TimedOutbox:
    """The outbox, with when it had the alerts of each call on disk."""

    def __init__(self, folder: Path) -> None:
        self._outbox = Outbox(folder, lambda: 0)
        self.done = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.ended_s, self.worked_s, self.count = 0.0, 0.0, 0

    def put(self, alerts: Sequence[Alert]) -> None:
        """As the outbox does."""
        self._outbox.put(alerts)
        self.ended_s, self.worked_s = time.perf_counter(), time.thread_time()
        self.count += len(alerts)
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.done.set)

    def close(self) -> None:
        """As the outbox does."""
        self._outbox.close()


def main() -> int:
    """Measure and print."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        taken, fired = asyncio.run(_measure(Path(scratch), chosen.rules, chosen.batches))
    text = f"{chosen.rules:,} rules, 250 coins, {250 * CLUSTERS:,} clusters, {chosen.batches} batches."
    batch, crash = taken["batch"], taken["crash"][0]
    rows = [
        _row("mark batch to outbox, median", float(np.median(batch)), f"{fired:,} alerts fired, one flush a batch"),
        _row("mark batch to outbox, 99 of 100", float(np.quantile(batch, 0.99)), "the same batches"),
        _row("processor time of a batch, median", float(np.median(taken["work"])), "of the engine's thread"),
        _row("a crash, all coins by 5 %", crash, f"{taken['crashed'][0]:,.0f} alerts at once", target=None),
    ]
    for row in rows:
        print(f"{row['name']}: {row['value']:.4g} {row['unit']}  {row['note']}", flush=True)
    if chosen.json:
        print(json.dumps({"title": "Alerts", "text": text, "figures": rows}))
    return 0


async def _measure(folder: Path, count: int, batches: int) -> tuple[dict[str, list[float]], int]:
    accounts, snapshot, tables = make_population(7, 2_000)
    live, state = LiveState(), StudyState()
    live.publish(
        Moment(
            frame=build_frame(accounts, snapshot, tables, MADE_UP), accounts=accounts, tables=tables, is_stored=False
        )
    )
    file = folder / "alerts.toml"
    file.write_text(DESTINATION + "".join(map(write_rule, _rules(count, snapshot))))
    outbox = TimedOutbox(folder / "outbox")
    outbox.loop = asyncio.get_running_loop()
    taken: dict[str, list[float]] = {"batch": [], "work": [], "crash": [], "crashed": []}
    random = np.random.default_rng(3)
    with open_executors() as executors:
        store = RuleStore(file)
        assert len(store.held.rules) == count, store.held.troubles
        view = MapView(None, live, study=state)
        engine = AlertEngine(view, store, KeptAlerts(folder), [outbox], executor=executors.alerts)
        running = asyncio.create_task(engine.run())
        state.publish(_standing(snapshot))
        await _settled(engine)

        async def move(mark: np.ndarray[Any, Any], step: int) -> float:
            outbox.done.clear()
            moved = replace(snapshot, time_ms=snapshot.time_ms + step, mark=mark)
            began_s = time.perf_counter()
            live.observe([MarksUpdated(moved.time_ms, 0, moved)])
            await asyncio.wait_for(outbox.done.wait(), 60.0)
            return 1e3 * (outbox.ended_s - began_s)

        for step in range(batches):
            mark = snapshot.mark * np.exp(random.normal(0.0, 2e-4, len(snapshot.mark)))
            coin = step % len(mark)
            mark[coin] = snapshot.mark[coin] * (0.9 - 0.001 * (step // len(mark)))
            before_s = await _settled(engine)
            taken["batch"].append(await move(mark, 3_000 * (step + 1)))
            taken["work"].append(1e3 * (outbox.worked_s - before_s))
        await _settled(engine)
        fired = outbox.count
        taken["crash"].append(await move(0.95 * snapshot.mark, 3_000 * (batches + 2)))
        await _settled(engine)
        taken["crashed"].append(outbox.count - fired)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        engine.close()
        outbox.close()
    return taken, fired


async def _settled(engine: AlertEngine) -> float:
    """Wait until nothing does, and what is kept is written; the processor time of the engine's thread so far, s."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    worked_s = [0.0]

    def look() -> list[Alert]:
        worked_s[0] = time.thread_time()
        loop.call_soon_threadsafe(done.set)
        return []

    for _ in range(2):
        done.clear()
        engine._queue(look)
        await done.wait()
    return worked_s[0]


def _rules(count: int, snapshot: MarketSnapshot) -> list[Rule]:
    """Rules of marks that do not fire where the marks are, but for those that a coin is taken to."""
    random = np.random.default_rng(5)
    coins, found = snapshot.markets.coins, []
    for number in range(count):
        row = number % len(coins)
        mark, away = float(snapshot.mark[row]), float(random.uniform(0.01, 0.2))
        common: dict[str, Any] = {"rule_id": f"r{number}", "coin": coins[row], "destinations": ("desk",)}
        kind = number // len(coins) % 10
        if kind < 3:
            rule = Rule(kind=AlertKind.NEAR_LEVEL, price=mark * (1.0 - away), percent=0.2, **common)
        elif kind < 6:
            rule = Rule(kind=AlertKind.LEVEL_TOUCHED, price=mark * (1.0 - away), **common)
        elif kind < 9:
            usd = float(random.uniform(0.0, 5e5))
            rule = Rule(kind=AlertKind.NEAR_CLUSTER, percent=0.3, min_usd=usd, **common)
        elif number % 2:
            rule = Rule(kind=AlertKind.FUNDING, above=1.0, **common)
        else:
            rule = Rule(kind=AlertKind.LIQUIDATION, min_usd=1e6, **common)
        found.append(rule)
    return found


def _standing(snapshot: MarketSnapshot) -> StudyStanding:
    """20 clusters of each coin, 1 to 20 % from the mark on both sides."""
    time_ms = snapshot.time_ms
    coins = {}
    for row, coin in enumerate(snapshot.markets.coins):
        mark = float(snapshot.mark[row])
        clusters = tuple(_cluster(coin, mark, place, time_ms) for place in range(CLUSTERS))
        coins[coin] = CoinStanding(coin=coin, time_ms=time_ms, since_ms=snapshot.time_ms, clusters=clusters)
    progress = StudyProgress(start_ms=snapshot.time_ms, studied_ms=time_ms, stored_ms=time_ms)
    return StudyStanding(time_ms=time_ms, coins=coins, progress=progress)


def _cluster(coin: str, mark: float, place: int, time_ms: int) -> ClusterRow:
    side, away = ("long", -1.0) if place % 2 else ("short", 1.0)
    low = mark * (1.0 + away * (0.01 + 0.01 * place))
    fields: dict[str, Any] = dict.fromkeys(ClusterRow.__struct_fields__)
    return ClusterRow(
        **{
            **fields,
            "time_ms": time_ms,
            "coin": coin,
            "side": side,
            "cluster_id": f"{coin}-{side}-1-{place}",
            "event": "standing",
            "born_ms": time_ms - 3_600_000,
            "price_low": low,
            "price_high": low * 1.002,
            "price_peak": low * 1.001,
            "size": 4e5 / mark,
            "notional": 4e5,
            "position_count": 30,
            "age_ms": 3_600_000,
            "is_age_at_least": False,
            "is_weighted_age_at_least": False,
            "is_known": True,
            "mark": mark,
            "known_at_ms": time_ms,
        }
    )


def _row(name: str, value: float, note: str, target: float | None = TARGET_MS) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": "ms", "target": target, "wanted": "at most", "note": note}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--batches", type=int, default=200)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
