"""Accounts by kind: traders, vaults, what is not liquidated in practice, and who has no level within reach."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.heatmap.kept_apart import KindTotals, sum_by_kind
from liqscape.model.account_kinds import AccountKind
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.liquidation import solve_roots
from liqscape.service.answers.parts import Usd, known
from liqscape.units import Int64Array
from liqscape.wire.known_addresses import BACKSTOPS, EXEMPT_ADDRESSES, HLP, PORTFOLIO_BACKSTOP

KIND_NAMES = tuple(kind.name.lower() for kind in AccountKind)
NO_PRACTICAL_LEVEL = "no_practical_level"

Kind = Annotated[str, msgspec.Meta(description="trader, vault, or exempt: not liquidated in practice.")]


class KindRow(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts that hold something, of one kind."""

    kind: Annotated[
        str,
        msgspec.Meta(
            description="trader, vault, exempt (HLP, its children, backstops); no_practical_level: traders and vaults "
            "of 1M USD or more without a level between a tenth of the mark and ten times it, counted again."
        ),
    ]
    account_count: Annotated[int, msgspec.Meta(ge=0)]
    position_count: Annotated[int, msgspec.Meta(ge=0)]
    notional: Usd
    share: Annotated[float | None, msgspec.Meta(description="Of 2 * open interest, over coins where it is known.")]


def kind_rows(
    accounts: Accounts, vault_rows: Int64Array, snapshot: MarketSnapshot, tables: MarginTables
) -> list[KindRow]:
    """Figures by kind; solves every position."""
    figures = sum_by_kind(accounts, vault_rows, snapshot, solve_roots(accounts, snapshot, tables))
    rows = [_row(name, totals) for name, totals in zip(KIND_NAMES, figures.by_kind, strict=True)]
    return [*rows, _row(NO_PRACTICAL_LEVEL, figures.no_practical_level)]


def why_exempt(address: str, *, is_simulated: bool) -> str:
    """How an address that is not liquidated in practice was recognised."""
    if address == HLP:
        return "HLP, the exchange's own vault"
    if address == PORTFOLIO_BACKSTOP or address in BACKSTOPS:
        return "a backstop: takes over what the book does not"
    if address in EXEMPT_ADDRESSES:
        return "a child of HLP, by the list that comes with the program"
    if is_simulated:
        return "a maker, a backstop or a child of HLP of the made-up market"
    return "a child of HLP, by the vault's details or by its margin table: 50x where the coin allows less"


def _row(name: str, totals: KindTotals) -> KindRow:
    return KindRow(
        kind=name,
        account_count=totals.account_count,
        position_count=totals.position_count,
        notional=totals.notional,
        share=known(totals.share),
    )
