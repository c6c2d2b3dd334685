"""What came of earlier moments with the same evidence (docs/structure.md, "Setups"): shares with Wilson intervals.

A case is a cluster as it stood at a moment; moments are whole horizons apart, so that no hour of one case is in another
of the same cluster. Below MIN_CASES the cases are counted and no share is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liqscape.insight.setups.evidence import NAMES, EvidenceName
from liqscape.insight.statistics import MIN_CASES, Share, wilson
from liqscape.units import DAY_MS

HORIZON_MS = DAY_MS


@dataclass(frozen=True, kw_only=True)
class SetupCase:
    """A cluster at an earlier moment. is_met: by NAMES. reached, swept: within HORIZON_MS; None: not judged."""

    time_ms: int
    cluster_id: str
    is_met: tuple[bool | None, ...]
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


def record_of(is_met: Sequence[bool | None], cases: Sequence[SetupCase]) -> SetupRecord:
    """Cases that agree with `is_met` (by NAMES) in everything that is known of both.

    A piece that is unknown now, or was never known in any case, is left out of the comparison: `compared` says of what
    is left. since_ms, until_ms: first and last moment of all cases, the same or not.
    """
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
    )


def _count(values: Sequence[bool | None]) -> OutcomeCount:
    judged = [value for value in values if value is not None]
    hits, count = sum(judged), len(judged)
    return OutcomeCount(hits=hits, count=count, share=wilson(hits, count) if count >= MIN_CASES else None)
