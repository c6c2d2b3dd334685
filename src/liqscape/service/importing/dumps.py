"""Daily dumps out of a stored history: all positions at the last frame of each UTC day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from liqscape.sources.tables import write_positions
from liqscape.store.history import HistoryReader
from liqscape.units import DAY_MS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_dumps(data: Path, folder: Path) -> tuple[Path, ...]:
    """Write `2026-02-03.parquet` for every day the history has a frame of, days that are there already but the last
    left as they are. Returns what was written. Raises StoreError, InputError."""
    reader = HistoryReader(data)
    if reader.first_ms is None or reader.last_ms is None:
        return ()
    written = []
    last_day = reader.last_ms // DAY_MS
    for day in range(reader.first_ms // DAY_MS, last_day + 1):
        path = folder / f"{EPOCH + timedelta(days=day):%Y-%m-%d}.parquet"
        frame = reader.frame_at(min((day + 1) * DAY_MS - 1, reader.last_ms), with_bands=False)
        if frame is None or frame.time_ms // DAY_MS != day or (day != last_day and path.exists()):
            continue
        write_positions(
            path,
            reader.accounts_at(frame.time_ms),
            frame.snapshot,
            reader.tables_at(frame.time_ms),
            is_simulated=reader.provenance.is_simulated,
        )
        written.append(path)
    return tuple(written)
