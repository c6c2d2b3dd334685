"""The real exchange against the sandbox: liquidations, large accounts and public prints, in one table.

    LIQSCAPE_RECORDED=... python benchmarks/sandbox_facts.py [--seeds 1 2 3 4 5 6 7 8] [--accounts 20000] [--hours 24]
        [--every 1] [--keep DIR]

The real side is computed from the recordings named by LIQSCAPE_RECORDED, with ranges of 5 to 95 % of a bootstrap (over
the twelve recorded hours; over accounts). Each world lives in blocks of 3 s; with --every 3 only each third hour does
and is counted, those between are made in blocks of a minute. With --keep what was seen of a world is stored, and a
world seen before is not made again. Beside the whole pool stand the middle and 5 to 95 % of twelve hours drawn from
it. A row that lies outside of the real range is marked.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from liquidation_facts import FACTS, Fills, Hour, facts_of, hour_of, ranges_of
from market_facts import (
    LARGE_FACTS,
    PRINT_FACTS,
    LargePositions,
    Prints,
    large_facts,
    large_ranges,
    print_facts,
)

from liqscape.exchange.columns import FillColumn, Method
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.scale import UUSD
from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.risk.liquidation import solve_roots
from liqscape.sandbox.answers.channels.trades import first_message
from liqscape.sandbox.runner import state_of
from liqscape.sandbox.world import TraderKind, World, WorldSettings

HOUR_MS, MINUTE_MS, BLOCK_MS = 3_600_000, 60_000, 3_000
LARGE_SHARE, LARGE_EVERY_HOURS = 0.01, 4
STREAM_MS, STREAM_COINS = 295_000, 5
DRAWS = 400


def recorded_hours(folder: Path) -> list[Hour]:
    """The twelve recorded hours of liquidation fills."""
    import polars as pl

    rows = pl.read_csv(folder / "events" / "liquidation_fills_2025-26.csv").sort("ts", maintain_order=True)
    coins = rows["coin"].unique().sort().to_list()
    coin = rows["coin"].replace_strict(coins, range(len(coins)), return_dtype=pl.Int64).to_numpy()
    user = rows["user"].rank("dense").to_numpy().astype(np.int64)
    fills = Fills(rows["ts"].to_numpy(), coin, user, rows["notional"].to_numpy())
    return hours_of(fills, coins.index("BTC"), [int(each) for each in np.unique(fills.time_ms // HOUR_MS)])


def recorded_large(folder: Path) -> LargePositions:
    """Every position of every snapshot of large accounts."""
    import polars as pl

    rows = pl.read_parquet(folder / "market_2026_02" / "positions.parquet")
    size, usd = rows["szi"].to_numpy(), rows["position_value"].to_numpy()
    price = rows["liquidation_px"].fill_null(float("nan")).to_numpy()
    account = rows["address"].rank("dense").to_numpy().astype(np.int64)
    return LargePositions(account, size > 0.0, price / (usd / np.abs(size)) - 1.0, usd)


def recorded_prints(folder: Path) -> Prints:
    """The recorded minutes of trades messages."""
    sizes, first, users, seen = [], [], {}, set()
    prints: dict[int, tuple[int, int]] = {}
    for line in (folder / "stream" / "live_books_5m.jsonl").read_text().splitlines():
        message = json.loads(line)
        if message.get("channel") != "trades" or not message["data"]:
            continue
        trades = message["data"]
        if trades[0]["coin"] in seen:
            sizes.append(len(trades))
        else:
            seen.add(trades[0]["coin"])
            first.append(message["received_wall_ns"] / 1e9 - min(trade["time"] for trade in trades) / 1e3)
        for trade in trades:
            buyer, seller = (users.setdefault(user, len(users)) for user in trade["users"])
            prints[trade["tid"]] = (buyer, seller)
    pairs = np.array(list(prints.values()), np.int64)
    return Prints(np.array(sizes), np.array(first), pairs[:, 0], pairs[:, 1])


def hours_of(fills: Fills, bitcoin: int, hours: list[int]) -> list[Hour]:
    """The named hours (since 1970) of a run of fills, empty ones too."""
    of = fills.time_ms // HOUR_MS
    parts = [np.flatnonzero(of == hour) for hour in hours]
    return [hour_of(Fills(fills.time_ms[at], fills.coin[at], fills.user[at], fills.usd[at]), bitcoin) for at in parts]


def liquidation_fills(output: BlockOutput) -> np.ndarray:
    """(n, 4) time, coin, user, USD of a block's fills that liquidate: orders in the book and takeovers."""
    fills = output.fills
    if not len(fills):
        return np.zeros((0, 4))
    fills = fills[(fills[:, FillColumn.METHOD] == Method.MARKET) | (fills[:, FillColumn.METHOD] == Method.BACKSTOP)]
    usd = fills[:, FillColumn.PRICE] * fills[:, FillColumn.LOTS] / UUSD
    return np.column_stack(
        (fills[:, FillColumn.TIME_MS], fills[:, FillColumn.MARKET], fills[:, FillColumn.LIQUIDATED], usd)
    )


