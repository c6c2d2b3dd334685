"""A dex's markets and margin tables read as far as they can be.

A margin table that cannot be read leaves its coins without one: whoever holds them has no level in that pool, everybody
else is read as ever. So does an asset that does not say which table it has. A flag that cannot be read is taken for
absent. What the order of markets hangs on (name, size decimals, maximum leverage) and the collateral are the frame: a
meta without them is refused with the row.
"""

from __future__ import annotations

from typing import Any

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import convert_record, decode_loosely, join_path
from liqscape.wire.info.margin_table import WireMarginTable
from liqscape.wire.info.meta import NO_TABLE, Asset, AssetContext, Meta, check_meta, parse_meta_and_asset_contexts

FRAME = ("name", "szDecimals", "maxLeverage")

_UNREAD = WireMarginTable((), "cannot be read")
"""No table has no tiers, so this one is told apart when tables are mapped."""


def read_meta(value: object, source: str, path: str = "") -> Meta:
    """Out of decoded JSON. Raises RemoteWireError naming source, field and rule where its frame is broken."""
    try:
        return check_meta(convert_record(value, Meta, source, path), source, path)
    except RemoteWireError:
        if not isinstance(value, dict) or not isinstance(value.get("universe"), list):
            raise
        tables = value.get("marginTables", [])
        if not isinstance(tables, list):
            raise
    universe = tuple(
        _asset(row, source, join_path(path, f"universe[{number}]")) for number, row in enumerate(value["universe"])
    )
    listed = tuple(_table(row, source, join_path(path, f"marginTables[{number}]")) for number, row in enumerate(tables))
    others = {name: inner for name, inner in value.items() if name not in ("universe", "marginTables")}
    rest = convert_record({**others, "universe": ()}, Meta, source, path)
    return check_meta(msgspec.structs.replace(rest, universe=universe, marginTables=listed), source, path)


def read_meta_and_asset_contexts(content: bytes, source: str) -> tuple[Meta, tuple[AssetContext, ...]]:
    """Markets with their contexts, one each. Raises RemoteWireError."""
    try:
        return parse_meta_and_asset_contexts(content, source)
    except RemoteWireError:
        document = decode_loosely(content, source)
        if not isinstance(document, list) or len(document) != 2:
            raise
        meta = read_meta(document[0], source, "[0]")
    return parse_meta_and_asset_contexts(msgspec.json.encode((meta, document[1])), source)


def _asset(row: object, source: str, path: str) -> Asset:
    try:
        return convert_record(row, Asset, source, path)
    except RemoteWireError:
        if not isinstance(row, dict):
            raise
    reported: dict[str, Any] = {name: row[name] for name in FRAME if name in row}
    for name in row.keys() - reported.keys():
        try:
            convert_record({**reported, name: row[name]}, Asset, source, path)
        except RemoteWireError:
            # Without its frame the asset is refused below; a flag is left out, and a table is not guessed.
            if name == "marginTableId":
                reported[name] = NO_TABLE
        else:
            reported[name] = row[name]
    return convert_record(reported, Asset, source, path)


def _table(row: object, source: str, path: str) -> tuple[int, WireMarginTable]:
    try:
        return convert_record(row, tuple[int, WireMarginTable], source, path)
    except RemoteWireError:
        if not isinstance(row, list) or len(row) != 2:
            raise
        return convert_record(row[0], int, source, f"{path}[0]"), _UNREAD
