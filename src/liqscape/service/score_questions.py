"""Asks the scores kept beside a history; those who ask score nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.insight.score.card import level_errors, level_scores, recall_scores
from liqscape.insight.score.columns import HORIZON_MS
from liqscape.insight.score.power import correlation_power, share_power
from liqscape.insight.score.records import ScorePower, Unjudged
from liqscape.insight.score.relation import asymmetry_relations
from liqscape.service.answers.score import RecallAnswer, ScoreAnswer
from liqscape.service.bounded_memory import BoundedMemory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liqscape.insight.attraction.records import Attraction
    from liqscape.service.view import MapView
    from liqscape.store.scores import DayStanding, ScoreReader
    from liqscape.units import AnyArray

HORIZONS = tuple(HORIZON_MS)
KEPT_ANSWERS = 8
NOTHING = (
    "nothing was scored here yet: a live map scores each day after its end, `liqscape score --data DIR` what is stored"
)
NO_HOUR = "no hour of the days that were scored has a stored frame: a score begins with a frame of a full hour"
TABLES = ("levels", "liquidations", "asymmetry", "unjudged")
NOT_EVERYBODYS = (
    "not measurable: the liquidations stored here are those of accounts that the map knows; recall needs everybody's, "
    "of an own node or an archive"
)
ONE_ACCOUNT = "a level is judged in every hour that showed it; shares by count are of windows that do not overlap"
LEVEL_OWN = "liquidations that are only inferred of prints at the map's own level are counted apart (inferred_usd)"


class ScoreQuestions:
    """Any thread may ask; an answer is kept until another day is scored."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._kept: BoundedMemory[tuple[object, ...], ScoreAnswer] = BoundedMemory(KEPT_ANSWERS)

    def ask(self, coin: str | None = None) -> ScoreAnswer:
        """The scorecard of all coins or one. Raises NotFound for a coin that the map does not have."""
        from liqscape.store.scores import ScoreReader

        if coin is not None:
            self._view.check_coin(coin)
        _, history = self._view.price_sources
        if history is None:
            return self._empty(coin, NOTHING)
        reader = ScoreReader(history.folder)
        return self._kept.find((coin, reader.signature()), lambda: self._answer(reader, coin))

    def _answer(self, reader: ScoreReader, coin: str | None) -> ScoreAnswer:
        from liqscape.store.scores.schema import columns_of

        found = {day: standing for day in reader.days() if (standing := reader.standing(day)) is not None}
        if not found:
            return self._empty(coin, NOTHING)
        found = {day: standing for day, standing in found.items() if standing.hour_count}
        days = list(found)
        if not days:
            return self._empty(coin, NO_HOUR)
        tables = {name: columns_of(reader.rows(name, days, coin)) for name in TABLES}
        levels = level_scores(tables["levels"], HORIZONS)
        asymmetry = asymmetry_relations(tables["asymmetry"], HORIZONS)
        power: list[ScorePower] = [
            share_power("levels", each.horizon, each.window_count) for each in levels if each.by == "all"
        ]
        widest = {each.horizon: each.window_count for each in asymmetry}
        power += [correlation_power("asymmetry", horizon, count) for horizon, count in widest.items()]
        head = self._view.status()
        return ScoreAnswer(
            provenance=head.provenance,
            as_of_ms=head.as_of_ms,
            coin=coin,
            first_day=days[0],
            last_day=days[-1],
            day_count=len(days),
            frame_count=sum(standing.hour_count for standing in found.values()),
            note=None,
            notes=[ONE_ACCOUNT, LEVEL_OWN],
            power=power,
            levels=list(levels),
            errors=list(level_errors(tables["liquidations"], HORIZONS)),
            recall=_recall(tables["liquidations"], list(found.values())),
            unjudged=_unjudged(tables),
            asymmetry=list(asymmetry),
            attraction=_attraction(reader, days) if coin is None else None,
        )

    def _empty(self, coin: str | None, note: str) -> ScoreAnswer:
        head = self._view.status()
        return ScoreAnswer(
            provenance=head.provenance,
            as_of_ms=head.as_of_ms,
            coin=coin,
            first_day=None,
            last_day=None,
            day_count=0,
            frame_count=0,
            note=note,
            notes=[],
            power=[],
            levels=[],
            errors=[],
            recall=RecallAnswer(is_measurable=False, why=note, rows=[]),
            unjudged=[],
            asymmetry=[],
            attraction=None,
        )


def _attraction(reader: ScoreReader, days: Sequence[str]) -> Attraction:
    """The verdict over all days; the days of a long history are some tens of thousands of rows a month."""
    from liqscape.insight.attraction.verdict import verdict
    from liqscape.store.scores.schema import columns_of

    return verdict(columns_of(reader.rows("trials", days)))


def _recall(forced: Mapping[str, AnyArray], standings: list[DayStanding]) -> RecallAnswer:
    if not all(standing.is_everybodys for standing in standings):
        return RecallAnswer(is_measurable=False, why=NOT_EVERYBODYS, rows=[])
    rows = list(recall_scores(forced, HORIZONS))
    why = None if rows else "no liquidation of these days has a stored frame before it"
    return RecallAnswer(is_measurable=bool(rows), why=why, rows=rows)


def _unjudged(tables: Mapping[str, Mapping[str, AnyArray]]) -> list[Unjudged]:
    """What was left out, by reason and horizon."""
    found = []
    levels, forced, hours = tables["unjudged"], tables["liquidations"], tables["asymmetry"]
    for reason in sorted(set(levels["reason"].tolist())):
        for horizon in HORIZONS:
            own = (levels["reason"] == reason) & (levels["horizon"] == horizon)
            if own.any():
                usd = float(levels["usd"][own].sum())
                found.append(_left("levels", reason, horizon, int(levels["count"][own].sum()), usd or None))
    for horizon in HORIZONS:
        own = forced["horizon"] == horizon
        for reason, is_left in (
            ("no frame is stored of the hour before", own & (forced["status"] == "no frame")),
            ("the map had no level of the position", own & (forced["status"] == "no level")),
            (
                "the mark that triggered it is unknown",
                own & (forced["status"] == "level") & ~np.isfinite(forced["error_bp"]),
            ),
        ):
            if is_left.any():
                usd = float(forced["usd"][is_left].sum())
                found.append(_left("liquidations", reason, horizon, int(is_left.sum()), usd))
        is_unknown = (hours["horizon"] == horizon) & ~np.isfinite(hours["return_before"])
        if is_unknown.any():
            reason = "the mark of 24 hours before is unknown"
            found.append(_left("asymmetry", reason, horizon, int(is_unknown.sum()), None))
    return found


def _left(what: str, reason: str, horizon: str, count: int, usd: float | None) -> Unjudged:
    return Unjudged(what=what, reason=reason, horizon=horizon, count=count, usd=usd)
