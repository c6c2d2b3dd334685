"""Tables of what sweeps and cascades did, with their counts; few cases are listed, and no share is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.service.answers.cascade_states import OutcomesAnswer, OutcomeShares
from liqscape.service.answers.sweeps import OvershootAnswer, OvershootRow
from liqscape.service.study_asking import ALL_ROWS, StudyAsking

if TYPE_CHECKING:
    import polars

MIN_COUNT = 20
HORIZONS = ("5m", "1h", "4h", "24h")
SWEEP_HORIZONS = ("end", "1m", "5m", "1h")


def overshoot_answer(asking: StudyAsking, coin: str | None) -> OvershootAnswer:
    """Raises NotFound for a coin that is not in the map."""
    asking.check(coin, ALL_ROWS)
    sweeps = asking.studied.rows("sweeps", coin)
    rows: list[OvershootRow] = []
    return OvershootAnswer(
        **asking.head("sweeps", coin, is_empty=sweeps.is_empty()), coin=coin, min_count=MIN_COUNT, rows=rows
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
