"""Candles of the exchange for the coins that are looked at: the price path from before this map began.

`read` answers from what is at hand and never waits; what is missing is asked for by `run`: at once, because somebody is
looking, but slowly, because the rest of the budget makes the map better. No frame depends on candles, so their answers
are no records.

A minute without trades is not there at first and comes later as a flat row, and past ones are put right: each question
goes back over OVERLAP candles, and once in WHOLE_MS over all of a series.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import FeedError, WireError
from liqscape.feed.pause import pause
from liqscape.service.candles import NearCandles
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.candle_snapshot import CandleRange, CandleSnapshotAnswer, CandleSnapshotRequest

if TYPE_CHECKING:
    from liqscape.feed.info_client import InfoClient

log = logging.getLogger("liqscape.live")

FIRST = 0
"""Priority: somebody is looking."""
PACE_SECONDS = 3.0
"""Between two questions: a reader who hurries through all coins takes half of the budget of a minute, one who stays
with a coin a fiftieth."""
RENEW_MS = {"1m": MINUTE_MS, "15m": 5 * MINUTE_MS}
OVERLAP = 60
"""Candles that are asked for again each time: as many as the exchange gives for one weight."""
WHOLE_MS = HOUR_MS
"""Later than OVERLAP candles a minute comes seldom: within the hour it is there all the same."""
LOOK_SECONDS = 0.5
MAX_COINS = 6
"""Looked at last."""
ASKED_SERIES = (("1m", MINUTE_MS, 2 * DAY_MS), ("15m", 15 * MINUTE_MS, 31 * DAY_MS))
"""Name on the wire, length of a candle, time asked for at first: two answers of weight 70. Structure looks back 30 days
(insight/structure)."""


@dataclass(kw_only=True)
class _Series:
    """(N, 6) time_ms, open, high, low, close, volume in coins, rising.

    asked_ms, whole_ms: when it, or all of it, was last asked for.
    """

    name: str
    interval_ms: int
    span_ms: int
    rows: Float64Array = field(default_factory=lambda: np.empty((0, 6)))
    asked_ms: int = 0
    whole_ms: int = 0


class ExchangeCandles:
    """`read` from any thread, `run` as a task.

    now_ms  time at the exchange.
    first   the coin somebody is likely to look at first: it is asked for before.
    """

    def __init__(self, name: str, now_ms: Callable[[], int], first: str | None = None) -> None:
        self.name = name
        self._now_ms = now_ms
        self._held: dict[str, tuple[_Series, ...]] = {}
        self._wanted: dict[str, int] = {} if first is None else {first: 0}

    def read(self, coin: str, start_ms: int, end_ms: int) -> NearCandles | None:
        """Candles that start in [start, end), of the finest series that reaches back to `start`, or furthest back.

        None while nothing is at hand.
        """
        self._wanted[coin] = self._now_ms()
        filled = [series for series in self._held.get(coin, ()) if len(series.rows)]
        if not filled:
            return None
        reaching = [series for series in filled if series.rows[0, 0] <= start_ms]
        series = reaching[0] if reaching else min(filled, key=lambda each: each.rows[0, 0])
        rows = series.rows
        first, last = np.searchsorted(rows[:, 0], [start_ms - start_ms % series.interval_ms, end_ms])
        found = rows[first:last]
        return NearCandles(found[:, :5], series.interval_ms, int(rows[0, 0]), found[:, 5])

    async def run(self, stop: asyncio.Event, client: InfoClient) -> None:
        """Until `stop`: keep the series of the coins looked at last."""
        while not stop.is_set():
            is_asked = await self.renew_one(client)
            await pause(stop, PACE_SECONDS if is_asked else LOOK_SECONDS)

    async def renew_one(self, client: InfoClient) -> bool:
        """Ask for the series that is due, if one is. One that fails is asked for again when it is due the next time."""
        found = self._find_due()
        if found is None:
            return False
        coin, series = found
        series.asked_ms = self._now_ms()
        try:
            series.rows = await _renewed(client, coin, series, self._now_ms())
        except (FeedError, WireError) as error:
            log.info("candles of %s: %s", coin, error)
        return True

    def _find_due(self) -> tuple[str, _Series] | None:
        """Coins looked at last come first; those that others have pushed out are forgotten."""
        kept = sorted(self._wanted.items(), key=lambda each: -each[1])[:MAX_COINS]
        self._wanted = dict(kept)
        self._held = {coin: self._held.get(coin) or _new_series() for coin, _ in kept}
        now_ms = self._now_ms()
        for coin, wanted_ms in kept:
            for series in self._held[coin]:
                if now_ms - series.asked_ms >= RENEW_MS[series.name] and wanted_ms >= series.asked_ms:
                    return coin, series
        return None


def _new_series() -> tuple[_Series, ...]:
    return tuple(
        _Series(name=name, interval_ms=interval_ms, span_ms=span_ms) for name, interval_ms, span_ms in ASKED_SERIES
    )


async def _renewed(client: InfoClient, coin: str, series: _Series, now_ms: int) -> Float64Array:
    """The series with what came since or was put right; what the answer does not name stays."""
    held, oldest_ms = series.rows, now_ms - series.span_ms
    is_whole = not len(held) or now_ms - series.whole_ms >= WHOLE_MS
    start_ms = oldest_ms if is_whole else max(oldest_ms, int(held[-1, 0]) - OVERLAP * series.interval_ms)
    wanted = CandleRange(coin, series.name, max(0, start_ms), now_ms)
    content = await client.ask(CandleSnapshotRequest(wanted), priority=FIRST)
    answer = parse_answer(content, CandleSnapshotAnswer, f"candleSnapshot {coin}")
    if is_whole:
        series.whole_ms = now_ms
    fresh = np.array([(row.t, row.o, row.h, row.l, row.c, row.v) for row in answer], np.float64).reshape(-1, 6)
    joined = np.concatenate((fresh, held))
    _, newest = np.unique(joined[:, 0], return_index=True)  # of equal times the first, which is the fresh one
    kept: Float64Array = joined[newest]
    return kept[kept[:, 0] >= oldest_ms]
