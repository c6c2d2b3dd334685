"""`{"type": "meta", "dex"}`, `metaAndAssetCtxs` and `allPerpMetas`: markets and their margin tables."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.model.margin_tables import MarginTable
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.decode import convert_record, decode_json, finite, join_path, refuse
from liqscape.wire.info.margin_table import WireMarginTable, implicit_table, map_margin_table
from liqscape.wire.info.request import Dex, Example, InfoRequest

Leverage = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


STRICT_ISOLATED = "strictIsolated"
"""`marginMode` of markets whose margin cannot be taken out of an open position."""


NO_TABLE = -1
"""Id of an asset that does not say which margin table it has."""


def is_isolated_only(margin_mode: str | None, only_isolated: bool | None) -> bool:
    """Whether a market's positions cannot share cross margin: `marginMode` says it, `onlyIsolated` is its elder.

    strictIsolated and noCross isolate, normal does not. The flag is deprecated and only asked where the mode is
    absent or a word not known yet.
    """
    if margin_mode == "normal":
        return False
    return margin_mode in (STRICT_ISOLATED, "noCross") or bool(only_isolated)


MAX_FEE_SCALE = 10.0
"""HL.DOC.FEES, since August 2026."""


class Asset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One market. Before margin tables existed `marginTableId` was absent: one tier of `maxLeverage`."""

    name: str
    maxLeverage: Leverage
    szDecimals: int | None = None
    marginTableId: int | None = None
    isDelisted: bool | None = None
    onlyIsolated: bool | None = None
    marginMode: str | None = None
    growthMode: str | None = None
    deployerFeeScale: float | None = None
    """HIP-3: what the deployer takes on top of the venue's fee, as a multiple of it; 0 to 10."""
    lastFeeScaleChangeTime: str | None = None
    marginTable: WireMarginTable | None = None
    """Not of the venue: excerpts in saved files put the table beside the asset."""

    @property
    def fee_scale(self) -> float | None:
        """`deployerFeeScale`; None where it is not reported or outside what the exchange allows."""
        scale = self.deployerFeeScale
        return scale if scale is not None and 0.0 <= scale <= MAX_FEE_SCALE else None

    @property
    def is_isolated_only(self) -> bool:
        """Its positions cannot share cross margin."""
        return is_isolated_only(self.marginMode, self.onlyIsolated)

    @property
    def is_strict_isolated(self) -> bool:
        """Isolated only, and margin cannot be taken out of an open position."""
        return self.marginMode == STRICT_ISOLATED


class Meta(msgspec.Struct, frozen=True):
    """Markets of one dex in the order of their asset ids."""

    universe: tuple[Asset, ...]
    marginTables: tuple[tuple[int, WireMarginTable], ...] = ()
    collateralToken: int = 0


class AssetContext(msgspec.Struct, frozen=True, kw_only=True):
    """The moving figures of one market: USD, USD, coins (one side). None where nobody quotes."""

    markPx: float
    oraclePx: float
    openInterest: float
    funding: float | None = None
    """Present hourly rate."""
    premium: float | None = None
    midPx: float | None = None
    impactPxs: tuple[float, float] | None = None
    prevDayPx: float | None = None
    dayNtlVlm: float | None = None
    dayBaseVlm: float | None = None


UNKNOWN_CONTEXT = AssetContext(markPx=math.nan, oraclePx=math.nan, openInterest=math.nan)
"""Stands for a row that cannot be read: nothing is known of its market, and everything of the others."""


def parse_meta(content: bytes, source: str) -> tuple[Meta, ...]:
    """`meta`, `metaAndAssetCtxs` or `allPerpMetas`: one Meta a dex. Raises RemoteWireError."""
    return convert_metas(decode_json(content, source), source)


def parse_meta_and_asset_contexts(content: bytes, source: str) -> tuple[Meta, tuple[AssetContext, ...]]:
    """Markets with their contexts, one each; UNKNOWN_CONTEXT where a row cannot be read. Raises RemoteWireError."""
    meta, rows = convert_record(decode_json(content, source), tuple[Meta, list[object]], source)
    if len(rows) != len(meta.universe):
        raise refuse(source, "[1]", len(rows), f"contexts for {len(meta.universe)} markets")
    contexts = tuple(read_context(row, source, f"[1][{number}]") or UNKNOWN_CONTEXT for number, row in enumerate(rows))
    return check_meta(meta, source, "[0]"), contexts


