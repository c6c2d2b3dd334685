"""Odds as a table: one row a level and horizon, with the record it rests on in the row."""

from __future__ import annotations

import polars

from liqscape.service.answers.chain import ChainAnswer, ChainLink
from liqscape.service.answers.odds import HorizonRow, OddsAnswer, OddsLevel, WithinRow
from liqscape.service.tables.of_records import record_table, with_envelope
from liqscape.units import SIDE_WORDS

RECORD = {
    "record_source": polars.String,
    "windows": polars.Int64,
    "own_windows": polars.Int64,
    "own_weight": polars.Float64,
    "is_reliable": polars.Boolean,
}


def odds_table(answer: OddsAnswer) -> polars.DataFrame:
    """One row a level and horizon, nearest level first."""
    pairs = [(level, each) for level in answer.levels for each in level.within]
    levels = record_table([level for level, _ in pairs], OddsLevel)
    within = record_table([each for _, each in pairs], WithinRow)
    by_word = {row.horizon: row for row in answer.horizons}
    horizons = [by_word[each.horizon] for _, each in pairs]
    table = polars.concat([levels, within, _records(horizons)], how="horizontal")
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
    shares = [side.measured for side, _ in rows]
    table = record_table([link for _, link in rows], ChainLink).with_columns(
        polars.Series("side", [SIDE_WORDS[side.side] for side, _ in rows], polars.String),
        polars.Series("measured_share", [None if each is None else each.share for each in shares], polars.Float64),
        polars.Series("measured_low", [None if each is None else each.low for each in shares], polars.Float64),
        polars.Series("measured_high", [None if each is None else each.high for each in shares], polars.Float64),
        polars.Series("measured_count", [side.measured_count for side, _ in rows], polars.Int64),
    )
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)


def _records(rows: list[HorizonRow]) -> polars.DataFrame:
    found = [row.record for row in rows]
    sigma = polars.Series("sigma_percent", [row.sigma_percent for row in rows], polars.Float64)
    columns = {
        name: [None if each is None else getattr(each, name.removeprefix("record_")) for each in found]
        for name in RECORD
    }
    return polars.DataFrame(columns, RECORD).insert_column(0, sigma)
