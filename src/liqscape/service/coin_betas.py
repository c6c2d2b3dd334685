"""Betas of every coin to BTC from what prices there are: another venue's candles, else our own stored marks.

Nothing after the moment asked about is read. The words say where each figure is from, and are shown beside it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from liqscape.model.markets import Markets
from liqscape.risk.joint import Betas, BetaSource, estimate_betas
from liqscape.risk.joint.betas import FACTOR_COIN
from liqscape.service.candles import VenueCandles
from liqscape.service.moments import AskedMoment
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Float64Array, Int64Array

WINDOW_MS = 30 * DAY_MS
"""Past the betas are estimated on (reference engine, "Correlated moves")."""
PATH_STEP_MS = 15 * MINUTE_MS
"""Step of our own marks: a demo holds three days, and hours would leave too few."""
MAX_PATH_COINS = 60
"""Coins whose stored marks are read, the first of the list; reading each costs about as much as one window."""

BETA_STEP_MS = HOUR_MS
MAX_KEPT = 256
"""Ten days of hours."""


class MarkPaths(Protocol):
    """What is needed of a reader of stored history."""

    @property
    def hold_ms(self) -> int:
        """How long a frame stands."""

    def mark_path(self, coin: str, start_ms: int, end_ms: int) -> tuple[Int64Array, Float64Array]:
        """Times of the frames in [start, end) and the coin's mark in each."""


@dataclass(frozen=True)
class LabelledBetas:
    """Betas and one sentence on where they are from."""

    betas: Betas
    origin: str


class BetaMemory:
    """Betas at a moment of the map, estimated anew every BETA_STEP_MS of its time.

    Who asks first estimates them; the others wait for it.
    """

    def __init__(self, candles: VenueCandles | None, paths: MarkPaths | None) -> None:
        self._candles, self._paths, self._lock = candles, paths, threading.Lock()
        self._kept: dict[tuple[int, Markets], LabelledBetas] = {}

    def __call__(self, moment: AskedMoment, paths: MarkPaths | None = None) -> LabelledBetas:
        """Betas from prices up to the beginning of the step the moment lies in.

        paths  the same stored marks, read by who asks about many moments; the memory's own without.
        """
        frame = moment.reported
        markets = frame.snapshot.markets
        at_ms = frame.time_ms - frame.time_ms % BETA_STEP_MS
        with self._lock:
            held = self._kept.get((at_ms, markets))
            if held is None:
                notional = np.nan_to_num(frame.position_size.sum(axis=1) * frame.snapshot.mark)
                by_size = tuple(markets.coins[row] for row in np.argsort(-notional, kind="stable").tolist())
                held = read_betas(markets, at_ms, self._candles, paths or self._paths, by_size)
                if len(self._kept) >= MAX_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[at_ms, markets] = held
        return held


def read_betas(
    markets: Markets,
    at_ms: int,
    candles: VenueCandles | None,
    paths: MarkPaths | None,
    coins_by_size: tuple[str, ...],
) -> LabelledBetas:
    """Betas in force at a time: from candles where BTC has some, else from stored marks, else 1 for every coin."""
    if candles is not None:
        returns = candle_returns(candles, markets.coins, at_ms)
        if returns:
            return _labelled(markets, returns, f"candles of {candles.name}")
    if paths is not None:
        returns = path_returns(paths, coins_by_size[:MAX_PATH_COINS], at_ms)
        if returns:
            return _labelled(markets, returns, "this map's own marks, every 15 minutes")
    betas = estimate_betas(markets.coins, {})
    return LabelledBetas(betas, "assumed: no prices to estimate from, every coin moves with BTC one to one")


def candle_returns(
    candles: VenueCandles, coins: tuple[str, ...], at_ms: int
) -> dict[str, tuple[Float64Array, Float64Array]]:
    """By coin: log returns (BTC, coin) from close to close over the candles both have that ended by `at_ms`."""
    step = candles.interval_ms
    # A candle is named by its start and known at its end.
    columns = {
        coin: candles.read(coin, at_ms - WINDOW_MS, at_ms - step + 1)[:, [0, 4]]
        for coin in coins
        if coin in candles.coins
    }
    return _paired({coin: (rows[:, 0].astype(np.int64), rows[:, 1]) for coin, rows in columns.items()}, step)


def path_returns(paths: MarkPaths, coins: tuple[str, ...], at_ms: int) -> dict[str, tuple[Float64Array, Float64Array]]:
    """By coin: log returns (BTC, coin) of the marks in force every PATH_STEP_MS up to `at_ms`; holes are left out."""
    start = at_ms - WINDOW_MS
    grid = np.arange(start - start % PATH_STEP_MS, at_ms + 1, PATH_STEP_MS)
    columns = {}
    for coin in dict.fromkeys((FACTOR_COIN, *coins)):
        times, marks = paths.mark_path(coin, start, at_ms + 1)
        if not len(times):
            continue
        at = np.searchsorted(times, grid, side="right") - 1
        is_held = (at >= 0) & (grid - times[np.maximum(at, 0)] <= paths.hold_ms)
        columns[coin] = (grid[is_held], marks[at[is_held]])
    return _paired(columns, PATH_STEP_MS)


def source_counts(betas: Betas) -> dict[str, int]:
    """How many coins have their beta from where."""
    return {source.name.lower(): int(np.count_nonzero(betas.source == source)) for source in BetaSource}


def _labelled(markets: Markets, returns: dict[str, tuple[Float64Array, Float64Array]], prices: str) -> LabelledBetas:
    betas = estimate_betas(markets.coins, returns)
    count = source_counts(betas)
    if count["estimated"] == 0:
        return LabelledBetas(betas, f"assumed: too few prices in {prices}, every coin moves with BTC one to one")
    text = f"{count['estimated']} coins estimated from {prices}, over the 30 days before"
    if count["default"]:
        text += (
            f"; {count['default']} without prices of their own have {betas.centre_down:.2f} in falls "
            f"and {betas.centre_up:.2f} in rises"
        )
    return LabelledBetas(betas, text)


def _paired(
    columns: dict[str, tuple[Int64Array, Float64Array]], step: int
) -> dict[str, tuple[Float64Array, Float64Array]]:
    if FACTOR_COIN not in columns:
        return {}
    factor_times, factor = _returns(*columns[FACTOR_COIN], step)
    paired = {}
    for coin, column in columns.items():
        times, own = _returns(*column, step)
        _, left, right = np.intersect1d(factor_times, times, assume_unique=True, return_indices=True)
        if coin != FACTOR_COIN and len(left):
            paired[coin] = (factor[left], own[right])
    return paired


def _returns(times: Int64Array, price: Float64Array, step: int) -> tuple[Int64Array, Float64Array]:
    """(times at the end, log returns) of neighbours exactly one step apart with known prices."""
    with np.errstate(invalid="ignore", divide="ignore"):
        change = np.diff(np.log(price))
    is_whole = (np.diff(times) == step) & np.isfinite(change)
    return times[1:][is_whole], change[is_whole]
