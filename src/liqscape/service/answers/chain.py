"""From cluster to cluster: what a simulation of the way sets off, beside what was measured, apart."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.service.answers.parts import Percent, Price, ProvenanceAnswer, SideNumber, TimeMs
from liqscape.service.answers.tracked import ClusterId


class MeasuredShare(msgspec.Struct, frozen=True, kw_only=True):
    """A share of cases with its 95 % Wilson interval."""

    share: float
    low: float
    high: float


class ChainLink(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster in the order the mark would meet them. Of the first there is no probability: /odds tells of it."""

    place: int
    cluster_id: ClusterId | None
    price_low: Price
    price_high: Price
    notional: Annotated[float, msgspec.Meta(description="At the mark, USD.")]
    distance_percent: Annotated[Percent, msgspec.Meta(description="Of the edge the mark meets first.")]
    probability: (
        Annotated[
            float,
            msgspec.Meta(
                description="SIMULATED: share of the runs taken to the far edge of the cluster before, and there, "
                "whose mark went on to this one; null for the first."
            ),
        ]
        | None
    )
    low: Annotated[float, msgspec.Meta(description="95 % Wilson interval over the draws, not market histories.")] | None
    high: float | None
    reached_paths: int | None
    from_paths: int | None
    usd_expected: (
        Annotated[
            float,
            msgspec.Meta(
                description="SIMULATED: mean USD liquidated, of all coins, in the runs taken to the far edge of the "
                "cluster before; null for the first."
            ),
        ]
        | None
    )


class ChainSide(msgspec.Struct, frozen=True, kw_only=True):
    """Clusters of one side, nearest first, and how often sweeps of that side went on to a further cluster."""

    side: SideNumber
    links: list[ChainLink]
    measured: Annotated[MeasuredShare, msgspec.Meta(description="Null below 20 cases.")] | None
    measured_count: Annotated[
        int,
        msgspec.Meta(description="Sweeps of this coin and side that crossed a cluster and whose hour is known."),
    ]
    measured_reached: Annotated[
        int, msgspec.Meta(description="Of them those after which the mark met a further cluster within the hour.")
    ]
    note: str | None


class ChainAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Chains of a coin. Everything but `measured` and the clusters is simulated."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: str
    mark: Price | None
    is_simulated: bool
    paths: Annotated[int, msgspec.Meta(description="Runs a link.")]
    sides: list[ChainSide]
    assumptions: Annotated[list[str], msgspec.Meta(description="Of the simulation, one sentence each.")]
    notes: list[str]
