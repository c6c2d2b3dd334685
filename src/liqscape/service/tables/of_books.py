"""Resting orders of an answer as tables: cells of archived books, and USD near the mid by minute."""

from __future__ import annotations

import numpy as np
import polars

from liqscape.heatmap.grid import band_edge
from liqscape.service.answers.book import BookAnswer
from liqscape.service.tables.of_records import TIMESTAMP, with_envelope
from liqscape.units import Int64Array

SHARES = {0.5: "0_5", 1.0: "1", 2.0: "2"}
"""Distances in percent as columns name them."""


def cell_table(answer: BookAnswer) -> polars.DataFrame:
    """Cells that hold something, by time, then bids and asks, then price: time, book_time, side, price_low,
    price_high, usd."""
    cells = answer.cells
    sides = [] if cells is None else [("bid", cells.bid), ("ask", cells.ask)]
    column, row, usd = (
        np.array([cell[place] for _, listed in sides for cell in listed], dtype)
        for place, dtype in enumerate((np.int64, np.int64, np.float64))
    )
    words = [word for word, listed in sides for _ in listed]
    edge = np.asarray(band_edge((answer.first_band + row).astype(np.int32), answer.level), np.float64)
    upper = np.asarray(band_edge((answer.first_band + row + 1).astype(np.int32), answer.level), np.float64)
    book_ms = polars.Series([] if cells is None else cells.as_of_ms, dtype=polars.Int64)
    table = polars.DataFrame(
        {
            "time": polars.Series(_times(answer)[column], dtype=polars.Int64).cast(TIMESTAMP),
            "book_time": book_ms.gather(column).cast(TIMESTAMP),
            "side": polars.Series(words, dtype=polars.String),
            "price_low": edge,
            "price_high": upper,
            "usd": usd,
        }
    ).sort("time", "price_low", "side", maintain_order=True)
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin)


def summary_table(answer: BookAnswer) -> polars.DataFrame:
    """One row a column of the window, by time: time, book_time, mid, bid_usd_0_5pct to ask_usd_2pct; null where it is
    not loaded. No rows where there is no summary."""
    summary = answer.summary
    count = 0 if summary is None else answer.columns
    columns: dict[str, polars.Series] = {
        "time": polars.Series(_times(answer)[:count], dtype=polars.Int64).cast(TIMESTAMP),
        "book_time": polars.Series([] if summary is None else summary.as_of_ms, dtype=polars.Int64).cast(TIMESTAMP),
        "mid": polars.Series([] if summary is None else summary.mid, dtype=polars.Float64),
    }
    for place, share in enumerate(SHARES.values()):
        for side in ("bid", "ask"):
            held = [] if summary is None else (summary.bid_usd if side == "bid" else summary.ask_usd)[place]
            columns[f"{side}_usd_{share}pct"] = polars.Series(held, dtype=polars.Float64)
    return with_envelope(polars.DataFrame(columns), answer.as_of_ms, answer.provenance, coin=answer.coin)


def _times(answer: BookAnswer) -> Int64Array:
    """Beginnings of the columns."""
    times: Int64Array = answer.start_ms + answer.step_ms * np.arange(answer.columns, dtype=np.int64)
    return times
