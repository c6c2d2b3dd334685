"""Stored history without a disk: plain loops over a list of frames, the slow twin of store/history in view tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from small_market import SmallMarket

from liqscape.heatmap.asymmetry import asymmetry
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.grid import band_edge, band_of_price, level_for_rows, merge_band
from liqscape.heatmap.through_time import PriceRows
from liqscape.risk.liquidation import solve_liquidation
from liqscape.store.history.account_window import AccountWindow
from liqscape.store.history.depth import DepthPath
from liqscape.store.history.near_cells import NearCells
from liqscape.store.history.series import FramePath
from liqscape.store.history.traded import TradedPath

STEPS_MINUTES = (1, 2, 3, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)


@dataclass(frozen=True)
class MemoryWindow:
    coin: str
    level: int
    first_band: int
    rows: int
    columns: int
    start_ms: int
    step_ms: int
    as_of_ms: np.ndarray
    mark: np.ndarray
    long: np.ndarray
    short: np.ndarray
    largest: np.ndarray | None = None
    is_largest_of_bands: bool = False


@dataclass(frozen=True)
class MemorySeries:
    coin: str
    start_ms: int
    step_ms: int
    as_of_ms: np.ndarray
    mark: np.ndarray
    open_interest: np.ndarray
    size: np.ndarray
    position_count: np.ndarray
    funding_rate: np.ndarray
    funding_hour_ms: np.ndarray
    near: np.ndarray


class MemoryHistory:
    """The public face of HistoryReader over a SmallMarket."""

    hold_ms = 600_000

    damaged = ()
    folder = Path("no folder")

    def __init__(self, market: SmallMarket) -> None:
        self.market = market
        self.provenance = market.frames[0].provenance
        self.markets = market.frames[0].snapshot.markets
        self.tables = market.tables
        self.coins = self.markets.coins
        self.times = np.array([frame.time_ms for frame in market.frames])

    @property
    def first_ms(self) -> int:
        return int(self.times[0])

    @property
    def last_ms(self) -> int:
        return int(self.times[-1])

    @property
    def frame_count(self) -> int:
        return len(self.times)

    def _row(self, time_ms: int) -> int:
        return int(np.searchsorted(self.times, time_ms, side="right")) - 1

    def frame_time_at(self, time_ms: int) -> int | None:
        row = self._row(time_ms)
        return None if row < 0 else int(self.times[row])

    def frame_at(self, time_ms: int, *, with_bands: bool = True):
        row = self._row(time_ms)
        if row < 0:
            return None
        frame = self.market.frames[row]
        return frame if with_bands else replace(frame, bands=Bands.empty())

    def tables_at(self, time_ms: int):
        assert self.first_ms <= time_ms
        return self.tables

    def accounts_at(self, time_ms: int):
        return self.market.accounts[self._row(time_ms)]

    def standing_at(self, time_ms: int) -> None:
        """Nobody read trigger orders here."""

    def frame_times(self, start_ms: int, end_ms: int):
        return self.times[(self.times >= start_ms) & (self.times < end_ms)]

    def cells_near_mark(self, coin: str, frame_ms):
        """Levels of every frame, one position after the other, in one wide run of rows."""
        market = self.markets.index_of(coin)
        found = []
        for time_ms in frame_ms.tolist():
            frame, accounts = self.frame_at(time_ms), self.accounts_at(time_ms)
            mark = float(frame.snapshot.mark[market])
            if not mark > 0.0:
                continue
            first, last = (int(band_of_price(np.array([mark * edge]))[0]) >> 1 for edge in (0.8, 1.2))
            cells = np.zeros((4, last - first + 1, 1))
            price = solve_liquidation(accounts, frame.snapshot, self.tables).price
            exempt = accounts.is_exempt[accounts.pool_of_position()]
            for row in np.flatnonzero((accounts.market_index == market) & ~np.isnan(price) & ~exempt):
                place = int(band_of_price(price[row : row + 1])[0] >> 1) - first
                side, coins = int(accounts.size[row] < 0.0), abs(accounts.size[row])
                if 0 <= place < cells.shape[1]:
                    cells[side, place, 0] += coins
                    cells[2 + side, place, 0] = max(cells[2 + side, place, 0], coins)
            found.append(NearCells(np.array([time_ms]), np.array([mark]), PriceRows(1, first, last - first + 1), cells))
        return found

    def mark_path(self, coin: str, start_ms: int, end_ms: int):
        row = self.markets.index_of(coin)
        chosen = [f for f in self.market.frames if start_ms <= f.time_ms < end_ms]
        return (
            np.array([f.time_ms for f in chosen], np.int64),
            np.array([f.snapshot.mark[row] for f in chosen], np.float64),
        )

    def funding_at(self, time_ms: int) -> None:
        """None was ever paid here."""

    def series(self, coin, start_ms, end_ms, width):
        """Frame by frame, with the asymmetry of each."""
        market = self.markets.index_of(coin)
        start, step, columns = columns_of(start_ms, end_ms, width)
        as_of, places = self._shown(start, step, columns)
        unknown = np.full(columns, np.nan)
        mark, interest = unknown.copy(), unknown.copy()
        size, near = np.full((2, columns), np.nan), np.full((4, 2, columns), np.nan)
        count = np.full((2, columns), -1, np.int64)
        for column, place in enumerate(places):
            if place < 0:
                continue
            frame = self.market.frames[place]
            mark[column], interest[column] = frame.snapshot.mark[market], frame.snapshot.open_interest[market]
            size[:, column], count[:, column] = frame.position_size[market], frame.position_count[market]
            for row, each in enumerate(asymmetry(frame, market)):
                near[row, :, column] = each.long_below_notional, each.short_above_notional
        hours = np.full(columns, -1, np.int64)
        return MemorySeries(coin, start, step, as_of, mark, interest, size, count, unknown, hours, near)

    def _shown(self, start, step, columns):
        """(times, places in the list of frames) of the last frame before each column's end; -1 where it is too old."""
        as_of, places = np.full(columns, -1, np.int64), np.full(columns, -1, np.int64)
        for column in range(columns):
            at = int(np.searchsorted(self.times, start + (column + 1) * step)) - 1
            if at >= 0 and start + column * step - self.times[at] <= self.hold_ms:
                as_of[column], places[column] = self.times[at], at
        return as_of, places

    def depth_path(self, coin: str, start_ms: int, end_ms: int):
        """A minute's depth with each frame of BTC and ETH: so many USD as its place in time says; nothing of others."""
        is_followed = coin in ("BTC", "ETH")
        times, marks = self.mark_path(coin, start_ms, end_ms) if is_followed else (np.empty(0, np.int64), np.empty(0))
        usd = (1.0 + (times - self.first_ms) / 60_000)[:, None] * np.array([1_000.0, 3_000.0, 4_000.0])
        return DepthPath(time_ms=times, mid=marks * 1.0001, bid_usd=usd, ask_usd=usd * 2.0)

    def traded_path(self, coin: str, start_ms: int, end_ms: int):
        """Nobody wrote down a trade here."""
        assert start_ms <= end_ms
        self.markets.index_of(coin)
        return TradedPath(time_ms=np.empty(0, np.int64), size=np.empty(0))

    def coin_path(self, coin: str, start_ms: int, end_ms: int):
        market = self.markets.index_of(coin)
        chosen = [f for f in self.market.frames if start_ms <= f.time_ms < end_ms]
        return FramePath(
            time_ms=np.array([f.time_ms for f in chosen], np.int64),
            mark=np.array([f.snapshot.mark[market] for f in chosen], np.float64),
            oracle=np.array([f.snapshot.oracle[market] for f in chosen], np.float64),
            open_interest=np.array([f.snapshot.open_interest[market] for f in chosen], np.float64),
            size=np.array([f.position_size[market].sum() for f in chosen], np.float64),
            paid_ms=np.empty(0, np.int64),
            hour_ms=np.empty(0, np.int64),
            rate=np.empty(0),
        )

    def account_window(self, address, coin, start_ms, end_ms, width):
        market = self.markets.index_of(coin)
        start, step, columns = columns_of(start_ms, end_ms, width)
        as_of, places = self._shown(start, step, columns)
        empty = {name: np.full(columns, 255, np.uint8) for name in ("status", "margin_source", "mode")}
        found = AccountWindow(
            coin=coin,
            start_ms=start,
            step_ms=step,
            as_of_ms=as_of,
            is_exempt=np.zeros(columns, np.bool_),
            **{name: np.full(columns, np.nan) for name in ("mark", "size", "liquidation_price")},
            **empty,
        )
        for column, at in enumerate(places):
            if at < 0:
                continue
            frame, accounts = self.market.frames[at], self.market.accounts[at]
            found.mark[column] = frame.snapshot.mark[market]
            if address not in accounts.addresses:
                continue
            found.size[column] = 0.0
            level = solve_liquidation(accounts, frame.snapshot, self.tables)
            for pool in range(accounts.pool_count):
                if accounts.addresses[accounts.address_row[pool]] != address:
                    continue
                for row in range(accounts.offsets[pool], accounts.offsets[pool + 1]):
                    if accounts.market_index[row] == market and not found.size[column]:
                        found.size[column], found.liquidation_price[column] = accounts.size[row], level.price[row]
                        found.status[column] = level.status[row]
                        found.margin_source[column], found.mode[column] = (
                            accounts.margin_source[pool],
                            accounts.mode[pool],
                        )
                        found.is_exempt[column] = accounts.is_exempt[pool]
        return found

    def window(self, coin, start_ms, end_ms, width, height, price_low, price_high, value="mark", *, with_largest=False):
        market = self.markets.index_of(coin)
        start, step, columns = columns_of(start_ms, end_ms, width)
        level = level_for_rows(price_low, price_high, height)
        low, high = (merge_band(b, level) for b in band_of_price(np.array([price_low, price_high])))
        rows = int(high - low) + 1
        as_of, places = self._shown(start, step, columns)
        mark = np.full(columns, np.nan)
        cells = {side: np.full((rows, columns), np.nan, np.float32) for side in (1, -1)}
        largest = np.full((rows, columns), np.nan, np.float32) if with_largest else None
        for column in range(columns):
            if places[column] < 0:
                continue
            frame = self.market.frames[places[column]]
            mark[column] = frame.snapshot.mark[market]
            bands = frame.bands.of_market(market)
            for side, grid in cells.items():
                grid[:, column] = np.nan if np.isnan(mark[column]) else 0.0
                for row in np.flatnonzero(bands.side == side):
                    place = int(merge_band(bands.band[row : row + 1], level)[0]) - int(low)
                    if 0 <= place < rows:
                        usd = bands.level_notional[row] if value == "level" else bands.size[row] * mark[column]
                        grid[place, column] += usd
                        if largest is not None and bands.position_count[row] == 1:
                            largest[place, column] = np.fmax(largest[place, column], usd)
        assert band_edge(int(low), level) <= price_low
        is_of_bands = largest is not None
        return MemoryWindow(
            coin,
            level,
            int(low),
            rows,
            columns,
            start,
            step,
            as_of,
            mark,
            cells[1],
            cells[-1],
            largest,
            is_of_bands,
        )


def columns_of(start_ms, end_ms, width):
    """(start, step, count) of the smallest step at which a span takes at most so many columns."""
    start = step = columns = 0
    for minutes in STEPS_MINUTES:
        step = minutes * 60_000
        start = start_ms - start_ms % step
        columns = -(-(end_ms - start) // step)
        if columns <= width:
            break
    return start, step, min(columns, width)
