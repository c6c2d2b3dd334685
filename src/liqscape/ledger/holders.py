"""Who holds each market, sorted by address: what bands are made of, and sums that follow from holdings alone.

Sorting everybody anew takes as long as all bands of a frame. Addresses rise within a market, and nobody holds a market
twice, so what changed is merged in: one pass that copies the rest, to the same rows and the same sums to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import ModelError
from liqscape.risk.margin import are_within
from liqscape.units import Float64Array, Int64Array, MarginSource

if TYPE_CHECKING:
    from liqscape.ledger.kernels.by_market import HolderRows, HolderSums
    from liqscape.ledger.kernels.gathering import Gathered


@dataclass(frozen=True)
class MarketHolders:
    """Positions of one state of the ledger, by market. Never changes; a later state is another one (`moved`)."""

    rows: HolderRows
    sums: HolderSums

    @classmethod
    def of(cls, gathered: Gathered, market_count: int) -> MarketHolders:
        """Of all positions: those of `gathered`, merged into nothing."""
        return cls.none(market_count).moved(np.empty(0, np.int64), gathered, 0)

    @classmethod
    def none(cls, market_count: int) -> MarketHolders:
        """Nobody holds anything."""
        from liqscape.ledger.kernels.by_market import HolderSums

        return cls(
            _room(0, market_count),
            HolderSums(
                position_size=np.zeros((market_count, 2)),
                position_count=np.zeros((market_count, 2), np.int64),
                margin_source_size=np.zeros((len(MarginSource), market_count)),
            ),
        )

    @property
    def market_count(self) -> int:
        """Markets it has room for."""
        return len(self.rows.start) - 1

    def has_room_for(self, fresh: Gathered) -> bool:
        """Whether all positions are in its markets: a coin may have been listed since."""
        return are_within(fresh.market_index, self.market_count)

    def moved(self, changed: Int64Array, fresh: Gathered, address_count: int) -> MarketHolders:
        """After some addresses, given by row among so many, came to hold `fresh` and nothing else.

        Raises ModelError for a position in another market: kernels would count it beyond their columns.
        """
        from liqscape.ledger.kernels import by_market

        if not self.has_room_for(fresh):
            raise ModelError(f"market_index is up to {fresh.market_index.max()}, must be below {self.market_count}")
        sorted_rows = _room(len(fresh.size), self.market_count)
        by_market.sort_holders(fresh, sorted_rows)
        is_changed = np.zeros(address_count, np.bool_)
        is_changed[changed] = True
        into = _room(len(self.rows.size) + len(fresh.size), self.market_count)
        sums = self.sums._replace(**{name: getattr(self.sums, name).copy() for name in self.sums._fields})
        by_market.merge_holders(self.rows, is_changed, sorted_rows, into, sums)
        count = int(into.start[-1])
        return MarketHolders(
            into._replace(
                address_row=into.address_row[:count],
                row=into.row[:count],
                size=into.size[:count],
                code=into.code[:count],
            ),
            sums,
        )

    def held_sizes(self) -> Float64Array:
        """(M,) coins in all positions, of both sides."""
        held: Float64Array = self.sums.position_size[:, 0] + self.sums.position_size[:, 1]
        return held


def _room(count: int, market_count: int) -> HolderRows:
    from liqscape.ledger.kernels.by_market import HolderRows

    return HolderRows(
        start=np.zeros(market_count + 1, np.int64),
        address_row=np.empty(count, np.int32),
        row=np.empty(count, np.int32),
        size=np.empty(count),
        code=np.empty(count, np.uint8),
    )
