"""How often the interval of a band holds what truly stands there: sandbox worlds with the exchange's request limits.

    python benchmarks/interval_truth.py [--json] [--seeds 2001 2002] [--accounts 1500 3000 6000] [--level 1] [--solo]

Every world lives in blocks of 3 s, after two hours in blocks of a minute that the map did not see; accounts (one of
--accounts), coins (2 to 4) and share of unified accounts (30, 70 or 95 %) are drawn by its seed. The map is the one of
truth_tables.py: the product's planner, socket, ledger and near coverage within the documented limits, no batches, 6 %
of the traders on no list. It is looked at after 1, 4 and 11 minutes. Asked about are the bands within 10 % of the
mark of each coin and side that hold USD in the truth or on the map; truth is the exchange's own tables.

    by count  share of them whose truth lies in [low, high]
    by USD    the same weighted by the larger of truth and map
    width     median of (high - low) / shown over bands that show something, and the mean weighted by what they show

Judged against solo levels, by the interval that also covers joint ones, as it is shown; by the one that does not with
--solo.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from coverage_growth import Planned, Reader, trades_of
from truth_tables import BLOCK_S, reader_of

from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.heatmap.grid import band_edge, band_of_price, merge_band
from liqscape.heatmap.near_coverage import Expected, KindCounts
from liqscape.insight.intervals import IntervalRules, WaitingAccounts, band_intervals, held_levels
from liqscape.model.accounts import Accounts
from liqscape.model.events import MarksUpdated, TradesPrinted
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.joint import estimate_betas
from liqscape.risk.liquidation import HIGHEST_PRICE, solve_roots
from liqscape.sandbox.world import World, WorldSettings
from liqscape.service.collecting.near import unread_accounts
from liqscape.service.joint import nearest_along_btc
from liqscape.units import Float64Array, Int32Array, MarginSource

LOOK_MINUTES = (1, 4, 11)
ACCOUNTS = (1_500, 3_000, 6_000)
SEEDS = range(2_001, 2_041)
WITHIN = 0.1
ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True)
class Judged:
    """N bands that hold something in truth or on the map. minute, truth, shown, low, high: (N,), USD but the first."""

    minute: Float64Array
    truth: Float64Array
    shown: Float64Array
    low: Float64Array
    high: Float64Array

    def __len__(self) -> int:
        return len(self.truth)

    @classmethod
    def joined(cls, parts: Sequence[Judged]) -> Judged:
        """All together."""
        names = ("minute", "truth", "shown", "low", "high")
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def of_minute(self, minute: float) -> Judged:
        """Those of one look."""
        here = self.minute == minute
        return Judged(
            minute=self.minute[here],
            truth=self.truth[here],
            shown=self.shown[here],
            low=self.low[here],
            high=self.high[here],
        )

    def figures(self) -> dict[str, float]:
        """What the table shows."""
        slack = ROUNDING * np.maximum(1.0, self.truth)
        is_low, is_high = self.truth < self.low - slack, self.truth > self.high + slack
        holds, weight, is_shown = ~(is_low | is_high), np.maximum(self.truth, self.shown), self.shown > 0.0
        width = (self.high - self.low)[is_shown] / self.shown[is_shown]
        return {
            "bands": float(len(self)),
            "by_count": float(holds.mean()),
            "by_usd": float(np.average(holds, weights=weight)),
            "shown": float(holds[is_shown].mean()),
            "empty": float(holds[~is_shown].mean()) if not is_shown.all() else float("nan"),
            "below_low": float(is_low.mean()),
            "above_high": float(is_high.mean()),
            "width_median": float(np.median(width)),
            "width_by_usd": float(np.average(width, weights=self.shown[is_shown])),
        }


@dataclass(frozen=True, kw_only=True)
class Look:
    """A map and the truth at one minute, with roots of both and joint ones of the map."""

    minute: float
    accounts: Accounts
    snapshot: MarketSnapshot
    root: Float64Array
    joint: Float64Array
    unread: WaitingAccounts
    true_accounts: Accounts
    true_root: Float64Array


def settings_of(seed: int, accounts: Sequence[int]) -> WorldSettings:
    """The world of a seed."""
    chance = np.random.default_rng(seed)
    count, coins = int(chance.choice(accounts)), int(chance.integers(2, 5))
    return WorldSettings(seed=seed, accounts=count, coins=coins, unified_percent=int(chance.choice((30, 70, 95))))


def looks_at(settings: WorldSettings, minutes: Sequence[int] = LOOK_MINUTES) -> Iterator[Look]:
    """Live one world through."""
    world, clock = World.new(settings), [0.0]
    reader = reader_of(world, clock)
    assert isinstance(reader.order, Planned)
    row_of = {address: row for row, address in enumerate(world.exchange.addresses)}
    start_ms = world.time_ms
    for block in range(max(minutes) * 60 // BLOCK_S + 1):
        elapsed_ms = block * BLOCK_S * 1_000
        for output in world.preroll(start_ms + elapsed_ms, BLOCK_S * 1_000) if block else ():
            reader.ledger.apply(MarksUpdated(world.time_ms, 0, to_snapshot(world.exchange)))
            trades = trades_of(world, output)
            if trades is not None:
                reader.ledger.apply(TradesPrinted(world.time_ms, 0, trades))
                reader.order.book.observe_trades(trades)
        for second in range(block * BLOCK_S, (block + 1) * BLOCK_S):
            clock[0] = float(second)
            reader.read(world, row_of)
            reader.stream(world, row_of, second)
        if elapsed_ms / 60_000 in minutes:
            yield look_at(reader, world, elapsed_ms / 60_000)


def look_at(reader: Reader, world: World, minute: float) -> Look:
    """The map and the truth as they are now. States were read, so they are no simulation's own word."""
    assert isinstance(reader.order, Planned)
    book, ledger, held = reader.order.book, reader.ledger, reader.ledger.accounts
    source = np.where(held.margin_source == MarginSource.MODELLED, MarginSource.STATE, held.margin_source)
    accounts, root = replace(held, margin_source=source.astype(np.uint8)), reader.root()
    usd, group, rows = book.expected_usd(world.time_ms), book.groups(), book.rows(held.addresses)
    is_unread = np.ones(len(book), np.bool_)
    is_unread[rows] = False
    waiting = KindCounts.of(Expected(usd[is_unread], group[is_unread]))
    true_accounts = to_accounts(world.exchange)
    betas = estimate_betas(ledger.snapshot.markets.coins, {})
    return Look(
        minute=minute,
        accounts=accounts,
        snapshot=ledger.snapshot,
        root=root,
        joint=nearest_along_btc(accounts, ledger.snapshot, ledger.tables, betas, root).price,
        unread=unread_accounts(Expected(usd[rows], group[rows]), waiting),
        true_accounts=true_accounts,
        true_root=solve_roots(true_accounts, to_snapshot(world.exchange), world.exchange.tables),
    )


