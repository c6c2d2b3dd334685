"""meta: the markets of one dex and their margin tables."""

from __future__ import annotations

from liqscape.model.margin_tables import MarginTable
from liqscape.sandbox.answers.contexts import markets_of
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.facts.coin_facts import FEE_SCALE_CHANGED
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.margin_table import FIRST_LISTED_ID, WireMarginTable, WireTier
from liqscape.wire.info.meta import Asset, Meta, MetaRequest


@answers(MetaRequest)
def answer(question: Question[MetaRequest]) -> Meta:
    return build_meta(question.sandbox, question.dex())


def build_meta(sandbox: SandboxState, dex: str) -> Meta:
    """The record. Tables that an id below 50 says by itself are not listed."""
    exchange = sandbox.exchange
    universe = []
    for row in markets_of(exchange, dex):
        market = exchange.markets.rows[row]
        said = sandbox.facts.coin(market.coin)
        mode = "strictIsolated" if market.is_strict_isolated else "noCross" if market.is_isolated_only else None
        if said.margin_mode in ("normal", "onlyIsolated"):
            mode = "normal" if said.margin_mode == "normal" else None
        universe.append(
            Asset(
                name=market.coin,
                maxLeverage=market.max_leverage,
                szDecimals=market.size_decimals,
                marginTableId=exchange.tables.tables[market.table_row].table_id,
                isDelisted=True if market.is_delisted else None,
                onlyIsolated=True if market.is_isolated_only else None,
                marginMode=mode,
                growthMode="enabled" if said.is_in_growth else None,
                deployerFeeScale=said.fee_scale,
                lastFeeScaleChangeTime=None if said.fee_scale is None else FEE_SCALE_CHANGED,
            )
        )
    used = {exchange.markets.rows[row].table_row for row in markets_of(exchange, dex)}
    listed = tuple(
        (table.table_id, map_table(table))
        for row, table in enumerate(exchange.tables.tables)
        if row in used and not is_implicit(table)
    )
    tokens = [exchange.markets.rows[row].collateral_token for row in markets_of(exchange, dex)]
    return Meta(tuple(universe), listed, tokens[0] if tokens else 0)


def is_implicit(table: MarginTable) -> bool:
    """The id says it all: one tier whose leverage is the id."""
    return table.table_id < FIRST_LISTED_ID and len(table.tiers) == 1 and table.max_leverage == table.table_id


def map_table(table: MarginTable) -> WireMarginTable:
    """One table."""
    return WireMarginTable(
        tuple(WireTier(tier.lower_bound, tier.max_leverage) for tier in table.tiers), table.description
    )
