"""A small made-up market behind the real application, for the browser tests: python serve_market.py FOLDER [TOKEN]

Writes its history to FOLDER, prints the port it listens on, then pushes one more stored frame for each line on
standard input, until that ends. With TOKEN it asks for that, and tells of made-up live sources.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from made_up_sources import made_up_sources
from small_market import FIRST_MARKS, MARKETS, MINUTE_MS, SMALL, START_MS, TABLES, small_accounts

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts, MarketSnapshot
from liqscape.service.answers.sources import SourcesAnswer
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.web.app import create_app
from liqscape.web.server import run_server

FRAMES = 180
HOLE = range(60, 100)
"""Minutes without a frame: longer than a frame is held for (10 minutes of a simulated market)."""
ACCOUNTS = 260
SEED = 3


class Market:
    """Frames of marks that wander; the accounts stay."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(SEED)
        self.marks = FIRST_MARKS.copy()
        self.accounts = small_accounts(SEED, START_MS, ACCOUNTS)
        self.minute = 0

    def next(self) -> tuple[MarketFrame, Accounts]:
        """The frame of the next minute that has one."""
        while self.minute in HOLE:
            self.minute += 1
        time_ms = START_MS + self.minute * MINUTE_MS
        self.minute += 1
        self.marks = self.marks * np.exp(self.random.normal(0.0, 0.001, len(self.marks)))
        observed = np.full(self.accounts.pool_count, time_ms - 30_000, np.int64)
        accounts = replace(self.accounts, observed_ms=observed)
        interest = np.array([500.0, 9_000.0, np.nan, np.nan, np.nan])
        snapshot = MarketSnapshot(MARKETS, time_ms, self.marks, self.marks, interest)
        return build_frame(accounts, snapshot, TABLES, SMALL), accounts


def main(folder: Path, token: str | None = None) -> None:
    """Serve until standard input ends."""
    market = Market()
    rows = [market.next() for _ in range(FRAMES - len(HOLE))]
    with HistoryWriter(folder, SMALL) as writer:
        writer.append_many(rows, TABLES)
        live = LiveState(sequence=len(rows))
        live.publish(rows[-1][0], rows[-1][1], TABLES, is_stored=True)
        view = MapView(HistoryReader(folder), live)
        hub = Hub(view)

        def sources() -> SourcesAnswer | None:
            return None if token is None else made_up_sources(view.status().as_of_ms)

        async def push_frames(stop: asyncio.Event) -> None:
            while not stop.is_set() and await asyncio.to_thread(sys.stdin.readline):
                frame, accounts = market.next()
                writer.append(frame, accounts, TABLES)
                live.publish(frame, accounts, TABLES, is_stored=True)
            stop.set()

        run_server(
            create_app(view, hub, token=token, sources=sources),
            "127.0.0.1",
            0,
            on_ready=lambda port: print(port, flush=True),
            on_stop=hub.shut_down,
            work=push_frames,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
