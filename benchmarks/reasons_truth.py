"""How often the map gives the right reason for a change of a cluster, against the log of the sandbox's engine.

    python benchmarks/reasons_truth.py [--json] [--accounts 600] [--coins 8] [--minutes 60] [--seeds 7 8]
    python benchmarks/reasons_truth.py --recorded FOLDER

Worlds live in blocks of 3 s, after an hour in blocks of a minute. Spans are those of the clusters that the identity
rules find in the truth, so every source is asked about the same spans.

    size    by the fills of the engine: own trades and each kind of force, net of the minute
    level   the block in which it crossed the edge for good: what moved the account in that block. Where marks and one
            other thing did, marks are the cause if they alone carry the level over. Two others: undecided, said apart

    everything reported   fills, funding and cash of every account, and states at each minute's end (a node, the demo)
    public API            prints, funding due by the hour, and each account's state every ten minutes

right      share of the true coins that the map gave the same reason in the same minute
unknown    share for which it said corrected, learnt, forgotten, interaction or not reported (in another minute, too)
precision  share of the coins it gave a reason of the market that are true

Of recorded snapshots, hours apart and without notes, only what can be said is told: shares of USD by reason.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from reasons_worlds import UNDECIDED, PublicMap, Reasons, ReportedMap, Span, Truth, minute_of

from liqscape.insight.identity import ClusterTracker
from liqscape.insight.minute import AddressKeys, Minute
from liqscape.insight.reasons import Causes, SpanPair
from liqscape.insight.records import ChangeReason
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.pipeline import Pipeline
from liqscape.units import MINUTE_MS, Side

BLOCK_MS = 3_000
COARSE_MINUTES = 60
NEAR = 0.1
"""Clusters further than this share from the mark are not asked about."""
KNOWLEDGE = {
    ChangeReason.LEARNT,
    ChangeReason.FORGOTTEN,
    ChangeReason.CORRECTED,
    ChangeReason.NOT_REPORTED,
    ChangeReason.INTERACTION,
}
OURS = KNOWLEDGE | {ChangeReason.SPAN_MOVED}
"""Reasons that say nothing of the market."""


@dataclass
class Score:
    """USD at the mark, of one source: true by reason, given by reason, and what agrees."""

    true: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)

    def add(self, truth: Reasons, found: Reasons, usd: float) -> None:
        """One span of one minute; usd a lot."""
        for reason in truth.keys() | found.keys():
            name = "undecided" if reason == UNDECIDED else ChangeReason(reason).name.lower()
            true, given = truth[reason], found[reason]
            self.true[name] += abs(true) * usd
            self.given[name] += abs(given) * usd
            if true * given > 0:
                self.right[name] += min(abs(true), abs(given)) * usd

    def join(self, other: Score) -> None:
        """Add another world's."""
        self.true.update(other.true)
        self.given.update(other.given)
        self.right.update(other.right)

    def figures(self) -> dict[str, float]:
        """The shares."""
        market = [name for name in self.true if name not in {"undecided", *(each.name.lower() for each in OURS)}]
        true, given = sum(self.true[name] for name in market), sum(self.given[name] for name in market)
        right = sum(self.right[name] for name in market)
        unknown = sum(self.given[each.name.lower()] for each in KNOWLEDGE)
        every = sum(self.true.values())
        return {
            "true_usd": true,
            "right": right / true if true else np.nan,
            "precision": right / given if given else np.nan,
            "unknown": unknown / sum(self.given.values()) if self.given else np.nan,
            "undecided": self.true["undecided"] / every if every else np.nan,
            "span_moved": self.true["span_moved"] / every if every else np.nan,
        }


def span_pairs(before: dict[str, Span], now: dict[str, Span]) -> list[SpanPair]:
    """Every cluster that stood or stands."""
    return [SpanPair(name, before.get(name), now.get(name)) for name in sorted(before.keys() | now.keys())]


def is_near(pair: SpanPair, mark: float) -> bool:
    """Whether the cluster lies within NEAR of the mark."""
    low, high = pair.now or pair.before or (0.0, 0.0)
    return low < mark * (1.0 + NEAR) and high > mark * (1.0 - NEAR)


