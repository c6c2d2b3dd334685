"""Files that hold margin tables: a recorded `meta`, `metaAndAssetCtxs`, `allPerpMetas`, a capture of one of them,
or a list of tables with the table of each coin:

    {"marginTables": {"51": {"marginTiers": [...]}, ...}, "coins": {"BNB": {"marginTableId": 51}, ...}}
"""

from __future__ import annotations

from typing import Any

import msgspec

from liqscape.errors import InputError
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.decode import convert_record, decode_json, join_path
from liqscape.wire.info.margin_table import WireMarginTable, implicit_table, map_margin_table
from liqscape.wire.info.meta import convert_metas, map_coin_tables

INSIDE = ("responses", "selection", "response", "meta", "perpMeta", "metaAndAssetCtxs", "allPerpMetas")
"""Where captures keep an answer."""


class _CoinRow(msgspec.Struct, frozen=True):
    marginTableId: int


class _TableFile(msgspec.Struct, frozen=True):
    marginTables: dict[int, WireMarginTable]
    coins: dict[str, _CoinRow]


def parse_saved_tables(content: bytes, source: str) -> CoinTables:
    """Margin tables by coin. Raises RemoteWireError or InputError naming file, field and rule."""
    if not content.strip():
        raise InputError(f"{source}: the file is empty, margin tables are needed", file=source)
    document, path = _find(decode_json(content, source), "", source, 0)
    if isinstance(document, dict) and "coins" in document:
        return _map_table_file(convert_record(document, _TableFile, source, path), source)
    return map_coin_tables(convert_metas(document, source, path), source)


def _find(value: Any, path: str, source: str, depth: int) -> tuple[Any, str]:
    if isinstance(value, list) and value and all(isinstance(row, dict | list) for row in value):
        return value, path
    if isinstance(value, dict):
        if "universe" in value or ("marginTables" in value and "coins" in value):
            return value, path
        for excerpt in ("metaExcerpt", "perpUniverse"):
            if isinstance(value.get(excerpt), list):
                return {"universe": value[excerpt]}, path
        for inner in INSIDE:
            if isinstance(value.get(inner), dict | list) and depth < len(INSIDE):
                return _find(value[inner], join_path(path, inner), source, depth + 1)
        keys = ", ".join(sorted(map(str, value))[:6]) or "none"
        raise InputError(f"{source}: {path or 'document'}: no meta and no margin tables here (keys: {keys})")
    raise InputError(f"{source}: {path or 'document'}: must be a meta or a list of margin tables")


def _map_table_file(file: _TableFile, source: str) -> CoinTables:
    listed = {
        table_id: map_margin_table(table, table_id, source, f"marginTables[{table_id}]")
        for table_id, table in file.marginTables.items()
    }
    tables = {
        coin: listed.get(row.marginTableId)
        or implicit_table(row.marginTableId, source, f"coins[{coin!r}].marginTableId")
        for coin, row in file.coins.items()
    }
    if not tables:
        raise InputError(f"{source}: coins: names no coin, margin tables by coin are needed", file=source)
    return CoinTables(name=source, date=None, tables=tables, collateral={"": 0})
