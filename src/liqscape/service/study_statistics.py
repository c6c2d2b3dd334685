"""Tables of what sweeps and cascades did, with their counts; few cases are listed, and no share is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps.overshoot import MIN_CASES, QUANTILES, Overshoot, overshoot_table
from liqscape.service.answers.cascade_states import OutcomesAnswer, OutcomeShares
from liqscape.service.answers.sweeps import OvershootAnswer, OvershootRow, UnitWord
from liqscape.service.study_asking import ALL_ROWS, StudyAsking, check_word
from liqscape.service.study_records import of_columns

if TYPE_CHECKING:
    import polars

MIN_COUNT = MIN_CASES
HORIZONS = ("5m", "1h", "4h", "24h")
ENDS = ("", "_low", "_high")


def overshoot_answer(asking: StudyAsking, coin: str | None, unit: UnitWord) -> OvershootAnswer:
    """Raises NotFound for a coin that is not in the map, QuestionError for a unit that is none."""
    check_word("unit", unit, get_args(UnitWord))
    asking.check(coin, ALL_ROWS)
    sweeps = of_columns(asking.studied.rows("sweeps", coin), SweepRow)
    rows = [_overshoot_row(found) for found in overshoot_table(sweeps, unit=unit)]
    return OvershootAnswer(**asking.head("sweeps", coin, is_empty=not rows), coin=coin, min_count=MIN_CASES, rows=rows)


def _overshoot_row(found: Overshoot) -> OvershootRow:
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
    outcomes = asking.studied.rows("cascade_outcomes", coin)
    return OutcomesAnswer(
        **asking.head("cascade_outcomes", coin, is_empty=outcomes.is_empty()),
        coin=coin,
        min_count=MIN_COUNT,
        rows=[_of_horizon(outcomes, horizon) for horizon in HORIZONS],
    )


def _of_horizon(outcomes: polars.DataFrame, horizon: str) -> OutcomeShares:
    import polars

    cases = outcomes.filter(polars.col("horizon") == horizon, polars.col("outcome").is_not_null())
    return OutcomeShares(
        horizon=horizon,  # type: ignore[arg-type]
        count=len(cases),
        reversal_share=None,
        reversal_low=None,
        reversal_high=None,
        continuation_share=None,
        continuation_low=None,
        continuation_high=None,
        neither_share=None,
        baseline_reversal=None,
        baseline_continuation=None,
        baseline_count=0,
        cases=[] if len(cases) >= MIN_COUNT else sorted(cases["cascade_id"]),
    )
