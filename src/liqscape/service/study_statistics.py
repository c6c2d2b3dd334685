"""Tables of what sweeps and cascades did, with their counts; few cases are listed, and no share is made of them."""

from __future__ import annotations

from typing import get_args

from liqscape.insight.cascades.table import OutcomeShare, outcome_table
from liqscape.insight.statistics import MIN_CASES
from liqscape.insight.study_rows import CascadeOutcomeRow, SweepRow
from liqscape.insight.sweeps.overshoot import QUANTILES, SweepOvershoot, overshoot_table
from liqscape.service.answers.cascade_states import OutcomesAnswer, OutcomeShares, OutcomeWord
from liqscape.service.answers.sweeps import OvershootAnswer, OvershootRow, UnitWord
from liqscape.service.study_asking import ALL_ROWS, StudyAsking, check_word
from liqscape.service.study_records import of_columns

MIN_COUNT = MIN_CASES
OUTCOME_WORDS = get_args(OutcomeWord)
ENDS = ("", "_low", "_high")


def overshoot_answer(asking: StudyAsking, coin: str | None, unit: UnitWord) -> OvershootAnswer:
    """Raises NotFound for a coin that is not in the map, QuestionError for a unit that is none."""
    check_word("unit", unit, get_args(UnitWord))
    asking.check(coin, ALL_ROWS)
    sweeps = of_columns(asking.studied.rows("sweeps", coin), SweepRow)
    rows = [_overshoot_row(found) for found in overshoot_table(sweeps, unit=unit)]
    return OvershootAnswer(**asking.head("sweeps", coin, is_empty=not rows), coin=coin, min_count=MIN_CASES, rows=rows)


def _overshoot_row(found: SweepOvershoot) -> OvershootRow:
    ends: dict[str, float | None] = dict.fromkeys(f"q{100 * q:.0f}{end}" for q in QUANTILES for end in ENDS)
    for each in found.quantiles or ():
        of_one = (each.value, each.low, each.high)
        ends |= {f"q{100 * each.quantile:.0f}{end}": value for end, value in zip(ENDS, of_one, strict=True)}
    return OvershootRow(
        coin_class=found.coin_class,
        size_class=found.size_class,
        horizon=found.horizon,
        unit=found.unit,
        count=found.count,
        day_count=found.day_count,
        **ends,
        placebo_count=found.placebo_count,
        placebo_median=found.placebo_median,
        cases=list(found.cases),
    )


def outcomes_answer(asking: StudyAsking, coin: str | None) -> OutcomesAnswer:
    """Raises NotFound for a coin that is not in the map."""
    asking.check(coin, ALL_ROWS)
    outcomes = of_columns(asking.studied.rows("cascade_outcomes", coin), CascadeOutcomeRow)
    rows = [_outcome_row(found) for found in outcome_table(outcomes)]
    return OutcomesAnswer(
        **asking.head("cascade_outcomes", coin, is_empty=not rows), coin=coin, min_count=MIN_COUNT, rows=rows
    )


def _outcome_row(found: OutcomeShare) -> OutcomeShares:
    shares = {name: getattr(found, name) for name in OUTCOME_WORDS}
    ends = {
        f"{name}_{end}": None if share is None else getattr(share, end)
        for name, share in shares.items()
        for end in ("share", "low", "high")
    }
    reached = {"reversal": found.reached_reversal, "continuation": found.reached_continuation}
    return OutcomeShares(
        coin_class=found.coin_class,
        horizon=found.horizon,  # type: ignore[arg-type]
        count=found.count,
        unjudged_count=found.unjudged_count,
        **ends,
        median_return_bp=found.median_return_bp,
        **{f"reached_{name}_share": None if share is None else share.share for name, share in reached.items()},
        reached_count=found.reached_count,
        baseline_reversal=found.baseline_reversal,
        baseline_continuation=found.baseline_continuation,
        baseline_cases=found.baseline_cases,
        cases=list(found.cases),
    )
