"""Where things stand in a node's state snapshot, and its small parts as records (docs/node.md, "Layout").

The layout is known from third parties only. This reader is of one version of it: what it needs and does not find, or
finds in another shape, is refused by its path of keys, so a changed layout can never be read as a wrong map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.units import UInt8Array
from liqscape.wire.decode import wrong_shape

LAYOUT_VERSION = 1
"""As described by third parties from December 2025 to June 2026."""

Part = TypeVar("Part")


@dataclass(frozen=True)
class Wanted:
    """Keys of a map, or of every map of a list (`is_each`), that are looked for; an empty one is a leaf."""

    keys: Mapping[str, Wanted] = field(default_factory=dict)
    is_each: bool = False


LEAF = Wanted()
CONTEXT = Wanted({"height": LEAF, "time": LEAF})
DEX = Wanted(
    {
        "meta": LEAF,
        "oracle": Wanted({"pxs": LEAF}),
        "user_states": Wanted({"user_to_state": LEAF}),
        "users_with_positions": LEAF,
        "asset_to_oi_szi": LEAF,
    },
    is_each=True,
)
LAYOUT = Wanted(
    {
        "exchange": Wanted(
            {
                "context": CONTEXT,
                "locus": Wanted({"context": CONTEXT, "cls": DEX, "ust": LEAF, "scl": Wanted({"user_states": LEAF})}),
            }
        )
    }
)


class StateAsset(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    szDecimals: int
    marginTableId: int
    marginMode: str | None = None
    onlyIsolated: bool | None = None
    isDelisted: bool | None = None


class Tier(msgspec.Struct, frozen=True):
    """Micro-USD; maintenance_deduction is not needed, it follows from the others (checked where it is given)."""

    lower_bound: int
    max_leverage: int
    maintenance_deduction: int | None = None


class Table(msgspec.Struct, frozen=True):
    margin_tiers: tuple[Tier, ...]


class StateMeta(msgspec.Struct, frozen=True):
    """Markets of one dex. Maps come as pairs; a real map is taken too."""

    universe: tuple[StateAsset, ...]
    marginTableIdToMarginTable: tuple[tuple[int, Table], ...] | dict[int, Table]
    collateralToken: int = 0

    @property
    def tables(self) -> tuple[tuple[int, Table], ...]:
        held = self.marginTableIdToMarginTable
        return tuple(held.items()) if isinstance(held, dict) else held


class OraclePrice(msgspec.Struct, frozen=True):
    """Price * 10^(6 - szDecimals)."""

    px: float


OraclePrices = tuple[tuple[OraclePrice, ...], ...]
"""By asset; the first one counts."""


@dataclass(frozen=True)
class Places:
    """Where each wanted value begins and ends, by path of keys (`exchange.locus.cls[0].meta`)."""

    data: UInt8Array
    source: str
    spans: Mapping[str, tuple[int, int]]

    def span(self, path: str) -> tuple[int, int]:
        """(begin, end). Raises RemoteWireError where the path is not there."""
        found = self.spans.get(path)
        if found is None:
            raise RemoteWireError(
                f"{self.source}: {path} is missing: not layout {LAYOUT_VERSION} of a node's state",
                source=self.source,
                field=path,
            )
        return found

    def count(self, path: str) -> int:
        """Length of a wanted list. Raises RemoteWireError where it is not there."""
        self.span(path)
        return sum(1 for place in self.spans if place.startswith(f"{path}[") and place.endswith("]"))

    def decode(self, path: str, kind: type[Part]) -> Part:
        """A small part as a record. Raises RemoteWireError."""
        begin, end = self.span(path)
        try:
            return msgspec.msgpack.decode(self.data[begin:end].tobytes(), type=kind)
        except msgspec.ValidationError as error:
            raise wrong_shape(error, self.source, path) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RemoteWireError(f"{self.source}: {path}: {error}", source=self.source, field=path) from None

    def find(self, path: str, kind: type[Part]) -> Part | None:
        """A small part as a record; None where the path is not there."""
        return self.decode(path, kind) if path in self.spans else None


def find_places(data: UInt8Array, source: str) -> Places:
    """One pass over all bytes. Raises RemoteWireError where they are cut or are no MessagePack."""
    spans: dict[str, tuple[int, int]] = {}
    end = _walk(data, source, 0, "", LAYOUT, spans)
    if end != len(data):
        raise _broken(source, "", end, "more bytes follow the state")
    return Places(data, source, spans)


def _walk(data: UInt8Array, source: str, at: int, path: str, wanted: Wanted, spans: dict[str, tuple[int, int]]) -> int:
    """Offset after the value at `at`, whose wanted parts are put into `spans`."""
    from liqscape.wire.node import msgpack_kernels as kernels

    if not wanted.keys:
        end = kernels.skip_at(data, at)
        if end < 0:
            raise _broken(source, path, at, f"is cut: the file ends at byte {len(data)}")
        return end
    kind, at, count = kernels.token_at(data, at)
    if wanted.is_each:
        if kind != kernels.ARRAY:
            raise _broken(source, path, at, "is no list")
        inner = Wanted(wanted.keys)
        for row in range(count):
            place = f"{path}[{row}]"
            begin, at = at, _walk(data, source, at, place, inner, spans)
            spans[place] = (begin, at)
        return at
    if kind != kernels.MAP:
        raise _broken(source, path, at, "is cut" if kind == kernels.CUT else "is no map with names")
    for _ in range(count):
        kind, begin, length = kernels.token_at(data, at)
        if kind != kernels.STR:
            raise _broken(source, path, at, "is cut" if kind == kernels.CUT else "has a key that is no name")
        name = data[begin : begin + length].tobytes().decode("utf-8", "replace")
        at = begin + length
        place = f"{path}.{name}" if path else name
        begin, at = at, _walk(data, source, at, place, wanted.keys.get(name, LEAF), spans)
        if name in wanted.keys:
            spans[place] = (begin, at)
    return at


def _broken(source: str, path: str, at: int, rule: str) -> RemoteWireError:
    return RemoteWireError(f"{source}: {path or 'file'} at byte {at}: {rule}", source=source, field=path, offset=at)