def read_context(row: object, source: str, path: str) -> AssetContext | None:
    """The context in decoded JSON; None where it is none, or a figure in it is no number above or at 0."""
    try:
        context = convert_record(row, AssetContext, source, path)
        for name in ("markPx", "oraclePx", "openInterest"):
            finite(getattr(context, name), source, f"{path}.{name}", least=0.0)
        for figure in (context.funding, context.dayNtlVlm):
            if figure is not None:
                finite(figure, source, path)
    except RemoteWireError:
        return None
    return context


def convert_metas(document: object, source: str, path: str = "") -> tuple[Meta, ...]:
    """The same out of decoded JSON."""
    if isinstance(document, list):
        if len(document) == 2 and isinstance(document[1], list):
            document = document[:1]
        return tuple(
            check_meta(convert_record(row, Meta, source, join_path(path, f"[{n}]")), source, join_path(path, f"[{n}]"))
            for n, row in enumerate(document)
        )
    return (check_meta(convert_record(document, Meta, source, path), source, path),)


def check_meta(meta: Meta, source: str, path: str = "") -> Meta:
    """The record itself, if no coin and no table id repeats."""
    names: list[tuple[str, list[str] | list[int]]] = [
        ("universe", [asset.name for asset in meta.universe]),
        ("marginTables", [table_id for table_id, _ in meta.marginTables]),
    ]
    for name, values in names:
        if len(set(values)) != len(values):
            row = next(n for n, value in enumerate(values) if value in values[:n])
            raise refuse(source, join_path(path, f"{name}[{row}]"), values[row], "is listed twice")
    return meta


def map_coin_tables(metas: tuple[Meta, ...], source: str, date: str | None = None) -> CoinTables:
    """Margin table of every coin that names one, all of them. Raises RemoteWireError where one cannot be used."""
    found = read_coin_tables(metas, source, date)
    for coin, reason in found.unread.items():
        raise RemoteWireError(reason, source=source, coin=coin)
    return found


def read_coin_tables(metas: tuple[Meta, ...], source: str, date: str | None = None) -> CoinTables:
    """The same as far as they can be read; coins of the others are named with the reason."""
    tables: dict[str, MarginTable] = {}
    collateral: dict[str, int] = {}
    unread: dict[str, str] = {}
    for meta in metas:
        listed = dict(meta.marginTables)
        for row, asset in enumerate(meta.universe):
            place = f"universe[{row}].marginTableId"
            dex = asset.name.partition(":")[0] if ":" in asset.name else ""
            collateral[dex] = meta.collateralToken
            if asset.marginTableId is None:
                continue
            table_id = asset.marginTableId
            own = asset.marginTable if asset.marginTable is not None else listed.get(table_id)
            try:
                tables[asset.name] = (
                    implicit_table(table_id, source, place)
                    if own is None
                    else map_margin_table(own, table_id, source, f"marginTables {table_id}")
                )
            except RemoteWireError as error:
                unread[asset.name] = str(error)
    if not tables and not unread:
        raise refuse(source, "universe", len(metas), "metas name no margin table")
    return CoinTables(name=source, date=date, tables=tables, collateral=collateral, unread=unread)


class MetaRequest(InfoRequest[Meta], frozen=True, tag="meta"):
    """Markets of one dex."""

    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "meta"}',
        '{"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56}], '
        '"marginTables": [[56, {"description": "tiered 40x", "marginTiers": [{"lowerBound": "0.0", '
        '"maxLeverage": 40}, {"lowerBound": "150000000.0", "maxLeverage": 20}]}]], "collateralToken": 0}',
    )


class MetaAndAssetCtxsRequest(InfoRequest[tuple[Meta, tuple[AssetContext, ...]]], frozen=True, tag="metaAndAssetCtxs"):
    """Markets of one dex with their figures of now."""

    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "metaAndAssetCtxs"}',
        '[{"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56}], '
        '"marginTables": [[56, {"description": "tiered 40x", "marginTiers": [{"lowerBound": "0.0", '
        '"maxLeverage": 40}, {"lowerBound": "150000000.0", "maxLeverage": 20}]}]], "collateralToken": 0}, '
        '[{"funding": "0.0000125", "openInterest": "30000.5", "prevDayPx": "98000.0", '
        '"dayNtlVlm": "1000000.0", "premium": "0.0001", "oraclePx": "100010.0", "markPx": "100000.0", '
        '"midPx": "100000.5", "impactPxs": ["99999.0", "100002.0"], "dayBaseVlm": "10.0"}]]',
    )
