"""How steady clusters are through time: births, short lives, gluing and cost, for the rules in force and rejected ones.

python benchmarks/identity.py [--json] [--seeds 7 11 23] [--hours 12] [--accounts 2000] [--coins 44] [--tracked 8]
                              [--planted-seeds 8] [--planted-first 0] [--only-in-force]
                              [--large-coins 250] [--large-accounts 100000] [--recorded FOLDER]

sandbox   stored minutes of lived worlds: births a minute and coin (both sides), in calm minutes too, share of ended
          clusters that lived under 10 minutes from birth to where they were last found, clusters within 10 % of the
          mark of the four largest coins, moves of edges. Calm: realised volatility of the last 30 minutes is at most
          its 80 % quantile in that coin.
planted   precision and recall of planted clusters at given distances (tests/support/planted_clusters.py)
cost      CPU time of a frame of all coins and both sides; made-up markets for the large one
recorded  snapshots of market_2026_02, hours apart: what is found again from one to the next
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from planted_clusters import judge, planted_frames

from liqscape.insight.identity import RULES, ClusterTracker, IdentityRules
from liqscape.insight.minute import AddressKeys, HeldLevels, Minute, address_key
from liqscape.risk.liquidation import solve_liquidation
from liqscape.units import BoolArray, Float64Array, Side

START_MS = 1_780_012_800_000
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
NEAR = 0.1
YOUNG_MS = 10 * MINUTE_MS
MAJORS = 4
SIDES = (Side.LONG, Side.SHORT)
WIDTHS = (10.0, 12.0, 14.5, 20.0)
"""Bands between planted clusters; the third is twice the smoothing width."""

VARIANTS: dict[str, IdentityRules] = {
    "in force": RULES,
    "last frame only, one threshold": RULES._replace(
        prominence_kept=0.25,
        prominence_born=0.25,
        share_kept=0.05,
        share_born=0.05,
        edge_kept=RULES.edge_new,
        pad_bands=0.0,
        hits_needed=1.0,
        hits_of_last=1.0,
        memory_ms=1.0,
    ),
    "one threshold, memory 15 min": RULES._replace(
        prominence_kept=0.25, prominence_born=0.25, share_kept=0.05, share_born=0.05, hits_needed=1.0, hits_of_last=1.0
    ),
    "two thresholds, no memory": RULES._replace(memory_ms=1.0),
    "smoothed half as wide again": RULES._replace(reach=12.0),
    "born at 15 % of the coins around": RULES._replace(share_born=0.15),
}


@dataclass(frozen=True)
class Lived:
    """Stored minutes of a world: time, marks (T, M), and what each coin and side held."""

    coins: tuple[str, ...]
    time_ms: list[int]
    mark: Float64Array
    held: list[dict[tuple[int, Side], HeldLevels]]


@dataclass(kw_only=True)
class Steadiness:
    """Counts over worlds, coins and minutes."""

    minutes: int = 0
    calm_minutes: int = 0
    births: int = 0
    births_near: int = 0
    births_near_calm: int = 0
    ended_ms: list[int] = field(default_factory=list)
    near_counts: list[int] = field(default_factory=list)
    edges_moved: int = 0
    edges: int = 0
    cpu_s: float = 0.0

    def row(self, name: str) -> dict[str, object]:
        """As printed."""
        young = np.mean(np.array(self.ended_ms) < YOUNG_MS) if self.ended_ms else np.nan
        return {
            "rules": name,
            "clusters near": round(float(np.mean(self.near_counts)), 1),
            "births a minute": round(self.births / self.minutes, 3),
            "near": round(self.births_near / self.minutes, 3),
            "near, calm": round(self.births_near_calm / self.calm_minutes, 3),
            "ended": len(self.ended_ms),
            "young, %": round(100.0 * float(young), 1),
            "median life, min": round(float(np.median(self.ended_ms)) / MINUTE_MS) if self.ended_ms else None,
            "edge moves": round(self.edges_moved / max(self.edges, 1), 2),
        }


def live(seed: int, hours: float, accounts: int, coins: int) -> Lived:
    """A sandbox world, minute by minute, as the map stores it."""
    from liqscape.sandbox.market import SandboxMarket
    from liqscape.sandbox.world import World, WorldSettings
    from liqscape.service.pipeline import Pipeline

    settings = WorldSettings(seed=seed, accounts=accounts, coins=coins, start_ms=START_MS)
    market = SandboxMarket(World.new(settings))
    pipeline, keys = Pipeline(market.provenance), AddressKeys()
    events, until_ms = market.initial_events(), market.time_ms + int(hours * HOUR_MS)
    times: list[int] = []
    marks: list[Float64Array] = []
    held: list[dict[tuple[int, Side], HeldLevels]] = []
    names: tuple[str, ...] = ()
    while True:
        for event in events:
            moment = pipeline.feed(event)
            if moment is None or not moment.is_stored:
                continue
            snapshot, owned = moment.frame.snapshot, moment.accounts
            names = tuple(str(coin) for coin in snapshot.markets.coins)
            minute = Minute(
                snapshot=snapshot,
                accounts=owned,
                tables=moment.tables,
                level=solve_liquidation(owned, snapshot, moment.tables).price,
                key=keys.of(owned.addresses),
                notes=None,
                is_gap=False,
            )
            times.append(minute.time_ms)
            marks.append(snapshot.mark.copy())
            held.append({(at, side): minute.held(at, side) for at in range(len(names)) for side in SIDES})
        if market.time_ms + market.step_ms > until_ms:
            return Lived(names, times, np.array(marks), held)
        events = market.step()


def steadiness(worlds: Sequence[Lived], rules: IdentityRules, coins: int) -> Steadiness:
    """Follow the first coins of every world."""
    counted = Steadiness()
    for world in worlds:
        for coin in range(min(coins, len(world.coins))):
            is_calm = _calm(world.mark[:, coin])
            counted.minutes += len(is_calm)
            counted.calm_minutes += int(is_calm.sum())
            near = np.zeros(len(is_calm), np.int64)
            for side in SIDES:
                near += _follow(world, coin, side, rules, is_calm, counted)
            if coin < MAJORS:
                counted.near_counts += near.tolist()
    return counted


def _follow(
    world: Lived, coin: int, side: Side, rules: IdentityRules, is_calm: BoolArray, counted: Steadiness
) -> np.ndarray:
    tracker = ClusterTracker(world.coins[coin], side, rules)
    spans: dict[str, tuple[float, float]] = {}
    near = np.zeros(len(is_calm), np.int64)
    for minute, time_ms in enumerate(world.time_ms):
        mark = float(world.mark[minute, coin])
        began = time.process_time()
        tracked = tracker.advance(world.held[minute][coin, side], mark, time_ms, False)
        counted.cpu_s += time.process_time() - began
        seen = {}
        for cluster in tracked.standing:
            is_near = abs(cluster.price_peak / mark - 1.0) < NEAR
            near[minute] += is_near
            if cluster.is_born_now and minute:
                counted.births += 1
                counted.births_near += is_near
                counted.births_near_calm += is_near and bool(is_calm[minute])
            if is_near and not cluster.is_remembered:
                seen[cluster.cluster_id] = cluster.price_low, cluster.price_high
                if cluster.cluster_id in spans:
                    low, high = spans[cluster.cluster_id]
                    counted.edges_moved += (low != cluster.price_low) + (high != cluster.price_high)
                    counted.edges += 1
        spans = seen
        counted.ended_ms += [each.age_ms for each in tracked.ended]
    return near


def _calm(mark: Float64Array) -> BoolArray:
    """Minutes of low realised volatility."""
    squared = np.diff(np.log(mark), prepend=np.log(mark[0])) ** 2
    volatility = np.convolve(squared, np.ones(30))[: len(mark)]
    calm: BoolArray = volatility <= np.quantile(volatility, 0.8)
    return calm


def planted(rules: IdentityRules, seeds: range) -> list[dict[str, object]]:
    """Precision and recall by distance; twelve clusters in a row."""
    rows: list[dict[str, object]] = []
    for apart in WIDTHS:
        found = [judge(planted_frames(seed, apart, clusters=12, minutes=60), rules) for seed in seeds]
        rows.append(
            {
                "apart, %": round(apart * 0.05, 2),
                **{
                    name: round(float(np.mean([getattr(each, name) for each in found])), 2)
                    for name in ("precision", "recall", "kept")
                },
            }
        )
    return rows


def large_frames(coins: int, accounts: int, minutes: int, seed: int = 1) -> Iterator[list[HeldLevels]]:
    """Made-up positions, 2.5 an account, coins by Zipf's law, levels that drift; one list entry a coin and side."""
    random = np.random.default_rng(seed)
    count = int(2.5 * accounts)
    weight = 1.0 / np.arange(1, coins + 1)
    part = random.choice(coins, count, p=weight / weight.sum()) * 2 + random.integers(0, 2, count)
    distance = np.exp(random.normal(-1.6, 1.1, count))
    size, key = random.lognormal(0.0, 1.5, count), random.integers(-(2**62), 2**62, count)
    for _ in range(minutes):
        distance *= np.exp(random.normal(0.0, 0.002, count))
        level = 100.0 * np.where(part % 2, 1.0 + distance, np.exp(-distance))
        order = np.lexsort((key, level, part))
        starts = np.searchsorted(part[order], np.arange(2 * coins + 1))
        yield [
            HeldLevels(level[rows], size[rows], key[rows], rows)
            for rows in (order[starts[each] : starts[each + 1]] for each in range(2 * coins))
        ]