def run(seed: int, accounts: int, coins: int, minutes: int) -> dict[str, Score]:
    """One world: the score of each kind of source."""
    market = SandboxMarket.new(WorldSettings(seed=seed, accounts=accounts, coins=coins, block_ms=BLOCK_MS))
    for _ in range(COARSE_MINUTES):
        market.step()
    known = np.setdiff1d(
        np.arange(len(market.world.exchange.addresses)), np.flatnonzero(market.world.population.is_hidden)
    )
    truth, reported, public = Truth(market, known), ReportedMap(market), PublicMap(market, known)
    markets = market.world.exchange.markets
    trackers = {(row, side): ClusterTracker(coin, side) for row, coin in enumerate(markets.coins) for side in Side}
    spans: dict[tuple[int, Side], dict[str, Span]] = {place: {} for place in trackers}
    scores = {"everything reported": Score(), "public API": Score()}
    for minute in range(minutes + 1):
        if minute:
            truth.begin()
            truth.is_moving = True
            market.live(market.time_ms + MINUTE_MS - BLOCK_MS)
            pairs = [reported.feed(market.step())]
            truth.is_moving = False
            pairs.append(public.minute())
            causes = [Causes(before, now) for before, now in pairs if before is not None]
        frame = truth.minute()
        for (row, side), tracker in trackers.items():
            standing = tracker.advance(frame.held(row, side), frame.mark(row), frame.time_ms, is_gap=False).standing
            now = {each.cluster_id: (each.price_low, each.price_high) for each in standing}
            asked = span_pairs(spans[row, side], now)
            spans[row, side] = now
            if not minute or not asked:
                continue
            asked = [pair for pair in asked if is_near(pair, frame.mark(row))]
            usd = frame.mark(row) / 10 ** markets.rows[row].size_decimals
            for score, cause in zip(scores.values(), causes, strict=True):
                found: dict[str, Reasons] = {pair.cluster_id: Counter() for pair in asked}
                for given in cause.explain(row, side, asked):
                    found[given.cluster_id][given.reason] += given.lots
                for pair in asked:
                    score.add(truth.reasons(row, side, pair), found[pair.cluster_id], usd)
    return scores


def of_recording(folder: Path) -> dict[str, float]:
    """Share of the USD that came to or left clusters of a recorded market, by the reason given."""
    from liqscape.sources.recording import RecordingSource

    source = RecordingSource(folder)
    pipeline, keys = Pipeline(source.provenance, with_bands=False), AddressKeys()
    usd: Counter[str] = Counter()
    trackers: dict[tuple[int, Side], ClusterTracker] = {}
    spans: dict[tuple[int, Side], dict[str, Span]] = {}
    before: Minute | None = None
    for event in source.events():
        moment = pipeline.feed(event)
        if moment is None:
            continue
        now = replace(minute_of(moment, keys), is_gap=True)
        causes = None if before is None else Causes(before, now)
        for row, coin in enumerate(now.snapshot.markets.coins):
            for side in Side:
                tracker = trackers.setdefault((row, side), ClusterTracker(coin, side))
                tracked = tracker.advance(now.held(row, side), now.mark(row), now.time_ms, is_gap=True)
                stand = {each.cluster_id: (each.price_low, each.price_high) for each in tracked.standing}
                asked = span_pairs(spans.get((row, side), {}), stand)
                spans[row, side] = stand
                for change in () if causes is None else causes.explain(row, side, asked):
                    usd[change.reason.name.lower()] += abs(change.usd or 0.0)
        before = now
    return {name: amount / sum(usd.values()) for name, amount in usd.most_common()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=600)
    parser.add_argument("--coins", type=int, default=8)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    parser.add_argument("--recorded", type=Path, help="folder of a recorded market, instead of made-up worlds")
    options = parser.parse_args()
    if options.recorded is not None:
        print(json.dumps(of_recording(options.recorded)))
        return
    total: dict[str, Score] = {}
    rights: dict[str, list[float]] = {}
    for seed in options.seeds:
        for source, score in run(seed, options.accounts, options.coins, options.minutes).items():
            total.setdefault(source, Score()).join(score)
            rights.setdefault(source, []).append(score.figures()["right"])
    figures = {
        source: {**score.figures(), "right_lowest": min(rights[source]), "right_highest": max(rights[source])}
        for source, score in total.items()
    }
    if options.json:
        print(json.dumps(figures))
        return
    for source, score in total.items():
        print(source, {name: round(value, 3) for name, value in figures[source].items()})
        for name in sorted(score.true.keys() | score.given.keys()):
            true, given, right = score.true[name], score.given[name], score.right[name]
            print(f"  {name:22} true {true:14,.0f}  given {given:14,.0f}  right {right:14,.0f}")


if __name__ == "__main__":
    main()
