"""A message with new marks of 250 coins to the frame in a client's hands: 100,000 accounts, 200 prints came before."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from live_path import WATCHED, Made, Pushing, _cut

ACCOUNTS, PRINTS = 100_000, 200
FEW_ACCOUNTS, STEPS = 3_000, 6
PUSHES, MANY_PUSHES = 10, 50
"""For a median, and for 99 %: as many as hold frames that are stored, one a minute."""


class _Watching:
    """Clients of some coins, on an event loop of their own that runs while frames are pushed."""

    def __init__(self, made: Made, coins: Sequence[str]) -> None:
        self._made, self._runner = made, asyncio.Runner()
        self._pushing = self._runner.run(self._begun(coins))
        self._runner.run(self._pushed(3))

    def quantile(self, pushes: int, share: float) -> Callable[[], float]:
        """Seconds of the processor within which this share of so many frames was pushed."""
        return lambda: float(np.quantile(self._runner.run(self._pushed(pushes)), share)) / 1e3

    async def _begun(self, coins: Sequence[str]) -> Pushing:
        pushing = Pushing(self._made)
        await pushing.begin(coins)
        return pushing

    async def _pushed(self, count: int) -> list[float]:
        times = []
        for _ in range(count):
            _cut(self._made, self._made.prints(PRINTS))
            times.append(await self._pushing.push(time.process_time))
        return times


def prepare() -> dict[str, Callable[[], float]]:
    """Frames for one watched coin and for four, each with its quantiles."""
    made = Made.new(ACCOUNTS, 7)
    one, four = _Watching(made, WATCHED[:1]), _Watching(made, WATCHED)
    return {
        "frame one coin": one.quantile(PUSHES, 0.5),
        "frame four coins": four.quantile(PUSHES, 0.5),
        "frame 99 %": four.quantile(MANY_PUSHES, 0.99),
        "check:frame four coins": _digest,
    }


def _digest() -> float:
    """Of all bands and what is outside of them, after prints and marks in turns in a smaller market."""
    made = Made.new(FEW_ACCOUNTS, 7)
    digest = 0
    for _ in range(STEPS):
        _cut(made, made.prints(PRINTS // 10))
        for moment in _cut(made, made.marks(3.0)):
            bands, outside = moment.frame.bands, moment.frame.outside
            for column in (bands.band, bands.size, bands.level_notional, bands.first_order_size, outside.size):
                digest = zlib.crc32(np.ascontiguousarray(column).tobytes(), digest)
    return float(digest)
