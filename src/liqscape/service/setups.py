"""Setups of a coin put together: its clusters, the evidence for each, crowding, and the record of the combination."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.insight.setups import (
    HORIZON_MS,
    Circumstances,
    FundingStanding,
    OpenedShare,
    OutcomeCount,
    SetupRecord,
    combination_of,
    distance_class,
    evidence_of,
    nearest_large,
    record_of,
)
from liqscape.insight.setups.funding import MIN_HOURS
from liqscape.insight.statistics import MIN_CASES
from liqscape.insight.structure import SideSpan
from liqscape.service.answers.parts import distance_percent, known
from liqscape.service.answers.setups import (
    CrowdingAnswer,
    EarlierSetup,
    EvidenceAnswer,
    NearestLarge,
    OutcomeShareAnswer,
    SetupAnswer,
    SetupRecordAnswer,
    SetupsAnswer,
)
from liqscape.service.asked_time import utc_text
from liqscape.service.circumstances import MAX_LATE_MS, CoinPast, Openings, circumstances_at, holdings_of, read_past
from liqscape.service.price_bars import NO_PRICES
from liqscape.service.questions import checked_time, market_row
from liqscape.service.setup_archive import SetupArchive, moments_of
from liqscape.units import Side

if TYPE_CHECKING:
    from liqscape.heatmap.frame import MarketFrame
    from liqscape.insight.setups import SetupCase
    from liqscape.service.answers.clusters import ClusterAnswer, ClustersAnswer
    from liqscape.service.answers.tracked import TrackedClusterRow
    from liqscape.service.view import MapView

HOURS_8 = 8
NO_DAY = "no frame of 24 h before is stored: who opened since, and the change of open interest, are unknown"


class _Cluster(NamedTuple):
    """A cluster of either kind. notional USD at the mark, None unknown."""

    span: SideSpan
    price_peak: float
    notional: float | None
    cluster_id: str | None


class SetupQuestions:
    """Asks a map for setups. What was worked out of earlier days stays for the next question."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._openings = Openings(view)
        self._archive = SetupArchive(view, self._openings)

    def ask(self, coin: str, at_ms: int | None = None) -> SetupsAnswer:
        """A coin at a time, by default the newest frame. Raises NotFound, QuestionError."""
        moment = self._view.moment(checked_time(at_ms))
        frame = moment.reported
        row = market_row(frame.snapshot.markets, coin)
        answer = self._view.clusters(coin, at_ms, has_holders=False)
        time_ms, mark = answer.as_of_ms, np.nan if answer.mark is None else answer.mark
        moments = moments_of(time_ms)
        past = read_past(self._view, coin, moments[0] if moments else time_ms, time_ms)
        opened = self._openings.at(coin, holdings_of(moment.accounts, row), time_ms)
        circumstances = circumstances_at(self._view, past, time_ms, mark, opened)
        is_tracked = _is_tracked(answer)
        clusters = _clusters_of(answer, is_tracked=is_tracked)
        cases = self._archive.cases(past)
        setups = [_setup(each, mark, circumstances, cases) for each in clusters]
        return SetupsAnswer(
            provenance=answer.provenance,
            as_of_ms=time_ms,
            coin=coin,
            mark=answer.mark,
            basis="tracked" if is_tracked else "frame",
            source=None if past.bars is None else past.bars.source,
            crowding=_crowding(clusters, frame, row, mark, circumstances),
            setups=sorted(setups, key=lambda each: _nearness(each, mark)),
            notes=_notes(answer, past, circumstances),
        )


def _is_tracked(answer: ClustersAnswer) -> bool:
    """Whether clusters are followed up to the time asked about."""
    return bool(answer.tracked) and (answer.studied_ms or 0) >= answer.as_of_ms - MAX_LATE_MS


def _clusters_of(answer: ClustersAnswer, *, is_tracked: bool) -> list[_Cluster]:
    """The tracked ones where there are some of now, those of the frame alone otherwise."""
    rows: list[TrackedClusterRow] | list[ClusterAnswer] = answer.tracked if is_tracked else answer.clusters
    return [
        _Cluster(SideSpan(Side(row.side), row.price_low, row.price_high), row.price_peak, row.notional, row.cluster_id)
        for row in rows
    ]


def _setup(cluster: _Cluster, mark: float, circumstances: Circumstances, cases: list[SetupCase]) -> SetupAnswer:
    evidence = evidence_of(cluster.span, circumstances)
    distance = distance_class(cluster.span, mark)
    record = record_of([each.is_met for each in evidence], distance, cases)
    return SetupAnswer(
        side=int(cluster.span.side),
        price_low=cluster.span.price_low,
        price_high=cluster.span.price_high,
        price_peak=cluster.price_peak,
        near_edge=cluster.span.near_edge,
        notional=cluster.notional,
        distance_percent=distance_percent(cluster.span.near_edge, mark),
        cluster_id=cluster.cluster_id,
        evidence=[
            EvidenceAnswer(name=each.name, value=each.value, unit=each.unit, rule=each.rule, is_met=each.is_met)
            for each in evidence
        ],
        combination=combination_of(evidence),
        record=_record(record, distance),
    )


