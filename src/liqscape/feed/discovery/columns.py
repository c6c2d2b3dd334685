"""What is known of each address beside its 20 bytes: as rows for a register on disk, and as columns that grow.

In memory a million addresses take 34 MB: times in whole seconds, figures of lists in 32 bits (they only order
questions), and as many bits of dexs as there are dexs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.feed.discovery.dex_bits import DexBits
from liqscape.model.address_words import names_of
from liqscape.sparse import with_more
from liqscape.units import AnyArray, BoolArray, Float32Array, Float64Array, Int64Array, UInt8Array

SECOND_MS = 1_000
FIRST_ROOM = 1_024


@dataclass(frozen=True, kw_only=True)
class RegisterColumns:
    """K addresses as they are kept on disk; times -1 where never.

    key               (K, 20) the address.
    sources           (K,) AddressSource bits.
    first_seen_ms     (K,)
    last_activity_ms  (K,) newest print.
    traded_usd        (K,) faded to last_activity_ms.
    account_value     (K,) USD as the leaderboard has it, 0 unknown.
    week_volume, month_volume  (K,) USD, likewise.
    dex_bits          (K,) dexs it traded in, bit by row of the dexs.
    is_vault          (K,)
    is_exempt         (K,) cannot be liquidated in practice.
    """

    key: UInt8Array
    sources: UInt8Array
    first_seen_ms: Int64Array
    last_activity_ms: Int64Array
    traded_usd: Float64Array
    account_value: Float64Array
    week_volume: Float64Array
    month_volume: Float64Array
    dex_bits: Int64Array
    is_vault: BoolArray
    is_exempt: BoolArray

    def __len__(self) -> int:
        return len(self.key)

    @property
    def address(self) -> tuple[str, ...]:
        """Names, made anew."""
        return tuple(names_of(self.key))

    def of(self, rows: slice) -> RegisterColumns:
        """Some of the rows."""
        return RegisterColumns(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    @classmethod
    def joined(cls, parts: Sequence[RegisterColumns]) -> RegisterColumns:
        """Rows of several, at least one, one after the other."""
        return cls(
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__}
        )


COLUMNS = tuple(name for name in RegisterColumns.__dataclass_fields__ if name != "key")


class AddressFigures:
    """Columns by row with room for more rows. Rows nobody has written to hold nothing: zeros, no source.

    first_seen_s, last_activity_s  seconds, 0 never.
    """

    def __init__(self) -> None:
        self.sources: UInt8Array = np.zeros(FIRST_ROOM, np.uint8)
        self.first_seen_s: AnyArray = np.zeros(FIRST_ROOM, np.uint32)
        self.last_activity_s: AnyArray = np.zeros(FIRST_ROOM, np.uint32)
        self.traded_usd: Float64Array = np.zeros(FIRST_ROOM)
        self.account_value: Float32Array = np.zeros(FIRST_ROOM, np.float32)
        self.week_volume: Float32Array = np.zeros(FIRST_ROOM, np.float32)
        self.month_volume: Float32Array = np.zeros(FIRST_ROOM, np.float32)
        self.dex_bits = DexBits(FIRST_ROOM)
        self.is_vault: BoolArray = np.zeros(FIRST_ROOM, np.bool_)
        self.is_exempt: BoolArray = np.zeros(FIRST_ROOM, np.bool_)
        self.is_changed: BoolArray = np.zeros(FIRST_ROOM, np.bool_)

    def reserve(self, count: int, used: int) -> None:
        """Make room for so many rows, of which `used` are written; one column after the other."""
        room = len(self.sources)
        if count <= room:
            return
        room = max(count, 3 * room // 2)
        self.dex_bits.reserve(room)
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray):
                setattr(self, name, with_more(column[:used], room))

    def taken(self, key: UInt8Array, rows: Int64Array) -> RegisterColumns:
        """Rows as copies; key (K, 20) theirs."""
        return RegisterColumns(
            key=key,
            sources=self.sources[rows],
            first_seen_ms=self.first_seen_s[rows] * np.int64(SECOND_MS),
            last_activity_ms=self.activity_ms(rows),
            traded_usd=self.traded_usd[rows],
            account_value=self.account_value[rows].astype(np.float64),
            week_volume=self.week_volume[rows].astype(np.float64),
            month_volume=self.month_volume[rows].astype(np.float64),
            dex_bits=self.dex_bits[rows],
            is_vault=self.is_vault[rows],
            is_exempt=self.is_exempt[rows],
        )

    def activity_ms(self, rows: Int64Array | slice) -> Int64Array:
        """Newest print, -1 never."""
        seconds = self.last_activity_s[rows]
        return np.where(seconds > 0, seconds * np.int64(SECOND_MS), np.int64(-1))


def seconds_of(time_ms: AnyArray | int) -> AnyArray:
    """Whole seconds as 32 bits hold them, to the year 2106."""
    seconds: AnyArray = np.clip(np.asarray(time_ms, np.int64) // SECOND_MS, 0, np.iinfo(np.uint32).max).astype(
        np.uint32
    )
    return seconds
