"""Odds of reaching a price, a span or every cluster of a coin, each beside its record (docs/odds.md).

Walks through the history of a coin are kept by its newest hour: a second question about it costs milliseconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import QuestionError
from liqscape.insight.odds.excursions import MAX_Z
from liqscape.insight.odds.hours import hours_before
from liqscape.insight.odds.pooled import POOL_END_MS, POOL_WORDS, pooled_horizon, pooled_record, pooled_scores
from liqscape.insight.odds.record import MIN_WINDOWS, OddsRecord, brier_sums, record_of, skill_of
from liqscape.insight.odds.volatility import HORIZONS, MIN_HOURS, har_sigma
from liqscape.insight.odds.walk import AskedLevels, OddsWalk, judged_columns, walk_forward
from liqscape.service.answers.odds import (
    HorizonRow,
    HorizonWord,
    OddsAnswer,
    OddsLevel,
    OddsRecordAnswer,
    WithinRow,
    record_answer,
)
from liqscape.service.bounded_memory import BoundedMemory
from liqscape.service.hour_path import HourPath, hour_path
from liqscape.service.questions import check_mode, check_prices
from liqscape.units import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liqscape.service.answers.clusters import ClusterAnswer
    from liqscape.service.view import MapView

MAX_LEVELS = 200
"""Clusters told of, nearest first."""
MAX_KEPT = 64
"""Coins whose walks are kept."""
OWN_WORDS = "{coin}, {name}: forecasts made as time went by, each from what was known when its window began"


@dataclass(frozen=True)
class _Horizon:
    """What is known of one horizon of a coin at one hour."""

    hours: int
    walk: OddsWalk
    record: OddsRecord | None


class OddsQuestions:
    """Asks a map; used from several threads."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._kept: BoundedMemory[tuple[str, str, int, int], dict[str, _Horizon]] = BoundedMemory(MAX_KEPT)

    def ask(
        self,
        coin: str,
        price: float | None = None,
        price_low: float | None = None,
        price_high: float | None = None,
        at_ms: int | None = None,
        mode: str = "solo",
    ) -> OddsAnswer:
        """Odds of a price, of a span [price_low, price_high), or of every cluster. Raises NotFound, QuestionError."""
        check_mode(mode)
        _check_asked(price, price_low, price_high)
        clusters = self._view.clusters(coin, at_ms, mode, has_holders=False)
        path = hour_path(self._view, coin, clusters.as_of_ms)
        notes: list[str] = []
        levels: list[OddsLevel] = []
        if clusters.mark is None:
            notes.append(f"The mark of {coin} is not known at this time: there is no distance from it.")
        elif price is not None:
            levels = [_level("price", clusters.mark, price, price)]
        elif price_low is not None and price_high is not None:
            levels = [_level("span", clusters.mark, price_low, price_high)]
        else:
            levels = [_of_cluster(clusters.mark, each) for each in clusters.clusters]
            levels.sort(key=lambda each: abs(each.distance_percent))
            if len(levels) > MAX_LEVELS:
                notes.append(f"The nearest {MAX_LEVELS} of {len(levels)} clusters are told of.")
            levels = levels[:MAX_LEVELS]
        rows, within = self._horizons(coin, path, clusters.as_of_ms, clusters.mark, levels)
        return OddsAnswer(
            provenance=clusters.provenance,
            as_of_ms=clusters.as_of_ms,
            coin=coin,
            mark=clusters.mark,
            price_source=None if path is None else path.source,
            horizons=rows,
            levels=[_with_odds(level, odds) for level, odds in zip(levels, within, strict=True)],
            notes=notes,
        )

    def of_prices(
        self, coin: str, path: HourPath | None, at_ms: int, mark: float, prices: Sequence[float]
    ) -> tuple[list[HorizonRow], list[OddsLevel]]:
        """Horizons and odds of prices, for who has the path of the coin before `at_ms` at hand already."""
        levels = [_level("price", mark, price, price) for price in prices]
        rows, within = self._horizons(coin, path, at_ms, mark, levels)
        return rows, [_with_odds(level, odds) for level, odds in zip(levels, within, strict=True)]

    def _horizons(
        self, coin: str, path: HourPath | None, at_ms: int, mark: float | None, levels: list[OddsLevel]
    ) -> tuple[list[HorizonRow], list[list[WithinRow]]]:
        """The row of each horizon, and of each level its odds within each."""
        known = {} if path is None else self._walks(coin, path)
        rows: list[HorizonRow] = []
        within: list[list[WithinRow]] = [[] for _ in levels]
        columns = _columns(mark, levels)
        for word, hours in HORIZONS.items():
            name: HorizonWord = word  # type: ignore[assignment]
            own = known.get(word)
            sigma = None if path is None or own is None else _sigma(path, own, at_ms)
            note = _why_not(coin, path, own, sigma, at_ms)
            rows.append(
                HorizonRow(
                    horizon=name,
                    horizon_ms=hours * HOUR_MS,
                    sigma_percent=None if sigma is None else 100.0 * sigma,
                    record=None if note is not None else _record(coin, path, own),
                    note=note,
                )
            )
            if own is None or sigma is None or note is not None:
                odds = [_unknown_odds(name, note) for _ in levels]
            else:
                odds = _odds(name, own, columns, sigma)
            for mine, each in zip(within, odds, strict=True):
                mine.append(each)
        return rows, within

    def _walks(self, coin: str, path: HourPath) -> dict[str, _Horizon]:
        key = (coin, path.source.name, path.bars.first_ms, path.bars.end_ms)
        return self._kept.find(key, lambda: {word: _walked(path, hours) for word, hours in HORIZONS.items()})


