"""The positions behind a band: the accounts of that moment, solved again by the same kernel.

A cell of the map and the list behind it come from the same accounts, marks, kernel and band function, so the
sum of the list is the cell (docs/heatmap.md, "Behind a band").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.build import HALF_SPAN, window_start
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_edge, band_of_price, merge_band
from liqscape.model.account_kinds import AccountKind, kind_of_pools
from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.doubt import doubt_words, pools_in_doubt
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.liquidation import LevelStatus, Liquidation, solve_liquidation
from liqscape.risk.margin import pool_margin
from liqscape.service.answers.kinds import KIND_NAMES, Kind
from liqscape.service.answers.parts import (
    MODE_NAMES,
    QUALITY_NAMES,
    Coins,
    Doubts,
    IsInDoubt,
    Percent,
    Price,
    ProvenanceAnswer,
    SideNumber,
    TimeMs,
    Usd,
    distance_percent,
    known,
    provenance_answer,
)
from liqscape.units import AnyArray, Int64Array

NOBODY: Int64Array = np.empty(0, np.int64)
VAULT = KIND_NAMES[AccountKind.VAULT]


class PositionAnswer(msgspec.Struct, frozen=True):
    """One position and the pool behind it."""

    address: str
    mode: str
    side: SideNumber
    size: Coins
    notional: Usd
    liquidation_price: Price | None
    published_liquidation_price: Price | None
    entry_price: Price | None
    leverage: float | None
    quality: str
    account_value: Usd | None
    distance_percent: Percent | None
    kind: Kind = KIND_NAMES[AccountKind.TRADER]
    is_in_doubt: IsInDoubt = False


class PositionTotals(msgspec.Struct, frozen=True):
    """Sums of the list."""

    long_notional: Usd
    short_notional: Usd
    position_count: int
    account_count: int
    vault_notional: Annotated[float, msgspec.Meta(description="Of both sides, of vaults other than HLP, USD.")] = 0.0


class PositionsAnswer(msgspec.Struct, frozen=True):
    """Positions of one coin whose liquidation price lies in [price_low, price_high), largest first."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    price_low: Price
    price_high: Price
    positions: list[PositionAnswer]
    totals: PositionTotals
    doubt: Doubts = []


@dataclass(frozen=True)
class BandChoice:
    """One band of the grid at a level."""

    band: int
    level: int


@dataclass(frozen=True)
class PriceChoice:
    """Liquidation prices in [low, high), USD."""

    low: float
    high: float


def positions_answer(
    frame: MarketFrame,
    accounts: Accounts,
    tables: MarginTables,
    market_index: int,
    choice: BandChoice | PriceChoice,
    side: int | None = None,
    vault_rows: Int64Array = NOBODY,
) -> PositionsAnswer:
    """Positions of one coin chosen by band or by price, of one side or both, as the frame counted them.

    vault_rows  rows of `accounts.addresses` that are vaults.
    """
    snapshot = frame.snapshot
    pools = accounts.take(_pools_with(accounts, market_index))
    solved = solve_liquidation(pools, snapshot, tables)
    margin = pool_margin(pools, snapshot, tables)
    pool, kind = pools.pool_of_position(), kind_of_pools(pools, vault_rows)
    in_doubt = pools_in_doubt(pools, snapshot.doubt)
    mark = float(snapshot.mark[market_index])
    rows = []
    for row in _chosen(pools, frame, solved, pool, market_index, choice, side):
        size, owner = float(pools.size[row]), int(pool[row])
        is_published = pools.published[row] == PublishedState.PRICE
        rows.append(
            PositionAnswer(
                address=pools.addresses[int(pools.address_row[owner])],
                mode=MODE_NAMES[int(pools.mode[owner])],
                side=1 if size > 0.0 else -1,
                size=size,
                notional=abs(size) * mark,
                liquidation_price=known(solved.price[row]),
                published_liquidation_price=known(pools.published_price[row]) if is_published else None,
                entry_price=known(pools.entry_price[row]),
                leverage=known(pools.leverage[row]),
                quality=QUALITY_NAMES[int(pools.quality[owner])],
                account_value=known(margin.account_value[owner]),
                distance_percent=distance_percent(float(solved.price[row]), mark),
                kind=KIND_NAMES[int(kind[owner])],
                is_in_doubt=bool(in_doubt[owner]),
            )
        )
    rows.sort(key=lambda answer: (-answer.notional, answer.address))
    low, high = _span(choice)
    return PositionsAnswer(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        coin=snapshot.markets.coins[market_index],
        mark=known(mark),
        price_low=low,
        price_high=high,
        positions=rows,
        totals=PositionTotals(
            long_notional=math.fsum(answer.notional for answer in rows if answer.side > 0),
            short_notional=math.fsum(answer.notional for answer in rows if answer.side < 0),
            position_count=len(rows),
            account_count=len({answer.address for answer in rows}),
            vault_notional=math.fsum(answer.notional for answer in rows if answer.kind == VAULT),
        ),
        doubt=doubt_words(snapshot.doubt_of(market_index)),
    )


def _pools_with(accounts: Accounts, market_index: int) -> Int64Array:
    """Pools that hold a coin: the others have no part in its bands."""
    is_holder = np.zeros(accounts.pool_count, np.bool_)
    is_holder[accounts.pool_of_position()[accounts.market_index == market_index]] = True
    return np.flatnonzero(is_holder)


def _chosen(
    accounts: Accounts,
    frame: MarketFrame,
    solved: Liquidation,
    pool: AnyArray,
    market_index: int,
    choice: BandChoice | PriceChoice,
    side: int | None,
) -> list[int]:
    start = window_start(frame.snapshot.mark)[market_index]
    is_held = (accounts.market_index == market_index) & ~accounts.is_exempt[pool]
    rows = np.flatnonzero(is_held & (solved.status == LevelStatus.OK))
    price, band = solved.price[rows], band_of_price(solved.price[rows])
    is_chosen = (band >= start) & (band < start + 2 * HALF_SPAN)  # False where the mark is unknown
    if isinstance(choice, BandChoice):
        is_chosen &= merge_band(band, choice.level) == choice.band
    else:
        is_chosen &= (price >= choice.low) & (price < choice.high)
    if side is not None:
        is_chosen &= np.sign(accounts.size[rows]) == side
    chosen: list[int] = rows[is_chosen].tolist()
    return chosen


def _span(choice: BandChoice | PriceChoice) -> tuple[float, float]:
    if isinstance(choice, PriceChoice):
        return choice.low, choice.high
    return float(band_edge(choice.band, choice.level)), float(band_edge(choice.band + 1, choice.level))
