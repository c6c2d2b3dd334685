"""The heatmap in CoinGlass's shape: the cells of our own window, both sides together, with a candle a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.grid import band_edge
from liqscape.service.answers.candles import CandlesAnswer
from liqscape.service.answers.coinglass import (
    Candlestick,
    CoinglassEnvelope,
    CoinglassHeatmap,
    CompatStanding,
    LeverageCell,
)
from liqscape.service.answers.heatmap import CELLS_A_PIECE, HeatmapAnswer
from liqscape.service.compat.levels import price_text
from liqscape.service.view import MapView
from liqscape.spelling import none_of
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

RANGES: dict[str, tuple[int, int]] = {
    "12h": (12 * HOUR_MS, 5 * MINUTE_MS),
    "24h": (24 * HOUR_MS, 5 * MINUTE_MS),
    "3d": (3 * DAY_MS, 15 * MINUTE_MS),
    "7d": (7 * DAY_MS, 30 * MINUTE_MS),
    "30d": (30 * DAY_MS, 2 * HOUR_MS),
    "90d": (90 * DAY_MS, 6 * HOUR_MS),
    "180d": (180 * DAY_MS, 12 * HOUR_MS),
    "1y": (365 * DAY_MS, 24 * HOUR_MS),
}
"""Length and step of a column of each range: 144 to 365 columns."""
HEIGHT = 400
NOTES = (
    "USD that stands there at the mark at that time, longs and shorts together, of the positions there are; "
    "CoinGlass shows an intensity estimated from open interest and assumed leverage",
    "model1, model2 and model3 give the same: nothing is modelled",
    "a column without a stored frame holds nothing and is named in liqscape.columns_without_frame",
    "volume is null: prices are those of `candles`",
)


class WindowStanding(CompatStanding, frozen=True, kw_only=True):
    """And what a window has to say."""

    columns_without_frame: list[int]
    step_ms: int
    price_source: str


class CoinglassWindowAnswer(CoinglassEnvelope, frozen=True, kw_only=True):
    """The envelope of a heatmap."""

    liqscape: WindowStanding
    data: CoinglassHeatmap


@dataclass(frozen=True, kw_only=True)
class CompatHeatmap:
    """A window of ours and the candles under it."""

    window: HeatmapAnswer
    candles: CandlesAnswer
    coverage: float | None

    def to_json(self) -> bytes:
        """The answer; cells are encoded piece by piece, as those of our own window are."""
        head = self.window.header
        edges = np.asarray(band_edge(head.first_band + np.arange(head.rows + 1, dtype=np.int32), head.level))
        standing = WindowStanding(
            provenance=head.provenance,
            as_of_ms=head.as_of_ms,
            coverage=self.coverage,
            notes=list(NOTES),
            columns_without_frame=np.flatnonzero(self.window.as_of_ms < 0).tolist(),
            step_ms=head.step_ms,
            price_source=self.candles.source.name,
        )
        data = CoinglassHeatmap(
            y_axis=np.sqrt(edges[:-1] * edges[1:]).tolist(),
            liquidation_leverage_data=[],
            price_candlesticks=self.sticks(),
            update_time=head.as_of_ms,
        )
        empty = msgspec.json.encode(CoinglassWindowAnswer(liqscape=standing, data=data))
        before, name, after = empty.partition(b'"liquidation_leverage_data":[')
        cells = b",".join(msgspec.json.encode(piece)[1:-1] for piece in self._cells())
        return b"".join((before, name, cells, after))

    def sticks(self) -> list[Candlestick]:
        """A candle a column, made of those that begin in it; null where there is none."""
        head = self.window.header
        sticks: list[Candlestick] = []
        held: dict[int, list[tuple[float, float, float, float]]] = {}
        for time_ms, *prices in self.candles.candles:
            held.setdefault((time_ms - head.start_ms) // head.step_ms, []).append(tuple(prices))  # type: ignore[arg-type]
        for column in range(head.columns):
            start_s = (head.start_ms + column * head.step_ms) // 1_000
            inside = held.get(column)
            if inside is None:
                sticks.append((start_s, None, None, None, None, None))
                continue
            high, low = max(each[1] for each in inside), min(each[2] for each in inside)
            opened, high_text, low_text, close = (
                price_text(price) for price in (inside[0][0], high, low, inside[-1][3])
            )
            sticks.append((start_s, opened, high_text, low_text, close, None))
        return sticks

    def _cells(self) -> Iterator[list[LeverageCell]]:
        total = np.nan_to_num(self.window.long) + np.nan_to_num(self.window.short)
        columns, rows = np.nonzero(total.T)
        for first in range(0, len(columns), CELLS_A_PIECE):
            place = slice(first, first + CELLS_A_PIECE)
            sums = total[rows[place], columns[place]].tolist()
            yield list(zip(columns[place].tolist(), rows[place].tolist(), sums, strict=True))


def draw_compat_heatmap(view: MapView, coin: str, span: str, coverage: float | None) -> CompatHeatmap:
    """The last `span` up to the newest stored frame, in columns of that range's step. Raises NotFound."""
    if span not in RANGES:
        raise QuestionError(none_of("range", span, RANGES))
    length_ms, step_ms = RANGES[span]
    _, reader = view.price_sources
    last_ms = None if reader is None else reader.last_ms
    if last_ms is None:
        raise NotFound("this map has no stored history yet")
    end_ms = last_ms + 1
    start_ms = -(-(end_ms - length_ms) // step_ms) * step_ms
    width = -(-end_ms // step_ms) - start_ms // step_ms
    window = view.heatmap(coin, start_ms=start_ms, end_ms=end_ms, width=width, height=HEIGHT)
    return CompatHeatmap(window=window, candles=view.candles(coin, start_ms, end_ms), coverage=coverage)
