"""Rows of bands of a frame with what each band holds at least and at most, beside them (docs/intervals.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars

from liqscape.heatmap.moment import Moment
from liqscape.service.live import LiveState
from liqscape.service.tables.of_answers import band_table
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from liqscape.service.moment_rows import HeldMoment

KEY = ("coin", "band", "side")


def with_intervals(rows: polars.DataFrame, moment: HeldMoment) -> polars.DataFrame:
    """The rows of `build_rows("bands", ...)` of one frame with `low` and `high`: USD of the row's whole band and side,
    all margin sources together; null where unknown."""
    held = Moment(frame=moment.frame, accounts=moment.accounts, tables=moment.tables, is_stored=True)
    view = MapView(None, LiveState.of_moment(held))
    found = [
        band_table(view.frame(coin, interval=True)).select(*KEY, "low", "high").unique(KEY)
        for coin in rows["coin"].unique(maintain_order=True).to_list()
    ]
    none = polars.DataFrame(
        schema={name: rows.schema[name] for name in KEY} | dict.fromkeys(("low", "high"), polars.Float64)
    )
    keyed = polars.concat([none, *(each.cast(none.schema) for each in found)])
    joined = rows.join(keyed, on=list(KEY), how="left", maintain_order="left")
    at = rows.columns.index("position_count") + 1
    return joined.select(*rows.columns[:at], "low", "high", *rows.columns[at:])
