"""The smallest effect that so many cases would show in 80 % of trials at the 5 % level.

    of a share around one half      2.80 sqrt(0.25 / n)
    of a correlation                tanh(2.80 / sqrt(n - 4))      (Fisher's z with one control)

2.80 = 1.960 + 0.842.
"""

from __future__ import annotations

from math import sqrt, tanh

from liqscape.insight.score.records import ScorePower
from liqscape.insight.statistics import MIN_CASES

NOT_ENOUGH = f"is not enough for any figure, {MIN_CASES} are needed"
Z_BOTH = 2.801585
"""Normal quantiles of 97.5 and 80 %, summed."""


def detectable_share(count: int) -> float | None:
    """As a share; None below MIN_CASES."""
    return Z_BOTH * sqrt(0.25 / count) if count >= MIN_CASES else None


def detectable_correlation(count: int) -> float | None:
    """As a correlation; None below MIN_CASES."""
    return tanh(Z_BOTH / sqrt(count - 4)) if count >= MIN_CASES else None


def share_power(figure: str, horizon: str, count: int) -> ScorePower:
    """Power of a share."""
    least = detectable_share(count)
    text = NOT_ENOUGH if least is None else f"shows a share that differs from one half by {100.0 * least:.1f} points"
    return _power(figure, horizon, count, "share", least, text)


def correlation_power(figure: str, horizon: str, count: int) -> ScorePower:
    """Power of a correlation."""
    least = detectable_correlation(count)
    text = NOT_ENOUGH if least is None else f"shows a correlation of {least:.3f}"
    return _power(figure, horizon, count, "correlation", least, text)


def _power(figure: str, horizon: str, count: int, unit: str, least: float | None, text: str) -> ScorePower:
    return ScorePower(
        figure=figure, horizon=horizon, n=count, unit=unit, minimum_detectable=least, text=f"n = {count:,} {text}"
    )
