"""Stored rows of a study joined with those that are in no part yet."""

from __future__ import annotations

import polars as pl

from liqscape.store.studies.schema import time_column


def merge_rows(
    table: str,
    stored: pl.DataFrame,
    pending: pl.DataFrame,
    coin: str | None,
    start_ms: int | None,
    end_ms: int | None,
) -> pl.DataFrame:
    """Stored rows and those of a span that are not among them yet, in order of time."""
    time = time_column(table)
    kept = pending if coin is None else pending.filter(pl.col("coin") == coin)
    if start_ms is not None:
        kept = kept.filter(pl.col(time).dt.epoch("ms") >= start_ms)
    if end_ms is not None:
        kept = kept.filter(pl.col(time).dt.epoch("ms") < end_ms)
    if not kept.height:
        return stored
    return pl.concat([stored, kept]).unique(maintain_order=True).sort(time, maintain_order=True)
