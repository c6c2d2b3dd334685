"""Who holds each market, sorted by address: what bands are made of, and sums that follow from holdings alone.

Sorting everybody anew takes as long as all bands of a frame. Addresses rise within a market, and nobody holds a market
twice, so what changed is merged in, to the same rows and the same sums to the bit. Markets in which nothing changed are
shared with the state before: they cost neither a copy nor memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import ModelError
from liqscape.risk.margin import are_within
from liqscape.units import AnyArray, BoolArray, Float64Array, Int64Array, MarginSource

if TYPE_CHECKING:
    from liqscape.ledger.kernels.by_market import HolderPart, HolderRows, HolderSums
    from liqscape.ledger.kernels.gathering import Gathered


EVERY_MARKET = slice(None)
MAX_UNUSED = 0.5
"""Beyond this part of the rows in use, others that stand beside them are let go: everything is copied."""


@dataclass(frozen=True, kw_only=True)
class MarketHolders:
    """Positions of one state of the ledger, by market. Never changes; a later state is another one (`moved`).

    parts   (M, 8) places of the positions of each market (HolderPart), which are in
    blocks  columns of several markets; block_of (M,) says in which those of a market are.
    """

    parts: Int64Array
    blocks: tuple[HolderPart, ...]
    block_of: Int64Array
    sums: HolderSums

    @classmethod
    def of(cls, gathered: Gathered, market_count: int) -> MarketHolders:
        """Of all positions: those of `gathered`, merged into nothing."""
        return cls.none(market_count).moved(np.empty(0, np.int64), gathered, 0)

    @classmethod
    def none(cls, market_count: int) -> MarketHolders:
        """Nobody holds anything."""
        from liqscape.ledger.kernels.by_market import HolderSums

        nobody = _room(0, market_count).held
        return cls(
            parts=np.zeros((market_count, 2 * len(nobody)), np.int64),
            blocks=(nobody,),
            block_of=np.zeros(market_count, np.int64),
            sums=HolderSums(
                position_size=np.zeros((market_count, 2)),
                position_count=np.zeros((market_count, 2), np.int64),
                margin_source_size=np.zeros((len(MarginSource), market_count)),
            ),
        )

    @property
    def market_count(self) -> int:
        """Markets it has room for."""
        return len(self.parts)

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
        is_touched = np.empty(self.market_count, np.bool_)
        rows = by_market.find_touched(self.parts, is_changed, sorted_rows, is_touched)
        used = self.position_count()
        if sum(len(block.size) for block in self.blocks) > (1.0 + MAX_UNUSED) * used:
            is_touched[:], rows = True, used + len(fresh.size)
        if not is_touched.any():
            return self
        into = _room(rows, self.market_count)
        sums = self.sums._replace(**{name: getattr(self.sums, name).copy() for name in self.sums._fields})
        by_market.merge_holders(self.parts, is_touched, is_changed, sorted_rows, into, sums)
        return self._with(into, is_touched, sums)

    def _with(self, merged: HolderRows, is_touched: BoolArray, sums: HolderSums) -> MarketHolders:
        """The markets that are touched as they were merged, the others as they are here."""
        parts, block_of = self.parts.copy(), self.block_of.copy()
        touched = np.flatnonzero(is_touched)
        start, length = merged.start[touched], merged.start[touched + 1] - merged.start[touched]
        columns: tuple[AnyArray, ...] = merged.held
        for number, column in enumerate(columns):
            parts[touched, 2 * number] = column.ctypes.data + start * column.itemsize
            parts[touched, 2 * number + 1] = length
        block_of[touched] = len(self.blocks)
        blocks = (*self.blocks, merged.held)
        kept, block_of = np.unique(block_of, return_inverse=True)
        return MarketHolders(
            parts=parts, blocks=tuple(blocks[number] for number in kept.tolist()), block_of=block_of, sums=sums
        )

    def position_count(self, markets: Int64Array | slice = EVERY_MARKET) -> int:
        """Positions in some markets."""
        from liqscape.ledger.kernels.by_market import LENGTH

        return int(self.parts[markets, LENGTH].sum())

    @property
    def byte_count(self) -> int:
        """Memory of the positions."""
        return sum(column.nbytes for block in self.blocks for column in block)

    def held_sizes(self) -> Float64Array:
        """(M,) coins in all positions, of both sides."""
        held: Float64Array = self.sums.position_size[:, 0] + self.sums.position_size[:, 1]
        return held


def _room(count: int, market_count: int) -> HolderRows:
    from liqscape.ledger.kernels.by_market import HolderPart, HolderRows

    return HolderRows(
        start=np.zeros(market_count + 1, np.int64),
        held=HolderPart(
            address_row=np.empty(count, np.int32),
            row=np.empty(count, np.int32),
            size=np.empty(count),
            code=np.empty(count, np.uint8),
        ),
    )
