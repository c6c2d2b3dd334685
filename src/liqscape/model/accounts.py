"""Margin pools and their positions as columns (CSR).

The unit of margin is the **pool**, not the address: the cross positions of an address share one pool, each
isolated position is a pool of its own. Pools of one address stand together; positions are sorted by pool and
pool `a` owns rows `offsets[a]:offsets[a + 1]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

import numpy as np

from liqscape.errors import ModelError
from liqscape.model.lineage import Version
from liqscape.units import AnyArray, BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array


class PublishedState(IntEnum):
    """What the venue printed as liquidation price of a position."""

    NOT_GIVEN = 0
    """The source does not carry the field."""
    NONE = 1
    """The venue published null: no positive mark liquidates."""
    PRICE = 2


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """A pools, P positions.

    addresses     (N,)  one per address, lower-case hex; any sequence: a live map makes names when they are asked for.
    address_row   (A,)  row in `addresses`.
    raw_usd       (A,)  effective raw USD: account value minus the sum of exposures; NaN where unknown.
    margin_source (A,)  MarginSource: how raw_usd became known.
    mode          (A,)  PoolMode.
    is_exempt     (A,)  cannot be liquidated in practice (HLP and its children); kept apart in bands.
    observed_ms   (A,)  venue time of the state behind raw_usd.
    offsets       (A+1,)
    market_index  (P,)
    size          (P,)  signed coins, never zero.
    table_row     (P,)  margin table of the position.
    entry_price   (P,)  display only; NaN unknown.
    leverage      (P,)  the user's setting, display only; NaN unknown.
    observed_mark (P,)  mark in force when the position was read (position value / abs(size)); NaN unknown.
    published     (P,)  PublishedState.
    published_price (P,) the venue's liquidation price where published is PRICE, else NaN.
    """

    addresses: Sequence[str]
    address_row: Int32Array
    raw_usd: Float64Array
    margin_source: UInt8Array
    mode: UInt8Array
    is_exempt: BoolArray
    observed_ms: Int64Array
    offsets: Int64Array
    market_index: Int32Array
    size: Float64Array
    table_row: Int32Array
    entry_price: Float64Array
    leverage: Float64Array
    observed_mark: Float64Array
    published: UInt8Array
    published_price: Float64Array

    def __post_init__(self) -> None:
        pools, positions = self.pool_count, self.position_count
        for name in ("address_row", *POOL_COLUMNS):
            if getattr(self, name).shape != (pools,):
                raise ModelError(f"{name} has shape {getattr(self, name).shape}, {pools} pools need ({pools},)")
        for name in POSITION_COLUMNS:
            if getattr(self, name).shape != (positions,):
                raise ModelError(
                    f"{name} has shape {getattr(self, name).shape}, {positions} positions need ({positions},)"
                )
        if self.offsets.shape != (pools + 1,) or self.offsets[0] != 0 or self.offsets[-1] != positions:
            raise ModelError(f"offsets do not span {positions} positions in {pools} pools")
        if np.any(np.diff(self.offsets) < 0):
            raise ModelError("offsets fall")

    @property
    def pool_count(self) -> int:
        return len(self.raw_usd)

    @property
    def position_count(self) -> int:
        return len(self.size)

    @property
    def byte_count(self) -> int:
        """Memory of the columns; addresses are shared by all Accounts of a market."""
        columns = ("address_row", "offsets", *POOL_COLUMNS, *POSITION_COLUMNS)
        return sum(getattr(self, name).nbytes for name in columns)

    @classmethod
    def build(
        cls,
        *,
        addresses: Sequence[str],
        address_row: Iterable[int],
        raw_usd: Iterable[float],
        offsets: Iterable[int],
        market_index: Iterable[int],
        size: Iterable[float],
        table_row: Iterable[int],
        margin_source: Iterable[int] | None = None,
        mode: Iterable[int] | None = None,
        is_exempt: Iterable[bool] | None = None,
        observed_ms: Iterable[int] | None = None,
        entry_price: Iterable[float] | None = None,
        leverage: Iterable[float] | None = None,
        observed_mark: Iterable[float] | None = None,
        published: Iterable[int] | None = None,
        published_price: Iterable[float] | None = None,
    ) -> Accounts:
        """Columns from any iterables; what is not given is unknown (margin source STATE, mode CROSS)."""
        raw = _column(raw_usd, np.float64)
        sizes = _column(size, np.float64)
        pools, positions = len(raw), len(sizes)
        return cls(
            addresses=tuple(addresses),
            address_row=_column(address_row, np.int32),
            raw_usd=raw,
            margin_source=np.ones(pools, np.uint8) if margin_source is None else _column(margin_source, np.uint8),
            mode=np.zeros(pools, np.uint8) if mode is None else _column(mode, np.uint8),
            is_exempt=np.zeros(pools, np.bool_) if is_exempt is None else _column(is_exempt, np.bool_),
            observed_ms=np.zeros(pools, np.int64) if observed_ms is None else _column(observed_ms, np.int64),
            offsets=_column(offsets, np.int64),
            market_index=_column(market_index, np.int32),
            size=sizes,
            table_row=_column(table_row, np.int32),
            entry_price=np.full(positions, np.nan) if entry_price is None else _column(entry_price, np.float64),
            leverage=np.full(positions, np.nan) if leverage is None else _column(leverage, np.float64),
            observed_mark=np.full(positions, np.nan) if observed_mark is None else _column(observed_mark, np.float64),
            published=np.zeros(positions, np.uint8) if published is None else _column(published, np.uint8),
            published_price=np.full(positions, np.nan)
            if published_price is None
            else _column(published_price, np.float64),
        )

    @classmethod
    def empty(cls) -> Accounts:
        """No address, pool or position."""
        return cls.build(addresses=(), address_row=(), raw_usd=(), offsets=(0,), market_index=(), size=(), table_row=())

    def pool_of_position(self) -> Int32Array:
        """(P,) pool row of each position."""
        return self._pool_of_position

    @cached_property
    def _pool_of_position(self) -> Int32Array:
        return np.repeat(np.arange(self.pool_count, dtype=np.int32), np.diff(self.offsets))

    @cached_property
    def is_lone(self) -> UInt8Array:
        """(P,) 1 where the position is the only one of its pool."""
        lengths = np.diff(self.offsets)
        return np.repeat((lengths == 1).astype(np.uint8), lengths)

    @cached_property
    def named_rows(self) -> tuple[range, range]:
        """From the lowest to the highest row of markets and of margin tables that positions name; empty without any."""
        market, table = self.market_index, self.table_row
        if not len(market):
            return range(0), range(0)
        return range(int(market.min()), int(market.max()) + 1), range(int(table.min()), int(table.max()) + 1)

    def of_version(self, version: Version) -> Accounts:
        """The same object, as a state of a ledger's log. What is made of it (`replace`, `take`) is of no version."""
        self.__dict__["_version"] = version
        return self

    def changed_since(self, before: Accounts) -> Int64Array | None:
        """(K,) rows, rising, of all addresses that differ from an earlier state of the same ledger, and perhaps of some
        that do not; None where that is not known."""
        own, other = self.__dict__.get("_version"), before.__dict__.get("_version")
        if own is None or other is None or own.log is not other.log or other.number > own.number:
            return None
        rows = own.log.rows_after(other.number, len(self.addresses))
        new = np.arange(len(before.addresses), len(self.addresses))
        return np.union1d(rows, new) if len(new) else rows

    def with_names(self) -> Accounts:
        """The same for who keeps them: a tuple of names, where a live map has a view on a table of its ledger."""
        return replace(self, addresses=tuple(self.addresses))

    def take(self, pools: Int64Array) -> Accounts:
        """The given pools, in the given order, with their positions. Addresses stay as they are."""
        lengths = np.diff(self.offsets)[pools]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        starts = self.offsets[:-1][pools]
        rows = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - starts, lengths)
        pool_columns = {name: getattr(self, name)[pools] for name in ("address_row", *POOL_COLUMNS)}
        position_columns = {name: getattr(self, name)[rows] for name in POSITION_COLUMNS}
        return replace(self, offsets=offsets, **pool_columns, **position_columns)

    @classmethod
    def join(
        cls, addresses: tuple[str, ...], parts: Sequence[Accounts], address_rows: Sequence[Int32Array]
    ) -> Accounts:
        """Pools of all parts, one part after the other, over one list of addresses.

        `address_rows` gives, for each part, the (A,) rows of its pools in `addresses`.
        """
        steps = [0, *np.cumsum([part.position_count for part in parts]).tolist()]
        offsets = [part.offsets[:-1] + step for part, step in zip(parts, steps[:-1], strict=True)]
        joined = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in (*POOL_COLUMNS, *POSITION_COLUMNS)
        }
        joined["address_row"] = np.concatenate(list(address_rows)).astype(np.int32)
        joined["offsets"] = np.concatenate([*offsets, np.array(steps[-1:])]).astype(np.int64)
        return cls(addresses=addresses, **joined)


POOL_COLUMNS = ("raw_usd", "margin_source", "mode", "is_exempt", "observed_ms")
"""Columns with one row per pool, besides address_row and offsets."""

POSITION_COLUMNS = (
    "market_index",
    "size",
    "table_row",
    "entry_price",
    "leverage",
    "observed_mark",
    "published",
    "published_price",
)
"""Columns with one row per position."""


def _column(values: Iterable[object], kind: type) -> AnyArray:
    """One that can be written, for kernels are compiled for such: those of a data frame cannot."""
    if isinstance(values, np.ndarray):
        return np.require(values, kind, ("C", "W"))
    return np.array(list(values), kind)