def large_cost(coins: int, accounts: int, minutes: int = 12) -> dict[str, object]:
    """CPU time a minute of all trackers, the first two minutes left out."""
    trackers = [ClusterTracker(str(each // 2), SIDES[each % 2]) for each in range(2 * coins)]
    took: list[float] = []
    clusters = 0
    for minute, frame in enumerate(large_frames(coins, accounts, minutes)):
        began = time.process_time()
        clusters = sum(
            len(tracker.advance(held, 100.0, START_MS + minute * MINUTE_MS, False).standing)
            for tracker, held in zip(trackers, frame, strict=True)
        )
        took.append(time.process_time() - began)
    began = time.process_time()
    kept = sum(len(tracker.state()) for tracker in trackers)
    return {
        "coins": coins,
        "accounts": accounts,
        "clusters": clusters,
        "ms a minute": round(1e3 * float(np.median(took[2:])), 1),
        "state, MB": round(kept / 1e6, 1),
        "state, ms": round(1e3 * (time.process_time() - began), 1),
    }


def of_recording(folder: Path) -> list[dict[str, object]]:
    """Snapshots hours apart, large accounts only: clusters found, and found again under the same id at the next."""
    import polars as pl

    table = pl.read_parquet(folder / "market_2026_02" / "positions.parquet").with_columns(
        time=pl.col("snapshot_ts").str.to_datetime(time_zone="UTC").dt.epoch("ms"),
        mark=pl.col("position_value") / pl.col("szi").abs(),
    )
    rows: list[dict[str, object]] = []
    for coin in ("BTC", "ETH", "SOL", "HYPE"):
        shown = again = born = ended = 0
        snapshots = table.filter(pl.col("coin") == coin).partition_by("time", maintain_order=True)
        snapshots.sort(key=lambda each: each["time"][0])
        for side in SIDES:
            tracker = ClusterTracker(coin, side)
            last: set[str] = set()
            for each in snapshots:
                with_level = each.filter((pl.col("liquidation_px") > 0) & (pl.col("szi").sign() == int(side)))
                with_level = with_level.sort("liquidation_px", "address")
                held = HeldLevels(
                    with_level["liquidation_px"].to_numpy().astype(np.float64),
                    with_level["szi"].abs().to_numpy().astype(np.float64),
                    np.array([address_key(address) for address in with_level["address"]], np.int64),
                    np.arange(len(with_level)),
                )
                mark = each["mark"].median()
                assert isinstance(mark, float)
                tracked = tracker.advance(held, mark, each["time"][0], True)
                found = {cluster.cluster_id for cluster in tracked.standing if not cluster.is_remembered}
                again += len(found & last)
                shown += len(last)
                born += sum(cluster.is_born_now for cluster in tracked.standing) if last else 0
                ended += len(tracked.ended)
                last = found
        rows.append(
            {
                "coin": coin,
                "snapshots": len(snapshots),
                "clusters a snapshot": round(shown / max(len(snapshots) - 1, 1), 1),
                "found again, %": round(100.0 * again / max(shown, 1), 1),
                "births a snapshot": round(born / max(len(snapshots) - 1, 1), 2),
                "ended": ended,
            }
        )
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--seeds", type=int, nargs="*", default=[7, 11, 23], help="worlds of the sandbox")
    parser.add_argument("--hours", type=float, default=12.0, help="of each world")
    parser.add_argument("--accounts", type=int, default=2_000, help="in each world")
    parser.add_argument("--coins", type=int, default=44, help="in each world")
    parser.add_argument("--tracked", type=int, default=8, help="coins of each world that are followed")
    parser.add_argument("--planted-seeds", type=int, default=8, help="planted worlds for each distance")
    parser.add_argument("--planted-first", type=int, default=0, help="the first seed of these")
    parser.add_argument("--only-in-force", action="store_true", help="leave out the rules that were rejected")
    parser.add_argument("--large-coins", type=int, default=250, help="of the large made-up market; 0: none")
    parser.add_argument("--large-accounts", type=int, default=100_000, help="of the large made-up market")
    parser.add_argument("--recorded", type=Path, help="folder of the recorded exchange data")
    asked = parser.parse_args()
    worlds = [live(seed, asked.hours, asked.accounts, asked.coins) for seed in asked.seeds]
    variants = {"in force": RULES} if asked.only_in_force else VARIANTS
    seeds = range(asked.planted_first, asked.planted_first + asked.planted_seeds)
    tables: dict[str, list[dict[str, object]]] = {}
    if worlds:
        steadiness(worlds[:1], RULES, 1)
        counted = {name: steadiness(worlds, rules, asked.tracked) for name, rules in variants.items()}
        tables["sandbox"] = [each.row(name) for name, each in counted.items()]
        frames = sum(len(world.time_ms) for world in worlds)
        whole = steadiness(worlds[:1], RULES, asked.coins)
        tables["all coins"] = [whole.row("in force")]
        tables["cost of a frame"] = [
            {
                "coins": asked.coins,
                "accounts": asked.accounts,
                "frames": frames,
                "ms a frame": round(1e3 * whole.cpu_s / len(worlds[0].time_ms), 2),
            }
        ]
    for name in ("in force", "smoothed half as wide again", "born at 15 % of the coins around"):
        if name in variants and seeds:
            tables[f"planted, {name}"] = planted(variants[name], seeds)
    if asked.large_coins:
        tables["cost of a minute, large"] = [large_cost(asked.large_coins, asked.large_accounts)]
    if asked.recorded:
        tables["recorded"] = of_recording(asked.recorded)
    if asked.json:
        print(json.dumps(tables, indent=1))
        return
    for title, rows in tables.items():
        print(f"\n{title}\n")
        print("| " + " | ".join(rows[0]) + " |")
        print("|" + " --- |" * len(rows[0]))
        for row in rows:
            print("| " + " | ".join("" if value is None else str(value) for value in row.values()) + " |")


if __name__ == "__main__":
    main()
