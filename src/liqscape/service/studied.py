"""A study as doors read it: the newest minute in memory, stored rows by time, and why there is nothing of a coin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from liqscape.insight.needs import needs_of, needs_of_state
from liqscape.units import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars

    from liqscape.insight.needs import Need
    from liqscape.service.studying.standing import CoinStanding, StudyState

StudyTable = Literal[
    "clusters", "cluster_changes", "sweeps", "liquidation_events", "cascades", "cascade_outcomes", "asymmetry"
]
TIME_OF_ROW: dict[StudyTable, str] = {
    "clusters": "time",
    "cluster_changes": "time",
    "sweeps": "entered",
    "liquidation_events": "first_fill",
    "cascades": "time",
    "cascade_outcomes": "exhausted",
    "asymmetry": "time",
}
"""The column by which a row of a table is found in a span of time."""

NEEDS_OF: dict[StudyTable, tuple[str, ...]] = {
    "clusters": (
        "cluster_id",
        "age",
        "weighted_age",
        "persistence_1h",
        "persistence_4h",
        "persistence_1d",
        "persistence_3d",
        "sweeps",
    ),
    "cluster_changes": ("reasons",),
    "sweeps": ("sweeps", "overshoot_sigma"),
    "liquidation_events": ("impact", "impact_baseline", "depth_share"),
    "cascades": ("cascades", "cascade_threshold"),
    "cascade_outcomes": ("cascades", "cascade_threshold"),
    "asymmetry": ("asymmetry",),
}
"""Figures of `insight.needs` that concern a table."""

NOTHING = "nothing was studied here yet: a live map studies each stored minute, `liqscape study DATA` what is stored"
LOOKS_BACK_MS = (HOUR_MS, DAY_MS, 30 * DAY_MS, None)
"""Rows of standing clusters are a quarter of an hour apart, but for holes; None: as far as there are any."""


class StudySpan(NamedTuple):
    """First and newest studied minute of a coin, ms UTC."""

    first_ms: int
    last_ms: int


class SpanOfPart(Protocol):
    """Which minutes of a coin are studied: of an unbroken study, from its beginning."""

    @property
    def since_ms(self) -> int:
        """First frame."""

    @property
    def last_ms(self) -> int:
        """Last frame."""


class StudyRowsReader(Protocol):
    """Stored rows of a study (store/studies)."""

    def spans(self, coin: str) -> Sequence[SpanOfPart]:
        """What was studied of a coin, by day, the newest last."""

    def end_state(self, coin: str) -> bytes | None:
        """How a coin stood at the end of what is kept."""

    def rows(
        self, table: str, coin: str | None = None, start_ms: int | None = None, end_ms: int | None = None
    ) -> polars.DataFrame:
        """Rows of a table by TIME_OF_ROW in [start, end), of one coin or all."""


class Studied:
    """What was studied of a map.

    state   newest minute in memory; None where nobody follows the map here.
    reader  stored rows; None where there are none.
    """

    def __init__(self, state: StudyState | None = None, reader: StudyRowsReader | None = None) -> None:
        self.state = state
        self._reader = reader

    @property
    def newest_ms(self) -> int | None:
        """The newest studied minute in memory."""
        newest = None if self.state is None else self.state.newest
        return None if newest is None else newest.time_ms

    def standing(self, coin: str) -> CoinStanding | None:
        """The newest minute of a coin in memory."""
        return None if self.state is None else self.state.of_coin(coin)

    def needs(self, coin: str, table: StudyTable) -> tuple[Need, ...]:
        """What the figures of a table need, and since when each counts."""
        standing = self.standing(coin)
        if standing is not None:
            return tuple(need for need in standing.needs if need.figure in NEEDS_OF[table])
        state = None if self._reader is None else self._reader.end_state(coin)
        known = needs_of({}) if state is None else needs_of_state(state) or ()
        return tuple(need for need in known if need.figure in NEEDS_OF[table])

    def span(self, coin: str) -> StudySpan | None:
        """The studied minutes of a coin; None where there are none."""
        standing = self.standing(coin)
        if standing is not None:
            return StudySpan(standing.since_ms, standing.time_ms)
        spans = [] if self._reader is None else self._reader.spans(coin)
        return None if not spans else StudySpan(spans[-1].since_ms, spans[-1].last_ms)

    def spans(self, coin: str) -> list[StudySpan]:
        """Every span of studied minutes of a coin, the newest last; they may overlap."""
        kept = [] if self._reader is None else self._reader.spans(coin)
        found = [StudySpan(each.since_ms, each.last_ms) for each in kept]
        standing = self.standing(coin)
        return found if standing is None else [*found, StudySpan(standing.since_ms, standing.time_ms)]

    def why_none(self) -> str:
        """One sentence: why nothing of a coin was studied."""
        newest = None if self.state is None else self.state.newest
        if self.state is None:
            return NOTHING
        if newest is None:
            return "the first stored minute is not studied yet: ask again in a minute"
        if newest.progress.is_behind:
            return f"what is stored is being studied, {100.0 * newest.progress.share:.0f} % of it so far"
        return "no minute with this coin was studied yet"

    def rows(
        self, table: StudyTable, coin: str | None = None, start_ms: int | None = None, end_ms: int | None = None
    ) -> polars.DataFrame:
        """Stored rows of a table by TIME_OF_ROW in [start, end); its columns without rows where none are kept."""
        from liqscape.service.tables.of_study import empty_table

        if self._reader is None:
            return empty_table(table)
        return self._reader.rows(table, coin, start_ms, end_ms)

    def clusters_at(self, coin: str, at_ms: int | None) -> polars.DataFrame:
        """Stored rows of the clusters that stood at a time, each as it was told last; of the last time without one."""
        import polars

        end_ms = None if at_ms is None else at_ms + 1
        found = self.rows("clusters", coin, 0, 0)
        for back_ms in (None,) if at_ms is None else LOOKS_BACK_MS:
            start_ms = None if at_ms is None or back_ms is None else at_ms - back_ms
            rows = self.rows("clusters", coin, start_ms, end_ms)
            steps = rows.filter(polars.col("event") == "standing")["time"]
            if len(steps) or back_ms is None:
                last = steps.max() if len(steps) else rows["time"].min()
                found = rows.filter(polars.col("time") >= last) if len(rows) else rows
                break
        newest = found.sort("time", maintain_order=True).unique("cluster_id", keep="last", maintain_order=True)
        return newest.filter(polars.col("event") != "ended")
