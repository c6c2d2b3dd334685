"""Serves a map of real size that lives: `python -m real_size.stream_server SETTINGS FOLDER`, until its input ends.

A day of history at a frame each 15 minutes, then a frame each FRAME_S seconds of which the first of a minute is stored,
and an answer about sources as long as one of 250 coins. Prints its port once it serves.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from pathlib import Path

from liqscape.service.answers.sources import CoinCoverage, LatencyAnswer, NearCoverage, SourceRow, SourcesAnswer
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.web.app import create_app
from liqscape.web.server import run_server
from real_size.record import Settings
from real_size.stream_market import MINUTE_MS, PROVENANCE, StreamMarket

DAY_MINUTES, STEP_MINUTES = 24 * 60, 15


def main() -> None:
    """Serve until standard input ends."""
    settings = Settings(**json.loads(sys.argv[1]))
    frame_s = float(sys.argv[3])
    market = StreamMarket(settings.seed, settings.accounts, settings.positions, settings.markets)
    now_ms = int(time.time() * 1e3)
    minutes = DAY_MINUTES if settings.is_real else 2 * STEP_MINUTES
    market.start_at(now_ms - minutes * MINUTE_MS)
    live = LiveState(sequence=minutes // STEP_MINUTES)
    with HistoryWriter(Path(sys.argv[2]), PROVENANCE, hold_ms=STEP_MINUTES * MINUTE_MS) as writer:
        times = range(now_ms - minutes * MINUTE_MS, now_ms, STEP_MINUTES * MINUTE_MS)
        writer.append_many(market.next(each, is_stored=True) for each in times)
        view = MapView(HistoryReader(Path(sys.argv[2])), live)
        moment = market.next(now_ms, is_stored=True)
        writer.append(moment)
        live.publish(moment)
        hub = Hub(view)

        async def follow(stop: asyncio.Event) -> None:
            threading.Thread(
                target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(stop.set)), daemon=True
            ).start()
            minute = int(time.time()) // 60
            while not stop.is_set():
                await asyncio.sleep(frame_s)
                time_s = time.time()
                is_stored, minute = int(time_s) // 60 > minute, int(time_s) // 60
                moment = await asyncio.to_thread(market.next, int(time_s * 1e3), is_stored=is_stored)
                if is_stored:
                    await asyncio.to_thread(writer.append, moment)
                live.publish(moment)

        async def work(stop: asyncio.Event) -> None:
            nonlocal loop
            loop = asyncio.get_running_loop()
            await follow(stop)

        loop = asyncio.new_event_loop()
        app = create_app(view, hub, sources=lambda: _sources(view))
        run_server(app, "127.0.0.1", 0, on_ready=lambda port: print(port, flush=True), on_stop=hub.shut_down, work=work)


def _sources(view: MapView) -> SourcesAnswer:
    assert view.live is not None
    assert view.live.now is not None
    frame = view.live.now.frame
    spans = (1.0, 2.0, 5.0)
    rows = zip(frame.snapshot.markets.coins, frame.coverage.tolist(), strict=True)
    return SourcesAnswer(
        state="live",
        as_of_ms=frame.time_ms,
        age_ms=500.0,
        sources=[
            SourceRow(
                kind=f"socket {number}",
                address="wss://exchange.example/ws",
                state="connected",
                since_ms=1,
                last_message_ms=2,
                lag_ms=3.0,
            )
            for number in range(12)
        ],
        coverage_share=0.8,
        near=[NearCoverage(span, 0.81234, 0.75123, 0.86123) for span in spans],
        coverage=[
            CoinCoverage(coin, share, [NearCoverage(span, share * 0.9, share * 0.8, share * 0.95) for span in spans])
            for coin, share in rows
        ],
        latency=LatencyAnswer(1_000, 12.3, 45.6),
    )


if __name__ == "__main__":
    main()
