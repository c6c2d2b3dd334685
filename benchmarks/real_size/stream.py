"""The stream and the lists at real size: what an open page takes a day, processor time a frame, positions of a coin.

The page is the one that each build brings, in Chromium, one coin open, frames every 3 s (marks move so often) of which
one a minute is stored, over a day of history; every byte of its connections is counted, both ways, after it has loaded.
Without a Chromium (CHROMIUM names one) that part is left out. Processor time is that of making a frame's messages and
handing them to so many readers of a page's view, without sockets. Positions are those within 50 % of BTC's mark: the
page's 400 rows, before all of them.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

import msgspec

from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from real_size.record import Row, Settings
from real_size.stream_market import StreamMarket
from real_size.stream_page import find_chromium, page_bytes

FRAME_S, DAY_S = 3.0, 86_400.0
PAGE_SECONDS = 130.0
"""Two stored minutes and some."""
FRAMES, READERS = 12, (1, 100)
ASKED = 9
WANTED_GB, WANTED_MS = 0.5, 100.0
ROWS = 400
COIN = "BTC"


def measure(settings: Settings) -> list[Row]:
    """Rows of this build."""
    market = StreamMarket(settings.seed, settings.accounts, settings.positions, settings.markets)
    rows = [*_frames(market), *_positions(market)]
    del market
    chromium = find_chromium()
    if settings.is_real and chromium is not None:
        found = page_bytes(settings, chromium, FRAME_S, PAGE_SECONDS)
        rows += [
            Row(what="an open page, one coin", value=found.a_second * DAY_S / 1e9, unit="GB/day", wanted=WANTED_GB),
            Row(what="an open page, until it has loaded", value=found.load / 1e6, unit="MB"),
        ]
    return rows


def _frames(market: StreamMarket) -> list[Row]:
    rows = []
    for readers in READERS:
        taken, size = asyncio.run(_deliver(market, readers))
        rows.append(Row(what=f"processor time of a frame, {readers} readers", value=1e3 * taken, unit="ms"))
        if readers == READERS[0]:
            rows.append(Row(what="message of a frame", value=size / 1e3, unit="kB"))
    return rows


async def _deliver(market: StreamMarket, readers: int) -> tuple[float, float]:
    """Seconds of processor time a frame, and bytes of its message."""
    live = LiveState()
    live.publish(market.next(market.snapshot.time_ms + 3_000))
    hub = Hub(MapView(None, live))
    mark = float(market.snapshot.mark[0])
    clients = [hub.join(_view(mark)) for _ in range(readers)]
    for client in clients:
        await hub.next_message(client)
    taken, sizes = [], []
    for _ in range(FRAMES):
        now = live.publish(market.next(market.snapshot.time_ms + 3_000))
        began = time.process_time()
        await hub.deliver(now)
        for client in clients:
            message = await hub.next_message(client)
        taken.append(time.process_time() - began)
        assert message is not None
        sizes.append(len(message))
    return statistics.median(taken), statistics.mean(sizes)


def _view(mark: float) -> Any:
    """What the page looks at: a quarter more than 8 % to each side, at the level of its cells; before, the coin."""
    try:
        from liqscape.service.streaming.stream_view import stream_view
    except ImportError:
        return COIN
    return stream_view(COIN, level=0, price_low=mark / 1.125, price_high=mark * 1.125, encoding="deflate")


def _positions(market: StreamMarket) -> list[Row]:
    try:
        from liqscape.service.paging import Page

        asked: dict[str, Any] = {"page": Page(ROWS)}
    except ImportError:
        asked = {}
    live = LiveState()
    view = MapView(None, live)
    taken, worked, size = [], [], 0
    for _ in range(ASKED):
        now = live.publish(market.next(market.snapshot.time_ms + 3_000))  # a new one, so that nothing is at hand
        mark = float(now.frame.snapshot.mark[0])
        began, busy = time.perf_counter(), time.thread_time()
        body = msgspec.json.encode(view.positions(COIN, price_low=mark * 0.5, price_high=mark * 1.5, **asked))
        worked.append(time.thread_time() - busy)
        taken.append(time.perf_counter() - began)
        size = len(body)
    return [
        Row(what="positions within 50 % of the mark", value=1e3 * statistics.median(taken), unit="ms"),
        Row(
            what="positions within 50 % of the mark, processor time",
            value=1e3 * statistics.median(worked),
            unit="ms",
            wanted=WANTED_MS,
        ),
        Row(what="positions within 50 % of the mark, answer", value=size / 1e6, unit="MB"),
    ]
