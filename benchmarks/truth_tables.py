"""What a live map makes of the sandbox, against the exchange's own tables: growth, levels, near interval, liquidations.

    python benchmarks/truth_tables.py [--json] [--accounts 2000] [--coins 12] [--minutes 60] [--seeds 7 8]
                                      [--unified 30 70 95]

Every world lives in blocks of 3 s, after two hours in blocks of a minute that nobody looked at. Hidden traders are on
no list: they are found by their prints or not at all. The map is the product's planner, its socket of account states,
its ledger and its near coverage, in virtual time, within the documented limits, no batches (coverage_growth.py). States
are the exchange's own columns, not answers in JSON, so that a state just read is exact. Every unified account counts
only once its spot state has been asked for too. What share of accounts is unified is a setting, an assumption.

    growth        share of near notional (levels within 5 % of the mark) held, minute by minute, mean of the worlds
    levels        relative error of near levels that are held, weighted by notional
    interval      how often the 95 % interval of near coverage, coin by coin, holds the true share
    liquidations  orders of the engine in the book against events inferred from prints, joined by account, coin and time
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from coverage_growth import HISTORY_MS, Planned, Reader, Truth, measure, trades_of, truth_of
from coverage_socket import Streams

from liqscape.exchange.columns import FillColumn, Method
from liqscape.exchange.to_model import to_snapshot
from liqscape.heatmap.near_coverage import WITHIN, Expected, near_coverage
from liqscape.model.events import MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.liquidations import Liquidation
from liqscape.sandbox.answers.leaderboard import build_leaderboard
from liqscape.sandbox.runner import state_of
from liqscape.sandbox.world import World, WorldSettings
from liqscape.units import Int64Array, PoolMode

BLOCK_S = 3
TOGETHER_MS = 2_000
GROWTH_MINUTES = (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60)
LOOK_MINUTES = 10
"""Between two looks at the interval of every coin."""
SETTLED_MINUTES = 10
"""Liquidations before this are not counted: the map is still being filled."""


@dataclass(frozen=True)
class Order:
    """An order of the engine in the book. price: mean of its fills; mark: that set it off; both USD."""

    first_ms: int
    last_ms: int
    price: float
    mark: float


@dataclass(kw_only=True)
class Found:
    """What one world gave. near: rows of `interval_rows`; growth: rows of coverage_growth.measure."""

    growth: list[dict[str, float]] = field(default_factory=list)
    near: list[dict[str, float]] = field(default_factory=list)
    liquidations: dict[str, float] = field(default_factory=dict)
    price_errors: list[float] = field(default_factory=list)
    level_errors: list[float] = field(default_factory=list)


def hidden_of(world: World) -> set[str]:
    """Addresses that no list has."""
    return {world.exchange.addresses[row] for row in np.flatnonzero(world.population.is_hidden).tolist()}


def reader_of(world: World, clock: list[float]) -> Reader:
    """A map that knows the leaderboard but for hidden traders, and nothing of their positions."""
    state = state_of(world)
    for output in world.preroll(world.time_ms + HISTORY_MS):
        state.observe(output)
    hidden = hidden_of(world)
    listed = [row for row in build_leaderboard(state).leaderboardRows if row.ethAddress not in hidden]
    reader = Reader(name="ours", order=Planned(listed, world.time_ms, batch=1), clock=clock)
    reader.spot = frozenset(np.flatnonzero(world.population.mode == PoolMode.UNIFIED).tolist())
    assert isinstance(reader.order, Planned)
    reader.streams = Streams(reader, reader.order.planner, lambda: world.time_ms)
    reader.ledger.apply(MarketDefined(world.time_ms, 0, world.exchange.markets, world.exchange.tables))
    reader.ledger.apply(MarksUpdated(world.time_ms, 0, to_snapshot(world.exchange)))
    return reader


def interval_rows(reader: Reader, truth: Truth, row_of: dict[str, int], now_ms: int) -> Iterator[dict[str, float]]:
    """Each coin and distance with near notional: the share of it held, and the interval the map gives."""
    accounts, root, snapshot = reader.ledger.accounts, reader.root(), reader.ledger.snapshot
    assert isinstance(reader.order, Planned)
    book, markets = reader.order.book, len(snapshot.markets)
    place = np.array([row_of[address] for address in accounts.addresses], np.int64)
    key = place[accounts.address_row[accounts.pool_of_position()]] * markets + accounts.market_index
    held = dict(zip(key.tolist(), accounts.size.tolist(), strict=True))
    size = np.array([held.get(each, 0.0) for each in truth.key.tolist()])
    share = np.where(np.sign(size) == np.sign(truth.size), np.minimum(1.0, np.abs(size / truth.size)), 0.0)
    with np.errstate(invalid="ignore"):
        away = np.where(truth.root > 0.0, np.abs(truth.root / snapshot.mark[truth.key % markets] - 1.0), np.inf)
    usd, group, rows = book.expected_usd(now_ms), book.groups(), book.rows(accounts.addresses)
    is_unread = np.ones(len(book), np.bool_)
    is_unread[rows] = False
    read, unread = Expected(usd[rows], group[rows]), Expected(usd[is_unread], group[is_unread])
    sources = book.sources_of(accounts.addresses)
    for market in range(markets):
        for reported in near_coverage(accounts, snapshot, root, sources, read, unread, market_index=market):
            here = (truth.key % markets == market) & (away <= reported.within)
            whole = float(truth.usd[here].sum())
            if whole > 0.0:
                true = float((share * truth.usd)[here].sum()) / whole
                found = {"market": market, "within": reported.within, "usd": whole, "true": true}
                yield found | {"share": reported.share, "low": reported.low, "high": reported.high}


def orders_of(
    fills: Int64Array, addresses: Sequence[str], decimals: Sequence[int]
) -> dict[tuple[str, int], list[Order]]:
    """Orders of the engine by account and market: `Fill` rows no more than TOGETHER_MS apart are one."""
    groups: dict[tuple[str, int], list[list[int]]] = defaultdict(list)
    for at in np.flatnonzero(fills[:, FillColumn.METHOD] == Method.MARKET).tolist():
        mine = groups[(addresses[fills[at, FillColumn.LIQUIDATED]], int(fills[at, FillColumn.MARKET]))]
        if mine and fills[at, FillColumn.TIME_MS] - fills[mine[-1][-1], FillColumn.TIME_MS] <= TOGETHER_MS:
            mine[-1].append(at)
        else:
            mine.append([at])
    joined = {}
    for (address, market), each in groups.items():
        unit = 10.0 ** (decimals[market] - 6)
        joined[(address, market)] = [
            Order(
                int(fills[rows[0], FillColumn.TIME_MS]),
                int(fills[rows[-1], FillColumn.TIME_MS]),
                float(np.average(fills[rows, FillColumn.PRICE], weights=fills[rows, FillColumn.LOTS])) * unit,
                float(fills[rows[0], FillColumn.MARK]) * unit,
            )
            for rows in each
        ]
    return joined


def recognise(
    found: Found, orders: dict[tuple[str, int], list[Order]], events: list[Liquidation], hidden: set[str]
) -> None:
    """Count orders, orders of listed accounts, events and right events; note the errors of the right ones."""
    hits: set[tuple[str, int, int]] = set()
    right = 0
    for event in events:
        for order in orders.get((event.address, event.market_index), ()):
            if order.first_ms - TOGETHER_MS <= event.last_ms and event.first_ms <= order.last_ms + TOGETHER_MS:
                right += 1
                hits.add((event.address, event.market_index, order.first_ms))
                found.price_errors.append(abs(event.price / order.price - 1.0))
                found.level_errors.append(abs(event.predicted_price / order.mark - 1.0))
                break
    found.liquidations = {
        "orders": sum(map(len, orders.values())),
        "orders_listed": sum(len(each) for (address, _), each in orders.items() if address not in hidden),
        "found": len(hits),
        "found_listed": sum(address not in hidden for address, _, _ in hits),
        "events": len(events),
        "right": right,
    }


def run(settings: WorldSettings, minutes: int, settled_minutes: int = SETTLED_MINUTES) -> Found:
    """Live one world through."""
    world, clock, found = World.new(settings), [0.0], Found()
    reader = reader_of(world, clock)
    start_ms, order = world.time_ms, reader.order
    assert isinstance(order, Planned)
    row_of = {address: row for row, address in enumerate(world.exchange.addresses)}
    fills, events = [np.zeros((0, FillColumn.WIDTH), np.int64)], []
    for block in range(minutes * 60 // BLOCK_S + 1):
        elapsed_ms = block * BLOCK_S * 1_000
        for output in world.preroll(start_ms + elapsed_ms, BLOCK_S * 1_000) if block else ():
            reader.ledger.apply(MarksUpdated(world.time_ms, 0, to_snapshot(world.exchange)))
            trades = trades_of(world, output)
            if trades is not None:
                reader.ledger.apply(TradesPrinted(world.time_ms, 0, trades))
                order.book.observe_trades(trades)
            taken = reader.ledger.take_liquidations()
            if elapsed_ms > settled_minutes * 60_000:
                fills.append(output.fills.reshape(-1, FillColumn.WIDTH))
                events += taken
        for second in range(block * BLOCK_S, (block + 1) * BLOCK_S):
            clock[0] = float(second)
            reader.read(world, row_of)
            reader.stream(world, row_of, second)
        minute = elapsed_ms / 60_000
        if minute in GROWTH_MINUTES or (minute and minute % LOOK_MINUTES == 0):
            truth = truth_of(world)
            if truth.is_near.any():
                found.growth.append(measure(reader, truth, row_of, minute))
            if minute and minute % LOOK_MINUTES == 0:
                found.near += interval_rows(reader, truth, row_of, world.time_ms)
    decimals = [row.size_decimals for row in world.exchange.markets.rows]
    orders = orders_of(np.concatenate(fills), world.exchange.addresses, decimals)
    recognise(found, orders, events, hidden_of(world))
    return found


def mean_of(rows: list[dict[str, float]], name: str) -> float:
    values = [row[name] for row in rows if math.isfinite(row[name])]
    return float(np.mean(values)) if values else math.nan


def holding(rows: list[dict[str, float]], within: float) -> tuple[int, int, float, float]:
    """(coins with near notional, of which with an interval, share of these that hold the truth, median width)."""
    here = [row for row in rows if row["within"] == within]
    reported = [row for row in here if not math.isnan(row["low"])]
    if not reported:
        return len(here), 0, math.nan, math.nan
    holds = np.mean([row["low"] - 1e-9 <= row["true"] <= row["high"] + 1e-9 for row in reported])
    return len(here), len(reported), float(holds), float(np.median([row["high"] - row["low"] for row in reported]))


def show(unified: int, found: list[Found]) -> str:
    """All worlds of one share of unified accounts."""
    lines = [f"unified {unified} %, {len(found)} worlds"]
    growth = [row for each in found for row in each.growth]
    for minute in sorted({row["minute"] for row in growth}):
        here = [row for row in growth if row["minute"] == minute]
        p50, p99 = (np.array([row[name] for row in here]) for name in ("error_p50", "error_p99"))
        lines.append(
            f"  minute {minute:g}: near {mean_of(here, 'near'):.3f}, all {mean_of(here, 'all'):.3f}, estimate "
            f"{mean_of(here, 'estimate'):.3f}, level error p50 {np.median(p50):.1e}, p99 {np.median(p99):.1e} "
            f"(worst {np.max(p99):.1e})"
        )
    for within in WITHIN:
        looks, reported, holds, width = holding([row for each in found for row in each.near], within)
        lines.append(
            f"  within {within:.0%}: {looks} coin looks, interval {reported}, holds {holds:.3f}, width {width:.3f}"
        )
    total = {name: sum(each.liquidations[name] for each in found) for name in found[0].liquidations}
    lines.append("  liquidations: " + ", ".join(f"{name} {count}" for name, count in total.items()))
    for name in ("price_errors", "level_errors"):
        errors = np.array([error for each in found for error in getattr(each, name)])
        errors = errors[np.isfinite(errors)]
        if len(errors):
            p50, p95 = np.quantile(errors, (0.5, 0.95))
            lines.append(f"  {name}: median {p50:.1e}, 95 % below {p95:.1e}, largest {errors.max():.1e}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--coins", type=int, default=12)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    parser.add_argument("--unified", type=int, nargs="+", default=[30, 70, 95])
    options = parser.parse_args()
    for unified in options.unified:
        found = []
        for seed in options.seeds:
            found.append(
                run(
                    WorldSettings(seed=seed, accounts=options.accounts, coins=options.coins, unified_percent=unified),
                    options.minutes,
                )
            )
            if options.json:
                print(json.dumps({"unified": unified, "seed": seed} | vars(found[-1])), flush=True)
        if not options.json:
            print(show(unified, found), flush=True)


if __name__ == "__main__":
    main()
