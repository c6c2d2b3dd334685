"""The positions behind a band: the accounts of that moment, solved again by the same kernel.

A cell of the map and the list behind it come from the same accounts, marks, kernel and band function, so the
sum of the list is the cell (docs/heatmap.md, "Behind a band").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import HALF_SPAN, window_start
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_edge, band_of_price, merge_band
from liqscape.model.account_kinds import AccountKind, kind_of_pools
from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.doubt import doubt_words, pools_in_doubt
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.liquidation import HIGHEST_PRICE, solve_roots
from liqscape.risk.margin import pool_margin
from liqscape.service.answers.intervals import SpanInterval
from liqscape.service.answers.kinds import KIND_NAMES, Kind
from liqscape.service.answers.parts import (
    MARGIN_SOURCE_NAMES,
    MODE_NAMES,
    Coins,
    Doubts,
    IsInDoubt,
    NextCursor,
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
from liqscape.service.answers.tracked import IsAtLeast, Persistence
from liqscape.service.paging import PageRows
from liqscape.service.questions import BandChoice, Choice, PriceChoice, WithinChoice
from liqscape.units import Float64Array, Int64Array, UInt8Array

NOBODY: Int64Array = np.empty(0, np.int64)


class PositionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One position and the pool behind it."""

    address: str
    margin_mode: str
    side: SideNumber
    size: Coins
    notional: Usd
    liquidation_price: Price | None
    published_liquidation_price: Price | None
    entry_price: Price | None
    leverage: float | None
    margin_source: str
    account_value: Usd | None
    distance_percent: Percent | None
    kind: Kind = KIND_NAMES[AccountKind.TRADER]
    is_in_doubt: IsInDoubt = False


class PositionTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Of all that fit, also those of other pages."""

    long_notional: Usd
    short_notional: Usd
    position_count: int
    account_count: int
    vault_notional: Annotated[float, msgspec.Meta(description="Of both sides, of vaults other than HLP, USD.")] = 0.0


class SpanAgeRow(msgspec.Struct, frozen=True, kw_only=True):
    """How long what one side holds in a span of prices has been there, by its coins; null where it holds nothing, and a
    share also where the record is too short."""

    side: SideNumber
    size: Coins
    weighted_age_ms: (
        Annotated[int, msgspec.Meta(description="How long its coins have been in the span, weighted by size.")] | None
    )
    is_weighted_age_at_least: IsAtLeast
    persistence_1h: Persistence | None
    persistence_4h: Persistence | None
    persistence_1d: Persistence | None
    persistence_3d: Persistence | None


class PositionsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Positions of one coin whose liquidation price lies in [price_low, price_high), largest first.

    Asked for by `within_percent` both edges belong to the span; they are null where the mark is unknown, and none is
    listed then.
    """

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    price_low: Price | None
    price_high: Price | None
    positions: list[PositionAnswer]
    totals: PositionTotals
    next_cursor: NextCursor = None
    doubt: Doubts = []
    ages: Annotated[
        list[SpanAgeRow] | None,
        msgspec.Meta(
            description="Of the sides asked about, at the newest studied minute; null before it, where nothing "
            "was studied, and while the mark is unknown."
        ),
    ] = None
    studied_ms: Annotated[int | None, msgspec.Meta(description="The minute that `ages` are of.")] = None
    interval: (
        Annotated[
            SpanInterval, msgspec.Meta(description="What stands there at least and at most; null unless asked for.")
        ]
        | None
    ) = None


@dataclass(frozen=True, kw_only=True)
class PositionList:
    """All positions that a question chose, as columns; a page of them is put into words when it is asked for.

    pools     the pools of the chosen positions, one a position.
    row       (N,) of the chosen positions in `pools`.
    price     (N,) liquidation prices, USD.
    notional  (N,) USD.
    kind      (N,) AccountKind.
    """

    frame: MarketFrame
    pools: Accounts
    tables: MarginTables
    market_index: int
    span: tuple[float | None, float | None]
    row: Int64Array
    price: Float64Array
    notional: Float64Array
    kind: UInt8Array
    totals: PositionTotals

    @property
    def count(self) -> int:
        """Positions."""
        return len(self.row)

    @property
    def byte_count(self) -> int:
        """What is kept of it."""
        columns = self.row.nbytes + self.price.nbytes + self.notional.nbytes + self.kind.nbytes
        return self.pools.byte_count + columns + 8 * len(self.pools.addresses)

    def answer(self, rows: PageRows) -> PositionsAnswer:
        """Positions [start, end) of the order: largest notional first, then by address."""
        frame, snapshot = self.frame, self.frame.snapshot
        return PositionsAnswer(
            provenance=provenance_answer(frame.provenance),
            as_of_ms=frame.time_ms,
            coin=snapshot.markets.coins[self.market_index],
            mark=known(snapshot.mark[self.market_index]),
            price_low=self.span[0],
            price_high=self.span[1],
            positions=self._rows(self._ordered(rows.end)[rows.start :]),
            totals=self.totals,
            next_cursor=rows.next_cursor,
            doubt=doubt_words(snapshot.doubt_of(self.market_index)),
        )

    def _ordered(self, end: int) -> Int64Array:
        """The first `end` of the order. The rest is not sorted: all that could be among them is, by their notional."""
        if end == 0:
            return NOBODY
        least = np.partition(self.notional, self.count - end)[self.count - end]
        near = np.flatnonzero(self.notional >= least)
        addresses, owner = self.pools.addresses, self.pools.address_row
        order = sorted(near.tolist(), key=lambda each: (-self.notional[each], addresses[int(owner[each])]))
        return np.array(order[:end], np.int64)

    def _rows(self, chosen: Int64Array) -> list[PositionAnswer]:
        """The chosen in words: margins are worked out of their pools alone."""
        pools, snapshot = self.pools.take(chosen), self.frame.snapshot
        margin = pool_margin(pools, snapshot, self.tables)
        in_doubt = pools_in_doubt(pools, snapshot.doubt)
        mark = float(snapshot.mark[self.market_index])
        held = pools.offsets[:-1] + self.row[chosen] - self.pools.offsets[chosen]
        rows = []
        for owner, (row, place) in enumerate(zip(held.tolist(), chosen.tolist(), strict=True)):
            size, price = float(pools.size[row]), float(self.price[place])
            is_published = pools.published[row] == PublishedState.PRICE
            rows.append(
                PositionAnswer(
                    address=pools.addresses[int(pools.address_row[owner])],
                    margin_mode=MODE_NAMES[int(pools.mode[owner])],
                    side=1 if size > 0.0 else -1,
                    size=size,
                    notional=float(self.notional[place]),
                    liquidation_price=known(price),
                    published_liquidation_price=known(pools.published_price[row]) if is_published else None,
                    entry_price=known(pools.entry_price[row]),
                    leverage=known(pools.leverage[row]),
                    margin_source=MARGIN_SOURCE_NAMES[int(pools.margin_source[owner])],
                    account_value=known(margin.account_value[owner]),
                    distance_percent=distance_percent(price, mark),
                    kind=KIND_NAMES[AccountKind(int(self.kind[place]))],
                    is_in_doubt=bool(in_doubt[owner]),
                )
            )
        return rows


