"""Hourly candles of a server, for volatility and betas; of the coins asked for only, the others have none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liqscape.errors import RequestFailed
from liqscape.feed.info_client import InfoClient
from liqscape.service.market_inputs.day_volatility import WINDOW_MS
from liqscape.units import HOUR_MS, Float64Array
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.candle_snapshot import CandleRange, CandleSnapshotAnswer, CandleSnapshotRequest

INTERVAL = "1h"
MAX_COINS = 10
"""Thirty days of hours weigh 32: ten coins are a quarter of the exchange's budget of a minute (HL.DOC.LIMITS)."""


class ServerCandles:
    """(N, 5) time_ms, open, high, low, close by coin, rising."""

    name = "the server, 1 hour"
    interval_ms = HOUR_MS

    def __init__(self, rows: dict[str, Float64Array]) -> None:
        self._rows = rows

    @property
    def coins(self) -> tuple[str, ...]:
        """Coins there are candles of."""
        return tuple(self._rows)

    def read(self, coin: str, start_ms: int, end_ms: int) -> Float64Array:
        """Candles that start in [start, end)."""
        rows = self._rows[coin]
        first, last = np.searchsorted(rows[:, 0], [start_ms, end_ms], side="left")
        found: Float64Array = rows[first:last]
        return found


async def read_candles(client: InfoClient, coins: Sequence[str], end_ms: int) -> ServerCandles | None:
    """Candles up to a time; None where the server does not give any."""
    requests = [
        CandleSnapshotRequest(CandleRange(coin, INTERVAL, max(0, end_ms - WINDOW_MS), end_ms))
        for coin in coins[:MAX_COINS]
    ]
    try:
        contents = await client.ask_all(requests)
    except RequestFailed as error:
        if error.context.get("status") not in (400, 404, 422):
            raise
        return None
    rows: dict[str, Float64Array] = {}
    for coin, content in zip(coins, contents, strict=False):
        answer = parse_answer(content, CandleSnapshotAnswer, f"{client.url}/info candleSnapshot {coin}")
        candles = np.array([(row.t, row.o, row.h, row.l, row.c) for row in answer], np.float64).reshape(-1, 5)
        _, first = np.unique(candles[:, 0], return_index=True)
        if len(first):
            rows[coin] = candles[first]
    return ServerCandles(rows) if rows else None
