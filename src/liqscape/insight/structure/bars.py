"""Bars of price: open, high, low, close and, where it is known, volume, of equal lengths of UTC time.

A bar is named by its start and known at its end: whoever asks about a time sees the bars that had ended by then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.units import BoolArray, Float64Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class PriceBars:
    """N bars in rising time; intervals without a price have none.

    start_ms (N,). open, high, low, close (N,) USD. volume (N,) coins traded, None where the source has none.
    """

    interval_ms: int
    start_ms: Int64Array
    open: Float64Array
    high: Float64Array
    low: Float64Array
    close: Float64Array
    volume: Float64Array | None = None

    @classmethod
    def of_rows(cls, rows: Float64Array, interval_ms: int, volume: Float64Array | None = None) -> PriceBars:
        """From candles (N, 5): time_ms, open, high, low, close."""
        return cls(
            interval_ms=interval_ms,
            start_ms=rows[:, 0].astype(np.int64),
            open=rows[:, 1],
            high=rows[:, 2],
            low=rows[:, 3],
            close=rows[:, 4],
            volume=volume,
        )

    def __len__(self) -> int:
        return len(self.start_ms)

    @property
    def end_ms(self) -> Int64Array:
        """(N,) when each was over, and so known."""
        return self.start_ms + self.interval_ms

    @property
    def is_after_hole(self) -> BoolArray:
        """(N,) whether the bar before is missing; the first one's is."""
        is_cut: BoolArray = np.diff(self.start_ms, prepend=-self.interval_ms - 1) != self.interval_ms
        return is_cut

    def between(self, start_ms: int, at_ms: int) -> PriceBars:
        """Bars that start at or after a time and had ended by another."""
        first = int(np.searchsorted(self.start_ms, start_ms))
        last = int(np.searchsorted(self.start_ms, at_ms - self.interval_ms, "right"))
        return self._cut(slice(first, max(first, last)))

    def coarser(self, interval_ms: int) -> PriceBars:
        """Bars of a multiple of the length. The first and last may lack some of theirs."""
        if interval_ms == self.interval_ms or not len(self):
            return PriceBars(
                interval_ms=interval_ms,
                start_ms=self.start_ms,
                open=self.open,
                high=self.high,
                low=self.low,
                close=self.close,
                volume=self.volume,
            )
        start = self.start_ms - self.start_ms % interval_ms
        first = np.flatnonzero(np.diff(start, prepend=-1))
        last = np.append(first[1:], len(start)) - 1
        return PriceBars(
            interval_ms=interval_ms,
            start_ms=start[first],
            open=self.open[first],
            high=np.maximum.reduceat(self.high, first),
            low=np.minimum.reduceat(self.low, first),
            close=self.close[last],
            volume=None if self.volume is None else np.add.reduceat(self.volume, first),
        )

    def _cut(self, rows: slice) -> PriceBars:
        return PriceBars(
            interval_ms=self.interval_ms,
            start_ms=self.start_ms[rows],
            open=self.open[rows],
            high=self.high[rows],
            low=self.low[rows],
            close=self.close[rows],
            volume=None if self.volume is None else self.volume[rows],
        )
