"""A recorded market at a time: accounts and marks of its snapshot, volatility of those before, a day's volume."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars

from liqscape.errors import NotFound, SettingsError
from liqscape.heatmap.build import build_frame
from liqscape.ledger import Ledger
from liqscape.model.events import FrameDue
from liqscape.service.coin_betas import read_betas
from liqscape.service.market_inputs.day_volatility import read_volatility
from liqscape.service.market_inputs.market_input import MarketInput, map_frame
from liqscape.sources.recording import RecordingSource, open_candles, recording_files, refuse_damaged
from liqscape.sources.recording.markets import FILE_NAME
from liqscape.sources.recording.parquet import CheckedTable
from liqscape.sources.recording.times import parse_time_ms
from liqscape.units import DAY_MS, Float64Array, Int64Array

VOLUME_COLUMN = "volume24h"
VOLUME_AGE_MS = 7 * DAY_MS
"""A day's volume stands in for this long: it ranks markets, and a week moves it by less than a rank is wide."""


class RecordedMarks:
    """(T,) times and (T, M) marks of the snapshots read so far, as paths by coin."""

    def __init__(self, coins: tuple[str, ...], times: list[int], marks: list[Float64Array]) -> None:
        self._rows = {coin: row for row, coin in enumerate(coins)}
        self._times = np.array(times, np.int64)
        self._marks = np.array(marks).reshape(len(times), len(coins))

    @property
    def hold_ms(self) -> int:
        """How long a snapshot stands."""
        return DAY_MS // 2

    def mark_path(self, coin: str, start_ms: int, end_ms: int) -> tuple[Int64Array, Float64Array]:
        """Times in [start, end) and the coin's marks."""
        first, last = np.searchsorted(self._times, [start_ms, end_ms], side="left")
        return self._times[first:last], self._marks[first:last, self._rows[coin]]


def read_recorded(folder: Path, at_ms: int | None = None, candles: Path | None = None) -> MarketInput:
    """The last snapshot at or before a time, the newest without one.

    candles  another venue's, for betas and volatility; by default the file in its place beside the recording.
    Raises InputError for files that cannot be used, NotFound where no snapshot is that old.
    """
    if not folder.is_dir():
        raise SettingsError(f"--recording {folder} is not a folder")
    refuse_damaged(recording_files(folder))
    source = RecordingSource(folder)
    ledger, found = Ledger(), None
    times: list[int] = []
    marks: list[Float64Array] = []
    for event in source.events():
        if at_ms is not None and event.time_ms > at_ms:
            break
        ledger.apply(event)
        if isinstance(event, FrameDue):
            found = (ledger.accounts, ledger.snapshot, ledger.tables)
            times.append(event.time_ms)
            marks.append(ledger.snapshot.mark)
    if found is None:
        raise NotFound(f"{folder}: no snapshot at or before {at_ms}; the first is of {source.first_ms}")
    accounts, snapshot, tables = found
    frame = build_frame(accounts, snapshot, tables, source.provenance)
    coins, file = snapshot.markets.coins, open_candles(candles, folder)
    notional = np.nan_to_num(frame.position_size.sum(axis=1) * snapshot.mark)
    held = np.argsort(-notional, kind="stable").astype(np.int64)
    paths = RecordedMarks(coins, times, marks)
    # Snapshots hours apart say little of a coin that another venue records every hour.
    volatility, _ = read_volatility(coins, held, snapshot.time_ms, file, None)
    own, _ = read_volatility(coins, held, snapshot.time_ms, None, paths)
    lent = int(np.count_nonzero((own > 0.0) & ~(volatility > 0.0)))
    volatility = np.where(volatility > 0.0, volatility, own)
    volume, note = _read_volume(folder, snapshot.time_ms, coins)
    name = "no candles" if file is None else f"candles of {file.name} where it has the coin"
    return map_frame(
        frame,
        accounts,
        tables,
        read_betas(snapshot.markets, snapshot.time_ms, file, None, coins),
        day_volume=volume,
        day_volatility=volatility,
        notes=(f"daily volatility: {name}; {lent} coins from the recorded snapshots before it", *note),
    )


def _read_volume(folder: Path, at_ms: int, coins: tuple[str, ...]) -> tuple[Float64Array | None, tuple[str, ...]]:
    """(M,) USD traded in 24 hours by the newest instant of markets.parquet at or before a time; None without one."""
    path = folder / FILE_NAME
    if not path.exists() or VOLUME_COLUMN not in polars.read_parquet_schema(path):
        return None, ("day's volume not recorded: open interest sizes the books",)
    table = CheckedTable(path, ("snapshot_ts", "coin", VOLUME_COLUMN))
    table.need_number(VOLUME_COLUMN, least=0.0, nullable=True)
    read = {text: parse_time_ms(text) for text in table.frame["snapshot_ts"].unique()}
    times = {text: time_ms for text, time_ms in read.items() if time_ms is not None}
    past = [text for text, time_ms in times.items() if at_ms - VOLUME_AGE_MS <= time_ms <= at_ms]
    if not past:
        return None, ("day's volume not recorded near this time: open interest sizes the books",)
    newest = max(past, key=times.__getitem__)
    rows = table.frame.filter(polars.col("snapshot_ts") == newest)
    known = dict(zip(rows["coin"], rows[VOLUME_COLUMN], strict=True))
    volume = np.array([known.get(coin) or np.nan for coin in coins], np.float64)
    hours = (at_ms - times[newest]) / 3_600_000
    return volume, (f"day's volume as recorded {hours:.1f} h before",)
