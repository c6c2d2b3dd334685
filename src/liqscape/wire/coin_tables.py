"""Which margin table each coin has, by one list: a recorded `meta`, a file, or a dated built-in list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from liqscape.model.margin_tables import MarginTable


@dataclass(frozen=True, kw_only=True)
class CoinTables:
    """Margin tables by coin.

    name      where the list comes from, shown with every answer.
    date      ISO date from which it is known to hold; None where the source does not say.
    tables    by coin, `dex:COIN` for builder-deployed dexs.
    collateral spot token index by dex; absent where not known ("" is USDC, 0).
    unread    coins whose table could not be read, and why: no other table is taken for it.
    """

    name: str
    date: str | None
    tables: Mapping[str, MarginTable]
    collateral: Mapping[str, int] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def find(self, coin: str) -> MarginTable | None:
        """Table of a coin, None where the list does not have it."""
        return self.tables.get(coin)
