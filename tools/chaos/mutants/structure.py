"""Structure of price and setups: rules at their boundaries, and nothing that was known later."""

from __future__ import annotations

from chaos.mutant import Mutant

MUTANTS = (
    Mutant(
        "a swing is shown before it was known to be one",
        "src/liqscape/insight/structure/moment.py",
        "if since_ms <= swing.time_ms and swing.known_ms <= at_ms)",
        "if since_ms <= swing.time_ms <= at_ms)",
        ("tests/insight/structure/test_moment.py::test_nothing_of_later_bars_is_in_it",),
    ),
    Mutant(
        "a flat top is marked although an equal bar is beside it",
        "src/liqscape/insight/structure/swings.py",
        "(highest[last + 1] < prices[first])",
        "(highest[last + 1] <= prices[first])",
        ("tests/insight/structure/test_swings.py::test_fractals_of_planted_series",),
    ),
    Mutant(
        "half an ATR exactly is no confluence",
        "src/liqscape/insight/structure/at_clusters.py",
        "if is_between and beyond <= NEAR_ATR * atr:",
        "if is_between and beyond < NEAR_ATR * atr:",
        ("tests/insight/structure/test_at_clusters.py::test_confluence_at_its_boundaries",),
    ),
    Mutant(
        "three days make a range of twenty",
        "src/liqscape/insight/structure/at_clusters.py",
        "donchian is not None and donchian.is_whole and _is_beyond",
        "donchian is not None and _is_beyond",
        ("tests/insight/structure/test_at_clusters.py::test_labels_at_their_boundaries",),
    ),
    Mutant(
        "the crowd is looked for on the side that is liquidated",
        "src/liqscape/insight/setups/evidence.py",
        "gaining = Side(-int(span.side))",
        "gaining = span.side",
        ("tests/insight/setups/test_evidence.py::test_crowding_is_of_the_side_that_gains",),
    ),
    Mutant(
        "a share is given of three cases",
        "src/liqscape/insight/setups/record.py",
        "if count >= MIN_CASES else None",
        "if count > 0 else None",
        ("tests/insight/setups/test_record.py::test_below_twenty_cases_no_share_is_given",),
    ),
    Mutant(
        "a cluster counts that was known only later",
        "src/liqscape/service/setup_archive.py",
        '(polars.col("time") >= since) & (polars.col("known_at") <= limit)',
        '(polars.col("time") >= since)',
        ("tests/service/test_setups.py::test_rows_that_were_known_later_do_not_count",),
    ),
    Mutant(
        "what was bought and what was sold are both volume",
        "src/liqscape/store/history/traded.py",
        "sizes.append(np.maximum(bought, sold))",
        "sizes.append(bought + sold)",
        ("tests/store/history/test_traded.py::test_each_minute_has_the_larger_of_bought_and_sold",),
    ),
)
