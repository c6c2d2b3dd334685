"""One address: its margin pools, and for each position every price at which something happens to it."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.frame import MarketFrame
from liqscape.model.account_kinds import AccountKind, kind_of_pools
from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.doubt import pools_in_doubt
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.ladder import order_ladder
from liqscape.risk.liquidation import LevelStatus, LiquidationPrices, solve_liquidation
from liqscape.risk.margin import PoolMargin, maintenance_margin, pool_margin
from liqscape.risk.stages import backstop_price, bankruptcy_price
from liqscape.service.answers.kinds import KIND_NAMES, Kind, why_exempt
from liqscape.service.answers.parts import (
    MARGIN_SOURCE_NAMES,
    MODE_NAMES,
    Coins,
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
from liqscape.service.paging import PageRows
from liqscape.units import MarginSource

PUBLISHED_NAMES = {
    PublishedState.NOT_GIVEN: "not_given",
    PublishedState.NONE: "none",
    PublishedState.PRICE: "price",
}


class OrderAnswer(msgspec.Struct, frozen=True):
    """One expected order of the liquidation: `size` coins go to the book when the mark reaches `price`."""

    price: Price
    size: Coins
    notional: Usd


class AccountPosition(msgspec.Struct, frozen=True, kw_only=True):
    """One position of a pool. Prices are marks of its coin with the other marks as they are."""

    coin: str
    side: SideNumber
    size: Coins
    mark: Price | None
    notional: Usd | None
    entry_price: Price | None
    leverage: float | None
    liquidation_price: Price | None
    level_status: Annotated[str, msgspec.Meta(description="ok, no_level, unknown or insolvent.")]
    published_liquidation_price: Price | None
    published: Annotated[str, msgspec.Meta(description="price, none (printed null) or not_given.")]
    tier: Annotated[int, msgspec.Meta(description="Margin tier at the liquidation price.")] | None
    backstop_price: Price | None
    bankruptcy_price: Price | None
    distance_percent: Percent | None
    orders: Annotated[
        list[OrderAnswer],
        msgspec.Meta(description="Expected orders if each fills at its trigger: 20 % slices above 100k USD."),
    ]


class PoolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One margin pool: the cross positions of an address, or one isolated position."""

    margin_mode: str
    margin_source: str
    raw_usd: Usd | None
    account_value: Usd | None
    maintenance_margin: Usd | None
    free_margin: Usd | None
    health: Annotated[float, msgspec.Meta(description="Maintenance / account value; 1 at liquidation.")] | None
    is_exempt: Annotated[bool, msgspec.Meta(description="Not liquidated in practice.")]
    observed_ms: TimeMs
    positions: list[AccountPosition]
    kind: Kind = KIND_NAMES[AccountKind.TRADER]
    kind_reason: (
        Annotated[str, msgspec.Meta(description="How an exempt account was recognised; null for others.")] | None
    ) = None
    is_in_doubt: IsInDoubt = False


class AccountAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All pools of an address."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    address: str
    pools: list[PoolAnswer]
    isolated_margin_left: (
        Annotated[float, msgspec.Meta(description="USD of isolated margin beside all listed pockets, now; else null.")]
        | None
    ) = None
    pool_count: Annotated[int, msgspec.Meta(description="Pools of the whole list.")] = 0
    next_cursor: NextCursor = None

    def page(self, rows: PageRows) -> AccountAnswer:
        """The rows of one page."""
        return msgspec.structs.replace(
            self,
            pools=self.pools[rows.start : rows.end],
            next_cursor=rows.next_cursor,
        )