def large_of(world: World) -> np.ndarray:
    """(n, 4) account, is long, distance, USD of the largest accounts' positions now."""
    accounts, snapshot = to_accounts(world.exchange), to_snapshot(world.exchange)
    mark = snapshot.mark[accounts.market_index]
    root = solve_roots(accounts, snapshot, world.exchange.tables)
    pool = accounts.pool_of_position()
    owner = accounts.address_row[pool]
    count = len(world.exchange.addresses)
    value = np.bincount(accounts.address_row, accounts.raw_usd, count)
    value += np.bincount(owner, accounts.size * mark, count)
    value = value[: world.settings.accounts]  # those behind are funds of dexs
    kind = world.population.kind
    value[(kind < TraderKind.TREND_FOLLOWER) | (kind > TraderKind.VAULT)] = 0.0
    largest = np.argsort(-value)[: max(1, round(LARGE_SHARE * world.settings.accounts))]
    at = np.isin(owner, largest)
    distance = np.where(root[at] > 0.0, root[at] / mark[at] - 1.0, np.nan)
    return np.column_stack((owner[at], accounts.size[at] > 0.0, distance, (np.abs(accounts.size) * mark)[at]))


def prints_of(world: World) -> Prints:
    """Five minutes of live blocks: messages as the channel sends them, of the most traded coins."""
    state = state_of(world)
    for output in world.preroll(world.time_ms + HOUR_MS // 6, BLOCK_MS):
        state.observe(output)
    first, start_ms = [], world.time_ms
    for market in range(STREAM_COINS):
        trades = first_message(state, market)
        first += [(start_ms - min(trade.time for trade in trades)) / 1e3] if trades else []
    sizes, pairs = [], []
    for output in world.advance(start_ms + STREAM_MS):
        fills = output.fills
        fills = fills[(fills[:, FillColumn.METHOD] <= Method.MARKET) & (fills[:, FillColumn.MARKET] < STREAM_COINS)]
        sizes += np.unique(fills[:, FillColumn.MARKET], return_counts=True)[1].tolist()
        pairs += fills[:, [FillColumn.BUYER, FillColumn.SELLER]].tolist()
    users = np.array(pairs, np.int64).reshape(-1, 2)
    return Prints(np.array(sizes, np.int64), np.array(first), users[:, 0], users[:, 1])


def live(settings: WorldSettings, hours: int, every: int) -> dict[str, np.ndarray]:
    """What is seen of one world: every so-many-th hour is lived through in blocks of 3 s, those between in minutes."""
    world = World.new(settings)
    start_ms = world.time_ms
    fills, large, drawn = [np.zeros((0, 4))], [], []
    for hour in range(hours):
        is_drawn = (hour + settings.seed) % every == 0
        until_ms = start_ms + (hour + 1) * HOUR_MS
        blocks = world.preroll(until_ms, BLOCK_MS if is_drawn else MINUTE_MS)
        found = [liquidation_fills(output) for output in blocks]
        if is_drawn:
            fills += found
            drawn.append(start_ms // HOUR_MS + hour)
        if (hour + 1) % LARGE_EVERY_HOURS == 0:
            large.append(large_of(world))
    prints = prints_of(world)
    return {
        "fills": np.concatenate(fills),
        "large": np.concatenate(large) if large else np.zeros((0, 4)),
        "hours": np.array(drawn, np.int64),
        "sizes": prints.sizes,
        "first": prints.first,
        "users": np.column_stack((prints.buyer, prints.seller)),
    }


def seen(settings: WorldSettings, hours: int, every: int, keep: Path | None) -> dict[str, np.ndarray]:
    """A world as seen before, or lived through now."""
    path = keep / f"world_{settings.seed}_{settings.accounts}_{hours}_{every}.npz" if keep else None
    if path is not None and path.exists():
        with np.load(path) as held:
            return dict(held)
    found = live(settings, hours, every)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **found)  # type: ignore[arg-type]
    return found


def sandbox_hours(found: dict[str, np.ndarray]) -> list[Hour]:
    """The hours of one world."""
    rows = found["fills"]
    fills = Fills(rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), rows[:, 2].astype(np.int64), rows[:, 3])
    return hours_of(fills, 0, found["hours"].tolist())


