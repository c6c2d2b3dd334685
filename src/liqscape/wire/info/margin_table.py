"""`{"type": "marginTable", "id"}`, and the tables inside `meta`: tiers by notional.

Ids below 50 are implicit on the venue: one tier whose maximum leverage is the id.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from liqscape.errors import ModelError
from liqscape.model.margin_tables import MarginTable, MarginTier, flat_table
from liqscape.wire.decode import decode_record, finite, refuse
from liqscape.wire.info.request import Example, InfoRequest

FIRST_LISTED_ID = 50  # HL.DOC.MARGIN_TIERS


class WireTier(msgspec.Struct, frozen=True):
    """From `lowerBound` USD of notional on."""

    lowerBound: float
    maxLeverage: int


class WireMarginTable(msgspec.Struct, frozen=True):
    marginTiers: tuple[WireTier, ...]
    description: str = ""


def parse_margin_table(content: bytes, table_id: int, source: str) -> MarginTable:
    """One answer of the venue. Raises RemoteWireError naming source, field path, value and rule."""
    return map_margin_table(
        decode_record(content, WireMarginTable, source), table_id, source, f"marginTable {table_id}"
    )


def map_margin_table(table: WireMarginTable, table_id: int, source: str, path: str) -> MarginTable:
    """The same facts as a table of the model, its rules (rising bounds, falling leverage) checked."""
    for row, tier in enumerate(table.marginTiers):
        finite(tier.lowerBound, source, f"{path}.marginTiers[{row}].lowerBound", least=0.0)
    try:
        return MarginTable(
            table_id,
            tuple(MarginTier(tier.lowerBound, tier.maxLeverage) for tier in table.marginTiers),
            table.description or f"table {table_id}",
        )
    except ModelError as error:
        raise refuse(source, path, table_id, f"is no usable margin table: {error}") from None


def implicit_table(table_id: int, source: str, path: str) -> MarginTable:
    """The table an unlisted id stands for. Raises RemoteWireError where the id would have to be listed."""
    if not 1 <= table_id < FIRST_LISTED_ID:
        raise refuse(source, path, table_id, "names a margin table that is not listed (only ids 1 to 49 are implicit)")
    return flat_table(table_id)


class MarginTableRequest(InfoRequest[WireMarginTable], frozen=True, tag="marginTable"):
    """One margin table."""

    id: Annotated[int, msgspec.Meta(ge=0)]

    example: ClassVar = Example(
        '{"type": "marginTable", "id": 56}',
        '{"description": "tiered 40x", "marginTiers": [{"lowerBound": "0.0", "maxLeverage": 40}, '
        '{"lowerBound": "150000000.0", "maxLeverage": 20}]}',
    )
