"""The answers of a map as tables."""

from __future__ import annotations

import polars

from liqscape.service.answers.parts import ProvenanceAnswer
from liqscape.service.answers.positions import PositionAnswer, PositionsAnswer
from liqscape.service.tables.of_records import record_table, with_envelope


def level_table(answer: PositionsAnswer) -> polars.DataFrame:
    """The levels of a coin, one row a position on the map, in the order of the answer."""
    rows = record_table(answer.positions, PositionAnswer)
    return with_envelope(rows, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)


_NOWHERE = ProvenanceAnswer("", "", False, "")
LEVELS = with_envelope(record_table([], PositionAnswer), 0, _NOWHERE, coin="", mark=None)
"""Its columns without rows."""
