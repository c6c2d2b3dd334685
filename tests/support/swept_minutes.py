"""Minutes with planted levels, a mark's path and what accounts did meanwhile: what sweeps are tested on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from trigger_worlds import TriggerOrder, columns_of

from liqscape.heatmap.grid import band_of_price
from liqscape.insight.identity import TrackedCluster
from liqscape.insight.mark_path import MarkPath, MinutePaths
from liqscape.insight.minute import AddressKeys, Minute
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.minute_notes import NO_MARKET, MinuteKind, MinuteNotes
from liqscape.model.triggers import NEVER_READ_MS, TriggerColumns, TriggerKind, TriggerKnowledge
from liqscape.units import MINUTE_MS, Side

START_MS = 1_770_000_000_000 // MINUTE_MS * MINUTE_MS
COIN, OTHER_COIN = "AAA", "BBB"
MARKETS = Markets.build(
    (
        Market(coin=OTHER_COIN, size_decimals=1, max_leverage=20, table_row=0),
        Market(coin=COIN, size_decimals=2, max_leverage=20, table_row=0),
    )
)
INDEX = MARKETS.index_of(COIN)
OTHER_INDEX = MARKETS.index_of(OTHER_COIN)
TABLES = MarginTables.build((flat_table(20),))
RATE = 1.0 / 40.0

Path = Sequence[tuple[int, float]]
"""(ms since the minute began, mark)."""


class Holder(NamedTuple):
    """One position alone in its pool; level None: none. raw_usd None: what gives that level; NaN unknown."""

    size: float
    level: float | None
    raw_usd: float | None = None
    exempt: bool = False


class Row(NamedTuple):
    """What one account did in a minute; times since it began."""

    address: str
    kind: MinuteKind
    size: float = 0.0
    usd: float = 0.0
    first_ms: int = 0
    last_ms: int | None = None
    market: int = INDEX


class Waiting(NamedTuple):
    """One trigger order: side -1 sells; size 0 is that of the position."""

    address: str
    side: int
    price: float
    size: float = 0.0
    is_profit: bool = False


def _order_of(number: int, waiting: Waiting) -> TriggerOrder:
    return TriggerOrder(
        order_id=number,
        side=waiting.side,
        kind=TriggerKind.TAKE_PROFIT if waiting.is_profit else TriggerKind.STOP,
        is_market=True,
        trigger_price=waiting.price,
        limit_price=waiting.price,
        size=waiting.size,
        is_whole_position=waiting.size == 0.0,
        is_reduce_only=True,
        placed_ms=0,
    )


def raw_usd_of(size: float, level: float) -> float:
    """Raw USD that gives a lone position this level (docs/liquidation.md, eq. 2, one tier)."""
    return abs(size) * level * RATE - size * level


def make_minute(
    minute: int,
    mark: float,
    holders: Mapping[str, Holder],
    *,
    path: Path | None = (),
    rows: Iterable[Row] = (),
    depth: tuple[float, float] | None = None,
    mid_low: float | None = None,
    is_gap: bool = False,
    addresses: Sequence[str] | None = None,
    triggers: tuple[Iterable[Waiting], Iterable[str]] | None = None,
) -> Minute:
    """The stored frame at the end of minute `minute`. path None: nobody wrote anything down; triggers: orders that
    wait, and whose were read."""
    names = tuple(holders) if addresses is None else tuple(addresses)
    held = [(names.index(name), each) for name, each in holders.items() if each.size]
    raw = [raw_usd_of(each.size, each.level or 1.0) if each.raw_usd is None else each.raw_usd for _, each in held]
    accounts = Accounts.build(
        addresses=names,
        address_row=[row for row, _ in held],
        raw_usd=raw,
        offsets=range(len(held) + 1),
        market_index=[INDEX] * len(held),
        size=[each.size for _, each in held],
        table_row=[0] * len(held),
        is_exempt=[each.exempt for _, each in held],
    )
    time_ms = START_MS + minute * MINUTE_MS
    marks = np.array([20.0, mark])
    level = np.array([np.nan if each.level is None else each.level for _, each in held], np.float64)
    notes = None
    if path is not None:
        points = [(time_ms - MINUTE_MS + at_ms, price) for at_ms, price in path]
        notes = MinuteNotes(
            coins=coin_columns(points or [(time_ms, mark)], depth, mid_low)
            | {"since_ms": np.array([time_ms - MINUTE_MS]), "known_at_ms": np.array([time_ms])},
            path=path_columns(points),
            accounts=row_columns(names, rows, time_ms - MINUTE_MS),
        )
    return Minute(
        snapshot=MarketSnapshot.of_marks(MARKETS, time_ms, marks),
        accounts=accounts,
        tables=TABLES,
        level=level,
        key=AddressKeys().of(names),
        notes=notes,
        is_gap=is_gap,
        read_triggers=lambda: None if triggers is None else known_triggers(names, time_ms, *triggers),
    )


def known_triggers(
    names: Sequence[str], time_ms: int, waiting: Iterable[Waiting], read: Iterable[str]
) -> tuple[TriggerColumns, TriggerKnowledge]:
    """Orders of the coin, and when the accounts of these names were read: a minute ago, the others never."""
    known_ms = np.full(len(names), NEVER_READ_MS, np.int64)
    known_ms[[names.index(name) for name in read]] = time_ms - MINUTE_MS
    rows = [(INDEX, names.index(each.address), _order_of(number, each)) for number, each in enumerate(waiting)]
    return columns_of(rows), TriggerKnowledge(known_ms)


def coin_columns(
    points: Sequence[tuple[int, float]], depth: tuple[float, float] | None, mid_low: float | None
) -> dict[str, np.ndarray]:
    """One coin's first, low, high and last with their times."""
    known = [point for point in points if point[1] > 0.0]
    low, high = min(known, key=lambda each: each[1]), max(known, key=lambda each: each[1])
    chosen = {"first": known[0], "low": low, "high": high, "last": known[-1]}
    columns = {"market_index": np.array([INDEX], np.int32)}
    for name, (at_ms, price) in chosen.items():
        columns[f"mark_{name}"], columns[f"mark_{name}_ms"] = np.array([price]), np.array([at_ms], np.int64)
        mid = price if mid_low is None or name != "low" else mid_low
        columns[f"mid_{name}"], columns[f"mid_{name}_ms"] = np.array([mid]), np.array([at_ms], np.int64)
    bid, ask = (np.nan, np.nan) if depth is None else depth
    columns["bid_usd_1pct"], columns["ask_usd_1pct"] = np.array([bid]), np.array([ask])
    return columns


