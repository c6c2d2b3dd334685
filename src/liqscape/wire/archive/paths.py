"""Where archive and node files stand: by UTC day and hour, the hour without a leading zero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(time_ms: int) -> str:
    """20251027."""
    return f"{EPOCH + timedelta(milliseconds=time_ms):%Y%m%d}"


def hour_of(time_ms: int) -> int:
    """0 to 23."""
    return time_ms // 3_600_000 % 24


def hourly_path(table: str, time_ms: int) -> str:
    """A node's own file: node_fills_by_block/hourly/20251027/16."""
    return f"{table}/hourly/{day_of(time_ms)}/{hour_of(time_ms)}"


def archived_hourly_path(table: str, time_ms: int) -> str:
    """The same in the archive of node data: .../16.lz4."""
    return f"{hourly_path(table, time_ms)}.lz4"


def l2_book_path(coin: str, time_ms: int) -> str:
    """market_data/20251027/16/l2Book/BTC.lz4."""
    return f"market_data/{day_of(time_ms)}/{hour_of(time_ms)}/l2Book/{coin}.lz4"


def asset_contexts_path(time_ms: int) -> str:
    """asset_ctxs/20251027.csv.lz4."""
    return f"asset_ctxs/{day_of(time_ms)}.csv.lz4"
