"""Collects frames into a batch, keeping of each only what differs from the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.accounts import Accounts
from liqscape.model.markets import Markets
from liqscape.store.history.accounts import AccountRows, changed_accounts
from liqscape.store.history.bands import VALUES, KeyedBands, changed_bands, key_bands, market_limits, unpack_keys
from liqscape.store.history.frames import coin_table, frame_row, frame_table
from liqscape.store.history.schema import ADDRESSES, BANDS, COINS, FRAMES, POOLS, POSITIONS, TABLES, Batch, Table
from liqscape.units import Int64Array


class BatchBuilder:
    """Begins from the last stored frame, or from nothing. `add` in order of time, `finish` takes what is there."""

    def __init__(self, bands: Bands, accounts: Accounts) -> None:
        self._bands = key_bands(bands)
        self._accounts = accounts
        self._clear()

    def _clear(self) -> None:
        self.row_count = 0
        self._frames: list[MarketFrame] = []
        self._rows: list[dict[str, float]] = []
        self._keys: list[Int64Array] = []
        self._contents: list[Table] = []
        self._changes: list[AccountRows] = []

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def last_ms(self) -> int:
        """Time of the last frame added since the last `finish`."""
        return self._frames[-1].time_ms

    def add(self, frame: MarketFrame, accounts: Accounts, *, is_keyframe: bool) -> None:
        """Compare a frame with the one before and keep the rows that differ."""
        bands: KeyedBands = key_bands(frame.bands)
        keys, contents = changed_bands(self._bands, bands, is_keyframe=is_keyframe)
        change = changed_accounts(self._accounts, accounts, is_keyframe=is_keyframe)
        self._rows.append(
            frame_row(
                frame,
                len(accounts.addresses),
                is_band_keyframe=is_keyframe,
                is_account_keyframe=change.is_keyframe,
            )
        )
        self._frames.append(replace(frame, bands=Bands.empty()))
        self._keys.append(keys)
        self._contents.append(contents)
        self._changes.append(change)
        self._bands, self._accounts = bands, accounts
        self.row_count += len(keys)

    def finish(self) -> Batch:
        """The batch of all frames added since the last one; at least one frame."""
        keys = np.concatenate(self._keys)
        bands = {"time_ms": np.repeat(self._times(), [len(key) for key in self._keys]), **unpack_keys(keys)}
        for name in VALUES:
            bands[name] = np.concatenate([contents[name] for contents in self._contents])
        batch = {**self._tables(), BANDS: bands}
        self._clear()
        return batch

    def finish_by_coin(self, markets: Markets) -> tuple[Batch, Iterator[tuple[str, Table]]]:
        """The same with the bands of one coin at a time, so that they never stand in memory twice."""
        tables, times, keys, contents = self._tables(), self._times(), self._keys, self._contents
        self._clear()
        limits = market_limits(len(markets))
        ends = np.array([np.searchsorted(key, limits) for key in keys])

        def bands() -> Iterator[tuple[str, Table]]:
            for row, coin in enumerate(markets.coins):
                spans = [slice(low, high) for low, high in ends[:, row : row + 2].tolist()]
                lengths = ends[:, row + 1] - ends[:, row]
                if not lengths.any():
                    continue
                rows = {"time_ms": np.repeat(times, lengths)}
                rows |= unpack_keys(np.concatenate([key[span] for key, span in zip(keys, spans, strict=True)]))
                for name in VALUES:
                    rows[name] = np.concatenate(
                        [values[name][span] for values, span in zip(contents, spans, strict=True)]
                    )
                yield coin, rows

        return tables, bands()

    def _times(self) -> Int64Array:
        return np.array([frame.time_ms for frame in self._frames], np.int64)

    def _tables(self) -> Batch:
        """All but the bands."""
        times = self._times()
        return {
            FRAMES: frame_table(self._rows),
            COINS: coin_table(self._frames),
            POOLS: _dated(times, [change.pools for change in self._changes], POOLS),
            POSITIONS: _dated(times, [change.positions for change in self._changes], POSITIONS),
            ADDRESSES: _dated(times, [change.addresses for change in self._changes], ADDRESSES),
        }


def _dated(times: Int64Array, tables: list[Table], name: str) -> Table:
    """Rows of all frames with the time of each."""
    lengths = [len(table["address_row"]) for table in tables]
    joined: Table = {"time_ms": np.repeat(times, lengths)}
    for column, dtype in TABLES[name].items():
        if column != "time_ms":
            joined[column] = np.concatenate([table[column] for table in tables]).astype(dtype, copy=False)
    return joined
