"""Structure of a coin's price put together: bars of the best source, and the clusters of the frame against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

from liqscape.insight.structure import (
    Confluence,
    Extremes,
    Placed,
    PriceHistory,
    PriceLine,
    SideSpan,
    Structure,
    Swing,
    VolumeProfile,
    lines_of,
    place_cluster,
    structure_at,
)
from liqscape.insight.structure.true_range import ATR_BARS
from liqscape.service.answers.clusters import ClusterAnswer, near_edge
from liqscape.service.answers.parts import distance_percent, known
from liqscape.service.answers.structure import (
    ConfluenceAnswer,
    ExtremesAnswer,
    LineAnswer,
    NodeAnswer,
    ProfileAnswer,
    ProfileBin,
    SessionAnswer,
    StructureAnswer,
    StructureCluster,
    SwingAnswer,
)
from liqscape.service.price_bars import LOOK_BACK_MS, NO_PRICES
from liqscape.units import DAY_MS, HOUR_MS, Side

if TYPE_CHECKING:
    from liqscape.service.answers.clusters import ClustersAnswer
    from liqscape.service.price_bars import BarPath
    from liqscape.service.view import MapView

Record = TypeVar("Record", bound=msgspec.Struct)

NO_MARK = "the mark is unknown: no distance, label or confluence"


class StructureQuestions:
    """Asks a map where its clusters stand against price."""

    def __init__(self, view: MapView) -> None:
        self._view = view

    def ask(self, coin: str, at_ms: int | None = None) -> StructureAnswer:
        """A coin at a time, by default the newest frame. Raises NotFound, QuestionError."""
        clusters = self._view.clusters(coin, at_ms, has_holders=False)
        path = self._view.bars(coin, clusters.as_of_ms - LOOK_BACK_MS, clusters.as_of_ms)
        mark = np.nan if clusters.mark is None else clusters.mark
        structure = None if path is None else structure_at(PriceHistory.of_bars(path.bars), clusters.as_of_ms, mark)
        placed = [(cluster, place_in(structure, cluster)) for cluster in clusters.clusters]
        return _answer(clusters, path, structure, placed)


def place_in(structure: Structure | None, cluster: ClusterAnswer) -> Placed:
    """A cluster against structure; unknown without one."""
    span = SideSpan(Side(cluster.side), cluster.price_low, cluster.price_high)
    return place_cluster(
        span,
        mark=np.nan if structure is None else structure.mark,
        atr=None if structure is None else structure.atr,
        swings=() if structure is None else structure.standing,
        nodes=() if structure is None or structure.profile is None else structure.profile.nodes,
        donchian=None if structure is None else structure.donchian,
    )


def _answer(
    clusters: ClustersAnswer,
    path: BarPath | None,
    structure: Structure | None,
    placed: list[tuple[ClusterAnswer, Placed]],
) -> StructureAnswer:
    mark = np.nan if clusters.mark is None else clusters.mark
    bars = None if path is None else path.bars
    atr = None if structure is None else structure.atr
    profile = None if structure is None else structure.profile
    return StructureAnswer(
        provenance=clusters.provenance,
        as_of_ms=clusters.as_of_ms,
        coin=clusters.coin,
        mark=clusters.mark,
        source=None if path is None else path.source,
        interval_ms=HOUR_MS,
        first_bar_ms=int(bars.start_ms[0]) if bars is not None and len(bars) else None,
        bar_count=0 if bars is None else len(bars),
        atr=atr,
        atr_percent=None if atr is None else known(100.0 * atr / mark),
        swings=[] if structure is None else [_swing(swing, mark) for swing in structure.swings],
        sessions=[] if structure is None else [_of_fields(session, SessionAnswer) for session in structure.sessions],
        range=None if structure is None else _extremes(structure.donchian),
        month=None if structure is None else _extremes(structure.month),
        profile=None if profile is None or path is None else _profile(profile, path),
        profile_note=None if profile is not None else _why_no_profile(path),
        lines=[] if structure is None else [_line(line, mark) for line in lines_of(structure)],
        clusters=sorted((_cluster(*each) for each in placed), key=lambda each: _nearness(each, mark)),
        notes=_notes(path, structure),
    )


def _notes(path: BarPath | None, structure: Structure | None) -> list[str]:
    if path is None or structure is None:
        return [NO_PRICES]
    notes = [] if structure.mark > 0.0 else [NO_MARK]
    if path.bars.interval_ms > HOUR_MS:
        hours = path.bars.interval_ms / HOUR_MS
        notes.append(f"bars are {hours:g} hours long: swings and ATR need bars of at most an hour")
    elif structure.atr is None:
        notes.append(
            f"ATR needs {ATR_BARS + 1} hours of prices without a hole up to now: labels and confluence are unknown"
        )
    for extremes in (structure.donchian, structure.month):
        if extremes is not None and not extremes.is_whole:
            days = len(path.bars.between(structure.at_ms - extremes.days * DAY_MS, structure.at_ms))
            share = days * path.bars.interval_ms / DAY_MS
            beyond = ", so no label says beyond range" if extremes is structure.donchian else ""
            notes.append(f"{share:.1f} of {extremes.days} days of prices are known{beyond}")
    return notes


def _why_no_profile(path: BarPath | None) -> str:
    if path is None:
        return NO_PRICES
    return "nothing was traded in the bars that are known" if path.bars.volume is not None else path.volume


def _swing(swing: Swing, mark: float) -> SwingAnswer:
    return SwingAnswer(
        kind=swing.kind,
        side=swing.side,
        price=swing.price,
        time_ms=swing.time_ms,
        known_at_ms=swing.known_ms,
        broken_ms=swing.broken_ms,
        distance_percent=distance_percent(swing.price, mark),
    )


def _extremes(extremes: Extremes | None) -> ExtremesAnswer | None:
    return None if extremes is None else _of_fields(extremes, ExtremesAnswer)


def _profile(profile: VolumeProfile, path: BarPath) -> ProfileAnswer:
    edges, size = profile.edges.tolist(), profile.size.tolist()
    first, last = profile.value_area
    return ProfileAnswer(
        source=path.volume,
        start_ms=profile.start_ms,
        end_ms=profile.end_ms,
        size=float(profile.size.sum()),
        bins=[
            ProfileBin(price_low=low, price_high=high, size=each)
            for low, high, each in zip(edges[:-1], edges[1:], size, strict=True)
        ],
        poc=profile.middle(profile.poc),
        poc_low=edges[profile.poc],
        poc_high=edges[profile.poc + 1],
        value_area_low=edges[first],
        value_area_high=edges[last + 1],
        value_area_share=profile.value_share,
        nodes=[_of_fields(node, NodeAnswer) for node in profile.nodes],
    )


def _line(line: PriceLine, mark: float) -> LineAnswer:
    return _of_fields(line, LineAnswer, distance_percent=distance_percent(line.price, mark))


def _cluster(cluster: ClusterAnswer, placed: Placed) -> StructureCluster:
    return StructureCluster(
        side=cluster.side,
        price_low=cluster.price_low,
        price_high=cluster.price_high,
        price_peak=cluster.price_peak,
        near_edge=near_edge(cluster),
        notional=cluster.notional,
        distance_percent=cluster.distance_percent,
        cluster_id=cluster.cluster_id,
        labels=None if placed.labels is None else list(placed.labels),
        confluence=None if placed.confluence is None else [_confluence(each) for each in placed.confluence],
    )


def _confluence(found: Confluence) -> ConfluenceAnswer:
    return _of_fields(found, ConfluenceAnswer)


def _nearness(cluster: StructureCluster, mark: float) -> tuple[float, int, float]:
    return (abs(cluster.near_edge - mark) if mark > 0.0 else 0.0, cluster.side, cluster.price_low)


def _of_fields(record: object, kind: type[Record], **more: Any) -> Record:
    """A record of the API with the fields of one that has the same names."""
    return kind(**{name: getattr(record, name) for name in kind.__struct_fields__ if name not in more}, **more)