def account_answer(
    frame: MarketFrame,
    accounts: Accounts,
    tables: MarginTables,
    address_row: int,
    *,
    is_vault: bool = False,
    isolated_margin_left: float | None = None,
) -> AccountAnswer:
    """The pools of one address at the marks of a frame; no pools where it holds nothing."""
    address = accounts.addresses[address_row]
    pools = accounts.take(np.flatnonzero(accounts.address_row == address_row))
    snapshot = frame.snapshot
    margin = pool_margin(pools, snapshot, tables)
    columns = _SolvedColumns(pools, frame, tables, margin)
    reason = why_exempt(address, is_simulated=frame.provenance.is_simulated)
    in_doubt = pools_in_doubt(pools, snapshot.doubt)
    kind = kind_of_pools(pools, np.array([address_row] if is_vault else [], np.int64))
    return AccountAnswer(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        address=address,
        pools=[
            PoolAnswer(
                margin_mode=MODE_NAMES[int(pools.mode[row])],
                margin_source=MARGIN_SOURCE_NAMES[int(pools.margin_source[row])],
                raw_usd=known(pools.raw_usd[row]),
                account_value=known(margin.account_value[row]),
                # Of a pool nothing is known of, rows may be missing: the sum of those that are here is no sum.
                maintenance_margin=(
                    None if pools.margin_source[row] == MarginSource.UNKNOWN else known(margin.maintenance_margin[row])
                ),
                free_margin=known(margin.free_margin[row]),
                health=known(margin.health[row]),
                is_exempt=bool(pools.is_exempt[row]),
                observed_ms=int(pools.observed_ms[row]),
                positions=[
                    columns.position(position, row)
                    for position in range(int(pools.offsets[row]), int(pools.offsets[row + 1]))
                ],
                kind=KIND_NAMES[int(kind[row])],
                kind_reason=reason if pools.is_exempt[row] else None,
                is_in_doubt=bool(in_doubt[row]),
            )
            for row in range(pools.pool_count)
        ],
        isolated_margin_left=isolated_margin_left,
        pool_count=pools.pool_count,
    )


def empty_answer(frame: MarketFrame, address: str, isolated_margin_left: float) -> AccountAnswer:
    """An address without a position that still holds isolated margin."""
    provenance = provenance_answer(frame.provenance)
    return AccountAnswer(
        provenance=provenance,
        as_of_ms=frame.time_ms,
        address=address,
        pools=[],
        isolated_margin_left=isolated_margin_left,
    )


class _SolvedColumns:
    """Solved columns of the few pools of one address."""

    def __init__(self, pools: Accounts, frame: MarketFrame, tables: MarginTables, margin: PoolMargin) -> None:
        snapshot = frame.snapshot
        self.pools, self.tables, self.margin = pools, tables, margin
        self.coins = snapshot.markets.coins
        self.mark = snapshot.mark[pools.market_index]
        self.notional = np.abs(pools.size) * self.mark
        self.maintenance = maintenance_margin(self.notional, pools.table_row, tables)
        self.level: LiquidationPrices = solve_liquidation(pools, snapshot, tables)
        self.backstop: LiquidationPrices = backstop_price(pools, snapshot, tables)
        self.bankruptcy: LiquidationPrices = bankruptcy_price(pools, snapshot, tables)

    def position(self, row: int, pool: int) -> AccountPosition:
        pools, status = self.pools, LevelStatus(int(self.level.status[row]))
        published = PublishedState(int(pools.published[row]))
        mark, price = float(self.mark[row]), float(self.level.price[row])
        return AccountPosition(
            coin=self.coins[int(pools.market_index[row])],
            side=1 if pools.size[row] > 0.0 else -1,
            size=float(pools.size[row]),
            mark=known(mark),
            notional=known(self.notional[row]),
            entry_price=known(pools.entry_price[row]),
            leverage=known(pools.leverage[row]),
            liquidation_price=known(price),
            level_status=status.name.lower(),
            published_liquidation_price=(
                known(pools.published_price[row]) if published is PublishedState.PRICE else None
            ),
            published=PUBLISHED_NAMES[published],
            tier=int(self.level.tier[row]) if status is LevelStatus.OK else None,
            backstop_price=known(self.backstop.price[row]),
            bankruptcy_price=known(self.bankruptcy.price[row]),
            distance_percent=distance_percent(price, mark),
            orders=self._orders(row, pool) if status is LevelStatus.OK else [],
        )

    def _orders(self, row: int, pool: int) -> list[OrderAnswer]:
        """The ladder; a lone position's own mark does not enter, so it need not be known."""
        pools = self.pools
        others = float(pools.raw_usd[pool])
        for other in range(int(pools.offsets[pool]), int(pools.offsets[pool + 1])):
            if other != row:
                others += float(pools.size[other] * self.mark[other] - self.maintenance[other])
        table = self.tables.tables[int(pools.table_row[row])]
        orders = order_ladder(float(pools.size[row]), others, table)
        return [OrderAnswer(order.price, order.size, order.notional) for order in orders]