def _walked(path: HourPath, hours: int) -> _Horizon:
    walk = walk_forward(path.bars, hours, pooled_horizon(hours))
    record: OddsRecord | None = None
    if len(walk.start_ms) >= MIN_WINDOWS:
        record = record_of("own", walk.start_ms, hours * HOUR_MS, *walk.judged(judged_columns()))
    elif path.bars.end_ms >= POOL_END_MS:
        record = pooled_record(hours)
    return _Horizon(hours, walk, record)


def _check_asked(price: float | None, price_low: float | None, price_high: float | None) -> None:
    check_prices(("price", price), ("price_low", price_low), ("price_high", price_high))
    if (price_low is None) != (price_high is None):
        raise QuestionError("a span needs both price_low and price_high")
    if price is not None and price_low is not None:
        raise QuestionError("give either price, or price_low and price_high, or none of them for every cluster")
    if price_low is not None and price_high is not None and not price_low < price_high:
        raise QuestionError(f"price_low {price_low:.15g} is not below price_high {price_high:.15g}")


def _level(kind: str, mark: float, low: float, high: float, cluster: ClusterAnswer | None = None) -> OddsLevel:
    is_here = low <= mark <= high
    price = mark if is_here else (low if mark < low else high)
    return OddsLevel(
        kind=kind,  # type: ignore[arg-type]
        side=None if cluster is None else cluster.side,
        cluster_id=None if cluster is None else cluster.cluster_id,
        price_low=low,
        price_high=high,
        price=price,
        direction="here" if is_here else ("up" if price > mark else "down"),
        distance_percent=100.0 * (price / mark - 1.0),
        notional=None if cluster is None else cluster.notional,
        within=[],
    )


def _of_cluster(mark: float, cluster: ClusterAnswer) -> OddsLevel:
    return _level("cluster", mark, cluster.price_low, cluster.price_high, cluster)


def _with_odds(level: OddsLevel, odds: list[WithinRow]) -> OddsLevel:
    from msgspec.structs import replace

    return replace(level, within=odds)