def sandbox_large(worlds: list[dict[str, np.ndarray]]) -> LargePositions:
    """The large accounts of all worlds."""
    rows = np.concatenate([found["large"] + [seed * 1e6, 0.0, 0.0, 0.0] for seed, found in enumerate(worlds)])
    return LargePositions(rows[:, 0].astype(np.int64), rows[:, 1] > 0, rows[:, 2], rows[:, 3])


def sandbox_prints(worlds: list[dict[str, np.ndarray]]) -> list[Prints]:
    """The public prints of each world."""
    return [Prints(found["sizes"], found["first"], found["users"][:, 0], found["users"][:, 1]) for found in worlds]


def table(folder: Path, worlds: list[dict[str, np.ndarray]]) -> Iterator[str]:
    """The three tables in Markdown; a row outside of the real range ends in "outside"."""
    rng = np.random.default_rng(7)
    real, ours = recorded_hours(folder), [hour for found in worlds for hour in sandbox_hours(found)]
    real_facts, real_range = facts_of(real), ranges_of(real, DRAWS, rng, is_bootstrap=True)
    pool, drawn = facts_of(ours), ranges_of(ours, DRAWS, rng, is_bootstrap=False)
    yield f"{sum(len(hour.usd) for hour in ours)} liquidations of {len(ours)} hours against {len(real)} real hours."
    yield ""
    yield "| Liquidations | Real | Sandbox: all hours | Twelve hours drawn from them | |"
    yield "| --- | --- | --- | --- | --- |"
    for name, (text, write) in FACTS.items():
        low, _, high = real_range[name]
        below, middle, above = drawn[name]
        value = middle if name == "ratio" else pool[name]
        mark = "" if low <= value <= high else "outside"
        whole = "" if name == "ratio" else write(pool[name])
        yield (
            f"| {text} | {write(real_facts[name])} ({write(low)} to {write(high)}) | {whole} | "
            f"{write(middle)} ({write(below)} to {write(above)}) | {mark} |"
        )
    yield ""
    yield "| Large accounts | Real | Sandbox | |"
    yield "| --- | --- | --- | --- |"
    large = recorded_large(folder)
    facts, bounds, mine = large_facts(large), large_ranges(large, 100, rng), large_facts(sandbox_large(worlds))
    for name, (text, write) in LARGE_FACTS.items():
        low, high = bounds[name]
        mark = "" if low <= mine[name] <= high else "outside"
        yield f"| {text} | {write(facts[name])} ({write(low)} to {write(high)}) | {write(mine[name])} | {mark} |"
    yield ""
    yield "| Public prints | Real | Sandbox |"
    yield "| --- | --- | --- |"
    facts, mine = print_facts([recorded_prints(folder)]), print_facts(sandbox_prints(worlds))
    for name, (text, write) in PRINT_FACTS.items():
        yield f"| {text} | {write(facts[name])} | {write(mine[name])} |"


def main() -> int:
    """Live through the worlds and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(1, 9)))
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    named = os.environ.get("LIQSCAPE_RECORDED")
    if not named or not (Path(named) / "events").is_dir():
        print("sandbox_facts: set LIQSCAPE_RECORDED to the folder of the recorded exchange data", file=sys.stderr)
        return 2
    worlds = []
    for seed in options.seeds:
        started = time.perf_counter()
        worlds.append(
            seen(WorldSettings(seed=seed, accounts=options.accounts), options.hours, options.every, options.keep)
        )
        print(f"seed {seed}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    print("\n".join(table(Path(named), worlds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
