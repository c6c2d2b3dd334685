"""What came of earlier moments with the same evidence (docs/structure.md, "Setups"): shares with Wilson intervals.

Whether a mark comes to a cluster within a day hangs on its distance first of all, so cases are of one class of it.
A case is a cluster as it stood at a moment; moments are whole horizons apart, so that no hour of one case is in another
of the same cluster. Below MIN_CASES the cases are counted and no share is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liqscape.insight.setups.evidence import NAMES, EvidenceName
from liqscape.insight.statistics import MIN_CASES, Share, wilson
from liqscape.insight.structure import SideSpan
from liqscape.insight.structure.at_clusters import distance_to
from liqscape.units import DAY_MS

HORIZON_MS = DAY_MS
DISTANCE_BOUNDS = (1.0, 3.0, 10.0)
"""Percent of the mark, of the near edge: half a decade a class; the lower bound belongs to the class."""


@dataclass(frozen=True, kw_only=True)
class SetupCase:
    """A cluster at an earlier moment. is_met: by NAMES. distance_class: None without a mark.
    reached, swept: within HORIZON_MS; None: not judged."""

    time_ms: int
    cluster_id: str
    is_met: tuple[bool | None, ...]
    distance_class: str | None
    reached: bool | None
    swept: bool | None


@dataclass(frozen=True, kw_only=True)
class OutcomeCount:
    """Of the judged cases, how many; share None below MIN_CASES."""

    hits: int
    count: int
    share: Share | None


@dataclass(frozen=True, kw_only=True)
class SetupRecord:
    """Cases with the same evidence.

    compared         evidence the comparison rests on: known of the cluster now, and of some case.
    count            cases with the same. unjudged_count: of these, those whose horizon was not watched.
    incomparable_count  cases in which some of `compared` was unknown.
    cases           those with the same evidence, where they are fewer than MIN_CASES.
    """

    compared: tuple[EvidenceName, ...]
    count: int
    day_count: int
    since_ms: int | None
    until_ms: int | None
    reached: OutcomeCount
    swept: OutcomeCount
    unjudged_count: int
    incomparable_count: int
    cases: tuple[SetupCase, ...]


def distance_class(span: SideSpan, mark: float) -> str | None:
    """Class of a cluster by the distance of the mark from its span, in percent of the mark: `<1 %`, `1-3 %` ...; None
    without a mark."""
    if not mark > 0.0:
        return None
    percent = 100.0 * distance_to(span, mark) / mark
    place = sum(percent >= bound for bound in DISTANCE_BOUNDS)
    if place == 0:
        return f"<{DISTANCE_BOUNDS[0]:g} %"
    if place == len(DISTANCE_BOUNDS):
        return f">={DISTANCE_BOUNDS[-1]:g} %"
    return f"{DISTANCE_BOUNDS[place - 1]:g}-{DISTANCE_BOUNDS[place]:g} %"


def record_of(is_met: Sequence[bool | None], distance: str | None, cases: Sequence[SetupCase]) -> SetupRecord:
    """Cases of the same class of distance that agree with `is_met` (by NAMES) in everything that is known of both.

    A piece that is unknown now, or was never known in any case, is left out of the comparison: `compared` says of what
    is left. since_ms, until_ms: first and last moment of the cases of that distance.
    """
    cases = [case for case in cases if distance is not None and case.distance_class == distance]
    places = [
        place
        for place, value in enumerate(is_met)
        if value is not None and any(case.is_met[place] is not None for case in cases)
    ]
    known = [case for case in cases if all(case.is_met[place] is not None for place in places)]
    same = [case for case in known if all(case.is_met[place] == is_met[place] for place in places)] if places else []
    times = [case.time_ms for case in cases]
    return SetupRecord(
        compared=tuple(NAMES[place] for place in places),
        count=len(same),
        day_count=len({case.time_ms // DAY_MS for case in same}),
        since_ms=min(times, default=None),
        until_ms=max(times, default=None),
        reached=_count([case.reached for case in same]),
        swept=_count([case.swept for case in same]),
        unjudged_count=sum(case.reached is None for case in same),
        incomparable_count=len(cases) - len(known),
        cases=tuple(same) if len(same) < MIN_CASES else (),
    )


def _count(values: Sequence[bool | None]) -> OutcomeCount:
    judged = [value for value in values if value is not None]
    hits, count = sum(judged), len(judged)
    return OutcomeCount(hits=hits, count=count, share=wilson(hits, count) if count >= MIN_CASES else None)
