"""Chains from cluster to cluster: an ensemble of the cascade engine a link, and sweeps that were measured, apart.

P(next | this) = share of runs whose mark reached `next`, of those taken to the far edge of `this` that got there
(docs/odds.md, "Chains"). The two are never mixed: the one is simulated, the other happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.cascade import run_ensemble
from liqscape.errors import InputError, ModelError, QuestionError
from liqscape.insight.odds.links import SweptSpans, followed
from liqscape.insight.statistics import MIN_CASES, wilson
from liqscape.service.answers.chain import ChainAnswer, ChainLink, ChainSide, MeasuredShare
from liqscape.service.answers.clusters import ClusterAnswer, far_edge, near_edge
from liqscape.service.cascade import CascadeQuestion, prepare_cascade, reason_of
from liqscape.service.questions import check_side
from liqscape.units import SIDE_WORDS, BoolArray, Float64Array

if TYPE_CHECKING:
    from liqscape.cascade.results import EnsembleResult
    from liqscape.service.market_inputs.market_input import MarketInput
    from liqscape.service.view import MapView

DEFAULT_PATHS, MIN_PATHS, MAX_PATHS = 20, 10, 50
DEFAULT_LINKS, MIN_LINKS, MAX_LINKS = 3, 2, 6
MODE = "coupled"
SHOCK_MINUTES, MINUTES = 5.0, 15.0
"""The way to the far edge takes the first, the run the second: what follows a cluster comes within minutes."""
THERE = 1e-4
"""A mark this near to an edge, as a share of it, is there."""
LOST = "filled", "backstop", "adl"
"""USD of a run that was liquidated: in the book, by the vault, by winners."""

TellDone = Callable[[float], None]


@dataclass(frozen=True, kw_only=True)
class ChainQuestion:
    """side 1 longs below, -1 shorts above, None both. Raises QuestionError for what is out of bounds."""

    coin: str
    side: int | None = None
    paths: int = DEFAULT_PATHS
    links: int = DEFAULT_LINKS
    seed: int = 0

    def __post_init__(self) -> None:
        check_side(self.side)
        if not MIN_PATHS <= self.paths <= MAX_PATHS:
            raise QuestionError(f"paths {self.paths} is outside {MIN_PATHS}..{MAX_PATHS}")
        if not MIN_LINKS <= self.links <= MAX_LINKS:
            raise QuestionError(f"links {self.links} is outside {MIN_LINKS}..{MAX_LINKS}")
        if not 0 <= self.seed < 2**53:
            raise QuestionError(f"seed {self.seed} is outside 0..2^53-1")


def answer_chain(
    view: MapView, market: MarketInput, question: ChainQuestion, at_ms: int | None, progress: TellDone | None = None
) -> ChainAnswer:
    """Simulate the links of a coin's chains. What `progress` raises stops it. Raises NotFound, QuestionError."""
    coin = question.coin
    clusters = view.clusters(coin, at_ms, has_holders=False)
    notes: list[str] = []
    if clusters.mark is None:
        notes.append(f"The mark of {coin} is not known at this time: there is no way from it.")
    asked = (1, -1) if question.side is None else (question.side,)
    chains = {side: _chain(clusters.clusters, clusters.mark, side)[: question.links] for side in asked}
    todo = sum(max(0, len(chain) - 1) for chain in chains.values())
    done = 0
    assumptions: tuple[str, ...] = ()
    sides = []
    for side, chain in chains.items():
        runs: list[EnsembleResult] = []
        for this in chain[:-1]:
            tell = None if progress is None else _part(progress, done, todo)
            runs.append(_ensemble(market, question, this, tell))
            done += 1
        assumptions = runs[0].assumptions if runs and not assumptions else assumptions
        sides.append(_side(view, coin, side, clusters.as_of_ms, clusters.mark, (chain, runs)))
    return ChainAnswer(
        provenance=clusters.provenance,
        as_of_ms=clusters.as_of_ms,
        coin=coin,
        mark=clusters.mark,
        is_simulated=True,
        paths=question.paths,
        sides=sides,
        assumptions=[*market.notes, *assumptions],
        notes=notes,
    )


def _chain(clusters: list[ClusterAnswer], mark: float | None, side: int) -> list[ClusterAnswer]:
    """Of one side, beyond the mark, nearest first."""
    if mark is None:
        return []
    ahead = [each for each in clusters if each.side == side and side * (mark - near_edge(each)) > 0.0]
    return sorted(ahead, key=lambda each: side * (mark - near_edge(each)))


