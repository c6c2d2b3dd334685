"""What a map answers of clusters through time (docs/clusters.md): the part of `Map` that asks a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.library.answers import Answers, StudyChoice
from liqscape.library.asked import choice_of, span_ms, time_ms
from liqscape.library.results import ClusterLife, about
from liqscape.service.asked_time import LAST_MS
from liqscape.service.tables import of_study

if TYPE_CHECKING:
    import polars

    from liqscape.library.asked import Span, Time
    from liqscape.service.answers.sweeps import UnitWord


class StudyMap:
    """Questions about what was studied; a map that has no study answers with no rows."""

    _answers: Answers

    def needs(self, coin: str) -> polars.DataFrame:
        """What each figure of a study needs, and `since` when it counts, one row a figure; null: not yet.

        Where nothing was studied all of them are null.
        """
        none = StudyChoice(start_ms=LAST_MS - 1)
        asked = self._answers
        answers = (
            asked.clusters(coin, None, "solo", None),
            asked.changes(coin, none),
            asked.sweeps(coin, none),
            asked.events(coin, none),
            asked.cascades(coin, none),
        )
        return of_study.need_table(answers[1], {need.figure: need for answer in answers for need in answer.needs})

    def tracked(self, coin: str, at: Time | None = None, *, held_for: Span | None = None) -> polars.DataFrame:
        """Clusters that keep their identity, longest held first, as of the last studied minute."""
        return of_study.tracked_table(self._answers.clusters(coin, time_ms("at", at), "solo", span_ms(held_for)))

    def cluster(self, cluster_id: str, start: Time | None = None, end: Time | None = None) -> ClusterLife:
        """The life of one cluster: its size by time, why it changed, what swept it."""
        coin = cluster_id.rsplit("-", 3)[0]
        answer = self._answers.cluster(coin, cluster_id, time_ms("start", start), time_ms("end", end))
        return ClusterLife(
            about=about(answer, coin=coin),
            cluster_id=answer.cluster.cluster_id,
            life=of_study.life_table(answer),
            step_ms=answer.step_ms,
            changes=of_study.life_change_table(answer),
            sweeps=of_study.life_sweep_table(answer),
            children=tuple(answer.children),
            merged=tuple(answer.merged),
            record=answer,
        )

    def changes(
        self,
        coin: str,
        start: Time | None = None,
        end: Time | None = None,
        *,
        side: str | None = None,
        cluster_id: str | None = None,
        reason: str | None = None,
    ) -> polars.DataFrame:
        """Why clusters of a coin changed, one row a minute, cluster and reason, newest first; exact in lots."""
        choice = StudyChoice(*choice_of(start, end, side), cluster_id=cluster_id, reason=reason)
        return of_study.change_table(self._answers.changes(coin, choice))

    def sweeps(
        self,
        coin: str,
        start: Time | None = None,
        end: Time | None = None,
        *,
        side: str | None = None,
        cluster_id: str | None = None,
        outcome: str | None = None,
    ) -> polars.DataFrame:
        """What sweeps of a coin did, newest first; outcome "open": those that are not over."""
        choice = StudyChoice(*choice_of(start, end, side), cluster_id=cluster_id, outcome=outcome)
        return of_study.sweep_table(self._answers.sweeps(coin, choice))

    def overshoot(self, coin: str | None = None, *, unit: UnitWord = "bp") -> polars.DataFrame:
        """How far sweeps overshoot, of one coin or all, by class and horizon; below 20 sweeps the `cases`."""
        return of_study.overshoot_table(self._answers.overshoot(coin, unit))

    def cascades(
        self, coin: str, start: Time | None = None, end: Time | None = None, *, side: str | None = None
    ) -> polars.DataFrame:
        """How cascades of a coin stood: one row a change of state, newest first, with the rule that decided it."""
        choice = StudyChoice(*choice_of(start, end, side))
        return of_study.cascade_state_table(self._answers.cascades(coin, choice))

    def outcomes(self, coin: str | None = None) -> polars.DataFrame:
        """What price did after cascades, of one coin or all, by horizon; below 20 the `cases`, and no share."""
        return of_study.outcome_share_table(self._answers.outcomes(coin))

    def events(
        self,
        coin: str | None = None,
        start: Time | None = None,
        end: Time | None = None,
        *,
        side: str | None = None,
        address: str | None = None,
        method: str | None = None,
        cluster_id: str | None = None,
        price_low: float | None = None,
        price_high: float | None = None,
    ) -> polars.DataFrame:
        """Liquidations with what price did after them, beside times without one, newest first.

        price_low, price_high  [low, high) of the level, or of the price where that is unknown; of one coin.
        """
        choice = StudyChoice(
            *choice_of(start, end, side),
            cluster_id=cluster_id,
            address=address,
            method=method,
            price_low=price_low,
            price_high=price_high,
        )
        return of_study.event_table(self._answers.events(coin, choice))
