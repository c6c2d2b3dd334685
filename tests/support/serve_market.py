"""A small made-up market behind the real application, for the browser tests.

    python serve_market.py FOLDER [--token TOKEN] [--year] [--alerts FILE] [--stops]

Writes its history to FOLDER, prints the port it listens on, then pushes one more stored frame for each line on
standard input, until that ends. BTC has a made-up study, other coins have none. With TOKEN it asks for that, and tells
of made-up live sources. With --year a frame a year earlier begins the history, and another venue has BTC's candles of
every minute since. With FILE rules of alerts can be written there. With --stops two in three accounts were read for
trigger orders, and most positions of all have one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from made_up_sources import made_up_sources
from made_up_study import MemoryStudies, made_up_state
from small_market import FIRST_MARKS, MARKETS, MINUTE_MS, SMALL, START_MS, TABLES, small_accounts
from stored_moments import moment_of, moments_of
from trigger_worlds import stops_of_positions

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.moment import Moment
from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.triggers import NEVER_READ_MS, TriggerKnowledge
from liqscape.service.alerting.opening import AlertPlace, open_alerts
from liqscape.service.answers.sources import SourcesAnswer
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.units import Float64Array
from liqscape.web.app import create_app
from liqscape.web.server import run_server

FRAMES = 180
HOLE = range(60, 100)
"""Minutes without a frame: longer than a frame is held for (10 minutes of a simulated market)."""
ACCOUNTS = 260
SEED = 3


YEAR_MINUTES = 365 * 24 * 60


class MinuteCandles:
    """BTC's candles of every minute, from a formula."""

    name = "made-up venue, 1 minute"
    interval_ms = MINUTE_MS
    coins = ("BTC",)

    def read(self, _: str, start_ms: int, end_ms: int) -> Float64Array:
        """(N, 5) time_ms, open, high, low, close."""
        times = np.arange(-(-start_ms // MINUTE_MS) * MINUTE_MS, end_ms, MINUTE_MS, dtype=np.float64)
        price = FIRST_MARKS[0] * (1.0 + 0.01 * np.sin(times / (7 * MINUTE_MS)))
        return np.column_stack((times, price, price * 1.0005, price * 0.9995, price))


class Market:
    """Frames of marks that wander; the accounts stay."""

    def __init__(self, first_minute: int = 0) -> None:
        self.random = np.random.default_rng(SEED)
        self.marks = FIRST_MARKS.copy()
        self.accounts = small_accounts(SEED, START_MS, ACCOUNTS)
        self.minute = first_minute

    def next(self) -> tuple[MarketFrame, Accounts]:
        """The frame of the next minute that has one."""
        while self.minute in HOLE:
            self.minute += 1
        time_ms = START_MS + self.minute * MINUTE_MS
        self.minute = max(self.minute + 1, 0)
        self.marks = self.marks * np.exp(self.random.normal(0.0, 0.001, len(self.marks)))
        observed = np.full(self.accounts.pool_count, time_ms - 30_000, np.int64)
        accounts = replace(self.accounts, observed_ms=observed)
        interest = np.array([500.0, 9_000.0, np.nan, np.nan, np.nan])
        snapshot = MarketSnapshot(
            markets=MARKETS, time_ms=time_ms, mark=self.marks, oracle=self.marks, open_interest=interest
        )
        return build_frame(accounts, snapshot, TABLES, SMALL), accounts


def live_moment(frame: MarketFrame, accounts: Accounts, has_stops: bool) -> Moment:
    """What the map is now."""
    known = None
    if has_stops:
        is_read = np.arange(len(accounts.addresses)) % 3 > 0
        read_ms = np.where(is_read, frame.time_ms - 4 * MINUTE_MS, NEVER_READ_MS).astype(np.int64)
        known = stops_of_positions(accounts, frame.snapshot.mark), TriggerKnowledge(read_ms)
    return Moment(frame=frame, accounts=accounts, tables=TABLES, is_stored=True, triggers=known)


def main(folder: Path, token: str | None, is_long: bool, rules: Path | None, has_stops: bool) -> None:
    """Serve until standard input ends."""
    market = Market(-YEAR_MINUTES if is_long else 0)
    rows = [market.next() for _ in range(FRAMES - len(HOLE))]
    with HistoryWriter(folder, SMALL) as writer:
        writer.append_many(moments_of(rows, TABLES))
        live = LiveState(sequence=len(rows))
        live.publish(live_moment(*rows[-1], has_stops))
        view = MapView(
            HistoryReader(folder),
            live,
            MinuteCandles() if is_long else None,
            study=made_up_state(),
            studies=MemoryStudies(),
        )
        hub = Hub(view)
        alerts = None if rules is None else open_alerts(view, AlertPlace(file=rules, data=None))

        def sources() -> SourcesAnswer | None:
            return None if token is None else made_up_sources(view.status().as_of_ms)

        async def push_frames(stop: asyncio.Event) -> None:
            while not stop.is_set() and await asyncio.to_thread(sys.stdin.readline):
                frame, accounts = market.next()
                writer.append(moment_of(frame, accounts, TABLES))
                live.publish(live_moment(frame, accounts, has_stops))
            stop.set()

        run_server(
            create_app(view, hub, token=token, sources=sources, alerts=alerts),
            "127.0.0.1",
            0,
            on_ready=lambda port: print(port, flush=True),
            on_stop=hub.shut_down,
            work=push_frames,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--token")
    parser.add_argument("--year", action="store_true")
    parser.add_argument("--alerts", type=Path)
    parser.add_argument("--stops", action="store_true")
    asked = parser.parse_args()
    main(asked.folder, asked.token, asked.year, asked.alerts, asked.stops)