def _record(record: SetupRecord, distance: str | None) -> SetupRecordAnswer:
    return SetupRecordAnswer(
        distance_class=distance,
        compared=list(record.compared),
        count=record.count,
        min_count=MIN_CASES,
        day_count=record.day_count,
        horizon_ms=HORIZON_MS,
        since_ms=record.since_ms,
        until_ms=record.until_ms,
        reached=_outcome(record.reached),
        swept=_outcome(record.swept),
        unjudged_count=record.unjudged_count,
        incomparable_count=record.incomparable_count,
        cases=[
            EarlierSetup(time_ms=each.time_ms, cluster_id=each.cluster_id, reached=each.reached, swept=each.swept)
            for each in record.cases
        ],
        note=_why_no_share(record),
    )


def _why_no_share(record: SetupRecord) -> str | None:
    if record.reached.share is not None:
        return None
    if record.since_ms is None:
        return "no cluster so far from the mark stood on an earlier day that was studied"
    if not record.compared:
        return "no evidence is known both now and then"
    return f"n = {record.reached.count}, not enough: a share needs {MIN_CASES} judged cases"


def _outcome(found: OutcomeCount) -> OutcomeShareAnswer:
    share = found.share
    return OutcomeShareAnswer(
        hits=found.hits,
        count=found.count,
        share=None if share is None else share.share,
        low=None if share is None else share.low,
        high=None if share is None else share.high,
    )


def _crowding(
    clusters: list[_Cluster], frame: MarketFrame, row: int, mark: float, circumstances: Circumstances
) -> CrowdingAnswer:
    notional = frame.position_size[row] * mark
    longs, shorts = (int(count) for count in frame.position_count[row])
    sides = {Side.LONG: float(notional[0]), Side.SHORT: float(notional[1])}
    place = nearest_large([(each.span, each.notional or 0.0) for each in clusters], sides, mark)
    nearest = None if place is None else clusters[place]
    gaining = None if nearest is None else Side(-int(nearest.span.side))
    opened = OpenedShare(share=None, unknown_share=None)
    if gaining is not None:
        opened = circumstances.opened.get(gaining, opened)
    funding: FundingStanding | None = circumstances.funding
    change = circumstances.interest_change
    return CrowdingAnswer(
        nearest=None if nearest is None else _nearest(nearest, mark),
        gaining_side=None if gaining is None else int(gaining),
        opened_24h_share=opened.share,
        not_known_then_share=opened.unknown_share,
        funding_8h=None if funding is None else HOURS_8 * funding.rate,
        funding_percentile=None if funding is None else funding.percentile,
        funding_hours=0 if funding is None else funding.hours,
        funding_since_ms=None if funding is None else funding.since_ms,
        open_interest_change_24h_percent=None if change is None else 100.0 * change,
        long_notional=known(notional[0]),
        short_notional=known(notional[1]),
        long_accounts=longs,
        short_accounts=shorts,
        long_share_by_notional=_share(float(notional[0]), float(notional[1])),
        long_share_by_accounts=_share(longs, shorts),
    )


def _nearest(cluster: _Cluster, mark: float) -> NearestLarge:
    span = cluster.span
    return NearestLarge(
        side=int(span.side),
        price_low=span.price_low,
        price_high=span.price_high,
        notional=cluster.notional or 0.0,
        distance_percent=100.0 * (span.near_edge / mark - 1.0),
        cluster_id=cluster.cluster_id,
    )


def _share(part: float, other: float) -> float | None:
    return known(part / (part + other)) if part + other > 0.0 else None


def _nearness(setup: SetupAnswer, mark: float) -> tuple[float, int, float]:
    return (abs(setup.near_edge - mark) if mark > 0.0 else 0.0, setup.side, setup.price_low)


def _notes(answer: ClustersAnswer, past: CoinPast, circumstances: Circumstances) -> list[str]:
    notes = [] if answer.mark is not None else ["the mark is unknown: no distance, and no evidence of structure"]
    if past.bars is None:
        notes.append(NO_PRICES)
    elif circumstances.structure is not None and circumstances.structure.atr is None:
        notes.append("ATR needs 15 hours of prices without a hole up to now: evidence of structure is unknown")
    if past.bars is not None and past.bars.bars.volume is None:
        notes.append(f"no volume: {past.bars.volume}")
    if not answer.tracked:
        notes.append(answer.note or "no cluster is tracked")
    elif not _is_tracked(answer) and answer.studied_ms is not None:
        notes.append(f"clusters are those of the frame alone: the study ends at {utc_text(answer.studied_ms)}")
    funding = circumstances.funding
    if funding is None:
        notes.append("no funding was stored for this time: its evidence is unknown")
    elif funding.percentile is None:
        notes.append(f"{funding.hours} hours of funding are stored: a percentile needs {MIN_HOURS}")
    if circumstances.interest_change is None:
        notes.append(NO_DAY)
    return notes
