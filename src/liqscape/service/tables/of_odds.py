"""Odds as a table: one row a level and horizon, with the record it rests on in the row."""

from __future__ import annotations

import polars

from liqscape.service.answers.chain import ChainAnswer, ChainLink, MeasuredShare
from liqscape.service.answers.odds import HorizonRow, OddsAnswer, OddsLevel, OddsRecordAnswer, WithinRow
from liqscape.service.tables.of_records import part_columns, record_table, with_envelope
from liqscape.units import SIDE_WORDS

OF_RECORD = {
    "source": "record_source",
    "windows": "windows",
    "own_windows": "own_windows",
    "own_weight": "own_weight",
    "is_reliable": "is_reliable",
}
OF_MEASURED = {"share": "measured_share", "low": "measured_low", "high": "measured_high"}


def odds_table(answer: OddsAnswer) -> polars.DataFrame:
    """One row a level and horizon, nearest level first."""
    pairs = [(level, each) for level in answer.levels for each in level.within]
    levels = record_table([level for level, _ in pairs], OddsLevel)
    within = record_table([each for _, each in pairs], WithinRow)
    by_word = {row.horizon: row for row in answer.horizons}
    horizons = [by_word[each.horizon] for _, each in pairs]
    columns = [
        *part_columns(horizons, HorizonRow, {"sigma_percent": "sigma_percent"}),
        *part_columns([row.record for row in horizons], OddsRecordAnswer, OF_RECORD),
    ]
    table = polars.concat([levels, within], how="horizontal").hstack(columns)
    source = None if answer.price_source is None else answer.price_source.name
    return with_envelope(
        table.with_columns(polars.lit(source, polars.String).alias("price_source")),
        answer.as_of_ms,
        answer.provenance,
        coin=answer.coin,
        mark=answer.mark,
    )


def chain_table(answer: ChainAnswer) -> polars.DataFrame:
    """One row a cluster of a chain, side by side, nearest first; what was measured of the side in each of its rows."""
    rows = [(side, link) for side in answer.sides for link in side.links]
    table = record_table([link for _, link in rows], ChainLink).with_columns(
        polars.Series("side", [SIDE_WORDS[side.side] for side, _ in rows], polars.String),
        *part_columns([side.measured for side, _ in rows], MeasuredShare, OF_MEASURED),
        polars.Series("measured_count", [side.measured_count for side, _ in rows], polars.Int64),
    )
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)
