"""Earlier clusters of a coin with their evidence and what came of them: one moment a day, at 00:00 UTC.

Evidence of a moment is from what was known by then and never changes, so it is worked out once and kept; what came of
it is read anew. Moments are a whole horizon apart and the last one is a horizon ago.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from liqscape.insight.setups import HORIZON_MS, SetupCase, distance_class, evidence_of
from liqscape.insight.structure import SideSpan
from liqscape.service.bounded_memory import BoundedMemory
from liqscape.service.circumstances import CoinPast, Openings, circumstances_at
from liqscape.units import DAY_MS, HOUR_MS, SIDE_NUMBERS, Side

if TYPE_CHECKING:
    import polars

    from liqscape.service.view import MapView

RECORD_DAYS = 60
MAX_KEPT = 8_192
"""Moments of all coins whose evidence stays in memory: 60 days of 130 coins, a few kB each."""
STANDING_MS = HOUR_MS
"""Standing clusters have a row each quarter of an hour; older ones than this are not of the moment."""


class SeenCluster(NamedTuple):
    """A cluster as it stood at a moment, with its evidence by insight.setups.NAMES."""

    cluster_id: str
    is_met: tuple[bool | None, ...]
    distance_class: str | None


class SetupArchive:
    """Cases of a map's coins; any thread may ask."""

    def __init__(self, view: MapView, openings: Openings) -> None:
        self._view = view
        self._openings = openings
        self._kept: BoundedMemory[tuple[str, int, str], tuple[SeenCluster, ...]] = BoundedMemory(MAX_KEPT)

    def cases(self, past: CoinPast) -> list[SetupCase]:
        """Every cluster that stood at 00:00 UTC of a day of the last RECORD_DAYS, up to a horizon before `until_ms`."""
        moments = moments_of(past.until_ms)
        coin, studied = past.coin, self._view.studied
        rows = studied.rows("clusters", coin, moments[0] - STANDING_MS if moments else 0, past.until_ms + 1)
        sweeps = studied.rows("sweeps", coin, None, past.until_ms + 1)
        spans = studied.spans(coin)
        met = _Swept.of_rows(sweeps, rows, past.until_ms)
        found = []
        for at_ms in moments:
            is_watched = any(span.first_ms <= at_ms and span.last_ms >= at_ms + HORIZON_MS for span in spans)
            for seen in self._seen(past, rows, at_ms):
                reached, swept = met.after(seen.cluster_id, at_ms) if is_watched else (None, None)
                found.append(
                    SetupCase(
                        time_ms=at_ms,
                        cluster_id=seen.cluster_id,
                        is_met=seen.is_met,
                        distance_class=seen.distance_class,
                        reached=reached,
                        swept=swept,
                    )
                )
        return found

    def _seen(self, past: CoinPast, rows: polars.DataFrame, at_ms: int) -> tuple[SeenCluster, ...]:
        key = (past.coin, at_ms, "" if past.bars is None else past.bars.source.name)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        made = self._make(past, rows, at_ms)
        if made:  # none: it may be studied yet
            self._kept.keep(key, made)
        return made

    def _make(self, past: CoinPast, rows: polars.DataFrame, at_ms: int) -> tuple[SeenCluster, ...]:
        standing = _standing(rows, at_ms)
        if not standing:
            return ()
        mark = standing[0][4]
        known_mark = float("nan") if mark is None else mark
        opened = self._openings.at(past.coin, None, at_ms)
        known = circumstances_at(self._view, past, at_ms, known_mark, opened)
        found = []
        for cluster_id, side, low, high, _ in standing:
            span = SideSpan(Side(SIDE_NUMBERS[side]), low, high)
            is_met = tuple(each.is_met for each in evidence_of(span, known))
            found.append(SeenCluster(cluster_id, is_met, distance_class(span, known_mark)))
        return tuple(found)


def moments_of(until_ms: int) -> list[int]:
    """00:00 UTC of each day that ended a horizon before a time, RECORD_DAYS of them, by time."""
    last = (until_ms - HORIZON_MS) // DAY_MS
    return [day * DAY_MS for day in range(max(0, last - RECORD_DAYS + 1), last + 1)]


def _standing(rows: polars.DataFrame, at_ms: int) -> list[tuple[str, str, float, float, float | None]]:
    """(cluster, side, low, high, mark) of each that stood at a time, as told by then."""
    import polars

    kind = polars.Datetime("ms", "UTC")
    limit, since = polars.lit(at_ms).cast(kind), polars.lit(at_ms - STANDING_MS).cast(kind)
    known = rows.filter(
        (polars.col("time") <= limit) & (polars.col("time") >= since) & (polars.col("known_at") <= limit)
    )
    newest = known.sort("time", maintain_order=True).unique("cluster_id", keep="last", maintain_order=True)
    newest = newest.filter((polars.col("event") != "ended") & polars.col("is_known"))
    return newest.sort("cluster_id").select("cluster_id", "side", "price_low", "price_high", "mark").rows()


class _Entered(NamedTuple):
    entered_ms: int
    is_swept: bool
    known_ms: int


class _Swept:
    """Sweeps by cluster, and which cluster ended in which, as far as they were known."""

    def __init__(
        self, sweeps: Mapping[str, list[_Entered]], merged: Mapping[str, tuple[int, str]], until_ms: int
    ) -> None:
        self._sweeps, self._merged, self._until_ms = sweeps, merged, until_ms

    @classmethod
    def of_rows(cls, sweeps: polars.DataFrame, clusters: polars.DataFrame, until_ms: int) -> _Swept:
        import polars

        def ms(name: str) -> polars.Expr:
            return polars.col(name).dt.epoch("ms")

        found: dict[str, list[_Entered]] = {}
        is_swept, known_ms = polars.col("outcome") == "swept", ms("known_at").fill_null(until_ms + 1)
        columns = sweeps.select("cluster_id", ms("entered"), is_swept.alias("is_swept"), known_ms)
        for cluster_id, *entered in columns.iter_rows():
            found.setdefault(cluster_id, []).append(_Entered(*entered))
        ended = clusters.filter((polars.col("event") == "ended") & polars.col("merged_into").is_not_null())
        merged = {
            cluster_id: (time_ms, into)
            for cluster_id, time_ms, into in ended.select("cluster_id", ms("time"), "merged_into").iter_rows()
        }
        return cls(found, merged, until_ms)

    def after(self, cluster_id: str, at_ms: int) -> tuple[bool, bool | None]:
        """(reached, swept) within the horizon from a time; swept None while a sweep that began in it was not over."""
        end_ms = at_ms + HORIZON_MS
        names = [cluster_id]
        while (next_one := self._merged.get(names[-1])) is not None and at_ms < next_one[0] <= end_ms:
            if next_one[1] in names:
                break
            names.append(next_one[1])
        own = [each for name in names for each in self._sweeps.get(name, ()) if at_ms < each.entered_ms <= end_ms]
        over = [each for each in own if each.known_ms <= self._until_ms]
        if any(each.is_swept for each in over):
            return True, True
        return bool(own), None if len(over) < len(own) else False
