"""Clusters of levels: where, how large, how far."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.clusters import Cluster, find_clusters, largest_cluster, nearest_cluster
from liqscape.heatmap.coin_levels import CoinLevels
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_edge
from liqscape.heatmap.max_pain import MaxPain, find_max_pain
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.deleveraging import DeleveragedUsd, DeleveragingRisk, RiskTimeMs
from liqscape.service.answers.joint import JointNote
from liqscape.service.answers.parts import (
    Coins,
    Doubts,
    NextCursor,
    Percent,
    Price,
    ProvenanceAnswer,
    SideNumber,
    TimeMs,
    Usd,
    known,
    provenance_answer,
)
from liqscape.service.answers.study_parts import Needs, SinceMs
from liqscape.service.answers.tracked import (
    ClusterId,
    IsAtLeast,
    ObservedMs,
    Persistence,
    SweepStateWord,
    TrackedClusterRow,
)
from liqscape.service.paging import PageRows
from liqscape.units import Side


class ClusterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One run of neighbouring bands of one side, as this frame alone shows it.

    From `cluster_id` on: of the tracked cluster that holds its peak (docs/clusters.md); null where none does, or
    nothing was studied.
    """

    side: SideNumber
    price_low: Price
    price_high: Price
    price_peak: Price
    notional: Annotated[float, msgspec.Meta(description="At the mark, USD.")]
    level_notional: Annotated[float, msgspec.Meta(description="At the liquidation prices, USD.")]
    first_order_notional: Usd
    position_count: int
    account_count: int
    distance_percent: Percent
    vault_notional: (
        Annotated[float, msgspec.Meta(description="Of `notional`, of vaults other than HLP; null at joint levels.")]
        | None
    ) = None
    largest_account_notional: (
        Annotated[
            float, msgspec.Meta(description="Of `notional`, of the account that holds most; null at joint levels.")
        ]
        | None
    ) = None
    cluster_id: ClusterId | None = None
    born_ms: TimeMs | None = None
    age_ms: ObservedMs | None = None
    is_age_at_least: IsAtLeast | None = None
    weighted_age_ms: ObservedMs | None = None
    is_weighted_age_at_least: IsAtLeast | None = None
    persistence_1h: Persistence | None = None
    persistence_4h: Persistence | None = None
    persistence_1d: Persistence | None = None
    persistence_3d: Persistence | None = None
    sweep_state: SweepStateWord | None = None
    residual_size: Coins | None = None
    whole_order_window_count: int | None = None
    parent: str | None = None
    deleveraging_usd: DeleveragedUsd | None = None
    deleveraging_risk: DeleveragingRisk | None = None
    deleveraging_as_of_ms: RiskTimeMs | None = None


class ClusterPair(msgspec.Struct, frozen=True):
    """One cluster per side; null where a side has none."""

    long: ClusterAnswer | None
    short: ClusterAnswer | None


class MaxPainAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The cell of 0.1 % of price, within 10 % of the mark, in which most of one side is liquidated."""

    price_low: Price
    price_high: Price
    notional: Annotated[float, msgspec.Meta(description="In the cell, at the mark, USD.")]
    notional_to_there: Annotated[
        float, msgspec.Meta(description="Of the side from the mark to there, at the mark, USD.")
    ]
    distance_percent: Percent


class MaxPainPair(msgspec.Struct, frozen=True):
    """One cell per side; null where a side has no level within 10 %."""

    long: MaxPainAnswer | None
    short: MaxPainAnswer | None


class ClustersAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Clusters of one coin by notional, largest first. Empty where the mark is unknown."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    clusters: list[ClusterAnswer]
    nearest: ClusterPair
    largest: ClusterPair
    joint: Annotated[JointNote, msgspec.Meta(description="How a joint map was made.")] | None = None
    doubt: Doubts = []
    cluster_count: Annotated[int, msgspec.Meta(description="Clusters of the whole list.")] = 0
    tracked: Annotated[
        list[TrackedClusterRow],
        msgspec.Meta(description="Clusters that keep their identity, longest held first; all of them on every page."),
    ] = []
    studied_ms: Annotated[int | None, msgspec.Meta(description="Minute that `tracked` is of, ms since 1970 UTC.")] = (
        None
    )
    since_ms: SinceMs = None
    needs: Needs = []
    note: Annotated[str | None, msgspec.Meta(description="Why `tracked` is empty; null where it is not.")] = None
    unsure_count: Annotated[
        int, msgspec.Meta(description="Left out by `held_for`: held for a shorter time as far as is known, or longer.")
    ] = 0
    max_pain: MaxPainPair | None = None
    next_cursor: NextCursor = None

    def page(self, rows: PageRows) -> ClustersAnswer:
        """The rows of one page."""
        return msgspec.structs.replace(
            self,
            clusters=self.clusters[rows.start : rows.end],
            next_cursor=rows.next_cursor,
        )


def clusters_answer(
    frame: MarketFrame,
    market_index: int,
    joint: JointNote | None = None,
    vaults: Bands | None = None,
    levels: CoinLevels | None = None,
) -> ClustersAnswer:
    """Clusters of one market of a frame; `joint` where its bands stand at joint levels, `vaults` the vaults' part,
    `levels` the single positions in its bands."""
    mark = float(frame.snapshot.mark[market_index])
    found = find_clusters(frame, market_index)
    bands = frame.bands_of(market_index)

    def answer(cluster: Cluster | None) -> ClusterAnswer | None:
        return None if cluster is None else _answer(cluster, mark, vaults, levels)

    return ClustersAnswer(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        coin=frame.snapshot.markets.coins[market_index],
        mark=known(frame.snapshot.mark[market_index]),
        clusters=[_answer(cluster, mark, vaults, levels) for cluster in found],
        nearest=ClusterPair(answer(nearest_cluster(found, Side.LONG)), answer(nearest_cluster(found, Side.SHORT))),
        largest=ClusterPair(answer(largest_cluster(found, Side.LONG)), answer(largest_cluster(found, Side.SHORT))),
        joint=joint,
        doubt=doubt_words(frame.snapshot.doubt_of(market_index)),
        cluster_count=len(found),
        max_pain=MaxPainPair(*(_max_pain(find_max_pain(bands, mark, side)) for side in (Side.LONG, Side.SHORT))),
    )


def near_edge(cluster: ClusterAnswer) -> float:
    """The edge a mark that comes from the middle of the map meets first: the upper one of longs."""
    return cluster.price_high if cluster.side == Side.LONG else cluster.price_low


def far_edge(cluster: ClusterAnswer) -> float:
    """The edge it meets last: the lower one of longs, the upper one of shorts."""
    return cluster.price_low if cluster.side == Side.LONG else cluster.price_high


def _max_pain(found: MaxPain | None) -> MaxPainAnswer | None:
    if found is None:
        return None
    return MaxPainAnswer(
        price_low=found.price_low,
        price_high=found.price_high,
        notional=found.notional,
        notional_to_there=found.notional_to_there,
        distance_percent=found.distance_percent,
    )


def _answer(cluster: Cluster, mark: float, vaults: Bands | None, levels: CoinLevels | None) -> ClusterAnswer:
    low, high = cluster.price_low, cluster.price_high
    largest = None if levels is None else levels.largest_in(cluster.side, low, high) * mark
    return ClusterAnswer(
        side=int(cluster.side),
        price_low=cluster.price_low,
        price_high=cluster.price_high,
        price_peak=cluster.price_peak,
        notional=cluster.notional,
        level_notional=cluster.level_notional,
        first_order_notional=cluster.first_order_notional,
        position_count=cluster.position_count,
        account_count=cluster.position_count,
        distance_percent=cluster.distance_percent,
        vault_notional=None if vaults is None else min(_size_in(cluster, vaults) * mark, cluster.notional),
        largest_account_notional=None if largest is None else min(largest, cluster.notional),
    )


def _size_in(cluster: Cluster, bands: Bands) -> float:
    """Coins of the base bands inside a cluster; its edges are edges of such bands, so middles decide."""
    middle = np.sqrt(band_edge(bands.band) * band_edge(bands.band + 1))
    is_inside = (bands.side == cluster.side) & (middle >= cluster.price_low) & (middle < cluster.price_high)
    return float(bands.size[is_inside].sum())