def _ensemble(
    market: MarketInput, question: ChainQuestion, this: ClusterAnswer, tell: TellDone | None
) -> EnsembleResult:
    """Runs taken to the far edge of a cluster."""
    asked = CascadeQuestion(
        coin=question.coin,
        price=far_edge(this),
        mode=MODE,
        minutes=MINUTES,
        shock_minutes=SHOCK_MINUTES,
        paths=question.paths,
        seed=question.seed,
    )
    try:
        prepared = prepare_cascade(market, asked)
        return run_ensemble(prepared.market.cascade, prepared.shock, prepared.settings, question.paths, tell)
    except (InputError, ModelError) as error:
        raise reason_of(error) from None


def _part(progress: TellDone, done: int, todo: int) -> TellDone:
    return lambda share: progress((done + share) / todo)


def _side(
    view: MapView,
    coin: str,
    side: int,
    at_ms: int,
    mark: float | None,
    simulated: tuple[list[ClusterAnswer], list[EnsembleResult]],
) -> ChainSide:
    chain, runs = simulated
    reached, count = measured_links(view, coin, side, at_ms)
    share = measured_share(reached, count)
    note = None
    if len(chain) < 2:
        note = f"{coin} has {len(chain)} clusters of {SIDE_WORDS[side]}s ahead of the mark: a chain needs two."
    elif share is None:
        note = f"Measured: {count} sweeps that crossed, {MIN_CASES} are needed for a share."
    return ChainSide(
        side=side,
        links=[_link(place, each, mark, chain, runs) for place, each in enumerate(chain)],
        measured=share,
        measured_count=count,
        measured_reached=reached,
        note=note,
    )


def _link(
    place: int, cluster: ClusterAnswer, mark: float | None, chain: list[ClusterAnswer], runs: list[EnsembleResult]
) -> ChainLink:
    counts = None if place == 0 else reach_counts(runs[place - 1], chain[place - 1], cluster)
    interval = None if counts is None or counts[1] == 0 else wilson(*counts)
    return ChainLink(
        place=place,
        cluster_id=cluster.cluster_id,
        price_low=cluster.price_low,
        price_high=cluster.price_high,
        notional=cluster.notional,
        distance_percent=0.0 if mark is None else 100.0 * (near_edge(cluster) / mark - 1.0),
        probability=None if interval is None else interval.share,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        reached_paths=None if counts is None else counts[0],
        from_paths=None if counts is None else counts[1],
        usd_expected=None if place == 0 else float(lost_usd(runs[place - 1]).mean()),
    )


def reach_counts(run: EnsembleResult, this: ClusterAnswer, following: ClusterAnswer) -> tuple[int, int]:
    """(runs whose mark reached the next cluster, runs whose mark reached the far edge of this one)."""
    extreme = run.outcome["extreme_mark"]
    is_there = _is_at(extreme, far_edge(this), this.side)
    return int((is_there & _is_at(extreme, near_edge(following), this.side)).sum()), int(is_there.sum())


def _is_at(extreme: Float64Array, price: float, side: int) -> BoolArray:
    reached: BoolArray = side * (price - extreme) >= -THERE * price
    return reached


def lost_usd(run: EnsembleResult) -> Float64Array:
    """(N,) USD liquidated in each run."""
    total: Float64Array = np.sum([run.outcome[name] for name in LOST], axis=0)
    return total


def measured_share(reached: int, count: int) -> MeasuredShare | None:
    """The share with its interval; None below MIN_CASES."""
    if count < MIN_CASES:
        return None
    found = wilson(reached, count)
    return MeasuredShare(share=found.share, low=found.low, high=found.high)


def measured_links(view: MapView, coin: str, side: int, at_ms: int) -> tuple[int, int]:
    """(sweeps after which a further cluster was met within an hour, sweeps that crossed and whose hour is known).

    Of the stored sweeps of one coin and side. A hole in the path leaves a sweep out.
    """
    import polars

    rows = view.studied.rows("sweeps", coin, None, at_ms + 1)
    own = rows.filter((polars.col("side") == SIDE_WORDS[side]) & ~polars.col("gap"))
    cluster = own["cluster_id"].cast(polars.String).rank("dense").cast(polars.Int64)
    spans = SweptSpans(
        entered_ms=own["entered"].dt.epoch("ms").to_numpy(),
        crossed_ms=own["crossed"].dt.epoch("ms").fill_null(-1).to_numpy(),
        price_low=own["price_low"].to_numpy(),
        price_high=own["price_high"].to_numpy(),
        cluster=cluster.to_numpy(),
    )
    return followed(spans, side, at_ms)
