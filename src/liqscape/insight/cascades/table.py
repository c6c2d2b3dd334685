"""What price did after cascades: shares with Wilson intervals beside moves without one; below 20 cases no share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median

from msgspec import Struct

from liqscape.insight.cascades.case import HORIZONS
from liqscape.insight.statistics import MIN_CASES, Share, wilson
from liqscape.insight.study_rows import CascadeOutcomeRow

ALL = "all"


class OutcomeShare(Struct, frozen=True, kw_only=True):
    """Cascades of one class of coins at one horizon.

    count            cases judged; unjudged_count: those without a mark at the horizon.
    reversal, continuation, neither, median_return_bp   None below MIN_CASES; then `cases` lists them.
    reached_*        share that was there at any time on the way; of the reached_count cases whose way is known.
    baseline_*       mean over the baseline_cases cases that have one: the share of the coin's own moves of the same
                     size in sigma without a cascade.
    """

    coin_class: str
    horizon: str
    count: int
    unjudged_count: int
    reversal: Share | None
    continuation: Share | None
    neither: Share | None
    median_return_bp: float | None
    reached_reversal: Share | None
    reached_continuation: Share | None
    reached_count: int
    baseline_reversal: float | None
    baseline_continuation: float | None
    baseline_cases: int
    cases: tuple[str, ...]


def outcome_table(
    outcomes: Iterable[CascadeOutcomeRow], coin_class: Mapping[str, str] | None = None
) -> tuple[OutcomeShare, ...]:
    """One row a class of coins and horizon, those without a case left out. coin_class None: all coins are one class.

    The same rows give the same table, in any order.
    """
    groups: dict[tuple[str, str], list[CascadeOutcomeRow]] = {}
    for row in sorted(outcomes, key=lambda each: (each.exhausted_ms, each.cascade_id)):
        name = ALL if coin_class is None else coin_class.get(row.coin, "unknown")
        groups.setdefault((name, row.horizon), []).append(row)
    ordered = sorted(groups, key=lambda each: (each[0], HORIZONS.index(each[1])))
    return tuple(_of_group(*key, groups[key]) for key in ordered)


def _of_group(coin_class: str, horizon: str, rows: list[CascadeOutcomeRow]) -> OutcomeShare:
    judged = [row for row in rows if row.outcome is not None]
    is_enough = len(judged) >= MIN_CASES
    ways = [row for row in judged if row.reached_reversal is not None and row.reached_continuation is not None]
    based = [row for row in judged if row.baseline_reversal is not None and row.baseline_continuation is not None]
    is_way_enough = len(ways) >= MIN_CASES

    def share_of(outcome: str) -> Share | None:
        return wilson(sum(row.outcome == outcome for row in judged), len(judged)) if is_enough else None

    return OutcomeShare(
        coin_class=coin_class,
        horizon=horizon,
        count=len(judged),
        unjudged_count=len(rows) - len(judged),
        reversal=share_of("reversal"),
        continuation=share_of("continuation"),
        neither=share_of("neither"),
        median_return_bp=median(row.return_bp for row in judged if row.return_bp is not None) if is_enough else None,
        reached_reversal=wilson(sum(bool(row.reached_reversal) for row in ways), len(ways)) if is_way_enough else None,
        reached_continuation=wilson(sum(bool(row.reached_continuation) for row in ways), len(ways))
        if is_way_enough
        else None,
        reached_count=len(ways),
        baseline_reversal=_mean([row.baseline_reversal for row in based]) if is_enough else None,
        baseline_continuation=_mean([row.baseline_continuation for row in based]) if is_enough else None,
        baseline_cases=len(based),
        cases=() if is_enough else tuple(row.cascade_id for row in judged),
    )


def _mean(values: list[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) / len(known) if known else None