def path_columns(points: Sequence[tuple[int, float]]) -> dict[str, np.ndarray]:
    """The marks that stand in another base band than the one before."""
    kept: list[tuple[int, float]] = []
    band = None
    for at_ms, price in points:
        here = int(band_of_price(np.array([price]))[0])
        if here != band:
            kept.append((at_ms, price))
            band = here
    return {
        "market_index": np.full(len(kept), INDEX, np.int32),
        "at_ms": np.array([at_ms for at_ms, _ in kept], np.int64),
        "mark": np.array([price for _, price in kept], np.float64),
    }


def path_of(times: list[int], marks: list[float]) -> MarkPath:
    """A minute's path at whose last mark a frame was stored."""
    snapshot = MarketSnapshot.of_marks(MARKETS, times[-1], np.array([20.0, marks[-1]]))
    notes = MinuteNotes(
        coins=coin_columns(list(zip(times, marks, strict=True)), None, None),
        path={"market_index": np.full(len(times), INDEX), "at_ms": np.array(times), "mark": np.array(marks)},
    )
    return MinutePaths(snapshot, notes).of_coin(INDEX)


def row_columns(names: Sequence[str], rows: Iterable[Row], began_ms: int) -> dict[str, np.ndarray]:
    """Columns of what accounts did."""
    given = list(rows)
    cash = (MinuteKind.DEPOSIT, MinuteKind.WITHDRAWAL, MinuteKind.TRANSFER)
    return {
        "address_row": np.array([names.index(row.address) for row in given], np.int32),
        "market_index": np.array([NO_MARKET if row.kind in cash else row.market for row in given], np.int32),
        "kind": np.array([row.kind for row in given], np.uint8),
        "size": np.array([row.size for row in given], np.float64),
        "usd": np.array([row.usd for row in given], np.float64),
        "first_ms": np.array([began_ms + row.first_ms for row in given], np.int64),
        "last_ms": np.array(
            [began_ms + (row.first_ms if row.last_ms is None else row.last_ms) for row in given], np.int64
        ),
    }


def make_cluster(name: str, side: Side, low: float, high: float) -> TrackedCluster:
    """A cluster as far as sweeps look at one."""
    return TrackedCluster(
        cluster_id=name,
        side=side,
        born_ms=START_MS,
        is_born_now=False,
        price_low=low,
        price_high=high,
        price_peak=(low + high) / 2.0,
        size=1.0,
        position_count=1,
        age_ms=0,
        is_age_at_least=True,
        weighted_age_ms=0,
        is_weighted_age_at_least=True,
        persistence_1h=None,
        persistence_4h=None,
        persistence_1d=None,
        persistence_3d=None,
        parent=None,
        merged=(),
        is_known=True,
        is_remembered=False,
        first_row=0,
        last_row=0,
    )