def _columns(mark: float | None, levels: list[OddsLevel]) -> AskedLevels:
    """Log distances; of a level the mark is in, 0."""
    logs = np.array([0.0 if mark is None else math.log(level.price / mark) for level in levels])
    return AskedLevels(np.abs(logs), (logs < 0.0).astype(np.float64))


def _sigma(path: HourPath, own: _Horizon, at_ms: int) -> float | None:
    """Of the horizon from now on, from hours that end with the last whole candle."""
    if own.walk.newest is None:
        return None
    bars = hours_before(path.rows, at_ms)
    sigma = float(har_sigma(bars, own.hours, own.walk.newest.weights)[-1]) if len(bars) else math.nan
    return sigma if math.isfinite(sigma) else None


def _why_not(coin: str, path: HourPath | None, own: _Horizon | None, sigma: float | None, at_ms: int) -> str | None:
    """The sentence that stands where there are no odds; None where there are."""
    if path is None or own is None:
        return (
            f"Too little history: neither candles of at most an hour nor marks at most five minutes apart reach the "
            f"last hour of {coin}."
        )
    if own.walk.newest is None or own.record is None:
        hours = int(np.isfinite(path.bars.close).sum())
        before = ", and the shipped table is of later prices" if at_ms < POOL_END_MS else ""
        return (
            f"Too little history: {hours} hours of {coin} are known{before}; odds on own prices alone need "
            f"{MIN_WINDOWS} windows that were judged."
        )
    if sigma is None:
        return (
            f"Too little history: volatility of {coin} needs {MIN_HOURS} known hours of the last week, the last one "
            "among them, and a price that moves."
        )
    return None


def _record(coin: str, path: HourPath | None, own: _Horizon | None) -> OddsRecordAnswer | None:
    if own is None or path is None or own.record is None or own.walk.newest is None:
        return None
    words = OWN_WORDS.format(coin=coin, name=path.source.name) if own.record.source == "own" else POOL_WORDS
    return record_answer(own.record, words, own.walk.newest.own_windows, own.walk.newest.own_weight)


def _unknown_odds(word: HorizonWord, note: str | None, distance: float | None = None) -> WithinRow:
    return WithinRow(horizon=word, distance_sigma=distance, probability=None, brier=None, skill=None, note=note)


def _odds(word: HorizonWord, own: _Horizon, columns: AskedLevels, sigma: float) -> list[WithinRow]:
    """Of each level within one horizon."""
    model, record = own.walk.newest, own.record
    assert model is not None
    assert record is not None
    probability = model.probability(columns.distance, columns.is_down, np.array([sigma]))[0]
    scores = _scores(own, columns, sigma)
    found = []
    for distance, said, (brier, climatology) in zip(columns.distance.tolist(), probability, scores, strict=True):
        z = distance / sigma
        if distance == 0.0:
            found.append(_unknown_odds(word, "The mark is there.", 0.0))
        elif not z <= MAX_Z:
            found.append(_unknown_odds(word, f"Further than {MAX_Z:g} sigma: the record has nothing to say.", z))
        else:
            found.append(
                WithinRow(
                    horizon=word,
                    distance_sigma=z,
                    probability=float(said),
                    brier=brier,
                    skill=skill_of(brier, climatology),
                    note=None if climatology > 0.0 else f"In {record.windows:,} windows price never went so far.",
                )
            )
    return found


def _scores(own: _Horizon, columns: AskedLevels, sigma: float) -> list[tuple[float, float]]:
    """Mean Brier scores at each distance: of the record's forecasts and of climatology."""
    if own.record is None or own.record.source == "pooled":
        return [pooled_scores(own.hours, distance / sigma) for distance in columns.distance.tolist()]
    brier, climatology = brier_sums(*own.walk.judged(columns))
    count = len(own.walk.start_ms)
    return [(float(one) / count, float(other) / count) for one, other in zip(brier, climatology, strict=True)]