def find_positions(
    frame: MarketFrame,
    accounts: Accounts,
    tables: MarginTables,
    *,
    market_index: int,
    choice: Choice,
    side: int | None = None,
    vault_rows: Int64Array = NOBODY,
) -> PositionList:
    """Positions of one coin chosen by band or by price, of one side or both, as the frame counted them.

    vault_rows  rows of `accounts.addresses` that are vaults.
    Cost O(P): everybody is solved by the kernel (5 ns a position), which is less than picking the holders out first.
    """
    root = solve_roots(accounts, frame.snapshot, tables)
    chosen = _chosen(accounts, frame, root, market_index, choice, side)
    owners = accounts.pool_of_position()[chosen].astype(np.int64)
    pools = accounts.take(owners)
    row = pools.offsets[:-1] + chosen - accounts.offsets[owners]
    notional = np.abs(pools.size[row]) * float(frame.snapshot.mark[market_index])
    kind = kind_of_pools(pools, vault_rows)
    reported = replace(
        frame, bands=Bands.empty()
    )  # a list may be kept for its next page: without what it does not need
    totals = _totals(pools, row, notional, kind)
    span = _span(choice, float(frame.snapshot.mark[market_index]))
    return PositionList(
        frame=reported,
        pools=pools,
        tables=tables,
        market_index=market_index,
        span=span,
        row=row,
        price=root[chosen],
        notional=notional,
        kind=kind,
        totals=totals,
    )


def _totals(pools: Accounts, row: Int64Array, notional: Float64Array, kind: UInt8Array) -> PositionTotals:
    is_long = pools.size[row] > 0.0
    is_there = np.zeros(len(pools.addresses), np.bool_)
    is_there[pools.address_row] = True
    return PositionTotals(
        long_notional=math.fsum(notional[is_long]),
        short_notional=math.fsum(notional[~is_long]),
        position_count=len(row),
        account_count=int(is_there.sum()),
        vault_notional=math.fsum(notional[kind == AccountKind.VAULT]),
    )


def _chosen(
    accounts: Accounts,
    frame: MarketFrame,
    root: Float64Array,
    market_index: int,
    choice: Choice,
    side: int | None,
) -> Int64Array:
    """Rows of the chosen positions, rising."""
    start = window_start(frame.snapshot.mark)[market_index]
    rows = np.flatnonzero(accounts.market_index == market_index)
    rows = rows[~accounts.is_exempt[accounts.pool_of_position()[rows]]]
    rows = rows[(root[rows] > 0.0) & (root[rows] <= HIGHEST_PRICE)]  # a level, as levels_of has it
    price, band = root[rows], band_of_price(root[rows])
    is_chosen = (band >= start) & (band < start + 2 * HALF_SPAN)  # False where the mark is unknown
    if isinstance(choice, BandChoice):
        is_chosen &= merge_band(band, choice.level) == choice.band
    elif isinstance(choice, WithinChoice):
        # As distance_percent of an answer has it, so that who filters the answer gets the same rows.
        distance = 100.0 * (price / frame.snapshot.mark[market_index] - 1.0)
        is_chosen &= np.abs(distance) <= choice.percent
    else:
        is_chosen &= (price >= choice.low) & (price < choice.high)
    if side is not None:
        is_chosen &= np.sign(accounts.size[rows]) == side
    chosen: Int64Array = rows[is_chosen]
    return chosen


def _span(choice: Choice, mark: float) -> tuple[float | None, float | None]:
    if isinstance(choice, PriceChoice):
        return choice.low, choice.high
    if isinstance(choice, WithinChoice):
        share = choice.percent / 100.0
        return known(mark * max(0.0, 1.0 - share)), known(mark * (1.0 + share))
    return float(band_edge(choice.band, choice.level)), float(band_edge(choice.band + 1, choice.level))