def judge(look: Look, level: int, *, with_joint: bool, rules: IntervalRules | None = None) -> Iterator[Judged]:
    """Each coin and side."""
    for market in range(len(look.snapshot.markets)):
        mark = float(look.snapshot.mark[market])
        if not mark > 0.0:
            continue
        ends = merge_band(band_of_price(np.array([mark * (1.0 - WITHIN), mark * (1.0 + WITHIN)])), level).tolist()
        band = np.arange(ends[0], ends[1] + 1, dtype=np.int32)
        joint = look.joint if with_joint else None
        held = held_levels(look.accounts, look.snapshot, market, look.root, joint)
        edges = band_edge(band, level), band_edge(band + 1, level)
        found = band_intervals(held, *edges, unread=look.unread, rules=rules)
        for row, side in enumerate((1, -1)):
            truth = true_usd(look, market, side, band, level)
            asked = (truth > 0.0) | (found.shown[row] > 0.0)
            yield Judged(
                minute=np.full(int(asked.sum()), look.minute),
                truth=truth[asked],
                shown=found.shown[row][asked],
                low=found.low[row][asked],
                high=found.high[row][asked],
            )


def true_usd(look: Look, market: int, side: int, band: Int32Array, level: int) -> Float64Array:
    """(B,) USD that the exchange's own tables have in each band."""
    accounts, root = look.true_accounts, look.true_root
    is_mine = (
        (accounts.market_index == market) & (np.sign(accounts.size) == side) & (root > 0.0) & (root < HIGHEST_PRICE)
    )
    rows = np.flatnonzero(is_mine & ~accounts.is_exempt[accounts.pool_of_position()])
    place = merge_band(band_of_price(root[rows]), level) - band[0]
    is_near = (place >= 0) & (place < len(band))
    usd = np.abs(accounts.size[rows]) * float(look.snapshot.mark[market])
    return np.bincount(place[is_near], usd[is_near], len(band)).astype(np.float64)


def run(seed: int, accounts: Sequence[int], level: int, *, with_joint: bool = True) -> Judged:
    """One world."""
    looks = looks_at(settings_of(seed, accounts))
    return Judged.joined([part for look in looks for part in judge(look, level, with_joint=with_joint)])


def show(worlds: dict[int, Judged]) -> str:
    """Tables in Markdown."""
    whole = Judged.joined(list(worlds.values()))
    lines = [
        "| | bands | by count | by USD | shown | empty | below low | above high | width | width by USD |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    parts = [(f"{len(worlds)} worlds", whole)]
    parts += [(f"minute {minute:g}", whole.of_minute(minute)) for minute in np.unique(whole.minute).tolist()]
    for text, part in parts:
        figures = part.figures()
        shares = " | ".join(f"{100.0 * value:.1f} %" for value in list(figures.values())[1:7])
        width = f"{figures['width_median']:.2f} | {figures['width_by_usd']:.2f}"
        lines.append(f"| {text} | {len(part):,} | {shares} | {width} |")
    by_world = [each.figures() for each in worlds.values()]
    for key in ("by_count", "by_usd"):
        values = np.array([figures[key] for figures in by_world])
        low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
        lines.append(
            f"single worlds {key}: mean {values.mean():.3f}, median {middle:.3f}, 10 to 90 % {low:.3f} to {high:.3f}, "
            f"lowest {values.min():.3f}, within 0.93 to 0.97 {int(((values >= 0.93) & (values <= 0.97)).sum())}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--accounts", type=int, nargs="+", default=list(ACCOUNTS))
    parser.add_argument("--level", type=int, default=1)
    parser.add_argument("--solo", action="store_true")
    options = parser.parse_args()
    worlds = {}
    for seed in options.seeds:
        worlds[seed] = run(seed, options.accounts, options.level, with_joint=not options.solo)
        if options.json:
            print(json.dumps({"seed": seed} | worlds[seed].figures()), flush=True)
    if not options.json:
        print(show(worlds))


if __name__ == "__main__":
    main()
