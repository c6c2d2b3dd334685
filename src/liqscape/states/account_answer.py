"""The answer of `liqscape solve`: one account, its margin pools and positions beside what the venue published."""

from __future__ import annotations

import msgspec


class MarginSourceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Why the free margin may be believed.

    source          figure it was taken from (states/account_pools.py, PoolSource).
    price_count     published prices in the pool; agreeing_count of them give this free margin.
    spread          (highest - lowest) / largest of the free margins the agreeing prices imply; null below two.
    state_difference (free margin the state claims - the one its prices imply) / the latter; null without both.
    maintenance_difference  our maintenance minus the venue's, USD; null where the venue gives none.
    is_cross_checked a published price was met by a figure that does not stem from it.
    note            what a reader must know; may be empty.
    """

    source: str
    price_count: int
    agreeing_count: int
    spread: float | None
    state_difference: float | None
    maintenance_difference: float | None
    is_cross_checked: bool
    note: str


class PoolRow(msgspec.Struct, frozen=True, kw_only=True):
    """One margin pool. Money in USD; null is unknown."""

    margin_mode: str
    coins: tuple[str, ...]
    raw_usd: float | None
    free_margin: float | None
    account_value: float | None
    maintenance_margin: float | None
    margin_source: str
    margin_source_detail: MarginSourceDetail


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """The account. Its figures are those of its first pool that holds positions; `pools` has all of them.

    isolated_margin_left: USD beside cross margin and every listed pocket, as an account without positions may still
    hold; null where there is none or it cannot be told.
    """

    address: str | None
    margin_mode: str
    raw_usd: float | None
    free_margin: float | None
    account_value: float | None
    maintenance_margin: float | None
    margin_source: str
    margin_source_detail: MarginSourceDetail | None
    pools: tuple[PoolRow, ...]
    isolated_margin_left: float | None = None


class PositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One position.

    size signed, coins. mark, prices in USD; mark and notional null where the row could not be read whole;
    liquidation_price null where no positive mark liquidates or nothing is known (`status`: ok, no_level, insolvent,
    unknown). relative_error = abs(ours / published - 1), null where it would say nothing. class: what became of the
    published price (risk/inference/classes.py), or not_solved.
    tier_at_liquidation counts from 0. solved_from: "state", or "other_prices" / "own_price" where inferred.
    """

    coin: str
    dex: str
    margin_mode: str
    size: float
    mark: float | None
    notional: float | None
    max_leverage: int
    liquidation_price: float | None
    published_liquidation_price: float | None
    relative_error: float | None
    row_class: str = msgspec.field(name="class")
    status: str
    tier_at_liquidation: int | None
    solved_from: str
    margin_table: str
    margin_table_source: str


class TablesRow(msgspec.Struct, frozen=True):
    """The list of margin tables asked first; a position may follow another one and says so."""

    name: str
    date: str | None


class SolveAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One account of one file.

    skipped_rows counts what was left out because it does not matter (closed legs, outcome tokens); unread_rows has a
    sentence for each row that could not be read and left its pool unknown.
    """

    file: str
    time_ms: int
    tables: TablesRow
    account: AccountRow
    positions: tuple[PositionRow, ...]
    skipped_rows: int = 0
    unread_rows: tuple[str, ...] = ()
