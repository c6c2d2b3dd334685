"""`{"type": "allPerpMetas"}`: markets and margin tables of every dex, in the order of `perpDexs`.

Three typed clients and a recording have a bare list of metas; the documentation's example shows pairs of meta and
contexts. Both are read; contexts are left, for they come every second over the socket.
"""

from __future__ import annotations

from typing import ClassVar

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import decode_loosely, refuse
from liqscape.wire.info.meta import Meta
from liqscape.wire.info.read_meta import read_meta
from liqscape.wire.info.request import Example, InfoRequest


def parse_all_perp_metas(content: bytes, source: str) -> tuple[Meta, ...]:
    """One Meta a dex, the first dex first. Raises RemoteWireError naming source, field path, value and rule."""
    rows = decode_loosely(content, source)
    if not isinstance(rows, list) or not rows:
        raise RemoteWireError(f"{source}: a list of metas is needed, one a dex")
    return tuple(_meta(row, source, f"[{number}]") for number, row in enumerate(rows))


def name_dexs(metas: tuple[Meta, ...], dexs: tuple[str, ...] | None, source: str) -> dict[str, Meta]:
    """Metas by the name of their dex, taken from their coins: `xyz:TSLA`; "" the first.

    dexs  all names in the order of `perpDexs`, "" first: they name dexs without a coin. None: those are left out.
    Raises RemoteWireError where names and coins contradict each other.
    """
    if dexs is not None and len(dexs) != len(metas):
        raise refuse(source, "", len(metas), f"metas for {len(dexs)} dexs")
    named: dict[str, Meta] = {}
    for number, meta in enumerate(metas):
        reported = {asset.name.partition(":")[0] if ":" in asset.name else "" for asset in meta.universe}
        expected = dexs[number] if dexs is not None else "" if number == 0 else None
        names = reported if expected is None else reported | {expected}
        if len(names) > 1 or (number and "" in names):
            raise refuse(source, f"[{number}].universe", ", ".join(sorted(names)), "has coins of another dex")
        for name in names:
            named[name] = meta
    return named


def _meta(row: object, source: str, path: str) -> Meta:
    is_pair = isinstance(row, list) and len(row) == 2
    return read_meta(row[0] if is_pair else row, source, path)  # type: ignore[index]


class AllPerpMetasRequest(InfoRequest[tuple[Meta, ...]], frozen=True, tag="allPerpMetas"):
    """Markets of every dex."""

    example: ClassVar = Example(
        '{"type": "allPerpMetas"}',
        '[{"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56}], '
        '"marginTables": [[56, {"description": "tiered 40x", "marginTiers": [{"lowerBound": "0.0", '
        '"maxLeverage": 40}, {"lowerBound": "150000000.0", "maxLeverage": 20}]}]], "collateralToken": 0}]',
    )
