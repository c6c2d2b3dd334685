"""Caveats of a coin as a table."""

from __future__ import annotations

import polars

from liqscape.service.answers.caveats import CaveatFigure, CaveatsAnswer
from liqscape.service.tables.of_records import record_table, with_envelope


def caveat_table(answer: CaveatsAnswer) -> polars.DataFrame:
    """One row a figure, in the order of the answer, with the `caveat` it belongs to."""
    rows = [figure for caveat in answer.caveats for figure in caveat.figures]
    keys = [caveat.key for caveat in answer.caveats for _ in caveat.figures]
    table = record_table(rows, CaveatFigure)
    table = table.select(polars.Series("caveat", keys, polars.String), *table.columns)
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin)
